"""Rows of due work, and jobs: put, cancel, plan, expand into deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Executable,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime, is_sqlite, note
from bot.jobs.model import DeliveryState, JobState, Lane

JOBS_WERE_PUT = "lectern_jobs_were_put"
"""Noted on a transaction, it asks the runner to look as soon as that is committed."""


class JobColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    kind: Named[str] = Column(Text)
    subject_id: Named[int] = Column(BigInt)
    lead_minutes: Named[int] = Column(BigInt, default=0)
    due_at: Named[datetime] = Column(UTCDateTime)
    plan_at: Named[datetime] = Column(UTCDateTime)
    rev: Named[int] = Column(BigInt, default=1)
    state: Named[JobState] = Column(OneOf(JobState), default=JobState.WAITING)
    attempts: Named[int] = Column(BigInt, default=0)


JOBS = Table(
    "job",
    METADATA,
    JobColumns,
    UniqueConstraint("kind", "subject_id", "lead_minutes"),
    Index(
        "ix_job_waiting",
        "plan_at",
        postgresql_where=text("state = 'waiting'"),
        sqlite_where=text("state = 'waiting'"),
    ),
)


class DeliveryColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    job_id: Named[int] = Column(BigInt, ForeignKey("job.id", ondelete="CASCADE"))
    rev: Named[int] = Column(BigInt)
    target: Named[str] = Column(Text)
    lane: Named[int] = Column(BigInt)
    not_before: Named[datetime] = Column(UTCDateTime)
    expires_at: Named[datetime | None] = Column(UTCDateTime)
    state: Named[DeliveryState] = Column(OneOf(DeliveryState), default=DeliveryState.READY)
    owner: Named[str | None] = Column(Text)
    lease_until: Named[datetime | None] = Column(UTCDateTime)
    attempts: Named[int] = Column(BigInt, default=0)
    failures: Named[int] = Column(BigInt, server_default=text("0"))
    first_attempt_at: Named[datetime | None] = Column(UTCDateTime)
    done_at: Named[datetime | None] = Column(UTCDateTime)
    message_id: Named[int | None] = Column(BigInt)
    note: Named[str | None] = Column(Text)


DELIVERIES = Table(
    "delivery",
    METADATA,
    DeliveryColumns,
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


class PaceColumns(TypedColumns):
    """One budget of calls that all processes share: a generic cell rate, and its breaker."""

    name: Named[str] = Column(Text, primary_key=True)
    full_at: Named[datetime] = Column(UTCDateTime)
    closed_until: Named[datetime | None] = Column(UTCDateTime)
    strikes: Named[int] = Column(BigInt, default=0)


PACES = Table("pace", METADATA, PaceColumns)


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
    if is_sqlite(tx):
        await tx.execute(_PUT_EACH, rows)
    else:
        # One statement for all: PostgreSQL would answer each of many.
        columns = {f"its_{name}": [row[name] for row in rows] for name in _PUT}
        await tx.execute(_PUT_ALL, columns)
    note(tx, JOBS_WERE_PUT)


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
        update(JOBS)
        .where(JOBS.c.subject_id == subject_id, JOBS.c.kind.in_(kinds))
        .values(state=JobState.CANCELLED, rev=JOBS.c.rev + 1)
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
