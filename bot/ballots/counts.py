"""Rows of ballots while they are counted: where a count began, and what is doubtful about it."""

from datetime import datetime

from sqlalchemy import or_

from bot.ballots.model import BallotState, Doubt
from bot.ballots.moves import advance
from bot.ballots.store import BALLOTS
from bot.database import Tx

COUNTED = (BallotState.CLOSING,)


async def begin_count(tx: Tx, ballot_id: int, now: datetime, cutoff: int) -> None:
    """Note that counting begins after the event of that number; an earlier count is void."""
    is_again = or_(BALLOTS.c.is_recounted, BALLOTS.c.cutoff.is_not(None))
    await advance(
        tx, ballot_id, BallotState.CLOSING, closing_at=now, cutoff=cutoff, is_recounted=is_again
    )


async def mark_doubtful(tx: Tx, ballot_id: int, doubt: Doubt) -> None:
    """Note that the count waits for a lead's decision."""
    await advance(tx, ballot_id, BallotState.CLOSING, before=COUNTED, is_degraded=True, doubt=doubt)


async def accept_count(tx: Tx, ballot_id: int, user_id: int) -> None:
    """Note that a lead lets the count stand as it was read."""
    await advance(tx, ballot_id, BallotState.CLOSING, before=COUNTED, accepted_by=user_id)


async def mark_reopened(
    tx: Tx, ballot_id: int, due_at: datetime, *, is_extended: bool, voters_before: int | None
) -> None:
    """Begin another round of a ballot whose count came to nothing."""
    await advance(
        tx,
        ballot_id,
        BallotState.OPEN,
        before=COUNTED,
        due_at=due_at,
        is_extended=is_extended,
        voters_before=voters_before,
        closing_at=None,
        cutoff=None,
        is_degraded=False,
        is_recounted=False,
        doubt=None,
        accepted_by=None,
    )
