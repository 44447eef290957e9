"""Work that was given up after its last attempt: what an operator sees of it, and trying again."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from bot.database import Tx
from bot.jobs.model import DeliveryState, JobState
from bot.jobs.store import DeliveryRow, JobRow

TRIED_ONCE = 1
"""Attempts that make the next one look first whether an earlier one got through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """`count` jobs or deliveries of a kind; `error` is the kind of the last fault, if it is known.

    What an error says may quote members, so only its name is shown.
    """

    kind: str
    count: int
    error: str | None


async def parked(tx: Tx) -> list[Parked]:
    """What was given up, by kind."""
    rows = await tx.execute(
        select(JobRow.kind, DeliveryRow.note)
        .join(JobRow, JobRow.id == DeliveryRow.job_id)
        .where(DeliveryRow.state == DeliveryState.PARKED, DeliveryRow.rev == JobRow.rev)
        .order_by(DeliveryRow.done_at)
    )
    counts: Counter[str] = Counter()
    errors: dict[str, str] = {}
    for kind, note in rows:
        counts[kind] += 1
        errors[kind] = (note or "").partition("(")[0]
    unplanned = await tx.execute(
        select(JobRow.kind, func.count()).where(JobRow.state == JobState.PARKED).group_by("kind")
    )
    for kind, count in unplanned:
        counts[kind] += count
    return [
        Parked(kind=kind, count=counts[kind], error=errors.get(kind) or None)
        for kind in sorted(counts)
    ]


async def expired(tx: Tx) -> dict[str, int]:
    """How many deliveries of each kind came too late to be sent, as far as they are remembered."""
    rows = await tx.execute(
        select(JobRow.kind, func.count().label("late"))
        .select_from(DeliveryRow)
        .join(JobRow, JobRow.id == DeliveryRow.job_id)
        .where(DeliveryRow.state == DeliveryState.EXPIRED, DeliveryRow.done_at.is_not(None))
        .group_by(JobRow.kind)
        .order_by(JobRow.kind)
    )
    return {row.kind: row.late for row in rows}


async def try_again(tx: Tx, now: datetime) -> int:
    """How many jobs and deliveries that were given up are due again now."""
    jobs = await tx.scalars(
        update(JobRow)
        .where(JobRow.state == JobState.PARKED)
        .values(state=JobState.WAITING, plan_at=now, attempts=0)
        .returning(JobRow.id)
    )
    deliveries = await tx.scalars(
        update(DeliveryRow)
        .where(DeliveryRow.state == DeliveryState.PARKED)
        .values(
            state=DeliveryState.READY,
            not_before=now,
            attempts=TRIED_ONCE,
            failures=0,
            done_at=None,
            note=None,
        )
        .returning(DeliveryRow.id)
    )
    return len(jobs.all()) + len(deliveries.all())
