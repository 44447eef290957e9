"""Rows of ballots as they change: a ballot moves only from where the machine's table lets it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, update

from bot.ballots.machine import states_before
from bot.ballots.model import BallotState, Result
from bot.ballots.store import BALLOTS, set_ballot
from bot.database import Tx

_ADVANCING = (
    update(BALLOTS)
    .where(BALLOTS.c.id == bindparam("its_id"))
    .where(BALLOTS.c.state.in_(bindparam("states_before", expanding=True)))
    .returning(BALLOTS.c.id)
)


async def note_message(tx: Tx, ballot_id: int, message_id: int | None) -> None:
    """Remember the message that the ballot is, whatever becomes of the ballot."""
    await set_ballot(tx, ballot_id, message_id=message_id)


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
    moving = _ADVANCING.values(state=after, **values)
    asked = {"its_id": ballot_id, "states_before": list(allowed)}
    return await tx.scalar(moving, asked) is not None


async def set_due(tx: Tx, ballot_id: int, due_at: datetime) -> None:
    """Write when the ballot closes by itself."""
    await set_ballot(tx, ballot_id, due_at=due_at)


async def write_seats(tx: Tx, ballot_id: int, result: Result) -> None:
    """Add the seats to the result of a closed ballot, for everybody to see."""
    await set_ballot(tx, ballot_id, result=asdict(result), publish_at=None)
