"""Jobs that are due: held, planned into their deliveries, or put off.

Each job in a transaction of its own, for what its planning meets is no other's concern; or several
of a kind in one.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Select, Text, bindparam, exists, literal, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.database import BRIEF_WAIT, BigInt, Tx, insert_for, is_sqlite
from bot.jobs.handler import Fanout
from bot.jobs.model import MOST_ATTEMPTS, DeliveryState, Job, JobState, pause_before
from bot.jobs.store import DELIVERIES, JOBS, NONE, ONE, as_it_is, one_of

_JOB = (JOBS.c.id, JOBS.c.kind, JOBS.c.subject_id, JOBS.c.lead_minutes, JOBS.c.due_at, JOBS.c.rev)


@cache
def _last_due(kinds: tuple[str, ...], *, is_sqlite: bool) -> Executable:
    others = JOBS.alias("other")
    are_others_due = exists().where(
        others.c.state == as_it_is(JobState.WAITING),
        others.c.plan_at <= bindparam("its_moment"),
        one_of(others.c.kind, kinds),
        others.c.id != JOBS.c.id,
    )
    found = (
        select(*_JOB, are_others_due.label("are_others_due"))
        .where(one_of(JOBS.c.kind, kinds))
        .where(JOBS.c.state == as_it_is(JobState.WAITING))
        .where(JOBS.c.plan_at <= bindparam("its_moment"))
        .order_by(JOBS.c.plan_at.desc(), JOBS.c.id)
        .limit(ONE)
        .with_for_update(skip_locked=True, of=JOBS)
    )
    return found if is_sqlite else found.add_columns(BRIEF_WAIT.label("wait"))


@cache
def _others_due(kind: str) -> Executable:
    held = JOBS.alias("held")
    its_moment = select(held.c.plan_at).where(held.c.id == bindparam("its_id")).scalar_subquery()
    return (
        select(*_JOB)
        .where(JOBS.c.state == as_it_is(JobState.WAITING), JOBS.c.plan_at == its_moment)
        .where(one_of(JOBS.c.kind, (kind,)), JOBS.c.id != bindparam("its_id"))
        .order_by(JOBS.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=JOBS)
    )


async def lock_due_job(tx: Tx, now: datetime, kinds: Sequence[str]) -> Job | None:
    """The waiting job that fell due last, held until the transaction ends.

    Not the first: what has just fallen due must not wait behind a backlog of days. From here on
    the transaction waits for others' locks only briefly (`is_locked_out`): the job is held before
    its subject, and members' acts take them the other way round.
    """
    found = await tx.execute(_last_due(tuple(kinds), is_sqlite=is_sqlite(tx)), {"its_moment": now})
    row = found.one_or_none()
    return None if row is None else _as_job(row, are_others_due=bool(row.are_others_due))


async def lock_others_due(tx: Tx, job: Job, most: int) -> list[Job]:
    """Other jobs of the kind that fell due at the same instant, held likewise; at most `most`.

    Older ones wait, for what is of another kind may have fallen due since.
    """
    rows = await tx.execute(_others_due(job.kind), {"its_id": job.id, "most": most})
    return [_as_job(row, are_others_due=True) for row in rows]


def _as_job(row: Any, *, are_others_due: bool) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        lead_minutes=row.lead_minutes,
        due_at=row.due_at,
        rev=row.rev,
        are_others_due=are_others_due,
    )


async def postpone_planning(tx: Tx, job: Job, now: datetime) -> None:
    """Try to plan the job again after a pause; park it after its last attempt."""
    attempts = (await tx.scalar(select(JOBS.c.attempts).where(JOBS.c.id == job.id)) or 0) + 1
    state = JobState.PARKED if attempts >= MOST_ATTEMPTS else JobState.WAITING
    await tx.execute(
        update(JOBS)
        .where(JOBS.c.id == job.id, JOBS.c.rev == job.rev, JOBS.c.state == JobState.WAITING)
        .values(attempts=attempts, state=state, plan_at=now + pause_before(attempts))
    )


async def put_off_planning(tx: Tx, job: Job, until: datetime) -> None:
    """Plan the job later: somebody is changing just what it is about."""
    await tx.execute(
        update(JOBS)
        .where(JOBS.c.id == job.id, JOBS.c.rev == job.rev, JOBS.c.state == JobState.WAITING)
        .values(plan_at=until)
    )


_NEW_ROWS = {
    insert: insert(DELIVERIES).on_conflict_do_nothing()
    for insert in (sqlite.insert, postgresql.insert)
}
_DONE_WITH = update(JOBS).where(JOBS.c.id == bindparam("its_id"))
_PLANNED = _DONE_WITH.values(state=as_it_is(JobState.PLANNED), attempts=NONE)
_PLANNED_FIRST = _DONE_WITH.values(plan_at=bindparam("its_moment"), attempts=NONE)


async def expand(tx: Tx, job: Job, fanout: Fanout) -> None:
    """Turn a job into its deliveries and mark it planned, in one transaction."""
    await expand_all(tx, [(job, fanout)])


async def expand_all(tx: Tx, fanouts: Sequence[tuple[Job, Fanout]]) -> None:
    """The same for several jobs."""
    rows = [
        {
            "job_id": job.id,
            "rev": job.rev,
            "target": one.target,
            "lane": one.lane,
            "not_before": one.not_before or job.due_at,
            "expires_at": one.expires_at,
            "state": DeliveryState.READY,
            "attempts": 0,
        }
        for job, fanout in fanouts
        for one in fanout.planned
    ]
    if rows:
        await tx.execute(_NEW_ROWS[insert_for(tx)], rows)
    for job, fanout in fanouts:
        if fanout.chosen is not None:
            await tx.execute(_insert_chosen(tx, job, fanout.chosen))
    done = [{"its_id": job.id} for job, fanout in fanouts if fanout.again_at is None]
    if done:
        await tx.execute(_PLANNED, done)
    again = [
        {"its_id": job.id, "its_moment": fanout.again_at}
        for job, fanout in fanouts
        if fanout.again_at is not None
    ]
    if again:
        await tx.execute(_PLANNED_FIRST, again)


def _insert_chosen(tx: Tx, job: Job, chosen: Select[Any]) -> Executable:
    found = chosen.subquery("chosen")
    fixed = {
        "job_id": literal(job.id, BigInt),
        "rev": literal(job.rev, BigInt),
        "state": literal(DeliveryState.READY, Text),
        "attempts": literal(0, BigInt),
    }
    columns = [column.name for column in found.c]
    # SQLite reads "ON CONFLICT" after a SELECT without WHERE as a join.
    rows = select(*[*fixed.values(), *found.c]).where(text("1 = 1"))
    insert = insert_for(tx)(DELIVERIES).from_select([*fixed, *columns], rows)
    chosen_ones: Executable = insert.on_conflict_do_nothing()
    return chosen_ones
