"""One job per session and lead time expands, when it is due, into one message for each place."""

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.groups.store import follower_ids, group_of
from bot.jobs.courier import Courier
from bot.jobs.model import (
    NOTHING,
    Delivery,
    Done,
    Fanout,
    Job,
    Lane,
    Outcome,
    Planned,
    Skipped,
    lane_of,
)
from bot.members.model import Member
from bot.members.store import get_member, get_members, note_closed_messages
from bot.messenger import DirectMessagesClosed, Messenger, NotAllowed, PlaceGone
from bot.reminders import words
from bot.reminders.model import (
    CHANNEL,
    calls_for,
    person_of,
    person_target,
    wants_message,
)
from bot.sessions import store as session_store
from bot.sessions.answers import answers_to
from bot.sessions.model import REMIND, Answer, SessionState, SessionView
from bot.sessions.views import view_of


class RemindHandler:
    """Tells the channel, and by direct message those who asked for it."""

    kind = REMIND

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        session = await session_store.get_session(tx, job.subject_id)
        if session is None or session.state is not SessionState.PLANNED:
            return NOTHING
        if session.starts_at <= now:
            return NOTHING
        group = await group_of(tx, session.group_id)
        is_wanted = calls_for(group.lead_minutes, session.starts_at, job.lead_minutes, now)
        targets = [CHANNEL] if is_wanted else []
        targets += [
            person_target(member.user_id)
            for member in await self._interested(tx, group, session.id)
            if wants_message(member, session.starts_at, job.lead_minutes, now)
        ]
        lane = lane_of(timedelta(minutes=job.lead_minutes))
        return Fanout(planned=[_planned(target, lane, session.starts_at) for target in targets])

    async def _interested(self, tx: Tx, group: Group, session_id: int) -> list[Member]:
        answers = await answers_to(tx, session_id)
        followers = await follower_ids(tx, group.id)
        interested = (followers | answers[Answer.GOING]) - answers[Answer.NOT_GOING]
        members = await get_members(tx, interested)
        return [members[user_id] for user_id in sorted(interested)]

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            session = await session_store.get_session(tx, delivery.subject_id)
            if session is None or session.state is not SessionState.PLANNED:
                return Skipped(reason="the session does not take place")
            group = await group_of(tx, session.group_id)
            view = await view_of(tx, session)
        user_id = person_of(delivery.target)
        if user_id is None:
            return await self._tell_channel(delivery, group, view)
        return await self._tell_person(delivery, group, view, user_id)

    async def _tell_channel(self, delivery: Delivery, group: Group, view: SessionView) -> Outcome:
        starts_at, lead = view.session.starts_at, delivery.lead_minutes
        if not calls_for(group.lead_minutes, starts_at, lead, self._clock()):
            return Skipped(reason="a nearer reminder is due")
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
        async with self._db.read() as tx:
            member = await get_member(tx, user_id)
        starts_at, lead = view.session.starts_at, delivery.lead_minutes
        is_wanted = wants_message(member, starts_at, lead, self._clock())
        if not is_wanted or user_id in view.answers[Answer.NOT_GOING]:
            return Skipped(reason="they don't want it any more")
        present = await self._messenger.present_members(group.server_id, [user_id])
        if user_id not in present:
            return Skipped(reason="they left the server")
        card = words.personal_reminder(group, view, member, self._clock())
        try:
            return Done(message_id=await self._courier.tell(delivery, user_id, card))
        except DirectMessagesClosed:

            async def record(tx: Tx) -> None:
                await note_closed_messages(tx, user_id)

            return Skipped(reason="direct messages are closed", record=record)


def _planned(target: str, lane: Lane, starts_at: datetime) -> Planned:
    return Planned(target=target, lane=lane, expires_at=starts_at)
