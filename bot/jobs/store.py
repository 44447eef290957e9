"""Rows of due work: put, cancel, plan, claim, mark."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    delete,
    func,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime
from bot.jobs.model import (
    LEASE,
    MOST_ATTEMPTS,
    Delivery,
    DeliveryState,
    Job,
    JobState,
    Planned,
    pause_before,
)

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


async def put_job(
    tx: Tx, kind: str, subject_id: int, due_at: datetime, *, lead_minutes: int = 0
) -> None:
    """Have `kind` done for the subject at `due_at`.

    A job that waits for the same instant already is left alone; otherwise it is armed anew with
    the next revision, which overtakes deliveries of the earlier one that are still unsent.
    """
    insert = sqlite_insert if tx.get_bind().dialect.name == "sqlite" else postgres_insert
    statement = insert(JobRow).values(
        kind=kind,
        subject_id=subject_id,
        lead_minutes=lead_minutes,
        due_at=due_at,
        plan_at=due_at,
        rev=1,
        state=JobState.WAITING,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "subject_id", "lead_minutes"],
        set_={
            "due_at": statement.excluded.due_at,
            "plan_at": statement.excluded.plan_at,
            "rev": JobRow.rev + 1,
            "state": JobState.WAITING,
            "attempts": 0,
        },
        where=or_(JobRow.state != JobState.WAITING, JobRow.due_at != statement.excluded.due_at),
    )
    await tx.execute(statement)
    tx.info[JOBS_WERE_PUT] = True


async def cancel_jobs(tx: Tx, subject_id: int, kinds: Sequence[str]) -> None:
    """Forget what was to be done for the subject; what was claimed already is overtaken."""
    await tx.execute(
        update(JobRow)
        .where(JobRow.subject_id == subject_id, JobRow.kind.in_(kinds))
        .values(state=JobState.CANCELLED, rev=JobRow.rev + 1)
    )


async def lock_due_job(tx: Tx, now: datetime, kinds: Sequence[str]) -> Job | None:
    """The waiting job whose planning is due soonest, held until the transaction ends."""
    row = await tx.scalar(
        select(JobRow)
        .where(JobRow.kind.in_(kinds))
        .where(JobRow.state == JobState.WAITING, JobRow.plan_at <= now)
        .order_by(JobRow.plan_at, JobRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    return Job(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        lead_minutes=row.lead_minutes,
        due_at=row.due_at,
        rev=row.rev,
    )


async def postpone_planning(tx: Tx, job: Job, now: datetime) -> None:
    """Try to plan the job again after a pause; park it after its last attempt."""
    attempts = (await tx.scalar(select(JobRow.attempts).where(JobRow.id == job.id)) or 0) + 1
    state = JobState.PARKED if attempts >= MOST_ATTEMPTS else JobState.WAITING
    await tx.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.rev == job.rev)
        .values(attempts=attempts, state=state, plan_at=now + pause_before(attempts))
    )


async def add_deliveries(tx: Tx, job: Job, planned: Sequence[Planned]) -> None:
    """Turn a job into its deliveries and mark it planned, in one transaction."""
    tx.add_all(
        DeliveryRow(
            job_id=job.id,
            rev=job.rev,
            target=one.target,
            lane=one.lane,
            not_before=job.due_at,
            expires_at=one.expires_at,
        )
        for one in planned
    )
    await tx.execute(update(JobRow).where(JobRow.id == job.id).values(state=JobState.PLANNED))


async def claim(
    tx: Tx, now: datetime, owner: str, kinds: Sequence[str], limit: int
) -> list[Delivery]:
    """Deliveries that are `owner`'s alone until their lease ends, most urgent first.

    Those that came too late or were overtaken by a newer revision are marked so, not returned.
    """
    rows = await tx.execute(
        select(DeliveryRow, JobRow)
        .join(JobRow, JobRow.id == DeliveryRow.job_id)
        .where(JobRow.kind.in_(kinds), _is_claimable(now))
        .order_by(DeliveryRow.lane, DeliveryRow.not_before, DeliveryRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=DeliveryRow)
    )
    claimed = []
    for delivery, job in rows:
        if delivery.rev != job.rev:
            delivery.state, delivery.done_at = DeliveryState.SUPERSEDED, now
        elif delivery.expires_at is not None and delivery.expires_at <= now:
            delivery.state, delivery.done_at = DeliveryState.EXPIRED, now
        else:
            delivery.state, delivery.owner = DeliveryState.LEASED, owner
            delivery.lease_until = now + LEASE
            delivery.attempts += 1
            delivery.first_attempt_at = delivery.first_attempt_at or now
            claimed.append(_as_delivery(delivery, job))
    return claimed


def _is_claimable(now: datetime) -> ColumnElement[bool]:
    ready = (DeliveryRow.state == DeliveryState.READY) & (DeliveryRow.not_before <= now)
    abandoned = (DeliveryRow.state == DeliveryState.LEASED) & (DeliveryRow.lease_until <= now)
    return or_(ready, abandoned)


def _as_delivery(row: DeliveryRow, job: JobRow) -> Delivery:
    return Delivery(
        id=row.id,
        kind=job.kind,
        subject_id=job.subject_id,
        lead_minutes=job.lead_minutes,
        target=row.target,
        rev=row.rev,
        due_at=job.due_at,
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at or job.due_at,
    )


async def mark(  # noqa: PLR0913 - a delivery's end has these parts
    tx: Tx,
    delivery_id: int,
    owner: str,
    state: DeliveryState,
    now: datetime,
    *,
    message_id: int | None = None,
    note: str | None = None,
) -> bool:
    """Whether the delivery was still `owner`'s and is now marked as ended."""
    marked = await tx.scalar(
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id, DeliveryRow.owner == owner)
        .where(DeliveryRow.state == DeliveryState.LEASED)
        .values(state=state, done_at=now, message_id=message_id, note=note, lease_until=None)
        .returning(DeliveryRow.id)
    )
    return marked is not None


async def put_back(tx: Tx, delivery_id: int, owner: str, not_before: datetime, note: str) -> None:
    """Give a claimed delivery back, to be tried at `not_before` or later."""
    await tx.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id, DeliveryRow.owner == owner)
        .where(DeliveryRow.state == DeliveryState.LEASED)
        .values(
            state=DeliveryState.READY,
            owner=None,
            lease_until=None,
            not_before=not_before,
            note=note,
        )
    )


async def next_due_at(tx: Tx, kinds: Sequence[str]) -> datetime | None:
    """The earliest instant at which something will be due, None when nothing waits."""
    planning = select(func.min(JobRow.plan_at).label("due_at")).where(
        JobRow.kind.in_(kinds), JobRow.state == JobState.WAITING
    )
    ready = (
        select(func.min(DeliveryRow.not_before))
        .join(JobRow, JobRow.id == DeliveryRow.job_id)
        .where(JobRow.kind.in_(kinds), DeliveryRow.state == DeliveryState.READY)
    )
    leased = (
        select(func.min(DeliveryRow.lease_until))
        .join(JobRow, JobRow.id == DeliveryRow.job_id)
        .where(JobRow.kind.in_(kinds), DeliveryRow.state == DeliveryState.LEASED)
    )
    due = union_all(planning, ready, leased).subquery()
    found: datetime | None = await tx.scalar(select(func.min(due.c.due_at, type_=UTCDateTime)))
    return found


async def purge(tx: Tx, before: datetime) -> int:
    """How many deliveries that ended before `before` were forgotten."""
    gone = await tx.scalars(
        delete(DeliveryRow).where(DeliveryRow.done_at < before).returning(DeliveryRow.id)
    )
    return len(gone.all())
