"""One job per session and lead time expands, when it is due, into one message for each place."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.groups.store import follower_ids, group_of
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Job, Lane, Outcome, Planned, Skipped, lane_of
from bot.members.store import get_member, get_members, note_closed_messages
from bot.messenger import DirectMessagesClosed, Messenger, NotAllowed, PlaceGone
from bot.reminders import words
from bot.reminders.model import (
    CHANNEL,
    all_leads,
    is_overtaken,
    person_of,
    person_target,
    wants_message,
)
from bot.sessions import store as session_store
from bot.sessions.model import REMIND, Answer, SessionState, SessionView


class RemindHandler:
    """Tells the channel, and by direct message those who asked for it."""

    kind = REMIND

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Sequence[Planned]:
        session = await session_store.get_session(tx, job.subject_id)
        if session is None or session.state is not SessionState.PLANNED:
            return []
        group = await group_of(tx, session.group_id)
        leads = all_leads(group.lead_minutes)
        if session.starts_at <= now or is_overtaken(
            session.starts_at, job.lead_minutes, leads, now
        ):
            return []
        targets = [CHANNEL] if job.lead_minutes in group.lead_minutes else []
        targets += await self._people(tx, group, job, session.id)
        lane = lane_of(timedelta(minutes=job.lead_minutes))
        return [_planned(target, lane, session.starts_at) for target in targets]

    async def _people(self, tx: Tx, group: Group, job: Job, session_id: int) -> list[str]:
        answers = await session_store.answers_to(tx, session_id)
        interested = (await follower_ids(tx, group.id) | answers[Answer.GOING]) - answers[
            Answer.NOT_GOING
        ]
        members = await get_members(tx, interested)
        return [
            person_target(user_id)
            for user_id in sorted(interested)
            if wants_message(members[user_id], job.lead_minutes)
        ]

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            session = await session_store.get_session(tx, delivery.subject_id)
            if session is None or session.state is not SessionState.PLANNED:
                return Skipped(reason="the session does not take place")
            group = await group_of(tx, session.group_id)
            view = await session_store.view_of(tx, session)
        user_id = person_of(delivery.target)
        if user_id is None:
            return await self._tell_channel(delivery, group, view)
        return await self._tell_person(delivery, group, view, user_id)

    async def _tell_channel(self, delivery: Delivery, group: Group, view: SessionView) -> Outcome:
        card = words.channel_reminder(group, view, self._clock())
        try:
            return Done(message_id=await self._courier.say(delivery, group.channel_id, card))
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

    def _trouble(self, group: Group, alert: str) -> Outcome:
        async def record(tx: Tx) -> None:
            await raise_alert(tx, group.id, alert, self._clock())

        return Skipped(reason="the channel can't be written to", record=record)

    async def _tell_person(
        self, delivery: Delivery, group: Group, view: SessionView, user_id: int
    ) -> Outcome:
        present = await self._messenger.present_members(group.server_id, [user_id])
        if user_id not in present:
            return Skipped(reason="they left the server")
        async with self._db.read() as tx:
            member = await get_member(tx, user_id)
        card = words.personal_reminder(group, view, member, self._clock())
        try:
            return Done(message_id=await self._courier.tell(delivery, user_id, card))
        except DirectMessagesClosed:

            async def record(tx: Tx) -> None:
                await note_closed_messages(tx, user_id)

            return Skipped(reason="direct messages are closed", record=record)


def _planned(target: str, lane: Lane, starts_at: datetime) -> Planned:
    return Planned(target=target, lane=lane, expires_at=starts_at)
