"""Rows of ballots as they change: a ballot moves only from where the machine's table lets it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import update

from bot.ballots.machine import states_before
from bot.ballots.model import BallotState, Result
from bot.ballots.store import BallotRow
from bot.database import Tx


async def note_message(tx: Tx, ballot_id: int, message_id: int | None) -> None:
    """Remember the message that the ballot is, whatever becomes of the ballot."""
    await tx.execute(
        update(BallotRow).where(BallotRow.id == ballot_id).values(message_id=message_id)
    )


async def mark_open(tx: Tx, ballot_id: int, tie_order: Sequence[int]) -> bool:
    """Whether the ballot is open now, its tie order drawn; a cancelled one stays cancelled."""
    from_posting = (BallotState.POSTING,)
    return await advance(
        tx, ballot_id, BallotState.OPEN, before=from_posting, tie_order=list(tie_order)
    )


async def mark_closing(tx: Tx, ballot_id: int, now: datetime) -> None:
    """Note that an open ballot is to be counted; one that is being counted is left alone."""
    is_open = (BallotState.OPEN,)
    await advance(tx, ballot_id, BallotState.CLOSING, before=is_open, closing_at=now)


async def mark_closed(tx: Tx, ballot_id: int, result: Result) -> None:
    """Write the result: a closed ballot never changes."""
    await advance(tx, ballot_id, BallotState.CLOSED, result=asdict(result))


async def mark_announced(tx: Tx, ballot_id: int) -> None:
    """Note that everybody was told."""
    await advance(tx, ballot_id, BallotState.ANNOUNCED)


async def mark_void(tx: Tx, ballot_id: int) -> bool:
    """Whether the ballot was called off: one that is closed can't be."""
    return await advance(tx, ballot_id, BallotState.VOID)


async def advance(
    tx: Tx,
    ballot_id: int,
    after: BallotState,
    *,
    before: Sequence[BallotState] | None = None,
    **values: object,
) -> bool:
    """Whether the ballot was where it may come from: the rule is the machine's."""
    allowed = states_before(after) if before is None else before
    moved = await tx.scalar(
        update(BallotRow)
        .where(BallotRow.id == ballot_id, BallotRow.state.in_(allowed))
        .values(state=after, **values)
        .returning(BallotRow.id)
    )
    return moved is not None


async def set_due(tx: Tx, ballot_id: int, due_at: datetime) -> None:
    """Write when the ballot closes by itself."""
    await tx.execute(update(BallotRow).where(BallotRow.id == ballot_id).values(due_at=due_at))


async def write_seats(tx: Tx, ballot_id: int, result: Result) -> None:
    """Add the seats to the result of a closed ballot, for everybody to see."""
    await tx.execute(
        update(BallotRow)
        .where(BallotRow.id == ballot_id)
        .values(result=asdict(result), publish_at=None)
    )
