"""One due job that expands into a delivery for each of ten thousand followers."""

import asyncio
import time

from sqlalchemy import func, select

from bot.bench.errands import ERRAND, NOBODY
from bot.bench.filling import fill
from bot.bench.gauges import strain
from bot.bench.ground import Ground
from bot.bench.model import Figures, Trial
from bot.bench.scene import WEEK_MINUTES, set_scene
from bot.clock import utc_now
from bot.database import Database
from bot.jobs import planning
from bot.jobs.courier import Courier
from bot.jobs.store import DELIVERIES, put_job
from bot.reminders.handler import RemindHandler
from bot.sessions.model import REMIND

NOTES = (
    "the reminders' own handler, in the one transaction that the engine gives it; every follower "
    "wants a direct message, in four time zones",
)


def measure(trial: Trial, ground: Ground) -> Figures:
    """How long the one transaction takes, and how many deliveries it makes."""
    fill(ground, trial.pending, utc_now(), ERRAND)
    return asyncio.run(_measure(trial, ground))


async def _measure(trial: Trial, ground: Ground) -> Figures:
    db = Database(ground.url)
    handler = RemindHandler(db, utc_now, NOBODY, Courier(NOBODY))
    try:
        scene = await set_scene(db, trial)
        async with db.begin() as tx:
            await put_job(tx, REMIND, scene.session.id, utc_now(), lead_minutes=WEEK_MINUTES)
        async with strain() as cost:
            begun = time.monotonic()
            async with db.begin() as tx:
                job = await planning.lock_due_job(tx, utc_now(), (REMIND,))
                if job is None:
                    raise LookupError("the reminder is not due")
                await planning.expand(tx, job, await handler.plan(tx, job, utc_now()))
            seconds = time.monotonic() - begun
        async with db.read() as tx:
            made = await tx.scalar(select(func.count()).where(DELIVERIES.c.job_id == job.id))
    finally:
        await db.close()
    return {
        "fanout_s": round(seconds, 4),
        "deliveries": made,
        "stall_max_ms": round(cost.stall_seconds * 1e3, 1),
    }
