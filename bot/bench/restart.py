"""From nothing to ready: the time until a new process has looked once and knows what is next."""

import asyncio
import time

from bot.bench.errands import ERRAND, NOBODY, ErrandHandler
from bot.bench.filling import fill
from bot.bench.ground import Ground
from bot.bench.model import Figures, Trial
from bot.clock import utc_now
from bot.database import Database
from bot.jobs.runner import Runner

NOTES = (
    "the engine alone, first connection included; starting Python and meeting Discord are apart",
)


def measure(trial: Trial, ground: Ground) -> Figures:
    """Seconds until ready with everything that waits in the database."""
    fill(ground, trial.pending, utc_now(), ERRAND)
    return asyncio.run(_measure(ground))


async def _measure(ground: Ground) -> Figures:
    begun = time.monotonic()
    looked = asyncio.Event()
    db = Database(ground.url)
    runner = Runner(db, utc_now, on_beat=looked.set)
    runner.register(ErrandHandler(NOBODY))
    try:
        runner.start()
        await looked.wait()
        first_look = time.monotonic() - begun
        due_at = await runner.next_due_at()
        ready = time.monotonic() - begun
        await runner.stop()
    finally:
        await db.close()
    return {
        "ready_s": round(ready, 4),
        "first_look_s": round(first_look, 4),
        "knows_what_is_next": due_at is not None,
    }
