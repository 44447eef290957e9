"""Comparing every server's native events with the calendar, and hearing of changes to them."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import forget_alerts, groups_told
from bot.groups.store import group_of, groups_of
from bot.jobs.handler import NOTHING, ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Skipped
from bot.jobs.store import put_job
from bot.messenger import DeliveryProblem, MessageGone, Messenger, NativeEvent
from bot.sessions import mirror_store, store
from bot.sessions.answers import answers_to
from bot.sessions.event import NO_ROOM, Scene, read_scene
from bot.sessions.mirror import (
    MOST_EVENTS,
    Finding,
    events_of,
    find_out,
    is_alike,
    is_asked,
    marked_session_id,
)
from bot.sessions.model import EVENT, INTEREST, SessionState

log = structlog.get_logger()

SETTLE = timedelta(seconds=10)
"""How long after a change is heard of it is looked at: leads often save twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a server's list of events asks for.

    `wanting` are sessions whose event has to be made, changed, asked about or taken away, `news`
    those whose count of interested people is another, `strays` our events of no session,
    `settled` the groups that need not be told any more that there is no room.
    """

    wanting: Sequence[int]
    news: Sequence[int]
    strays: Sequence[int]
    settled: Sequence[int]


class EventUpkeep:
    """Run at start and every hour for every server, one call after the other."""

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._turn = asyncio.Lock()

    async def look_after_all(self) -> None:
        """Compare each server's events with the calendar; what differs is put right by jobs."""
        async with self._turn:
            async with self._db.read() as tx:
                server_ids = await mirror_store.servers_with_sessions(tx)
            for server_id in server_ids:
                try:
                    await self.look_after(server_id)
                except DeliveryProblem as problem:
                    log.warning("events.not_compared", server_id=server_id, problem=repr(problem))

    async def look_after(self, server_id: int) -> None:
        """The same for one server."""
        listed = await self._messenger.list_events(server_id)
        now = self._clock()
        async with self._db.read() as tx:
            found = await _compare(tx, server_id, listed, now)
        if found.wanting or found.news or found.settled:
            async with self._db.begin() as tx:
                for session_id in found.wanting:
                    await put_job(tx, EVENT, session_id, now)
                for session_id in found.news:
                    await put_job(tx, INTEREST, session_id, now)
                await forget_alerts(tx, found.settled, NO_ROOM)
        for event_id in found.strays:
            log.warning("events.stray", server_id=server_id, event_id=event_id)
            await self._messenger.remove_event(server_id, event_id)

    async def notice(self, server_id: int, event_id: int, event: NativeEvent | None) -> None:
        """Have an event of ours looked at that has just been changed, `event` None if deleted.

        Our own changes are told from others' by what was written down before they were made.
        """
        now = self._clock()
        async with self._db.read() as tx:
            session_id = await mirror_store.session_of_event(tx, server_id, event_id)
            scene = None if session_id is None else await read_scene(tx, session_id, now)
        if scene is None or not scene.is_wanted or _is_as_known(scene, event):
            return
        async with self._db.begin() as tx:
            await put_job(tx, EVENT, scene.session.id, now + SETTLE)


def _is_as_known(scene: Scene, event: NativeEvent | None) -> bool:
    if event is None or scene.mirror.question is not None:
        return False
    return any(is_alike(event.shows, one) for one in (scene.plan, *scene.mirror.written))


