"""The store alone: how many deliveries a second are claimed and marked, batch by batch."""

import asyncio
import time
from datetime import timedelta

from bot.bench.errands import ERRAND, NOBODY, PLACES, ErrandHandler, plan_all, put_errands
from bot.bench.filling import fill
from bot.bench.ground import Ground
from bot.bench.model import Figures, Trial, spread
from bot.clock import utc_now
from bot.database import Database
from bot.jobs import queue
from bot.jobs.ends import mark_ended
from bot.jobs.model import DeliveryState, End
from bot.jobs.runner import BATCH

OWNER = "bench"
NOTES = (f"{BATCH} at a time, claimed in one transaction and marked in another; nothing is sent",)


def measure(trial: Trial, ground: Ground) -> Figures:
    """Claims and marks a second, by one worker."""
    fill(ground, trial.pending, utc_now(), ERRAND)
    return asyncio.run(_measure(trial, ground))


async def _measure(trial: Trial, ground: Ground) -> Figures:
    db = Database(ground.url)
    try:
        start = utc_now() - timedelta(minutes=1)
        await put_errands(db, spread(trial.dice(), trial.load.due // PLACES, start))
        await plan_all(db, ErrandHandler(NOBODY))
        wall, cpu = time.monotonic(), time.process_time()
        count = 0
        while claimed := await _claim_and_mark(db):
            count += claimed
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    finally:
        await db.close()
    return {
        "claimed": count,
        "claims_per_second": round(count / wall),
        "cpu_us_per_claim": round(cpu / count * 1e6, 1),
    }


async def _claim_and_mark(db: Database) -> int:
    async with db.begin() as tx:
        claimed = await queue.claim(tx, utc_now(), OWNER, (ERRAND,), BATCH)
    now = utc_now()
    ends = [End(delivery_id=one.id, state=DeliveryState.SENT, at=now) for one in claimed]
    if ends:
        async with db.begin() as tx:
            await mark_ended(tx, OWNER, ends)
    return len(ends)
