"""A native event for each session, kept equal to the calendar."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import alert_leads, alerting
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.jobs.second_look import is_second_look, look_again
from bot.messenger import EventPlan, MessageGone, Messenger, NotAllowed, PlaceFull, TryLater
from bot.sessions import store
from bot.sessions.model import EVENT, Session, SessionState
from bot.text import shorten

NAME_LIMIT = 100
DESCRIPTION_LIMIT = 900
"""Discord takes 1,000 characters; the rest is for the marker by which an event is known again."""

WHILE_BARRED = timedelta(hours=1)
"""How long to wait for a lead who has to grant a permission before trying again."""

NO_ROOM = (
    "The server has as many events as Discord allows, so a session has none. Delete events that "
    "nobody needs: the session gets its own when it changes."
)


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

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        session = await store.get_session(tx, job.subject_id)
        if session is None:
            return NOTHING
        is_planned = session.state is SessionState.PLANNED
        until = session.starts_at if is_planned else session.ends_at
        return Fanout(planned=[Planned(expires_at=until)]) if until > now else NOTHING

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            session = await store.get_session(tx, delivery.subject_id)
            if session is None:
                return Skipped(reason="no such session")
            group = await group_of(tx, session.group_id)
        try:
            if is_second_look(delivery):
                return await self._look_again(group, session)
            event_id = await self._mirror(group, session)
        except PlaceFull:
            return alerting(group.id, NO_ROOM, self._clock)
        except NotAllowed as problem:
            text = (
                f"I can't keep the server's events up to date: I need {problem}. I go on "
                "trying every hour."
            )
            await alert_leads(self._db, group.id, text, self._clock())
            raise TryLater("events are not allowed", WHILE_BARRED) from problem

        async def record(tx: Tx) -> None:
            await store.note_event(tx, session.id, event_id)
            if delivery.is_repeated and event_id not in (None, session.event_id):
                await look_again(tx, delivery, self._clock())

        return Done(message_id=event_id, record=record)

    async def _look_again(self, group: Group, session: Session) -> Outcome:
        """Take away what was made late; the session's own event is left as it is."""
        is_planned = session.state is SessionState.PLANNED
        if is_planned and session.event_id is None:
            return Skipped(reason="it has no event yet")
        kept_id = session.event_id if is_planned else None
        found = await self._find(group, session)
        await self._sweep(group, [one for one in found if one != kept_id])
        return Done(message_id=kept_id)

    async def _mirror(self, group: Group, session: Session) -> int | None:
        """The id of the session's one event, None for a session that does not take place."""
        if session.state is not SessionState.PLANNED:
            await self._sweep(group, await self._find(group, session))
            return None
        known = [session.event_id] if session.event_id else await self._find(group, session)
        event_id = await self._write(group, session, known[0] if known else None)
        oldest_id, *others = await self._find(group, session) or [event_id]
        if oldest_id != event_id:
            event_id = await self._write(group, session, oldest_id)
        await self._sweep(group, others)
        return event_id

    async def _find(self, group: Group, session: Session) -> Sequence[int]:
        return await self._messenger.find_events(group.server_id, event_marker(session))

    async def _write(self, group: Group, session: Session, event_id: int | None) -> int:
        plan = plan_event(group, session)
        try:
            return await self._messenger.mirror_event(group.server_id, event_id, plan)
        except MessageGone:
            return await self._messenger.mirror_event(group.server_id, None, plan)

    async def _sweep(self, group: Group, event_ids: Sequence[int]) -> None:
        for event_id in event_ids:
            await self._messenger.remove_event(group.server_id, event_id)
