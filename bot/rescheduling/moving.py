"""What becomes of a calendar when sessions are moved, shifted, cancelled or added: pure rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from bot.audit.model import ActKind
from bot.errors import Refusal
from bot.groups.pattern import Pattern, shift_from
from bot.places.spoken import spoken_long_date, spoken_wall
from bot.places.wall import resolve
from bot.rescheduling.model import Ground, Plan
from bot.sessions.model import Session, SessionState, home_of
from bot.sessions.store import LONGEST


def plan_move(ground: Ground, session: Session, wall: datetime, fold: int) -> Plan:
    """Only this session, to another time."""
    moved = _moved(session, wall, fold)
    if moved.starts_at == session.starts_at:
        raise Refusal(f"Session #{session.number} is at that time already.")
    return _checked(
        ground, Plan(kind=ActKind.MOVE, sessions=(moved,), folds={session.id: fold} if fold else {})
    )


def has_rest(ground: Ground, session_id: int | None) -> bool:
    """Whether later meetings of the pattern could be shifted with it: not with an extra session."""
    old = None if session_id is None else ground.occurrences.get(session_id)
    return old is not None and old in _meetings(ground.group.pattern, ground.occurrences, old)


def plan_shift(ground: Ground, session: Session, wall: datetime, fold: int) -> Plan:
    """This session to another time, and every later meeting of the pattern by the same step.

    Later sessions that were moved by hand stay, and are named. Refused for an extra session: it
    has no rest to shift.
    """
    pattern, old = ground.group.pattern, ground.occurrences.get(session.id)
    walls = _meetings(pattern, ground.occurrences, old)
    if old is None or old not in walls:
        raise Refusal(
            f"Session #{session.number} is an extra one, not of the group's pattern: move only "
            "this one."
        )
    _refuse_another_city(ground, old)
    shifted = shift_from(pattern, old, wall, ground.habit_in(home_of(ground.group, session)))
    step = _steps(pattern, shifted, walls, wall)
    occurrences = {
        session_id: step[was] for session_id, was in ground.occurrences.items() if was in step
    }
    if any(was not in step and was in step.values() for was in ground.occurrences.values()):
        raise Refusal(
            f"Another session of {ground.group.name} had one of the new dates already: move only "
            "this one."
        )
    moved, stays, folds = [], [], {session.id: fold} if fold else {}
    for one in ground.sessions:
        if one.id == session.id:
            moved.append(_moved(one, wall, fold))
        elif one.id not in occurrences or occurrences[one.id] == ground.occurrences[one.id]:
            continue
        elif one.wall_start == ground.occurrences[one.id]:
            moved.append(_moved(one, occurrences[one.id], 0))
        else:
            stays.append(one)
    plan = Plan(
        kind=ActKind.SHIFT,
        sessions=tuple(moved),
        folds=folds,
        occurrences=occurrences,
        pattern=shifted,
        stays=tuple(stays),
    )
    _refuse_disorder(ground, session, moved[0])
    return _checked(ground, plan)


def _refuse_another_city(ground: Ground, old: datetime) -> None:
    pattern = ground.group.pattern
    zone = pattern.rhythm_at(old).zone
    for one in pattern.rhythms:
        if one.zone != zone and one.since_at is not None and one.since_at > old:
            day = spoken_long_date(one.since_at.date(), ground.habit_in(one.home.clock))
            raise Refusal(
                f"From {day} on the group meets in {one.home.name}, so the rest can't follow: move "
                "only this one, or change when you meet with `/group edit`."
            )


def _meetings(
    pattern: Pattern, occurrences: Mapping[int, datetime], old: datetime | None
) -> list[datetime]:
    """The pattern's own dates from `old` on to the last that has a session."""
    if old is None:
        return []
    last = max(occurrences.values())
    found = []
    for wall in pattern.occurrences(old - timedelta(minutes=1)):
        if wall > last:
            break
        found.append(wall)
    return found


def _steps(
    pattern: Pattern, shifted: Pattern, walls: list[datetime], wall: datetime
) -> dict[datetime, datetime]:
    """Which date each of the old dates becomes; the first of them becomes `wall`.

    Of several weekdays only those of the one that moves do.
    """
    stays: set[datetime] = set()
    begin = wall
    if pattern.rhythm_at(walls[0]).also:
        begin = min(wall, walls[0])
        stays = set(_dates_from(shifted, begin, 2 * len(walls))) & set(walls[1:])
    moving = [one for one in walls if one not in stays]
    dates = _dates_from(shifted, begin, 2 * len(walls))
    news = [one for one in dates if one not in stays][: len(moving)]
    if len(news) < len(moving) or news[0] != wall:
        raise Refusal(
            "The later sessions can't follow: the pattern stops at a break, or goes on otherwise. "
            "Move only this one, or change the rhythm with `/group edit`."
        )
    return {**dict(zip(moving, news, strict=True)), **{one: one for one in stays}}


