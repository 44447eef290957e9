"""The calendar follows a changed pattern: rows, talks and jobs, in the transaction of the edit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from sqlalchemy import or_, select

from bot.database import Tx
from bot.groups.model import HORIZON, Group
from bot.groups.pattern import Pattern
from bot.jobs.store import put_jobs
from bot.places.wall import local, resolve
from bot.places.zones import zone_data_version
from bot.sessions import store
from bot.sessions.calendar import arm, arm_talks, disarm, fill_calendar, redrawing
from bot.sessions.model import Session, SessionState, session_at
from bot.sessions.refit import Refit, Seat, plan_refit
from bot.sessions.store import SESSIONS
from bot.sessions.talks import set_talk

LEFT_OUT = "The group does not meet that day."


async def read_refit(
    tx: Tx, group: Group, before: Pattern, now: datetime
) -> tuple[list[Seat], Refit]:
    """The sessions ahead, and how they fit the group's pattern, which was `before`."""
    rows = await tx.execute(
        select(SESSIONS.c.id, SESSIONS.c.occurrence, SESSIONS.c.is_dropped)
        .where(SESSIONS.c.group_id == group.id)
        .where(
            or_(
                SESSIONS.c.is_dropped,
                (SESSIONS.c.state == SessionState.PLANNED) & (SESSIONS.c.starts_at > now),
            )
        )
    )
    known = {row.id: row for row in rows}
    sessions = await store.get_sessions(tx, known.keys())
    seats = [
        Seat(
            session=sessions[row.id],
            occurrence=row.occurrence,
            is_dropped=row.is_dropped,
            is_fixed=sessions[row.id].wall_start != row.occurrence
            or not before.has(row.occurrence),
        )
        for row in known.values()
        if sessions[row.id].talks or sessions[row.id].starts_at > now
    ]
    occurrences = await store.known_occurrences(tx, group.id)
    taken = occurrences.dates - {seat.occurrence for seat in seats}
    last = max((seat.occurrence for seat in seats), default=now.replace(tzinfo=None))
    ahead = takewhile(
        lambda numbered: numbered[0] < HORIZON + 3 * len(seats) or numbered[1][0] <= last,
        enumerate(group.pattern.instants(now)),
    )
    dates = sorted(wall for _, (wall, _) in ahead)
    zones = {wall: group.pattern.rhythm_at(wall).zone for wall in dates}
    refit = plan_refit(seats, dates, taken, zones, talks_per_session=group.talks_per_session)
    return seats, refit


async def refit_calendar(tx: Tx, group: Group, before: Pattern, now: datetime) -> Refit:
    """Make the calendar fit the group's saved pattern, which was `before`.

    Whoever calls holds the group's lock.

    Every job of what changes is put anew. The channel is told by the caller, once for all.
    """
    seats, refit = await read_refit(tx, group, before, now)
    sessions = {seat.session.id: seat.session for seat in seats}
    for session in refit.dropped:
        await _drop(tx, session, now)
    moved = [
        session_id
        for session_id, wall in refit.moved.items()
        if await _move(tx, group, sessions[session_id], wall, now)
    ]
    for seat in seats:
        if seat.is_fixed and not seat.is_dropped:
            await _take_along(tx, group, before, seat.session)
    for session in refit.revived:
        await _revive(tx, session, now)
    added = await _add(tx, group, refit, now)
    await _reseat(tx, sessions, {**refit.talks, **added}, now)
    at_another_time = {*moved, *(one.id for one in refit.revived), *added}
    for session in (await store.get_sessions(tx, at_another_time)).values():
        await arm(tx, group, session, now)
    await arm_talks(tx, refit.talks.keys() - {*moved}, now)
    # Another city's clock may have a session at the same instant: reminders name the city.
    await put_jobs(tx, [redrawing(session_id, now) for session_id in sessions])
    await _set_lengths(tx, group, before, now)
    await fill_calendar(tx, group, now)
    return refit


