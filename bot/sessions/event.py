"""A native event for each session, kept equal to the calendar."""

from collections.abc import Sequence
from datetime import datetime

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.messenger import EventPlan, MessageGone, Messenger
from bot.sessions import store
from bot.sessions.model import EVENT, Session, SessionState
from bot.text import shorten

NAME_LIMIT = 100
DESCRIPTION_LIMIT = 900
"""Discord takes 1,000 characters; the rest is for the marker by which an event is known again."""


def event_marker(session: Session) -> str:
    """The text at the end of a native event's description that says whose it is."""
    return f"lectern:session:{session.id}"


def plan_event(group: Group, session: Session) -> EventPlan:
    """What the session's native event shows."""
    titles = " · ".join(talk.title for talk in session.talks)
    name = f"{group.name} #{session.number}" + (f": {titles}" if titles else "")
    about = "\n".join([*(f"• {talk.title}" for talk in session.talks), group.about]).strip()
    return EventPlan(
        name=shorten(name, NAME_LIMIT),
        description=f"{shorten(about, DESCRIPTION_LIMIT)}\n\n{event_marker(session)}".strip(),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        location=shorten(group.where, NAME_LIMIT),
    )


class EventHandler:
    """Makes, changes or takes away a session's native event.

    Discord has no nonce for events: an event that an earlier attempt made is adopted by its
    marker, and should there be several, the oldest is kept and the others are swept away.
    """

    kind = EVENT

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Sequence[Planned]:
        session = await store.get_session(tx, job.subject_id)
        if session is None or session.starts_at <= now:
            return []
        return [Planned(expires_at=session.starts_at)]

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            session = await store.get_session(tx, delivery.subject_id)
            if session is None:
                return Skipped(reason="no such session")
            group = await group_of(tx, session.group_id)
        if session.state is not SessionState.PLANNED:
            return await self._remove(group, session)
        event_id = await self._bring_up_to_date(group, session)

        async def record(tx: Tx) -> None:
            await store.note_event(tx, session.id, event_id)

        return Done(message_id=event_id, record=record)

    async def _bring_up_to_date(self, group: Group, session: Session) -> int:
        plan = plan_event(group, session)
        event_id = session.event_id or await self._adopt(group, session)
        try:
            event_id = await self._messenger.mirror_event(group.server_id, event_id, plan)
        except MessageGone:
            event_id = await self._messenger.mirror_event(group.server_id, None, plan)
        await self._sweep(group, session, event_id)
        return event_id

    async def _adopt(self, group: Group, session: Session) -> int | None:
        found = await self._messenger.find_events(group.server_id, event_marker(session))
        return found[0] if found else None

    async def _sweep(self, group: Group, session: Session, keep_id: int) -> None:
        for event_id in await self._messenger.find_events(group.server_id, event_marker(session)):
            if event_id != keep_id:
                await self._messenger.remove_event(group.server_id, event_id)

    async def _remove(self, group: Group, session: Session) -> Outcome:
        for event_id in await self._messenger.find_events(group.server_id, event_marker(session)):
            await self._messenger.remove_event(group.server_id, event_id)

        async def record(tx: Tx) -> None:
            await store.note_event(tx, session.id, None)

        return Done(record=record)
