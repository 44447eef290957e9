"""How much is left to do, as the database says it, whoever does it."""

from datetime import datetime

from sqlalchemy import func, select

from bot.clock import Clock
from bot.database import Database
from bot.jobs.model import DeliveryState, JobState
from bot.jobs.store import DELIVERIES, JOBS

_LEFT = select(
    select(func.min(JOBS.c.plan_at)).where(JOBS.c.state == JobState.WAITING).scalar_subquery(),
    select(func.min(DELIVERIES.c.not_before))
    .where(DELIVERIES.c.state == DeliveryState.READY)
    .scalar_subquery(),
    select(func.count()).where(DELIVERIES.c.state == DeliveryState.LEASED).scalar_subquery(),
)


async def left(db: Database) -> tuple[datetime | None, int]:
    """When something is due next, None for never, and how much is claimed at present."""
    async with db.read() as tx:
        planned_at, ready_at, claimed = (await tx.execute(_LEFT)).one()
    moments = (one for one in (planned_at, ready_at) if one is not None)
    return min(moments, default=None), claimed


def is_past(due_at: datetime | None, now: datetime) -> bool:
    """True for an instant that has come."""
    return due_at is not None and due_at <= now


async def is_busy(db: Database, clock: Clock) -> bool:
    """True while something is due, or on its way."""
    due_at, claimed = await left(db)
    return claimed > 0 or is_past(due_at, clock())
