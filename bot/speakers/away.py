"""Days away: said and taken back, and what becomes of talks that are on them."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.cards import Button, Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alert_store import ALERTS_KEPT
from bot.groups.alerts import raise_alert
from bot.groups.store import group_of, groups_of, lock_group
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Job, Outcome, Skipped
from bot.jobs.store import Due, put_jobs
from bot.members.away import Away, check_away, with_away, without_day
from bot.members.model import Actor, Member
from bot.members.store import away_spans, get_member, lock_member, replace_away_spans
from bot.members.words import away_card
from bot.places.wall import local
from bot.places.written import read_day
from bot.sessions.away import read_days_away, talks_missed
from bot.sessions.calendar import ABSENT_AFTER
from bot.sessions.model import ABSENT, Session, SessionState, Talk
from bot.sessions.store import get_session, get_sessions
from bot.sessions.talks import talks_by
from bot.speakers import away_words as words
from bot.speakers.model import AskState
from bot.speakers.offers import pass_on
from bot.speakers.store import asks_about, sessions_offered


class AwayThatDay(Exception):
    """Asked back: somebody would speak on a day away. Nothing is done before they answer."""

    def __init__(self, card: Card) -> None:
        super().__init__(card.title)
        self.card = card


class AwayService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def card(self, actor: Actor) -> Card:
        """When the actor is away from today on, and which talks of theirs are on these days."""
        async with self._db.read() as tx:
            member = replace(await get_member(tx, actor.user_id), locale=actor.locale)
            spans = (await away_spans(tx, [actor.user_id]))[actor.user_id]
            missed = await self._missed(tx, actor.user_id)
            groups = await groups_of(tx, {session.group_id for session, _ in missed})
        now = self._clock()
        ahead = [span for span in spans if span.last_day >= _today(member, now)]
        card = away_card(ahead, member.habit("UTC"), now)
        shown = [(groups[session.group_id], session, talk) for session, talk in missed]
        return words.with_missed_talks(card, shown, actor.server_id)

    async def be_away(self, user_id: int, first_day: date, last_day: date) -> tuple[Away, ...]:
        """The member's spans with this one; spans that touch become one, past ones are forgotten.

        Unless that has changed in a few minutes, leads hear of talks on these days, and free seats
        are offered to the next. Raises Refusal for a span that is over, ends before it begins, or
        is too long.
        """
        now = self._clock()
        async with self._db.begin() as tx:
            member = await lock_member(tx, user_id)
            today = _today(member, now)
            new = check_away(first_day, last_day, today, member.habit("UTC"))
            spans = with_away((await away_spans(tx, [user_id]))[user_id], new, today)
            await replace_away_spans(tx, user_id, spans)
            missed = {session.id for session, _ in await self._missed(tx, user_id)}
            touched = missed | await sessions_offered(tx, user_id)
            due_at = now + ABSENT_AFTER
            due = [Due(kind=ABSENT, subject_id=one, due_at=due_at) for one in sorted(touched)]
            await put_jobs(tx, due)
        return spans

    async def say_away(self, actor: Actor, first: str, until: str) -> tuple[Away, ...]:
        """`be_away` for days as they were written; without `until` it is one day.

        Asks (AskBack) where a day has several readings.
        """
        async with self._db.read() as tx:
            member = replace(await get_member(tx, actor.user_id), locale=actor.locale)
        today, habit = _today(member, self._clock()), member.habit("UTC")
        first_day = last_day = await asyncio.to_thread(read_day, first, today, habit)
        if until:
            last_day = await asyncio.to_thread(read_day, until, today, habit)
        return await self.be_away(actor.user_id, first_day, last_day)

    async def be_back(self, user_id: int, first_day: date) -> tuple[Away, ...]:
        """What is left of the member's spans without the one that begins on `first_day`.

        Taking back what is not there (any more) changes nothing.
        """
        async with self._db.begin() as tx:
            today = _today(await lock_member(tx, user_id), self._clock())
            known = (await away_spans(tx, [user_id]))[user_id]
            spans = tuple(
                one for one in known if one.first_day != first_day and one.last_day >= today
            )
            await replace_away_spans(tx, user_id, spans)
        return spans

    async def _missed(self, tx: Tx, user_id: int) -> list[tuple[Session, Talk]]:
        """The talks to come that are on the member's days away, soonest first."""
        talks = {talk.id: talk for talk in await talks_by(tx, user_id)}
        sessions = await get_sessions(tx, {talk.session_id for talk in talks.values()})
        away = await read_days_away(tx, [user_id])
        return [
            (session, talk)
            for session in sorted(sessions.values(), key=lambda one: one.starts_at)
            if session.state is SessionState.PLANNED and session.starts_at > self._clock()
            for talk in talks_missed(away, session)
            if talk.speaker_id == user_id
        ]


def _today(member: Member, now: datetime) -> date:
    """The day on the member's calendar; UTC's while we do not know where they live."""
    return local(now, member.place.zone if member.place else "UTC").date()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepIn:
    """Somebody who would present that title in a session; `buttons` answer where they are away."""

    person_id: int
    title: str
    session: Session
    buttons: tuple[Button, ...]


async def make_sure(tx: Tx, actor: Actor, step: StepIn, *, is_sure: bool) -> None:
    """Raise AwayThatDay where the person is away that day and the actor is not sure yet.

    A speaker who is sure is not away that day any more; what a lead is sure of changes nobody's
    days.
    """
    user_id, session = step.person_id, step.session
    away = await read_days_away(tx, [user_id])
    if not away.misses(user_id, session.starts_at, session.zone):
        return
    if not is_sure:
        asked = words.away_question(step.title, session, user_id, actor.user_id, step.buttons)
        raise AwayThatDay(asked)
    if actor.user_id == user_id:
        await lock_member(tx, user_id)
        spans = (await away_spans(tx, [user_id]))[user_id]
        await replace_away_spans(tx, user_id, without_day(spans, away.day_of(user_id, session)))


class AbsentHandler:
    """Tells a group's leads of a session whose speaker is away that day: once for each day.

    A free seat of it that somebody is asked to take who is away is offered to the next.
    """

    kind = ABSENT

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        session = await get_session(tx, job.subject_id)
        if session is None or session.state is not SessionState.PLANNED:
            return NOTHING
        if session.starts_at > now:
            asked = [one for one in await asks_about(tx, session.id) if one.state is AskState.OPEN]
            people = {talk.speaker_id for talk in session.talks} | {one.person_id for one in asked}
            away = await read_days_away(tx, people)
            leads = (await group_of(tx, session.group_id)).lead_ids
            # A lead who leads alone knows it of themselves.
            told = [one for one in talks_missed(away, session) if {one.speaker_id} != leads]
            if told:
                text = words.spoken_missed(session, told, leads)
                await raise_alert(tx, session.group_id, text, now, quiet=ALERTS_KEPT)
            for one in asked:
                if away.misses(one.person_id, session.starts_at, session.zone):
                    group = await lock_group(tx, session.group_id)
                    await pass_on(tx, group, one, AskState.DECLINED, now)
        return NOTHING

    async def deliver(self, _delivery: Delivery) -> Outcome:
        return Skipped(reason="nothing to send")
