"""Taking an act back: only where everything that it changed still is as it left it."""

from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy.exc import IntegrityError

from bot.audit.model import Act, ActKind, Change, Rows, Values, changes_between
from bot.database import Tx
from bot.errors import Refusal
from bot.groups.access import name_refusal
from bot.groups.edits import SETTINGS, words_changed
from bot.groups.model import Group
from bot.groups.store import free_name, group_of
from bot.places.zones import zone_data_version
from bot.rescheduling import store
from bot.rescheduling.following import record
from bot.rescheduling.model import Ground
from bot.rescheduling.moving import refuse_clash
from bot.sessions.model import Session, SessionState
from bot.sessions.store import get_sessions, sessions_ahead
from bot.sessions.watched import read_changed
from bot.text import quote

GROWN = (
    "The calendar has grown by another session since, so that can't be taken back: shift it back "
    "with `/session move` instead."
)

GROWN_ELSEWHERE = (
    "The calendar has grown by another session since, so that can't be taken back: give the group "
    "its city with `/group edit` instead."
)

COMPARED = {"talk": ("session_id", "position")}
"""What must not have changed since, where it is not all that is watched: where a talk is."""


async def take_back(tx: Tx, group: Group, act: Act, user_id: int, now: datetime) -> int:
    """The number of the act that took this one back; whoever calls holds the group's lock.

    Sessions, talks, pitches and the pattern are as they were, and what hangs on them follows. A
    session that the act had added is cancelled: its number and its place in calendars stay known.
    Refused once something of it has changed since, or a session of it has begun.
    """
    if act.is_undone:
        raise Refusal("That has been taken back already.")
    before = await read_changed(tx, act.changes)
    sessions = await get_sessions(tx, act.ids_in("session"))
    _refuse_changed(act, before, sessions)
    _refuse_begun(act, sessions, now)
    await _refuse_taken(tx, group, act, now)
    name, _ = words_changed(act.changes).get("name", ("", ""))
    if name:
        await free_name(tx, group.server_id, name, now)
    try:
        await store.put_back(tx, act.changes, now, zone_data_version())
    except IntegrityError as error:
        raise name_refusal(error, name) from error
    await _refuse_strays(tx, group, act, now)
    await _refuse_clash(tx, group, act, now)
    after = await read_changed(tx, act.changes)
    undoing = Act(
        id=0,
        group_id=group.id,
        user_id=user_id,
        kind=ActKind.UNDO,
        what=f"took back: {act.what}",
        done_at=now,
        changes=changes_between(before, after),
        undoes_id=act.id,
    )
    return await record(tx, group, undoing)


def _refuse_changed(act: Act, now_there: Rows, sessions: dict[int, Session]) -> None:
    for one in act.changes:
        there = now_there.get((one.table, one.row_id))
        if one.after is None:
            continue  # its number may be another row's by now, and that is no change of it
        names = COMPARED.get(one.table, tuple(one.after))
        if there is None or any(there.get(name) != one.after[name] for name in names):
            raise Refusal(
                f"{_name_of(one, sessions)} has changed since, so that can't be taken back as a "
                "whole: change it by hand."
            )


def _name_of(change: Change, sessions: dict[int, Session]) -> str:
    values = change.after or change.before or {}
    if change.table == "session" and change.row_id in sessions:
        return f"Session #{sessions[change.row_id].number}"
    if change.table == "talk":
        return f"The talk {quote(values['title'])}"
    if change.table == "session_event":
        return "The event"
    if change.table == "reading_group" and values.keys() <= {*SETTINGS}:
        return "What was edited"
    return "A pitch of it" if change.table == "pitch" else "The pattern of the group"


def _refuse_begun(act: Act, sessions: dict[int, Session], now: datetime) -> None:
    for one in act.changes:
        if one.table != "session" or one.row_id not in sessions:
            continue
        sides = [side for side in (one.before, one.after) if side]
        is_begun = any(
            side["state"] == SessionState.PLANNED
            and datetime.fromisoformat(side["starts_at"]) <= now
            for side in sides
        )
        if is_begun:
            number = sessions[one.row_id].number
            raise Refusal(
                f"Session #{number} has begun by now, or would have: that can't be taken back."
            )


async def _refuse_taken(tx: Tx, group: Group, act: Act, now: datetime) -> None:
    """Refuses what would take a date or a seat that another session or talk has by now."""
    ground = await store.read_ground(tx, group, now)
    dates = _dates_before(act)
    if {*dates.values()} & _others(ground, act):
        raise Refusal(GROWN)
    ours = act.ids_in("talk")
    places = await store.seats_of(tx, {one["session_id"] for one in _talks_before(act)})
    kept = [place for talk_id, place in places.items() if talk_id not in ours]
    back = [(one["session_id"], one["position"]) for one in _talks_before(act)]
    for session_id in {session_id for session_id, _ in back}:
        seats = sorted(seat for one, seat in [*kept, *back] if one == session_id)
        if seats != list(range(len(seats))):
            raise Refusal(
                "A session of it has got other talks since, so that can't be taken back as a "
                "whole: change it by hand."
            )


def _talks_before(act: Act) -> list[Values]:
    return [one.before for one in act.changes if one.table == "talk" and one.before is not None]


async def _refuse_strays(tx: Tx, group: Group, act: Act, now: datetime) -> None:
    """Refuses to leave sessions behind that a shifted or moved pattern has brought since.

    `group` is as it was before.
    """
    restored = (await group_of(tx, group.id)).pattern
    ground, dates = await store.read_ground(tx, group, now), _dates_before(act)
    others = _others(ground, act)
    if not others or restored == group.pattern:
        return
    for one in ground.sessions:
        wall = ground.occurrences[one.id]
        zone = group.pattern.rhythm_at(wall).zone
        if wall in others and one.zone == zone != restored.rhythm_at(wall).zone:
            raise Refusal(GROWN_ELSEWHERE)
    if not dates:
        return
    begin = min(others) - timedelta(minutes=1)
    was, will = (
        {*takewhile(lambda wall: wall <= max(others), pattern.occurrences(begin))}
        for pattern in (group.pattern, restored)
    )
    if (others & was) - will:
        raise Refusal(GROWN)


def _dates_before(act: Act) -> dict[int, datetime]:
    """The pattern's date of each session that the act changed, before it did."""
    return {
        one.row_id: datetime.fromisoformat(one.before["occurrence"])
        for one in act.changes
        if one.table == "session" and one.before is not None
    }


def _others(ground: Ground, act: Act) -> set[datetime]:
    """The dates of the sessions that the act did not touch."""
    ours = act.ids_in("session")
    return {wall for session_id, wall in ground.occurrences.items() if session_id not in ours}


async def _refuse_clash(tx: Tx, group: Group, act: Act, now: datetime) -> None:
    ahead = await sessions_ahead(tx, group.id, now, store.MOST_AHEAD)
    refuse_clash(ahead, set(act.ids_in("session")))
