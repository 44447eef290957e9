"""Ten thousand deliveries due within one second, through the whole engine."""

import asyncio
from datetime import timedelta

from bot.bench.errands import (
    ERRAND,
    PLACES,
    ErrandHandler,
    Tally,
    count_sent,
    null_messenger,
    put_errands,
)
from bot.bench.filling import fill
from bot.bench.gauges import Strain, strain
from bot.bench.ground import Ground
from bot.bench.model import Figures, Trial, lateness_of, spread
from bot.clock import utc_now
from bot.database import Database
from bot.jobs.runner import BATCH, Runner
from bot.memory import settle_memory

NOTES = (
    f"each job is planned into {PLACES} deliveries, a minute before it is due",
    f"all that is due may be in hand at once, for nothing is paced; on Discord {BATCH} may",
    "planning, claiming, sending and marking are all in the processor time and in the stalls; the "
    "database server's own processor time is not",
)


def measure(trial: Trial, ground: Ground) -> Figures:
    """How late, and at what cost, everything due in one second is sent."""
    fill(ground, trial.pending, utc_now(), ERRAND)
    return asyncio.run(burst(trial, ground))


async def burst(trial: Trial, ground: Ground) -> Figures:
    """The figures of one burst on a ground that is filled already."""
    start = utc_now() + timedelta(seconds=trial.load.lead_seconds)
    due_at = spread(trial.dice(), trial.load.due // PLACES, start)
    tally = Tally(utc_now, due_at, trial.load.due)
    db = Database(ground.url)
    runner = Runner(db, utc_now, batch=trial.load.due)
    runner.register(ErrandHandler(null_messenger(tally)))
    settle_memory()
    try:
        await put_errands(db, due_at)
        async with strain() as cost:
            runner.start()
            is_finished = await tally.all_said(timedelta(seconds=trial.load.limit_seconds))
            await runner.stop()
        marked = await count_sent(db)
    finally:
        await db.close()
    count = len(tally.seconds)
    return {
        **lateness_of(list(tally.seconds.values())).as_figures(),
        **cost_of(cost, count),
        "delivered": count,
        "doubled": tally.doubled,
        "marked": marked,
        "is_finished": is_finished,
    }


def cost_of(cost: Strain, count: int) -> Figures:
    """What each of `count` deliveries cost this process."""
    return {
        "cpu_us_per_delivery": round(cost.cpu_seconds / count * 1e6, 1),
        "stall_max_ms": round(cost.stall_seconds * 1e3, 1),
    }
