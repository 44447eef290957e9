"""Promised talks that get their seats as a ballot opens: who is told of it, and in what words."""

from collections.abc import Sequence
from datetime import datetime

from bot.ballots.model import PROMISE_KEPT
from bot.ballots.result_words import speaker_buttons
from bot.ballots.store import elected_by
from bot.cards import Card, Tone, plural, spoken_list, stamp
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import alerting
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Skipped
from bot.messenger import NotAllowed, PlaceGone
from bot.pitches.words import spoken_speaker
from bot.sessions.model import Session, SessionState, Talk, TalkState
from bot.sessions.store import get_session
from bot.sessions.talks import get_talk
from bot.text import escape, shorten

Given = Sequence[tuple[Talk, Session]]
"""Promised talks with the sessions in which they have a seat now."""


def kept_card(group: Group, talk: Talk, session: Session, ballot_id: int | None) -> Card:
    """What the speaker reads in the channel; they answer as they would under a result."""
    has_answers = talk.speaker_id is not None and ballot_id is not None
    return Card(
        title=f"🪑 {escape(group.name)}: a promised talk has its seat",
        body=(
            f"**#{session.number} · {stamp(session.starts_at)}**\n"
            f"**{escape(shorten(talk.title, 90))}** · {spoken_speaker(talk.speaker_id)}",
        ),
        small="It was elected and promised the next free seat, so it has this one ahead of any "
        "vote.",
        tone=Tone.SESSION,
        buttons=speaker_buttons(ballot_id) if has_answers and ballot_id is not None else (),
    )


def spoken_keeping(given: Given) -> str:
    """The act, to follow the lead's name."""
    return f"gave {plural(len(given), 'promised talk')} a seat: {spoken_given(given)}"


def spoken_given(given: Given) -> str:
    """ "**Alpha** in #7 and **Beta** in #8"."""
    return spoken_list(
        [f"**{escape(shorten(talk.title, 60))}** in #{session.number}" for talk, session in given]
    )


def promises_kept_card(group: Group, given: Given) -> Card:
    """What the lead sees where a ballot had nothing to vote on but promises to keep."""
    talks, have = plural(len(given), "promised talk"), "has" if len(given) == 1 else "have"
    return Card(
        title=f"Ballot of {escape(group.name)}",
        body=(
            f"There is nothing to vote on: the backlog is empty. But {talks} {have} a seat now: "
            f"{spoken_given(given)}.",
        ),
        tone=Tone.DONE,
    )


def with_promises_kept(card: Card, given: Given) -> Card:
    """The receipt of a ballot, with the promises that its opening has kept."""
    if not given:
        return card
    talks, have = plural(len(given), "promised talk"), "has" if len(given) == 1 else "have"
    told = f"First, {talks} {have} a seat now: {spoken_given(given)}. The channel hears of it."
    return card.with_body(told)


class PromiseKeptHandler:
    """Says once in the channel that a promised talk has its seat, and pings its speaker."""

    kind = PROMISE_KEPT

    def __init__(self, db: Database, clock: Clock, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            talk = await get_talk(tx, delivery.subject_id)
            session = await get_session(tx, talk.session_id) if talk else None
            if talk is None or session is None or not self._is_news(talk, session):
                return Skipped(reason="it has no seat any more, or is confirmed")
            group = await group_of(tx, session.group_id)
            ballot = await elected_by(tx, talk.pitch_id) if talk.pitch_id else None
        card = kept_card(group, talk, session, ballot.id if ballot else None)
        mentions = [talk.speaker_id] if talk.speaker_id is not None else []
        try:
            message_id = await self._courier.say(
                delivery, group.channel_id, card, mentions=mentions
            )
        except NotAllowed as problem:
            text = f"I can't tell of a promised talk in the group's channel: I need {problem}."
            return alerting(group.id, text, self._clock)
        except PlaceGone:
            text = "The group's channel was deleted. Choose another with `/group edit`."
            return alerting(group.id, text, self._clock)
        return Done(message_id=message_id)

    def _is_news(self, talk: Talk, session: Session) -> bool:
        is_ahead = session.state is SessionState.PLANNED and session.starts_at > self._clock()
        return is_ahead and talk.state is TalkState.ELECTED and talk.position >= 0
