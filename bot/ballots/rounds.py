"""Keeping a count for a lead to decide on, and opening a ballot once more."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.ballots import counts
from bot.ballots.model import DEFAULT_DAYS, Ballot, Doubt
from bot.ballots.seating import free_sessions
from bot.ballots.service import CLOSE, FOLLOW, REDRAW, remind_voters
from bot.ballots.votes import forget_private_votes, keep_votes
from bot.database import Tx
from bot.jobs.store import put_job

ASK_ABOUT_COUNT = "ballot_ask"
"""The job that asks leads what to do about a count that can't be vouched for."""

TELL_OF_EXTENSION = "ballot_extended"
TELL_OF_REOPENING = "ballot_reopened"
"""The jobs that tell the channel that a vote goes on, and why."""

REOPENED_FOR = timedelta(days=1)
SHORTEST_EXTENSION = timedelta(hours=1)
LONGEST_EXTENSION = timedelta(days=DEFAULT_DAYS)
BEFORE_SESSION = timedelta(hours=2)
"""A vote ends at least so long before a session that it may fill."""


def extension_of(ballot: Ballot, now: datetime) -> timedelta:
    """How much longer a missed quorum keeps it open: as long again, from one to three days."""
    return max(timedelta(days=1), min(now - ballot.opened_at, LONGEST_EXTENSION))


async def extended_until(tx: Tx, ballot: Ballot, now: datetime) -> datetime | None:
    """When an extended ballot would close; None for one that was, or has no time left for it.

    One that a lead closed early ends no earlier than everybody has been told.
    """
    if ballot.is_extended:
        return None
    until = max(now + extension_of(ballot, now), ballot.due_at)
    free = await free_sessions(tx, ballot.group_id, now, ballot.talks_each)
    if free:
        until = min(until, free[0].starts_at - BEFORE_SESSION)
    return until if until >= now + SHORTEST_EXTENSION else None


async def keep_count(
    tx: Tx, ballot: Ballot, chosen: Mapping[int, frozenset[int]], doubt: Doubt, now: datetime
) -> None:
    """Keep what was read, and ask the leads."""
    if ballot.has_letters:
        await keep_votes(tx, ballot.id, chosen, now)
    await counts.mark_doubtful(tx, ballot.id, doubt)
    await put_job(tx, ASK_ABOUT_COUNT, ballot.id, now)


async def extend(tx: Tx, ballot: Ballot, voters: int, due_at: datetime, now: datetime) -> None:
    """Open the ballot for the one extension of a quorum that these voters have missed."""
    extended = replace(ballot, due_at=due_at, is_extended=True, voters_before=voters)
    await _open_again(tx, extended, now)
    await put_job(tx, TELL_OF_EXTENSION, ballot.id, now)


async def reopen(tx: Tx, ballot: Ballot, now: datetime) -> datetime:
    """Open a ballot whose count nobody can vouch for once more; until when."""
    due_at = now + REOPENED_FOR
    reopened = replace(ballot, due_at=due_at)
    await _open_again(tx, reopened, now)
    await put_job(tx, TELL_OF_REOPENING, ballot.id, now)
    return due_at


async def _open_again(tx: Tx, ballot: Ballot, now: datetime) -> None:
    if ballot.has_letters:
        await forget_private_votes(tx, ballot.id)
    await counts.mark_reopened(
        tx,
        ballot.id,
        ballot.due_at,
        is_extended=ballot.is_extended,
        voters_before=ballot.voters_before,
    )
    await put_job(tx, CLOSE, ballot.id, ballot.due_at)
    await put_job(tx, REDRAW, ballot.id, now)
    if ballot.seeds:
        await put_job(tx, FOLLOW, ballot.id, now)
    await remind_voters(tx, ballot)
