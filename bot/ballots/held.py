"""Rows of ballots whose seats only leads see: until when, and what leads have changed."""

from collections.abc import Sequence
from datetime import datetime

from bot.ballots.store import set_ballot
from bot.database import Tx


async def hold(tx: Tx, ballot_id: int, publish_at: datetime) -> None:
    """Keep what a closed ballot decided to the leads until then."""
    await set_ballot(tx, ballot_id, publish_at=publish_at)


async def leave_out(tx: Tx, ballot_id: int, pitch_ids: Sequence[int]) -> None:
    """Write which winners get no seat from a ballot that is held, and no others."""
    await set_ballot(tx, ballot_id, left_out=list(pitch_ids))


async def write_swaps(tx: Tx, ballot_id: int, swaps: Sequence[tuple[int, int]]) -> None:
    """Write which talks change places in a ballot that is held, one pair after the other."""
    await set_ballot(tx, ballot_id, swaps=[list(pair) for pair in swaps])