def _dates_from(pattern: Pattern, wall: datetime, count: int) -> list[datetime]:
    return list(islice(pattern.occurrences(wall - timedelta(minutes=1)), count))


def _refuse_disorder(ground: Ground, session: Session, moved: Session) -> None:
    for one in ground.sessions:
        if one.starts_at < session.starts_at and one.starts_at >= moved.starts_at:
            raise Refusal(
                f"Shifting the rest would put session #{session.number} before #{one.number}: "
                "move only this one."
            )


def session_meant(ground: Ground, number: int | None) -> Session:
    """The planned session of that number, the next one without; refuses one that is not there."""
    ahead = ground.sessions
    if number is None and ahead:
        # The next one: a session that is running now has to be named by its number.
        to_come = [one for one in ahead if one.starts_at > ground.now] or list(ahead)
        return to_come[0]
    for one in ahead:
        if one.number == number:
            return one
    name, planned = ground.group.name, ", ".join(f"#{one.number}" for one in ahead)
    if not planned:
        raise Refusal(f"{name} has no session planned.")
    raise Refusal(f"Session #{number} of {name} is not planned (any more). Planned are: {planned}.")


def plan_cancel(session: Session, reason: str) -> Plan:
    """No meeting; its talks are promised the next free seats."""
    cancelled = replace(session, state=SessionState.CANCELLED, reason=reason)
    return Plan(kind=ActKind.CANCEL, sessions=(cancelled,))


def plan_add(ground: Ground, wall: datetime, fold: int, zone: str, minutes: int) -> Plan:
    """One session more than the pattern has, on the clock of `zone`."""
    group = ground.group
    added = Session(
        id=0,
        group_id=group.id,
        number=0,
        wall_start=wall,
        zone=zone,
        starts_at=resolve(wall, zone, fold=fold).starts_at,
        minutes=minutes,
        state=SessionState.PLANNED,
        changed_at=ground.now,
    )
    return _checked(ground, Plan(kind=ActKind.ADD, sessions=(added,), folds={0: fold}))


def _moved(session: Session, wall: datetime, fold: int) -> Session:
    starts_at = resolve(wall, session.zone, fold=fold).starts_at
    return replace(session, wall_start=wall, starts_at=starts_at, moved_from=session.starts_at)


def _checked(ground: Ground, plan: Plan) -> Plan:
    """The plan; refuses one that puts two sessions at one time, or one into the past."""
    changed = {one.id for one in plan.sessions}
    for one in plan.sessions:
        if one.starts_at <= ground.now:
            when = spoken_wall(one.wall_start, ground.habit_in(home_of(ground.group, one)))
            raise Refusal(f"{when} has passed already.")
    refuse_clash(plan.calendar_after(ground), changed)
    if plan.kind in {ActKind.MOVE, ActKind.ADD}:
        for one in plan.sessions:
            _refuse_meeting_to_come(ground, one)
    return plan


def _refuse_meeting_to_come(ground: Ground, session: Session) -> None:
    """Refuses a time at which the pattern has a meeting that is not in the calendar yet."""
    pattern, known = ground.group.pattern, set(ground.occurrences.values())
    for wall, starts_at in pattern.instants(session.starts_at - LONGEST):
        if starts_at >= session.ends_at:
            return
        ends_at = starts_at + timedelta(minutes=pattern.rhythm_at(wall).minutes)
        if wall not in known and ends_at > session.starts_at:
            when = spoken_wall(wall, ground.habit_in(ground.group.home_at(starts_at)))
            raise Refusal(
                f"{ground.group.name} meets then anyway, on {when}, by its pattern: choose another "
                "time."
            )


def refuse_clash(sessions: Sequence[Session], changed: set[int]) -> None:
    """Refuses a calendar in which one of the `changed` sessions is at another's time."""
    for one in sessions:
        for other in sessions:
            is_apart = other.ends_at <= one.starts_at or one.ends_at <= other.starts_at
            if one.id in changed and other.id != one.id and not is_apart:
                said = f"Session #{other.number} of the group is at that time"
                if len(changed) > 1:  # The lead has named the time of one of them alone.
                    said = f"Session #{other.number} is at the time that #{one.number} would have"
                raise Refusal(f"{said}: move or cancel it first.")
