"""How much is left to do, as the database says it, whoever does it."""

from datetime import datetime

from sqlalchemy import func, select

from bot.clock import Clock
from bot.database import Database
from bot.jobs.model import DeliveryState, JobState
from bot.jobs.store import DeliveryRow, JobRow


async def left(db: Database) -> tuple[datetime | None, int]:
    """When something is due next, None for never, and how much is claimed at present."""
    planning = select(func.min(JobRow.plan_at)).where(JobRow.state == JobState.WAITING)
    ready = select(func.min(DeliveryRow.not_before)).where(DeliveryRow.state == DeliveryState.READY)
    leased = select(func.count()).where(DeliveryRow.state == DeliveryState.LEASED)
    async with db.read() as tx:
        moments = [await tx.scalar(planning), await tx.scalar(ready)]
        claimed = await tx.scalar(leased) or 0
    return min((one for one in moments if one is not None), default=None), claimed


def is_past(due_at: datetime | None, now: datetime) -> bool:
    """True for an instant that has come."""
    return due_at is not None and due_at <= now


async def is_busy(db: Database, clock: Clock) -> bool:
    """True while something is due, or on its way."""
    due_at, claimed = await left(db)
    return claimed > 0 or is_past(due_at, clock())
