"""Rows of due work, and jobs: put, cancel, plan, expand into deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Executable,
    ForeignKey,
    Index,
    Select,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import BRIEF_WAIT, Row, RowId, Tx, UTCDateTime, insert_for
from bot.jobs.handler import Fanout
from bot.jobs.model import MOST_ATTEMPTS, DeliveryState, Job, JobState, Lane, pause_before

JOBS_WERE_PUT = "lectern.jobs_were_put"
"""Key in a transaction's `info` that asks the runner to look as soon as it is committed."""


class JobRow(Row):
    __tablename__ = "job"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int] = mapped_column(RowId)
    lead_minutes: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    plan_at: Mapped[datetime] = mapped_column(UTCDateTime)
    rev: Mapped[int] = mapped_column(default=1)
    state: Mapped[JobState] = mapped_column(Text, default=JobState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "lead_minutes"),
        Index(
            "ix_job_waiting",
            "plan_at",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
    )


class DeliveryRow(Row):
    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    rev: Mapped[int]
    target: Mapped[str] = mapped_column(Text)
    lane: Mapped[int]
    not_before: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[DeliveryState] = mapped_column(Text, default=DeliveryState.READY)
    owner: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    first_attempt_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    message_id: Mapped[int | None] = mapped_column(RowId)
    note: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("job_id", "rev", "target"),
        Index(
            "ix_delivery_done",
            "done_at",
            postgresql_where=text("done_at IS NOT NULL"),
            sqlite_where=text("done_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_ready",
            "lane",
            "not_before",
            postgresql_where=text("state = 'ready'"),
            sqlite_where=text("state = 'ready'"),
        ),
        Index(
            "ix_delivery_leased",
            "lease_until",
            postgresql_where=text("state = 'leased'"),
            sqlite_where=text("state = 'leased'"),
        ),
    )


class PaceRow(Row):
    """One budget of calls that all processes share: a generic cell rate, and its breaker."""

    __tablename__ = "pace"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    full_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    strikes: Mapped[int] = mapped_column(default=0)


