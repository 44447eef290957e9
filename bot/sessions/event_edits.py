"""What leads decide about native events that somebody else has changed or deleted."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import require_lead
from bot.groups.model import Group
from bot.groups.store import get_group, group_of, lock_group
from bot.jobs.store import put_job
from bot.members.model import Actor
from bot.messenger import EventPlan
from bot.places.wall import local
from bot.sessions import mirror_store, store
from bot.sessions.calendar import arm
from bot.sessions.event_question import is_open
from bot.sessions.mirror import Mirror, plan_event, without_marker
from bot.sessions.model import EVENT, Session
from bot.sessions.service import SessionService
from bot.sessions.store import LONGEST

SETTLED = (
    "This is settled already: somebody has decided, the event has changed again since, or the "
    "session has begun."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question about a session's event that is still open, and the lead who answers it."""

    actor: Actor
    group: Group
    session: Session
    mirror: Mirror

    @property
    def shows(self) -> EventPlan | None:
        return None if self.mirror.question is None else self.mirror.question.shows


class EventEdits:
    """One public method for each button; each refuses whoever does not lead the group by now."""

    def __init__(self, db: Database, clock: Clock, sessions: SessionService) -> None:
        self._db = db
        self._clock = clock
        self._sessions = sessions

    async def take_over(self, actor: Actor, session_id: int, number: int) -> str:
        """The session becomes what its event shows; what the lead is told."""
        async with self._db.read() as tx:
            case = await self._case(tx, actor, session_id, number)
        shows = self._edit_of(case)
        minutes = _minutes_of(shows, case.session)
        if shows.starts_at != case.session.starts_at:
            await self._move(case, shows)
        now = self._clock()
        async with self._db.begin() as tx:
            case = await self._case(tx, actor, session_id, number, locks=True)
            session, mirror = case.session, case.mirror
            before = plan_event(case.group, session, mirror)
            place = session.place if shows.location == before.location else shows.location
            if (place, minutes) != (session.place, session.minutes):
                session = replace(
                    session,
                    place="" if place == case.group.where else place,
                    minutes=minutes,
                    sequence=session.sequence + 1,
                    changed_at=now,
                )
                await store.save_place(tx, session)
                if minutes != case.session.minutes:
                    await arm(tx, case.group, session.id, now)
            await mirror_store.save_mirror(tx, _with_words(mirror, before, shows))
            await put_job(tx, EVENT, session.id, now)
        return f"Session #{session.number} of {case.group.name} now is what its event says."

    async def _move(self, case: Case, shows: EventPlan) -> None:
        wall = local(shows.starts_at, case.session.zone)
        actor = replace(case.actor, server_id=case.group.server_id)
        await self._sessions.move(
            actor,
            str(case.group.id),
            case.session.number,
            f"{wall:%Y-%m-%d %H:%M}",
            wall.fold,
        )

    async def put_back(self, actor: Actor, session_id: int, number: int) -> str:
        """The event becomes what the calendar says; what the lead is told."""
        async with self._db.begin() as tx:
            case = await self._case(tx, actor, session_id, number, locks=True)
            shows = self._edit_of(case)
            mirror = replace(case.mirror, written=(shows,), question=None)
            await mirror_store.save_mirror(tx, mirror)
            await put_job(tx, EVENT, session_id, self._clock())
        return f"The event of session #{case.session.number} says again what the calendar says."

    async def make_again(self, actor: Actor, session_id: int, number: int) -> str:
        """A deleted event is made anew; what the lead is told."""
        async with self._db.begin() as tx:
            case = await self._case(tx, actor, session_id, number, locks=True)
            self._require_deleted(case)
            mirror = replace(case.mirror, written=(), question=None)
            await mirror_store.save_mirror(tx, mirror)
            await store.note_event(tx, session_id, None)
            await put_job(tx, EVENT, session_id, self._clock())
        return f"Session #{case.session.number} of {case.group.name} gets its event again."

    async def cancel(self, actor: Actor, session_id: int, number: int) -> str:
        """The session of a deleted event does not take place; what the lead is told."""
        async with self._db.read() as tx:
            case = await self._case(tx, actor, session_id, number)
        self._require_deleted(case)
        actor = replace(actor, server_id=case.group.server_id)
        await self._sessions.cancel(actor, str(case.group.id), case.session.number, "")
        return (
            f"Session #{case.session.number} of {case.group.name} is cancelled; its talks are back."
        )

    async def _case(
        self, tx: Tx, actor: Actor, session_id: int, number: int, *, locks: bool = False
    ) -> Case:
        """The open question; leads answer in the server, and in their direct messages."""
        session = await store.get_session(tx, session_id)
        if session is None:
            raise Refusal("That session is not here any more.")
        group = await group_of(tx, session.group_id)
        if actor.server_id and await get_group(tx, actor.server_id, group.id) is None:
            raise Refusal("That session is not here any more.")
        require_lead(group, actor)
        if locks:
            group = await lock_group(tx, group.id)
            session = await store.lock_session(tx, session_id) or session
            mirror = await mirror_store.lock_mirror(tx, session_id)
        else:
            mirror = await mirror_store.get_mirror(tx, session_id)
        if mirror.number != number or not is_open(session, mirror, self._clock()):
            raise Refusal(SETTLED)
        return Case(actor=actor, group=group, session=session, mirror=mirror)

    def _edit_of(self, case: Case) -> EventPlan:
        if case.shows is None:
            raise Refusal(SETTLED)
        return case.shows

    def _require_deleted(self, case: Case) -> None:
        if case.shows is not None:
            raise Refusal(SETTLED)


def _minutes_of(shows: EventPlan, session: Session) -> int:
    """How long the session is to be; as long as before where the event has no end."""
    span = shows.ends_at - shows.starts_at
    if span <= timedelta():
        return session.minutes
    minutes = round(span / timedelta(minutes=1))
    if span > LONGEST or minutes < 1:
        raise Refusal(
            f"The event lasts {minutes:,} minutes: a session lasts between 1 minute and 24 hours. "
            "Change the event's end, or put mine back."
        )
    return minutes


def _with_words(mirror: Mirror, before: EventPlan, shows: EventPlan) -> Mirror:
    """The lead's own words stand from now on; those that are ours still follow the calendar."""
    about = without_marker(shows.description)
    is_ours = without_marker(before.description).split() == about.split()
    return replace(
        mirror,
        written=(shows,),
        question=None,
        name=mirror.name if before.name == shows.name else shows.name,
        about=mirror.about if is_ours else about,
    )
