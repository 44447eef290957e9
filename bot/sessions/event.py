"""A native event for each of a group's next sessions, kept equal to the calendar."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alert_store import ALERTS_KEPT
from bot.groups.alerts import alert_leads, raise_alert
from bot.groups.model import Group
from bot.groups.store import groups_of
from bot.jobs.handler import NOTHING, Act, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.jobs.second_look import is_second_look, look_again
from bot.jobs.store import put_job
from bot.messenger import (
    EventPlan,
    MessageGone,
    Messenger,
    NativeEvent,
    NotAllowed,
    PlaceFull,
    TryLater,
)
from bot.sessions import mirror_store, store
from bot.sessions.mirror import (
    MOST_EVENTS,
    Finding,
    Mirror,
    Question,
    events_of,
    find_out,
    is_asked,
    marked_session_id,
    plan_event,
)
from bot.sessions.model import ASK_ABOUT_EVENT, EVENT, Session, SessionState

WHILE_BARRED = timedelta(hours=1)
"""How long to wait for a lead who has to grant a permission before trying again."""

WHILE_CROSSED = timedelta(seconds=2)
"""How long to wait when another worker was changing the same event."""

NO_ROOM = (
    f"The server has as many events as Discord allows ({MOST_EVENTS}), so some sessions have none. "
    "Delete events that nobody needs: within the hour I make those that are missing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A session, and what is known of its event; `is_wanted` says that it is to have one."""

    group: Group
    session: Session
    mirror: Mirror
    is_wanted: bool

    @property
    def plan(self) -> EventPlan:
        return plan_event(self.group, self.session, self.mirror)


async def read_scene(tx: Tx, session_id: int, now: datetime) -> Scene | None:
    """What an act on the session's event needs, None where there is no such session."""
    return (await read_scenes(tx, [session_id], now)).get(session_id)


async def read_scenes(tx: Tx, session_ids: Collection[int], now: datetime) -> dict[int, Scene]:
    """The same for many, by the ids of those sessions that there are."""
    sessions = await store.get_sessions(tx, session_ids)
    groups = await groups_of(tx, {one.group_id for one in sessions.values()})
    mirrors = await mirror_store.get_mirrors(tx, sessions.keys())
    wanted: set[int] = set()
    for server_id in {group.server_id for group in groups.values()}:
        wanted |= set(await mirror_store.mirrored_ids(tx, server_id, now))
    return {
        one.id: Scene(
            group=groups[one.group_id],
            session=one,
            mirror=mirrors[one.id],
            is_wanted=one.state is SessionState.PLANNED and one.id in wanted,
        )
        for one in sessions.values()
    }


def _fanout(session: Session | None, now: datetime) -> Fanout:
    if session is None:
        return NOTHING
    is_planned = session.state is SessionState.PLANNED
    until = session.starts_at if is_planned else session.ends_at
    return Fanout(planned=[Planned(expires_at=until)]) if until > now else NOTHING