async def _compare(
    tx: Tx, server_id: int, listed: Sequence[NativeEvent], now: datetime
) -> Comparison:
    scenes = await _scenes(tx, server_id, now)
    seen = {one: _look(scene, listed) for one, scene in scenes.items()}
    missing = [one for one, (finding, _) in seen.items() if finding is Finding.MISSING]
    # The soonest first; for the last there is no room yet, unless one that is later gives it up.
    room = max(MOST_EVENTS - len(listed), 0)
    present = [one for one, (finding, _) in seen.items() if finding is not Finding.MISSING]
    order = {one: place for place, one in enumerate(seen)}
    latest = max((order[one] for one in present), default=-1)
    left_out = {one for one in missing[room:] if order[one] > latest}
    wanting = [one for one, (_, acts) in seen.items() if acts and one not in left_out]
    lacking = {scenes[one].group.id for one in missing}
    groups = {scene.group.id for scene in scenes.values()} - lacking
    gone, strays = await _homeless(tx, server_id, listed, scenes.keys(), now)
    return Comparison(
        wanting=[*wanting, *gone],
        news=[one for one, scene in scenes.items() if _has_news(scene, listed)],
        strays=strays,
        settled=await groups_told(tx, groups, NO_ROOM),
    )


async def _scenes(tx: Tx, server_id: int, now: datetime) -> dict[int, Scene]:
    """The sessions of the server that are to have an event, the soonest first."""
    session_ids = await mirror_store.mirrored_ids(tx, server_id, now)
    sessions = await store.get_sessions(tx, session_ids)
    mirrors = await mirror_store.get_mirrors(tx, session_ids)
    groups = await groups_of(tx, {session.group_id for session in sessions.values()})
    return {
        one: Scene(
            group=groups[sessions[one].group_id],
            session=sessions[one],
            mirror=mirrors[one],
            is_wanted=True,
        )
        for one in session_ids
    }


def _look(scene: Scene, listed: Sequence[NativeEvent]) -> tuple[Finding, bool]:
    """What the session's event is, and whether there is something to do about it."""
    own = events_of(scene.session.id, scene.session.event_id, listed)
    event = own[0] if own else None
    finding = find_out(scene.plan, scene.mirror, scene.session.event_id, event)
    if finding in (Finding.EDITED, Finding.GONE):
        return finding, len(own) > 1 or not is_asked(scene.mirror, event)
    is_settled = finding is Finding.EQUAL and scene.mirror.question is None
    return finding, not is_settled or len(own) > 1


def _has_news(scene: Scene, listed: Sequence[NativeEvent]) -> bool:
    event_id, known = scene.session.event_id, scene.mirror.interested
    return any(one.id == event_id and one.interested != known for one in listed)


async def _homeless(
    tx: Tx,
    server_id: int,
    listed: Sequence[NativeEvent],
    wanted: Collection[int],
    now: datetime,
) -> tuple[list[int], list[int]]:
    """Sessions that have an event and should not, and events whose session is no more."""
    owners = {one.id: marked_session_id(one) for one in listed}
    marked = {found for found in owners.values() if found is not None and found not in wanted}
    sessions = await store.get_sessions(tx, marked)
    groups = await groups_of(tx, {one.group_id for one in sessions.values()})
    here = [one for one in sessions.values() if groups[one.group_id].server_id == server_id]
    gone = [
        one.id
        for one in here
        if one.state is SessionState.CANCELLED
        or (one.state is SessionState.PLANNED and one.starts_at > now)
    ]
    lost = marked - sessions.keys()
    return gone, [event_id for event_id, owner in owners.items() if owner in lost]


class InterestHandler:
    """Counts who is interested in a session's event: before reminders, and when it has changed."""

    kind = INTEREST

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        session = await store.get_session(tx, job.subject_id)
        is_ahead = session is not None and session.starts_at > now and session.event_id is not None
        return ONE if is_ahead else NOTHING

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            session = await store.get_session(tx, delivery.subject_id)
            if session is None or session.event_id is None:
                return Skipped(reason="it has no event")
            group = await group_of(tx, session.group_id)
        try:
            people = await self._messenger.interested_in(group.server_id, session.event_id)
        except MessageGone:
            return Skipped(reason="its event is gone")

        async def record(tx: Tx) -> None:
            answers = await answers_to(tx, delivery.subject_id)
            undecided = people.difference(*answers.values())
            mirror = await mirror_store.lock_mirror(tx, delivery.subject_id)
            await mirror_store.save_mirror(
                tx, replace(mirror, interested=len(people), undecided=len(undecided))
            )

        return Done(record=record)
