"""Mentions in the session's thread those whom no direct message reaches, many at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.model import Group
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.messenger import (
    MessageGone,
    Messenger,
    NotAllowed,
    PlaceFull,
    PlaceGone,
    TryLater,
)
from bot.reminders import unreached, words
from bot.reminders.batch import Batch, read_people
from bot.reminders.model import (
    GATHER,
    LATEST,
    is_worth_telling,
    lane_of_lead,
    people_of,
    people_targets,
    wants_message,
)
from bot.sessions.model import MENTION, Session
from bot.sessions.store import get_session, note_session_thread

LONGEST_GATHERING = timedelta(minutes=2)
"""Opening channels with hundreds takes long; who is found out later gets a mention of their own."""

CHANNEL_FIRST = timedelta(seconds=10)
"""How long to wait for the channel's reminder, under which the thread is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Whom to mention, and the reminder in the channel under which a thread can be opened."""

    group: Group
    session: Session
    user_ids: tuple[int, ...]
    reminder_id: int | None
    is_reminder_coming: bool


class MentionHandler:
    """One message for all whom one reminder could not be written to; more where they don't fit."""

    kind = MENTION

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        """Gathers for as long as direct messages of the same reminder are being tried."""
        session = await get_session(tx, job.subject_id)
        if session is None or not is_worth_telling(session, now):
            return NOTHING
        again_at = now + GATHER
        is_early = now < job.due_at + LONGEST_GATHERING
        if is_early and await unreached.is_sending(tx, job, again_at):
            return Fanout(again_at=again_at)
        rev, user_ids = await unreached.people_to_mention(tx, job)
        lane, until = lane_of_lead(job.lead_minutes), session.starts_at + LATEST
        return Fanout(
            planned=[
                Planned(target=target, lane=lane, expires_at=until)
                for target in people_targets(rev, user_ids)
            ]
        )

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            call = await self._read_call(tx, delivery)
        if call is None:
            return Skipped(reason="the session does not take place")
        there = await self._messenger.present_members(call.group.server_id, call.user_ids)
        user_ids = [user_id for user_id in call.user_ids if user_id in there]
        if not user_ids:
            return Skipped(reason="nobody is left to be mentioned")
        card = words.mention_card(call.group, call.session, user_ids, self._clock())
        for place_id in (await self._thread(call), call.group.channel_id):
            if place_id is None:
                continue
            try:
                message_id = await self._courier.say(delivery, place_id, card, mentions=user_ids)
            except (PlaceGone, NotAllowed):
                continue
            return Done(message_id=message_id)
        return Skipped(reason="neither the thread nor the channel can be written to")

    async def _read_call(self, tx: Tx, delivery: Delivery) -> Call | None:
        _, user_ids = people_of(delivery.target)
        batch = await read_people(tx, [delivery.subject_id], user_ids)
        session = batch.sessions.get(delivery.subject_id)
        if session is None or not is_worth_telling(session, self._clock()):
            return None
        lead = delivery.lead_minutes
        return Call(
            group=batch.groups[session.id],
            session=session,
            user_ids=tuple(
                user_id for user_id in user_ids if self._is_unreached(batch, session, lead, user_id)
            ),
            reminder_id=await unreached.channel_reminder_id(tx, session.id),
            is_reminder_coming=await unreached.is_channel_waiting(tx, session.id, lead),
        )

    def _is_unreached(
        self, batch: Batch, session: Session, lead_minutes: int, user_id: int
    ) -> bool:
        member = batch.members[user_id]
        return (
            member.has_closed_messages
            and batch.is_interested(session.id, user_id)
            and wants_message(member, session.starts_at, lead_minutes, self._clock())
        )

    async def _thread(self, call: Call) -> int | None:
        """The session's thread; None where none can be opened."""
        session, group = call.session, call.group
        if session.thread_id is not None:
            return session.thread_id
        if call.reminder_id is None:
            if call.is_reminder_coming:
                raise TryLater("the channel's reminder comes first", CHANNEL_FIRST)
            return None
        title = words.thread_title(group, session)
        try:
            thread_id = await self._messenger.open_thread(group.channel_id, call.reminder_id, title)
        except (MessageGone, NotAllowed, PlaceFull, PlaceGone):
            return None
        async with self._db.begin() as tx:
            await note_session_thread(tx, session.id, thread_id)
        return thread_id
