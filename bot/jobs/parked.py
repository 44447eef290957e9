"""Work that was given up after its last attempt: what an operator sees of it, and trying again."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from bot.database import Tx
from bot.jobs.model import DeliveryState, JobState
from bot.jobs.store import DELIVERIES, JOBS

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
        select(JOBS.c.kind, DELIVERIES.c.note)
        .join(JOBS, JOBS.c.id == DELIVERIES.c.job_id)
        .where(DELIVERIES.c.state == DeliveryState.PARKED, DELIVERIES.c.rev == JOBS.c.rev)
        .order_by(DELIVERIES.c.done_at)
    )
    counts: Counter[str] = Counter()
    errors: dict[str, str] = {}
    for kind, note in rows:
        counts[kind] += 1
        errors[kind] = (note or "").partition("(")[0]
    unplanned = await tx.execute(
        select(JOBS.c.kind, func.count()).where(JOBS.c.state == JobState.PARKED).group_by("kind")
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
        select(JOBS.c.kind, func.count().label("late"))
        .select_from(DELIVERIES)
        .join(JOBS, JOBS.c.id == DELIVERIES.c.job_id)
        .where(DELIVERIES.c.state == DeliveryState.EXPIRED, DELIVERIES.c.done_at.is_not(None))
        .group_by(JOBS.c.kind)
        .order_by(JOBS.c.kind)
    )
    return {row.kind: row.late for row in rows}


async def try_again(tx: Tx, now: datetime) -> int:
    """How many jobs and deliveries that were given up are due again now."""
    jobs = await tx.scalars(
        update(JOBS)
        .where(JOBS.c.state == JobState.PARKED)
        .values(state=JobState.WAITING, plan_at=now, attempts=0)
        .returning(JOBS.c.id)
    )
    deliveries = await tx.scalars(
        update(DELIVERIES)
        .where(DELIVERIES.c.state == DeliveryState.PARKED)
        .values(
            state=DeliveryState.READY,
            not_before=now,
            attempts=TRIED_ONCE,
            failures=0,
            done_at=None,
            note=None,
        )
        .returning(DELIVERIES.c.id)
    )
    return len(jobs.all()) + len(deliveries.all())
