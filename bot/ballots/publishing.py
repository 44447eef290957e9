"""What follows from a closed ballot: its seats, shown to the leads first where they review them.

A result that is held is complete but for its seats, and these are made anew each time they are
looked at: a session that was cancelled meanwhile, or a speaker who is away, has its effect.
"""

from datetime import datetime, timedelta

from bot.ballots import moves, store
from bot.ballots.held import hold
from bot.ballots.model import Ballot, Result
from bot.ballots.seating import free_sessions, seat
from bot.ballots.service import ANNOUNCE, PUBLISH, REDRAW, REVIEW, REVIEW_REDRAW
from bot.database import Tx
from bot.groups.store import group_of
from bot.jobs.store import cancel_jobs, put_job
from bot.pitches.model import PitchState
from bot.pitches.moving import move_pitches

GRACE = timedelta(hours=12)
"""How long leads have at most: who sleeps when a vote closes sees the seats in the morning."""

LEAST_GRACE = timedelta(minutes=30)
"""Less is no time to look at anything."""

BEFORE_A_REMINDER = timedelta(minutes=10)


async def settle(tx: Tx, ballot: Ballot, result: Result, now: datetime) -> None:
    """Seat and announce what a ballot that has just closed decided, or hold it for the leads."""
    if result.misses_quorum:
        await move_pitches(tx, result.runners_up, PitchState.OPEN, now)
    elif ballot.is_reviewed and result.winners:
        publish_at = await _publish_at(tx, ballot, now)
        if publish_at is not None:
            await hold(tx, ballot.id, publish_at)
            await put_job(tx, REVIEW, ballot.id, now)
            await put_job(tx, PUBLISH, ballot.id, publish_at)
            await put_job(tx, REDRAW, ballot.id, now)
            return
    if not result.misses_quorum:
        await moves.write_seats(tx, ballot.id, await seat(tx, ballot, result, now))
    await put_job(tx, ANNOUNCE, ballot.id, now)
    await put_job(tx, REDRAW, ballot.id, now)


async def publish(tx: Tx, ballot_id: int, now: datetime) -> bool:
    """Whether a held ballot is published by this; its group is locked by the caller."""
    ballot = await store.lock_ballot(tx, ballot_id)
    if ballot is None or ballot.result is None or ballot.publish_at is None:
        return False
    await moves.write_seats(tx, ballot.id, await seat(tx, ballot, ballot.result, now))
    await cancel_jobs(tx, ballot.id, [REVIEW])
    await put_job(tx, REVIEW_REDRAW, ballot.id, now)
    await put_job(tx, ANNOUNCE, ballot.id, now)
    await put_job(tx, REDRAW, ballot.id, now)
    return True


async def _publish_at(tx: Tx, ballot: Ballot, now: datetime) -> datetime | None:
    """When the seats are published by themselves: before the next reminder of their sessions.

    None where that leaves the leads no time to look.
    """
    group = await group_of(tx, ballot.group_id)
    sessions = await free_sessions(tx, group.id, now, ballot.talks_each)
    reminders = [
        one.starts_at - timedelta(minutes=lead) - BEFORE_A_REMINDER
        for one in sessions[: ballot.sessions]
        for lead in (0, *group.lead_minutes)
    ]
    ahead = [moment for moment in reminders if moment >= now + LEAST_GRACE]
    begins_at = sessions[0].starts_at if sessions else now
    if begins_at < now + LEAST_GRACE:
        return None
    return min([now + GRACE, *ahead])