JOBS = cast("Table", JobRow.__table__)
ROWS = cast("Table", DeliveryRow.__table__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """`kind` for the subject at `due_at`, its deliveries planned `ahead` of that."""

    kind: str
    subject_id: int
    due_at: datetime
    lead_minutes: int = 0
    ahead: timedelta = timedelta()


async def put_job(  # noqa: PLR0913 - a job has these parts
    tx: Tx,
    kind: str,
    subject_id: int,
    due_at: datetime,
    *,
    lead_minutes: int = 0,
    ahead: timedelta = timedelta(),
) -> None:
    """Have `kind` done for the subject at `due_at`, as `put_jobs` does."""
    due = Due(
        kind=kind, subject_id=subject_id, due_at=due_at, lead_minutes=lead_minutes, ahead=ahead
    )
    await put_jobs(tx, [due])


async def put_jobs(tx: Tx, due: Sequence[Due]) -> None:
    """Have all of it done at its instants, each kind, subject and lead time once: the last named.

    A job that waits for the same instant already is left alone; otherwise it is armed anew with
    the next revision, which overtakes deliveries of the earlier one that are still unsent. One
    that is frozen stays so.
    """
    if not due:
        return
    each = {(one.kind, one.subject_id, one.lead_minutes): one for one in due}
    rows = [
        {
            "kind": one.kind,
            "subject_id": one.subject_id,
            "lead_minutes": one.lead_minutes,
            "due_at": one.due_at,
            "plan_at": one.due_at - one.ahead,
            "rev": 1,
            "state": JobState.WAITING,
            "attempts": 0,
        }
        for one in each.values()
    ]
    if tx.get_bind().dialect.name == "sqlite":
        await tx.execute(_PUT_EACH, rows)
    else:
        # One statement for all: PostgreSQL would answer each of many.
        columns = {f"its_{name}": [row[name] for row in rows] for name in _PUT}
        await tx.execute(_PUT_ALL, columns)
    tx.info[JOBS_WERE_PUT] = True


def _or_anew(insert: Any) -> Executable:
    """The statement that arms what is there already anew."""
    is_frozen = JOBS.c.state == JobState.FROZEN
    statement: Executable = insert.on_conflict_do_update(
        index_elements=["kind", "subject_id", "lead_minutes"],
        set_={
            "due_at": insert.excluded.due_at,
            "plan_at": insert.excluded.plan_at,
            "rev": JOBS.c.rev + 1,
            "state": case((is_frozen, JobState.FROZEN), else_=JobState.WAITING),
            "attempts": 0,
        },
        where=or_(JOBS.c.state != JobState.WAITING, JOBS.c.due_at != insert.excluded.due_at),
    )
    return statement


_PUT_EACH = _or_anew(sqlite.insert(JOBS))
_PUT: dict[str, Any] = {
    "kind": Text(),
    "subject_id": BigInteger(),
    "lead_minutes": BigInteger(),
    "due_at": DateTime(timezone=True),
    "plan_at": DateTime(timezone=True),
    "rev": BigInteger(),
    "state": Text(),
    "attempts": BigInteger(),
}
_PUT_ROWS = (
    func.unnest(*(bindparam(f"its_{name}", type_=postgresql.ARRAY(_PUT[name])) for name in _PUT))
    .table_valued(*_PUT)
    .render_derived(name="put")
)
_PUT_ALL = _or_anew(
    postgresql.insert(JOBS).from_select([*_PUT], select(*(_PUT_ROWS.c[name] for name in _PUT)))
)


async def cancel_jobs(tx: Tx, subject_id: int, kinds: Sequence[str]) -> None:
    """Forget what was to be done for the subject; what was claimed already is overtaken."""
    await tx.execute(
        update(JobRow)
        .where(JobRow.subject_id == subject_id, JobRow.kind.in_(kinds))
        .values(state=JobState.CANCELLED, rev=JobRow.rev + 1)
    )


NONE: ColumnElement[Any] = literal_column("0")
ONE: ColumnElement[Any] = literal_column("1")


def as_it_is(value: JobState | DeliveryState | Lane) -> ColumnElement[Any]:
    """One of our own values, which stands in the statement as it is.

    PostgreSQL sees then that a partial index will do, and plans the statement only once.
    """
    return literal_column(str(value) if isinstance(value, int) else f"'{value}'")


def among(kind: ColumnElement[str], kinds: Sequence[str]) -> ColumnElement[bool]:
    """The kind is one of `kinds`, which stand in the statement as they are.

    They are our own words, and the same in every statement of a runner; a parameter for each of
    thirty would take longer than the statement itself.
    """
    if not kinds:
        return false()
    words = ", ".join(f"'{one}'" for one in kinds)
    return kind.bool_op("IN")(literal_column(f"({words})"))


def one_of(kind: ColumnElement[str], kinds: Sequence[str]) -> ColumnElement[bool]:
    """The same, said so that SQLite does not look for it in an index: it would take the one that
    begins with the kind, and sort all that waits.
    """
    return among(kind.concat(literal_column("''")), kinds)


@cache
def _last_due(kinds: tuple[str, ...], *, is_sqlite: bool) -> Select[Any]:
    others = JOBS.alias("other")
    are_others_due = exists().where(
        others.c.state == as_it_is(JobState.WAITING),
        others.c.plan_at <= bindparam("its_moment"),
        one_of(others.c.kind, kinds),
        others.c.id != JOBS.c.id,
    )
    found = (
        select(
            JOBS.c.id,
            JOBS.c.kind,
            JOBS.c.subject_id,
            JOBS.c.lead_minutes,
            JOBS.c.due_at,
            JOBS.c.rev,
            are_others_due.label("are_others_due"),
        )
        .where(one_of(JOBS.c.kind, kinds))
        .where(JOBS.c.state == as_it_is(JobState.WAITING))
        .where(JOBS.c.plan_at <= bindparam("its_moment"))
        .order_by(JOBS.c.plan_at.desc(), JOBS.c.id)
        .limit(ONE)
        .with_for_update(skip_locked=True, of=JOBS)
    )
    return found if is_sqlite else found.add_columns(BRIEF_WAIT.label("wait"))


async def lock_due_job(tx: Tx, now: datetime, kinds: Sequence[str]) -> Job | None:
    """The waiting job that fell due last, held until the transaction ends.

    Not the first: what has just fallen due must not wait behind a backlog of days. From here on
    the transaction waits for others' locks only briefly (`is_locked_out`): the job is held before
    its subject, and members' acts take them the other way round.
    """
    is_sqlite = tx.get_bind().dialect.name == "sqlite"
    found = await tx.execute(_last_due(tuple(kinds), is_sqlite=is_sqlite), {"its_moment": now})
    row = found.one_or_none()
    if row is None:
        return None
    return Job(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        lead_minutes=row.lead_minutes,
        due_at=row.due_at,
        rev=row.rev,
        are_others_due=bool(row.are_others_due),
    )


async def postpone_planning(tx: Tx, job: Job, now: datetime) -> None:
    """Try to plan the job again after a pause; park it after its last attempt."""
    attempts = (await tx.scalar(select(JobRow.attempts).where(JobRow.id == job.id)) or 0) + 1
    state = JobState.PARKED if attempts >= MOST_ATTEMPTS else JobState.WAITING
    await tx.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.rev == job.rev, JobRow.state == JobState.WAITING)
        .values(attempts=attempts, state=state, plan_at=now + pause_before(attempts))
    )


async def put_off_planning(tx: Tx, job: Job, until: datetime) -> None:
    """Plan the job later: somebody is changing just what it is about."""
    await tx.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.rev == job.rev, JobRow.state == JobState.WAITING)
        .values(plan_at=until)
    )


_DONE_WITH = update(JOBS).where(JOBS.c.id == bindparam("its_id"))
_PLANNED = _DONE_WITH.values(state=as_it_is(JobState.PLANNED), attempts=NONE)
_PLANNED_FIRST = _DONE_WITH.values(plan_at=bindparam("its_moment"), attempts=NONE)


async def expand(tx: Tx, job: Job, fanout: Fanout) -> None:
    """Turn a job into its deliveries and mark it planned, in one transaction."""
    if fanout.planned:
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
            for one in fanout.planned
        ]
        await tx.execute(insert_for(tx)(ROWS).on_conflict_do_nothing(), rows)
    if fanout.chosen is not None:
        await tx.execute(_insert_chosen(tx, job, fanout.chosen))
    if fanout.again_at is None:
        await tx.execute(_PLANNED, {"its_id": job.id})
    else:
        await tx.execute(_PLANNED_FIRST, {"its_id": job.id, "its_moment": fanout.again_at})


def _insert_chosen(tx: Tx, job: Job, chosen: Select[Any]) -> Executable:
    found = chosen.subquery("chosen")
    fixed = {
        "job_id": literal(job.id, RowId),
        "rev": literal(job.rev, RowId),
        "state": literal(DeliveryState.READY, Text),
        "attempts": literal(0, RowId),
    }
    columns = [column.name for column in found.c]
    # SQLite reads "ON CONFLICT" after a SELECT without WHERE as a join.
    rows = select(*[*fixed.values(), *found.c]).where(text("1 = 1"))
    insert = insert_for(tx)(ROWS).from_select([*fixed, *columns], rows)
    chosen_ones: Executable = insert.on_conflict_do_nothing()
    return chosen_ones
