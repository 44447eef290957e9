"""Moving pitches on from state to state, their public cards with them."""

from collections.abc import Collection
from datetime import datetime

from bot.database import Tx
from bot.jobs.store import Due, put_jobs
from bot.pitches import store
from bot.pitches.model import PITCH_CARD, PitchState


async def move_pitches(
    tx: Tx,
    pitch_ids: Collection[int],
    state: PitchState,
    now: datetime,
    *,
    has_lost: bool | None = None,
) -> None:
    """Move pitches on together; their cards say so."""
    await store.set_state(tx, pitch_ids, state, has_lost=has_lost)
    await redraw_pitches(tx, pitch_ids, now)


async def promise_pitches(tx: Tx, pitch_ids: Collection[int], now: datetime) -> None:
    """Put elected pitches that have no seat on the promised list; their cards say so."""
    await store.promise(tx, pitch_ids, now)
    await redraw_pitches(tx, pitch_ids, now)


async def redraw_pitches(tx: Tx, pitch_ids: Collection[int], now: datetime) -> None:
    """Have the cards show the pitches as they are; one that is not posted yet will anyway."""
    shown = await store.shown_in_channels(tx, pitch_ids)
    await put_jobs(tx, [Due(kind=PITCH_CARD, subject_id=one, due_at=now) for one in shown])
