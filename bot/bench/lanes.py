"""Urgent work that arrives while a hundred thousand stale deliveries are being sent."""

import asyncio
import time
from datetime import datetime, timedelta

from bot.bench.errands import ERRAND, ErrandHandler, Tally, null_messenger, plan_all
from bot.bench.filling import fill
from bot.bench.ground import Ground
from bot.bench.model import Figures, Trial, lateness_of
from bot.clock import utc_now
from bot.database import Database
from bot.jobs.model import Lane
from bot.jobs.pacer import CALLS, pacer_for
from bot.jobs.runner import Runner
from bot.jobs.store import put_job

STALE = "stale"
NOTES = (
    f"paced at {CALLS.per_second:g} calls a second as on Discord; urgent work is put one by one, "
    "at instants drawn from the seed, and is late from the instant at which it was put",
)


class StaleHandler(ErrandHandler):
    """Work of the last lane."""

    kind = STALE


def measure(trial: Trial, ground: Ground) -> Figures:
    """How late urgent work is meanwhile."""
    fill(ground, trial.pending, utc_now(), ERRAND)
    return asyncio.run(_measure(trial, ground))


async def _measure(trial: Trial, ground: Ground) -> Figures:
    db = Database(ground.url)
    stale_said: list[int] = []
    due_at: list[datetime] = []
    tally = Tally(utc_now, due_at, trial.load.urgent, places=1)
    runner = Runner(db, utc_now, pacer=pacer_for(db))
    pace = runner.pacer.wait
    runner.register(ErrandHandler(null_messenger(tally, pace), places=1))
    messenger = null_messenger(stale_said.append, pace)
    stale = StaleHandler(messenger, lane=Lane.WEEK, places=trial.load.stale)
    runner.register(stale)
    try:
        await _add_stale(db, stale)
        runner.start()
        begun = time.monotonic()
        await _arrive(db, trial, due_at)
        await tally.all_said(timedelta(seconds=trial.load.limit_seconds))
        seconds = time.monotonic() - begun
        await runner.stop()
    finally:
        await db.close()
    found = lateness_of(list(tally.seconds.values()))
    return {
        **found.as_figures(),
        "sends_per_second": round((len(stale_said) + len(tally.seconds)) / seconds, 1),
        "urgent": len(tally.seconds),
        "doubled": tally.doubled,
        "stale_left": trial.load.stale - len(set(stale_said)),
        "stale_sent": len(stale_said),
    }


async def _add_stale(db: Database, handler: StaleHandler) -> None:
    """One job, due an hour ago and planned, whose deliveries nobody has sent."""
    async with db.begin() as tx:
        await put_job(tx, STALE, 0, utc_now() - timedelta(hours=1))
    await plan_all(db, handler)


async def _arrive(db: Database, trial: Trial, due_at: list[datetime]) -> None:
    """Put the urgent work at its instants."""
    dice, load = trial.dice(), trial.load
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for offset in sorted(dice.uniform(0, load.urgent_seconds) for _ in range(load.urgent)):
        await asyncio.sleep(begun + offset - loop.time())
        due_at.append(utc_now())
        async with db.begin() as tx:
            await put_job(tx, ERRAND, len(due_at) - 1, due_at[-1])
