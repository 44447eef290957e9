"""What leads decide about native events that somebody else has changed or deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.audit.model import Act, ActKind, Rows, changes_between
from bot.audit.store import record_act
from bot.cards import spoken_list, stamp
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import require_lead
from bot.groups.model import Group
from bot.groups.store import group_of, lock_group
from bot.jobs.store import put_job
from bot.members.model import Actor
from bot.members.store import get_member
from bot.messenger import EventPlan
from bot.places.written import check_moment
from bot.rescheduling import store, tellings
from bot.rescheduling.following import carry_out, note_act, record, write_plan
from bot.rescheduling.model import Ground, Plan
from bot.rescheduling.moving import plan_cancel, plan_move
from bot.sessions import mirror_store
from bot.sessions.calendar import arm
from bot.sessions.event_question import is_open
from bot.sessions.mirror import Mirror, plan_event, without_marker
from bot.sessions.model import EVENT, Session, home_of
from bot.sessions.store import LONGEST, get_session, lock_session, note_event, save_place
from bot.sessions.watched import read_calendar

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

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def take_over(self, actor: Actor, session_id: int, number: int) -> str:
        """The session becomes what its event shows; what the lead is told."""
        now = self._clock()
        async with self._db.begin() as tx:
            case = await self._case(tx, actor, session_id, number)
            shows, ours = self._edit_of(case), _ours(case)
            minutes = _minutes_of(shows, case.session)
            then = await read_calendar(tx, case.group.id, now)
            session = await _moved(tx, case, shows, now)
            is_ours = shows.location in {one.location for one in ours}
            place = session.place if is_ours else shows.location
            if (place, minutes) != (session.place, session.minutes):
                session = replace(
                    session,
                    place="" if place == case.group.where else place,
                    minutes=minutes,
                    sequence=session.sequence + 1,
                    changed_at=now,
                )
                await save_place(tx, session)
                await arm(tx, case.group, session, now)
            await mirror_store.save_mirror(tx, _with_words(case.mirror, ours, shows))
            await _record(tx, case, session, then, now)
            await put_job(tx, EVENT, session.id, now)
        return f"Session #{session.number} of {case.group.name} now is what its event says."

    async def put_back(self, actor: Actor, session_id: int, number: int) -> str:
        """The event becomes what the calendar says; what the lead is told."""
        async with self._db.begin() as tx:
            case = await self._case(tx, actor, session_id, number)
            shows = self._edit_of(case)
            mirror = replace(case.mirror, written=(shows,), question=None)
            await mirror_store.save_mirror(tx, mirror)
            await put_job(tx, EVENT, session_id, self._clock())
            await _tell(tx, case, "put the event of #{} back as it was", self._clock())
        return f"The event of session #{case.session.number} says again what the calendar says."

    async def make_again(self, actor: Actor, session_id: int, number: int) -> str:
        """A deleted event is made anew; what the lead is told."""
        async with self._db.begin() as tx:
            case = await self._case(tx, actor, session_id, number)
            self._require_deleted(case)
            mirror = replace(case.mirror, written=(), question=None)
            await mirror_store.save_mirror(tx, mirror)
            await note_event(tx, session_id, None)
            await put_job(tx, EVENT, session_id, self._clock())
            await _tell(tx, case, "had the deleted event of #{} made again", self._clock())
        return f"Session #{case.session.number} of {case.group.name} gets its event again."

    async def cancel(self, actor: Actor, session_id: int, number: int) -> str:
        """The session of a deleted event does not take place; what the lead is told."""
        now = self._clock()
        async with self._db.begin() as tx:
            case = await self._case(tx, actor, session_id, number)
            self._require_deleted(case)
            ground = await store.read_ground(tx, case.group, now)
            plan = plan_cancel(ground.session(session_id), "")
            await _carry_out(tx, case, ground, plan)
        told = f"Session #{case.session.number} of {case.group.name} is cancelled"
        return f"{told}; its talks are promised the next free seats."

    async def _case(self, tx: Tx, actor: Actor, session_id: int, number: int) -> Case:
        """The open question, held until the transaction ends.

        Leads answer in their direct messages, and in the group's server.
        """
        session = await get_session(tx, session_id)
        group = await group_of(tx, session.group_id) if session else None
        if session is None or group is None or actor.server_id not in (0, group.server_id):
            raise Refusal("That session is not here any more.")
        require_lead(group, actor)
        group = await lock_group(tx, group.id)
        session = await lock_session(tx, session_id) or session
        mirror = await mirror_store.lock_mirror(tx, session_id)
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


async def _moved(tx: Tx, case: Case, shows: EventPlan, now: datetime) -> Session:
    """The session at the time that its event shows, moved as a command would move it."""
    session = case.session
    if shows.starts_at == session.starts_at:
        return session
    # By the same rules as a time that a lead types: not in the past, not years away.
    home = home_of(case.group, session)
    lead = replace(await get_member(tx, case.actor.user_id), locale=case.actor.locale)
    habit = lead.habit_on(home.zone)
    at = check_moment(shows.starts_at.replace(second=0), habit, home.city, now)
    ground = replace(await store.read_ground(tx, case.group, now), lead=lead)
    await write_plan(tx, ground, plan_move(ground, session, at.wall, at.fold))
    return await lock_session(tx, session.id) or session


async def _record(tx: Tx, case: Case, session: Session, before: Rows, now: datetime) -> None:
    """One act of all that was taken over; a move among it is told as any other."""
    changes = changes_between(before, await read_calendar(tx, case.group.id, now))
    named = {
        "name": "its name",
        "about": "its words",
        "place": "where it is",
        "minutes": "how long it lasts",
    }
    told = [
        what
        for column, what in named.items()
        if any((one.before or {}).get(column) != (one.after or {}).get(column) for one in changes)
    ]
    number, was = session.number, case.session.starts_at
    is_moved = session.starts_at != was
    what = f"moved #{number} from {stamp(was)} to {stamp(session.starts_at)}" if is_moved else ""
    if told:
        also = ", and took over the event" if is_moved else f"took over the event of #{number}"
        what += f"{also}: {spoken_list(told)}"
    act = Act(
        id=0,
        group_id=case.group.id,
        user_id=case.actor.user_id,
        kind=ActKind.MOVE if is_moved else ActKind.EVENT,
        what=what,
        done_at=now,
        changes=changes,
    )
    if is_moved:
        await record(tx, case.group, act)
    elif told:
        await note_act(tx, act)


async def _tell(tx: Tx, case: Case, what: str, now: datetime) -> None:
    """An act that has changed nothing in the calendar, and is only told."""
    await record_act(
        tx,
        group_id=case.group.id,
        user_id=case.actor.user_id,
        kind=ActKind.EVENT,
        what=what.format(case.session.number),
        now=now,
    )


async def _carry_out(tx: Tx, case: Case, ground: Ground, plan: Plan) -> None:
    what = tellings.what_was_done(ground, plan, case.session.number)
    await carry_out(tx, ground, plan, case.actor.user_id, what)


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


def _ours(case: Case) -> tuple[EventPlan, ...]:
    """What is nobody's edit: what the calendar says by now, and what we last wrote there.

    The group's name or place may have changed since the lead was asked.
    """
    return (plan_event(case.group, case.session, case.mirror), *case.mirror.written)


def _with_words(mirror: Mirror, ours: Sequence[EventPlan], shows: EventPlan) -> Mirror:
    """The lead's own words stand from now on; those that are ours still follow the calendar."""
    about = without_marker(shows.description)
    known = [without_marker(one.description).split() for one in ours]
    is_ours = about.split() in known
    return replace(
        mirror,
        written=(shows,),
        question=None,
        name=mirror.name if shows.name in {one.name for one in ours} else shows.name,
        about=mirror.about if is_ours else about,
    )