async def _drop(tx: Tx, session: Session, now: datetime) -> None:
    await disarm(tx, session, now)
    await store.set_session(tx, session.id, is_dropped=True)
    changed = replace(session, state=SessionState.CANCELLED, reason=LEFT_OUT)
    await store.save_state(tx, _changed(changed, now))


async def _revive(tx: Tx, session: Session, now: datetime) -> None:
    await store.set_session(tx, session.id, is_dropped=False)
    changed = replace(session, state=SessionState.PLANNED, reason="")
    await store.save_state(tx, _changed(changed, now))


async def _move(tx: Tx, group: Group, session: Session, wall: datetime, now: datetime) -> bool:
    """Whether the session is at another instant now: another city may have it at the same one."""
    zone = group.pattern.rhythm_at(wall).zone
    starts_at = resolve(wall, zone).starts_at
    await store.set_session(tx, session.id, occurrence=wall, zone=zone)
    if starts_at == session.starts_at:
        await store.set_session(tx, session.id, wall_start=wall, fold=0)
        return False
    moved = replace(session, wall_start=wall, starts_at=starts_at, moved_from=session.starts_at)
    await store.save_time(tx, _changed(moved, now), zone_data_version(), 0)
    return True


async def _take_along(tx: Tx, group: Group, before: Pattern, session: Session) -> None:
    """Put a session that was set by hand on the clock of the group's new city, at its instant."""
    zone = group.pattern.rhythm_in_force(session.starts_at).zone
    if zone != before.rhythm_in_force(session.starts_at).zone:
        there = local(session.starts_at, zone)
        wall = there.replace(tzinfo=None, fold=0)
        await store.set_session(tx, session.id, zone=zone, fold=there.fold, wall_start=wall)


def _changed(session: Session, now: datetime) -> Session:
    return replace(session, sequence=session.sequence + 1, changed_at=now)


async def _add(tx: Tx, group: Group, refit: Refit, now: datetime) -> dict[int, tuple[int, ...]]:
    """The sessions made for talks that no other had room for, with the talks they get."""
    number = (await store.known_occurrences(tx, group.id)).highest
    found: dict[int, tuple[int, ...]] = {}
    for wall, talk_ids in refit.added:
        number += 1
        session = session_at(group, wall, number, now)
        found[await store.add_session(tx, session, wall, zone_data_version())] = talk_ids
    return found


async def _reseat(
    tx: Tx,
    sessions: Mapping[int, Session],
    seated: Mapping[int, tuple[int, ...]],
    now: datetime,
) -> None:
    """Give each session the talks that it holds from now on; many may change places at once."""
    was_in = {talk.id: one.id for one in sessions.values() for talk in one.talks}
    moving = [talk_id for talk_ids in seated.values() for talk_id in talk_ids]
    for talk_id in moving:
        # No seat has a number below 0: the constraint sees the talks one by one.
        await set_talk(tx, talk_id, position=-talk_id)
    for session_id, talk_ids in seated.items():
        for position, talk_id in enumerate(talk_ids):
            await set_talk(tx, talk_id, session_id=session_id, position=position)
    for session_id in {*seated, *(was_in[talk_id] for talk_id in moving)}:
        await store.touch(tx, session_id, now)


async def _set_lengths(tx: Tx, group: Group, before: Pattern, now: datetime) -> None:
    """Sessions ahead become as long as the rhythm says now, if they were as long as it said."""
    for session in await store.sessions_ahead(tx, group.id, now, 100):
        usual, minutes = (
            pattern.rhythm_at(session.wall_start).minutes for pattern in (before, group.pattern)
        )
        if session.starts_at > now and session.minutes == usual != minutes:
            await store.set_session(tx, session.id, minutes=minutes)
            await store.touch(tx, session.id, now)
            await arm(tx, group, replace(session, minutes=minutes), now)
