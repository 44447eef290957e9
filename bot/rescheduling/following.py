"""A plan becomes rows, an act, and the jobs of everything that hangs on what has changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.audit.model import Act, ActKind, Change, changes_between
from bot.audit.store import record_act
from bot.database import Tx
from bot.groups.edits import spread_words
from bot.groups.model import LEAD_NEWS, MATERIALISE, WELCOME_REDRAW, Group
from bot.groups.rhythms import EARLIER
from bot.groups.store import GROUPS, LEADS, save_pattern
from bot.jobs.store import cancel_jobs, put_job
from bot.pitches.moving import promise_pitches, redraw_pitches
from bot.places.zones import zone_data_version
from bot.rescheduling import store
from bot.rescheduling.model import ACT_NOTICE, Ground, Plan
from bot.sessions.calendar import arm, arm_talks, disarm
from bot.sessions.model import DISCUSS, Session, SessionState, Talk, TalkState
from bot.sessions.store import add_session, get_sessions, known_occurrences, touch
from bot.sessions.talks import set_talk_state, vacate
from bot.sessions.watched import read_calendar


async def carry_out(tx: Tx, ground: Ground, plan: Plan, user_id: int, what: str) -> int:
    """The number of the act by which the plan was carried out; whoever calls holds the group."""
    group, now = ground.group, ground.now
    put_off = _talks_put_off(ground, plan)
    pitch_ids = [talk.pitch_id for talk in put_off if talk.pitch_id is not None]
    before = await read_calendar(tx, group.id, now, pitch_ids)
    await set_talk_state(tx, [talk.id for talk in put_off], TalkState.DEFERRED)
    await write_plan(tx, ground, plan)
    await promise_pitches(tx, pitch_ids, now)
    after = await read_calendar(tx, group.id, now, pitch_ids)
    act = Act(
        id=0,
        group_id=group.id,
        user_id=user_id,
        kind=plan.kind,
        what=what,
        done_at=now,
        changes=changes_between(before, after),
    )
    return await record(tx, group, act)


async def record(tx: Tx, group: Group, act: Act) -> int:
    """The number of the act; all that hangs on its changes follows, and the channel is told."""
    act_id = await note_act(tx, act)
    await _follow(tx, group, act.changes, act.done_at)
    await spread_words(tx, group.id, act_id, act.changes, act.done_at)
    if any(one.table in (GROUPS.name, EARLIER.name) for one in act.changes):
        await put_job(tx, WELCOME_REDRAW, group.id, act.done_at)
    if act.ids_in(LEADS.name):
        await put_job(tx, LEAD_NEWS, act_id, act.done_at)
    if act.kind is ActKind.UNDO:
        # An edit of the pattern had filled the calendar by its own dates.
        await put_job(tx, MATERIALISE, group.id, act.done_at)
    await put_job(tx, ACT_NOTICE, act_id, act.done_at)
    return act_id


async def note_act(tx: Tx, act: Act) -> int:
    """The number of the act, of which nothing else follows."""
    return await record_act(
        tx,
        group_id=act.group_id,
        user_id=act.user_id,
        kind=act.kind,
        what=act.what,
        changes=act.changes,
        now=act.done_at,
        undoes_id=act.undoes_id,
    )


def _talks_put_off(ground: Ground, plan: Plan) -> list[Talk]:
    """The talks that will not be given in a session that is planned: each is promised a seat."""
    lost = set(plan.waiting)
    for one in plan.sessions:
        if one.state is SessionState.CANCELLED:
            lost |= {talk.id for talk in one.talks}
    return [talk for one in ground.sessions for talk in one.talks if talk.id in lost]


async def write_plan(tx: Tx, ground: Ground, plan: Plan) -> None:
    """The plan as rows, and nothing of what hangs on them: whoever calls records the act."""
    if plan.pattern is not None:
        await save_pattern(tx, ground.group.id, plan.pattern)
    known = {one.id: one for one in ground.sessions}
    values: dict[int, dict[str, Any]] = {
        session_id: {"occurrence": wall} for session_id, wall in plan.occurrences.items()
    }
    for one in plan.sessions:
        if one.id == 0:
            await _add(tx, one, plan.folds.get(0, 0))
        elif changed := _changed_columns(known[one.id], one, plan):
            values.setdefault(one.id, {}).update(changed)
    await store.write_sessions(tx, values, ground.now, zone_data_version())
    for talk_id in plan.waiting:
        await vacate(tx, talk_id, TalkState.DEFERRED)
    await store.seat_talks(tx, _moved_talks(ground, plan))


def _changed_columns(before: Session, after: Session, plan: Plan) -> dict[str, Any]:
    if before.starts_at != after.starts_at or before.wall_start != after.wall_start:
        return {
            "wall_start": after.wall_start,
            "starts_at": after.starts_at,
            "fold": plan.folds.get(after.id, 0),
        }
    if before.state is not after.state:
        return {"state": after.state, "reason": after.reason}
    return {}


async def _add(tx: Tx, session: Session, fold: int) -> None:
    known = await known_occurrences(tx, session.group_id)
    # An extra session may take the place of one that was called off, whose date stays its own.
    occurrence = session.wall_start
    while occurrence in known.dates:
        occurrence += timedelta(seconds=1)
    numbered = replace(session, number=known.highest + 1)
    await add_session(tx, numbered, occurrence, zone_data_version(), fold)


def _moved_talks(ground: Ground, plan: Plan) -> dict[int, tuple[int, int]]:
    """Where each talk goes whose session or seat changes."""
    seats = {talk.id: talk for one in ground.sessions for talk in one.talks}
    after: list[Talk] = [talk for one in plan.sessions for talk in one.talks]
    return {
        talk.id: (talk.session_id, talk.position)
        for talk in after
        if (talk.session_id, talk.position) != (seats[talk.id].session_id, seats[talk.id].position)
    }


async def _follow(tx: Tx, group: Group, changes: Sequence[Change], now: datetime) -> None:
    """Put the jobs of everything that the changes touch, as it is now."""
    for session_id, session in sorted((await get_sessions(tx, _sessions_of(changes))).items()):
        if session.state is SessionState.CANCELLED:
            await disarm(tx, session, now)
        elif any(_is_at_another_time(one) for one in changes if _is_session(one, session_id)):
            await arm(tx, group, session, now)
        else:
            await touch(tx, session_id, now)
            await arm_talks(tx, [session_id], now)
    for one in changes:
        if one.table == "talk" and (one.after is None or one.after["position"] < 0):
            await cancel_jobs(tx, one.row_id, [DISCUSS])
        if one.table == "pitch":
            await redraw_pitches(tx, [one.row_id], now)


def _sessions_of(changes: Sequence[Change]) -> set[int]:
    """The sessions that the changes touch: their times, places, events and talks."""
    touched = {
        one.row_id
        for one in changes
        if one.table == "session_event"
        or (one.table == "session" and (_is_at_another_time(one) or _differs(one, "place")))
    }
    for one in changes:
        if one.table == "talk":
            touched |= {side["session_id"] for side in (one.before, one.after) if side}
    return touched


def _is_session(change: Change, session_id: int) -> bool:
    return change.table == "session" and change.row_id == session_id


def _is_at_another_time(change: Change) -> bool:
    """True also for a session that is new, or takes place after all."""
    return _differs(change, "starts_at", "minutes", "state")


def _differs(change: Change, *columns: str) -> bool:
    before, after = change.before or {}, change.after or {}
    return any(before.get(name) != after.get(name) for name in columns)
