"""Work that is set aside for as long as it takes: nothing of it is done, and none of it lost."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, update

from bot.database import Tx, note
from bot.jobs.model import DeliveryState, JobState
from bot.jobs.store import DELIVERIES, JOBS, JOBS_WERE_PUT

Work = Mapping[Sequence[str], Select[Any]]
"""Which jobs are meant: kinds, and a query for the subjects that these have."""


async def freeze(tx: Tx, work: Work) -> None:
    """Set aside what is still to be done, until `thaw`; harmless where it is frozen.

    What a worker has in hand is taken from it: whether it was done is looked up after the thaw.
    """
    for meant in _each(work):
        await tx.execute(
            update(JOBS)
            .where(meant, JOBS.c.state == JobState.WAITING)
            .values(state=JobState.FROZEN)
        )
        await tx.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.job_id.in_(select(JOBS.c.id).where(meant)))
            .where(DELIVERIES.c.state.in_([DeliveryState.READY, DeliveryState.LEASED]))
            .values(state=DeliveryState.FROZEN, owner=None, lease_until=None)
        )


async def thaw(tx: Tx, work: Work) -> None:
    """Go on with what was set aside, as after a time when no process ran.

    Deliveries keep their idempotency keys, their attempts and their ends.
    """
    for meant in _each(work):
        await tx.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.job_id.in_(select(JOBS.c.id).where(meant)))
            .where(DELIVERIES.c.state == DeliveryState.FROZEN)
            .values(state=DeliveryState.READY)
        )
        await tx.execute(
            update(JOBS)
            .where(meant, JOBS.c.state == JobState.FROZEN)
            .values(state=JobState.WAITING)
        )
    note(tx, JOBS_WERE_PUT)


def _each(work: Work) -> list[ColumnElement[bool]]:
    """A condition for each part of the work: with all of them in one, no index would be used."""
    return [
        and_(JOBS.c.kind.in_(kinds), JOBS.c.subject_id.in_(subjects))
        for kinds, subjects in work.items()
    ]
