"""Keeping the calendar: sessions from the pattern, and the jobs that each session carries."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import HORIZON, MATERIALISE, ON_BALLOT, Group, GroupState
from bot.groups.pattern import Pattern
from bot.groups.revising import spoken_loss
from bot.groups.store import group_of, lock_group
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Skipped
from bot.jobs.store import Due, cancel_jobs, put_job, put_jobs
from bot.members.model import STANDARD_LEADS
from bot.pitches.model import PitchState
from bot.pitches.moving import move_pitches
from bot.places.wall import resolve
from bot.places.zones import zone_data_version
from bot.sessions import store
from bot.sessions.model import (
    ABSENT,
    DISCUSS,
    EVENT,
    MENTION,
    REMIND,
    REMIND_AHEAD,
    REMIND_REDRAW,
    WRAP,
    Session,
    SessionState,
    TalkState,
    session_at,
)
from bot.sessions.talks import set_talk_state

ABSENT_AFTER = timedelta(minutes=10)
"""Whoever has just been shown that a speaker is away gets this long to do something about it."""


async def fill_calendar(tx: Tx, group: Group, now: datetime) -> None:
    """Give the group's next meetings their sessions; those that have one keep it."""
    known = await store.known_occurrences(tx, group.id)
    next_walls = _up_to_the_last(group.pattern, known.planned, now)
    walls = [wall for wall in next_walls if wall not in known.dates]
    new = [session_at(group, wall, one, now) for one, wall in enumerate(walls, known.highest + 1)]
    due: list[Due] = []
    session_ids = await store.add_sessions(tx, new, zone_data_version())
    for session, session_id in zip(new, session_ids, strict=True):
        due += _calls_of(group, replace(session, id=session_id), now)
    if new:
        due.append(_on_ballot(group.id, now))
    await put_jobs(tx, due)


def _up_to_the_last(
    pattern: Pattern, planned: Collection[datetime], now: datetime
) -> list[datetime]:
    """The next few dates of the pattern, and all before the last one that has a session: where the
    group has begun to meet more often, no meeting is left out between two others.
    """
    end = max(planned, default=None)
    walls: list[datetime] = []
    for wall, _ in pattern.instants(now):
        if len(walls) >= HORIZON and (end is None or wall > end):
            break
        walls.append(wall)
    reached = max((place for place, wall in enumerate(walls, 1) if wall in planned), default=0)
    return walls[: max(HORIZON, reached)]


async def arm(tx: Tx, group: Group, session: Session, now: datetime) -> None:
    """Put every job that the session's new time calls for; those whose moment has passed are left.

    Whoever calls has just read or written the session in this transaction. One row for each lead
    time, whoever will be reminded: moving a session costs the same for ten followers and ten
    thousand.
    """
    await cancel_jobs(tx, session.id, [REMIND, MENTION])
    await put_jobs(tx, [*_calls_of(group, session, now), *_shown_by(session, now)])


def _calls_of(group: Group, session: Session, now: datetime) -> list[Due]:
    leads = sorted({*STANDARD_LEADS, *group.lead_minutes})
    reminders = [_reminder(session, minutes) for minutes in leads]
    wrap = Due(kind=WRAP, subject_id=session.id, due_at=session.ends_at)
    ahead = [one for one in reminders if one.due_at > now]
    return [*_talks_due(session, now), *ahead, wrap]


def _reminder(session: Session, minutes: int) -> Due:
    return Due(
        kind=REMIND,
        subject_id=session.id,
        due_at=session.starts_at - timedelta(minutes=minutes),
        lead_minutes=minutes,
        ahead=REMIND_AHEAD,
    )


async def arm_talks(tx: Tx, session_ids: Collection[int], now: datetime) -> None:
    """Put every job that the talks of these sessions call for, as they are now.

    Reminders to come stay as they are: one that is being sent, or is due this very moment, would be
    overtaken if it were put again.
    """
    sessions = await store.get_sessions(tx, session_ids)
    due = [due for one in sessions.values() for due in _talks_due(one, now)]
    await put_jobs(tx, [*due, *(due for one in sessions.values() for due in _shown_by(one, now))])


def _talks_due(session: Session, now: datetime) -> list[Due]:
    talks = [
        Due(kind=DISCUSS, subject_id=talk.id, due_at=session.talk_ends_at(talk))
        for talk in session.talks
    ]
    speakers = [talk.speaker_id for talk in session.talks if talk.speaker_id is not None]
    due_at = now + ABSENT_AFTER
    absent = [Due(kind=ABSENT, subject_id=session.id, due_at=due_at)] if speakers else []
    return [*talks, *absent, Due(kind=EVENT, subject_id=session.id, due_at=now)]


async def disarm(tx: Tx, session: Session, now: datetime) -> None:
    """Forget what a cancelled session called for; its native event is taken away."""
    await cancel_jobs(tx, session.id, [REMIND, MENTION, WRAP, ABSENT])
    for talk in session.talks:
        await cancel_jobs(tx, talk.id, [DISCUSS])
    shown = [Due(kind=EVENT, subject_id=session.id, due_at=now), *_shown_by(session, now)]
    await put_jobs(tx, shown)


def _shown_by(session: Session, now: datetime) -> list[Due]:
    """What has to be drawn anew where the session's time, talks or state have changed."""
    return [redrawing(session.id, now), _on_ballot(session.group_id, now)]


def _on_ballot(group_id: int, now: datetime) -> Due:
    return Due(kind=ON_BALLOT, subject_id=group_id, due_at=now)


def redrawing(session_id: int, now: datetime) -> Due:
    """The job that has the session's reminders which were sent say how it is now."""
    return Due(kind=REMIND_REDRAW, subject_id=session_id, due_at=now)


def resolved(wall: datetime, zone: str, fold: int) -> datetime:
    """The instant of a checked wall time."""
    return resolve(wall, zone, fold=fold).starts_at


class MaterialiseHandler:
    """Puts a group's next meetings into the calendar."""

    kind = MATERIALISE

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        group = await lock_group(tx, job.subject_id)
        if group.state is GroupState.ACTIVE:
            await fill_calendar(tx, group, now)
            if group.pattern.home.is_lost:
                await raise_alert(tx, group.id, spoken_loss(group.pattern.zone), now)
        return NOTHING

    async def deliver(self, _delivery: Delivery) -> Outcome:
        return Done()


class WrapHandler:
    """Marks a session held when it has ended, and makes room for the next in the calendar."""

    kind = WRAP

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        session = await store.lock_session(tx, job.subject_id)
        if session is None or session.state is not SessionState.PLANNED:
            return NOTHING
        await store.mark_held(tx, session.id)
        pitch_ids = [talk.pitch_id for talk in session.talks if talk.pitch_id is not None]
        await move_pitches(tx, pitch_ids, PitchState.DELIVERED, now)
        await set_talk_state(tx, [talk.id for talk in session.talks], TalkState.DELIVERED)
        group = await group_of(tx, session.group_id)
        await put_job(tx, MATERIALISE, group.id, now)
        return NOTHING

    async def deliver(self, _delivery: Delivery) -> Outcome:
        return Skipped(reason="nothing to send")
