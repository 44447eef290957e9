"""One job per session and lead time expands, when it is due, into one message for each place."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Act, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Record, Skipped
from bot.jobs.store import put_job
from bot.members.model import Member
from bot.members.store import note_closed_messages
from bot.messenger import (
    DeliveryProblem,
    DirectMessagesClosed,
    Messenger,
    NotAllowed,
    PlaceGone,
    TryLater,
)
from bot.reminders import store, words
from bot.reminders.batch import Batch, read_batch
from bot.reminders.clock_notices import THE_CHANNEL, claim_changes
from bot.reminders.model import (
    CHANNEL,
    CLOSED,
    LAST_CALL,
    LATEST,
    calls_for,
    is_worth_telling,
    lane_of_lead,
    moment_to_tell,
    person_of,
    slot_of,
    wants_message,
)
from bot.reminders.unreached import ask_for_mention
from bot.sessions.model import INTEREST, REMIND, Session, SessionView
from bot.sessions.store import get_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a batch needs: who and what it is about, and who is there (or why it can't be said).

    `views` are by session, `there` by server.
    """

    batch: Batch
    views: Mapping[int, SessionView]
    there: Mapping[int, frozenset[int] | DeliveryProblem]


class RemindHandler:
    """Tells the channel, and by direct message those who asked for it."""

    kind = REMIND

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        """Half a day ahead those whose quiet hours bring it forward, then all the others."""
        session = await get_session(tx, job.subject_id)
        if session is None or not is_worth_telling(session, now):
            return NOTHING
        starts_at, lead = session.starts_at, job.lead_minutes
        nights = [
            slot_of(starts_at, lead, now, quiet, zone)
            for zone, quiet in await store.quiet_nights(tx, session, lead)
        ]
        if now < job.due_at - LAST_CALL:
            early = [night for night in nights if night.told_at < job.due_at]
            chosen = store.choose_people(tx, session, lead, early, None) if early else None
            return Fanout(chosen=chosen, again_at=job.due_at - LAST_CALL)
        group = await group_of(tx, session.group_id)
        is_public = calls_for(group.lead_minutes, starts_at, lead, now)
        if is_public and session.event_id is not None:
            await put_job(tx, INTEREST, session.id, now)
        rest = slot_of(starts_at, lead, now)
        return Fanout(
            planned=[_channel(session, lead)] if is_public else [],
            chosen=store.choose_people(tx, session, lead, nights, rest),
        )

    async def deliver(self, delivery: Delivery) -> Outcome:
        acts = await self.prepare([delivery])
        return await acts[delivery.id]()

    async def prepare(self, deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
        """An act for each, on what was read once for all of them."""
        async with self._db.read() as tx:
            batch, views = await read_batch(tx, deliveries)
        people = _people_by_server(batch, deliveries)
        # All servers at once, each call paced: one that is slow must not keep the others waiting.
        asked = [self._ask_who_is_there(*one) for one in people.items()]
        there = dict(zip(people, await asyncio.gather(*asked), strict=True))
        known = Known(batch=batch, views=views, there=there)
        return {one.id: partial(self._act, one, known) for one in deliveries}

    async def _ask_who_is_there(
        self, server_id: int, user_ids: Collection[int]
    ) -> frozenset[int] | DeliveryProblem:
        try:
            return await self._messenger.present_members(server_id, user_ids)
        except DeliveryProblem as problem:
            return problem

    async def _act(self, delivery: Delivery, known: Known) -> Outcome:
        session = known.batch.sessions.get(delivery.subject_id)
        if session is None or not is_worth_telling(session, self._clock()):
            return Skipped(reason="the session does not take place")
        group, view = known.batch.groups[session.id], known.views[session.id]
        user_id = person_of(delivery.target)
        if user_id is None:
            there = known.there.get(group.server_id, frozenset())
            return await self._tell_channel(delivery, group, view, there)
        if (refusal := self._refusal(delivery, session, known, user_id)) is not None:
            return refusal
        return await self._tell_person(delivery, group, view, known.batch.members[user_id])

    async def _tell_channel(
        self,
        delivery: Delivery,
        group: Group,
        view: SessionView,
        there: frozenset[int] | DeliveryProblem,
    ) -> Outcome:
        starts_at, lead, now = view.session.starts_at, delivery.lead_minutes, self._clock()
        if not calls_for(group.lead_minutes, starts_at, lead, now):
            return Skipped(reason="a nearer reminder is due")
        told = await claim_changes(self._db, delivery, view, THE_CHANNEL, view.homes)
        card = words.channel_reminder(group, view, now, told)
        try:
            message_id = await self._courier.say(
                delivery,
                group.channel_id,
                card,
                mentions=words.unconfirmed_speakers(view.session, now),
            )
            return Done(message_id=message_id, record=self._missing(group, view.session, there))
        except PlaceGone:
            return self._trouble(
                group,
                "The group's channel was deleted, so I can't remind anybody there. Choose another "
                "with `/group edit`; direct messages go on.",
            )
        except NotAllowed as problem:
            return self._trouble(
                group,
                f"I can't write in the group's channel: I need {problem}. Direct messages go on.",
            )

    def _missing(
        self, group: Group, session: Session, there: frozenset[int] | DeliveryProblem
    ) -> Record | None:
        """Has the leads told of speakers who left the server; nothing where that isn't known."""
        if isinstance(there, DeliveryProblem):
            return None
        gone = [one for one in session.talks if one.speaker_id and one.speaker_id not in there]
        if not gone:
            return None

        async def record(tx: Tx) -> None:
            text = words.speakers_gone(session, gone)
            await raise_alert(tx, group.id, text, self._clock())

        return record

    def _trouble(self, group: Group, alert: str) -> Outcome:
        async def record(tx: Tx) -> None:
            await raise_alert(tx, group.id, alert, self._clock())

        return Skipped(reason="the channel can't be written to", record=record)

    def _refusal(
        self, delivery: Delivery, session: Session, known: Known, user_id: int
    ) -> Outcome | None:
        """Why the person is not written to, None where they are; raises to put it off."""
        member, lead = known.batch.members[user_id], delivery.lead_minutes
        # Two clocks may differ by a moment: it is never before the instant it was planned for.
        now = max(self._clock(), delivery.not_before)
        is_wanted = wants_message(member, session.starts_at, lead, now)
        if not is_wanted or not known.batch.is_interested(session.id, user_id):
            return Skipped(reason="they don't want it any more")
        there = known.there[known.batch.groups[session.id].server_id]
        if isinstance(there, DeliveryProblem):
            raise there
        if user_id not in there:
            return Skipped(reason="they left the server")
        moment = moment_to_tell(member, session.starts_at, lead, now)
        if moment is None:
            return Skipped(reason="their quiet hours last beyond the start")
        if moment > now:
            raise TryLater("their quiet hours are not over", moment - now)
        return self._unreached(delivery, user_id) if member.has_closed_messages else None

    async def _tell_person(
        self, delivery: Delivery, group: Group, view: SessionView, member: Member
    ) -> Outcome:
        homes = [(member.place.name, member.place.zone)] if member.place else []
        told = await claim_changes(self._db, delivery, view, member.user_id, homes)
        card = words.personal_reminder(group, view, member, self._clock(), told)
        try:
            return Done(message_id=await self._courier.tell(delivery, member.user_id, card))
        except DirectMessagesClosed:
            return self._unreached(delivery, member.user_id)

    def _unreached(self, delivery: Delivery, user_id: int) -> Outcome:
        async def record(tx: Tx) -> None:
            await note_closed_messages(tx, user_id)
            await ask_for_mention(tx, delivery.subject_id, delivery.lead_minutes, self._clock())

        return Skipped(reason=CLOSED, record=record)


def _people_by_server(batch: Batch, deliveries: Sequence[Delivery]) -> dict[int, set[int]]:
    """Those who are written to, and those who are to speak where the channel is."""
    people: dict[int, set[int]] = {}
    for one in deliveries:
        user_id, session = person_of(one.target), batch.sessions.get(one.subject_id)
        if session is None:
            continue
        speakers = [talk.speaker_id for talk in session.talks]
        for found in speakers if user_id is None else [user_id]:
            if found is not None:
                people.setdefault(batch.groups[session.id].server_id, set()).add(found)
    return people


def _channel(session: Session, lead_minutes: int) -> Planned:
    return Planned(
        target=CHANNEL,
        lane=lane_of_lead(lead_minutes),
        expires_at=session.starts_at + LATEST,
    )