class EventHandler:
    """Makes, changes or takes away a session's native event; asks before it undoes what leads did.

    Discord has no nonce for events: an event that an earlier attempt made is adopted by its
    marker, and should there be several, the oldest is kept and the others are swept away.
    """

    kind = EVENT

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        return (await self.plan_all(tx, [job], now))[job.id]

    async def plan_all(self, tx: Tx, jobs: Sequence[Job], now: datetime) -> Mapping[int, Fanout]:
        """A delivery for each session that is not over; one that has begun is left alone."""
        sessions = await store.get_sessions(tx, [one.subject_id for one in jobs])
        return {one.id: _fanout(sessions.get(one.subject_id), now) for one in jobs}

    async def deliver(self, delivery: Delivery) -> Outcome:
        acts = await self.prepare([delivery])
        return await acts[delivery.id]()

    async def prepare(self, deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
        """An act for each, on what was read once for all of them."""
        session_ids = {one.subject_id for one in deliveries}
        async with self._db.read() as tx:
            scenes = await read_scenes(tx, session_ids, self._clock())
        return {
            one.id: partial(self._deliver, one, scenes.get(one.subject_id)) for one in deliveries
        }

    async def _deliver(self, delivery: Delivery, scene: Scene | None) -> Outcome:
        if scene is None:
            return Skipped(reason="no such session")
        session = scene.session
        if session.state is SessionState.PLANNED and session.starts_at <= self._clock():
            return Skipped(reason="it has begun")
        try:
            if is_second_look(delivery):
                return await self._look_again(scene)
            return await self._act(scene, delivery)
        except PlaceFull as problem:
            if await self._make_room(scene):
                raise TryLater("a later session gives its event up", WHILE_CROSSED) from problem
            return self._without_room(scene.group)
        except NotAllowed as problem:
            text = (
                f"I can't keep the server's events up to date: I need {problem}. I go on "
                "trying every hour."
            )
            await alert_leads(self._db, scene.group.id, text, self._clock())
            raise TryLater("events are not allowed", WHILE_BARRED) from problem

    async def _make_room(self, scene: Scene) -> bool:
        """Take the event of the server's last session that has one, if that is later than ours;
        one that is being made can be taken only later.
        """
        async with self._db.read() as tx:
            wanted = await mirror_store.mirrored_ids(tx, scene.group.server_id, self._clock())
            own = scene.session.id
            later = wanted[wanted.index(own) + 1 :] if own in wanted else []
            sessions = await store.get_sessions(tx, later)
        mirrored = [one for one in later if sessions[one].event_id is not None]
        if not mirrored:
            listed = await self._messenger.list_events(scene.group.server_id)
            return not {marked_session_id(one) for one in listed}.isdisjoint(later)
        last = sessions[mirrored[-1]]
        async with self._db.begin() as tx:
            await self._tell_of_no_room(tx, last.group_id)
            # Before the call: an event that is gone without our knowing would be asked about.
            await store.note_event(tx, last.id, None)
        await self._messenger.remove_event(scene.group.server_id, last.event_id or 0)
        return True

    def _without_room(self, group: Group) -> Outcome:
        async def record(tx: Tx) -> None:
            await self._tell_of_no_room(tx, group.id)

        return Skipped(reason=NO_ROOM, record=record)

    async def _tell_of_no_room(self, tx: Tx, group_id: int) -> None:
        """Once, not daily: it is said again only after there has been room for all."""
        await raise_alert(tx, group_id, NO_ROOM, self._clock(), quiet=ALERTS_KEPT)

    async def _look_again(self, scene: Scene) -> Outcome:
        """Take away what was made late; the session's own event is left as it is."""
        kept_id = scene.session.event_id if scene.is_wanted else None
        if scene.is_wanted and kept_id is None:
            return Skipped(reason="it has no event yet")
        found = await self._find(scene)
        await self._sweep(scene.group, [one for one in found if one.id != kept_id])
        return Done(message_id=kept_id)

    async def _find(self, scene: Scene) -> list[NativeEvent]:
        listed = await self._messenger.list_events(scene.group.server_id)
        return events_of(scene.session.id, scene.session.event_id, listed)

    async def _act(self, scene: Scene, delivery: Delivery) -> Outcome:
        found = await self._find(scene)
        if not scene.is_wanted:
            await self._sweep(scene.group, found)
            return self._done(scene, delivery, None, replace(scene.mirror, written=()))
        kept = found[0] if found else None
        await self._sweep(scene.group, found[1:])
        if kept is not None and kept.is_running:
            return Skipped(reason="it runs already")
        finding = find_out(scene.plan, scene.mirror, scene.session.event_id, kept)
        if finding in (Finding.EDITED, Finding.GONE):
            return self._ask(scene, kept)
        known = scene.mirror.written
        if finding is not Finding.EQUAL:
            known = await self._write(scene, kept)
            if kept is None:
                kept = await self._made(scene)
        settled = replace(scene.mirror, written=(scene.plan,))
        return self._done(scene, delivery, kept.id if kept else None, settled, known)

    async def _write(self, scene: Scene, kept: NativeEvent | None) -> tuple[EventPlan, ...]:
        """What counts as ours from now on: what stood there, and what is written in its place.

        It is kept before the call, so that a change of ours that is cut short, or seen before we
        hear of it, is never taken for somebody else's.
        """
        ours = (scene.plan,) if kept is None else (kept.shows, scene.plan)
        async with self._db.begin() as tx:
            mirror = await mirror_store.lock_mirror(tx, scene.session.id)
            self._require_same(scene.mirror, mirror)
            await mirror_store.save_mirror(tx, replace(mirror, written=ours))
        server_id = scene.group.server_id
        try:
            await self._messenger.mirror_event(server_id, kept.id if kept else None, scene.plan)
        except MessageGone as error:
            raise TryLater("the event went meanwhile", WHILE_CROSSED) from error
        return ours

    async def _made(self, scene: Scene) -> NativeEvent:
        """The event that was just made: the oldest one, should discord.py have repeated itself."""
        found = await self._find(scene)
        if not found:
            raise TryLater("the event that was made is not there yet", WHILE_CROSSED)
        await self._sweep(scene.group, found[1:])
        return found[0]

    def _require_same(self, read: Mirror, now: Mirror) -> None:
        if (read.written, read.number) != (now.written, now.number):
            raise TryLater("another worker has changed the event", WHILE_CROSSED)

    def _done(
        self,
        scene: Scene,
        delivery: Delivery,
        event_id: int | None,
        settled: Mirror,
        known: tuple[EventPlan, ...] | None = None,
    ) -> Outcome:
        """The event is as it should be: nothing is left to be asked."""
        session = scene.session

        async def record(tx: Tx) -> None:
            if event_id is None or event_id != session.event_id:
                await store.note_event(tx, session.id, event_id)
            if event_id is None and session.event_id is not None:  # There is room for another.
                await mirror_store.put_missing_events(tx, scene.group.server_id, self._clock())
            mirror = await mirror_store.lock_mirror(tx, session.id)
            is_ours = known is None or mirror.written == known
            written = settled.written if is_ours else mirror.written
            if (mirror.written, mirror.question) != (written, None):
                await mirror_store.save_mirror(tx, replace(mirror, written=written, question=None))
            if delivery.is_repeated and event_id not in (None, session.event_id):
                await look_again(tx, delivery, self._clock())

        return Done(message_id=event_id, record=record)

    def _ask(self, scene: Scene, found: NativeEvent | None) -> Outcome:
        """Have the leads asked what to do; once for each change, which stays until they say."""
        session = scene.session
        if is_asked(scene.mirror, found):
            return Skipped(reason="leads have been asked")

        async def record(tx: Tx) -> None:
            mirror = await mirror_store.lock_mirror(tx, session.id)
            current = await store.get_session(tx, session.id) or session
            now = (mirror.written, mirror.number, current.event_id)
            if now != (scene.mirror.written, scene.mirror.number, session.event_id):
                await put_job(tx, EVENT, session.id, self._clock() + WHILE_CROSSED)
                return
            if found is not None:
                await store.note_event(tx, session.id, found.id)
            question = Question(shows=found.shows if found else None)
            asked = replace(mirror, question=question, number=mirror.number + 1)
            await mirror_store.save_mirror(tx, asked)
            await put_job(tx, ASK_ABOUT_EVENT, session.id, self._clock())

        return Done(message_id=session.event_id, record=record)

    async def _sweep(self, group: Group, found: Sequence[NativeEvent]) -> None:
        for one in found:
            await self._messenger.remove_event(group.server_id, one.id)
