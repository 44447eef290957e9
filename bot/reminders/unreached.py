"""Whom a reminder could not be written to, and who of them was mentioned instead."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, select, update

from bot.database import Tx, note
from bot.jobs.model import DeliveryState, Job, JobState
from bot.jobs.store import DELIVERIES, JOBS, JOBS_WERE_PUT, put_job
from bot.reminders.model import CHANNEL, CLOSED, GATHER, people_of, person_of
from bot.sessions.model import MENTION, REMIND

UNSENT = (DeliveryState.READY, DeliveryState.LEASED)


async def ask_for_mention(tx: Tx, session_id: int, lead_minutes: int, now: datetime) -> None:
    """Have those mentioned who could not be written to, a little later: more may follow.

    A job that was planned is planned once more: put again, it would overtake what it has planned.
    """
    later = now + GATHER
    planned_at = case((JOBS.c.state == JobState.WAITING, JOBS.c.plan_at), else_=later)
    known = await tx.scalar(
        update(JOBS)
        .where(JOBS.c.kind == MENTION, JOBS.c.subject_id == session_id)
        .where(JOBS.c.lead_minutes == lead_minutes)
        .where(JOBS.c.state.in_((JobState.WAITING, JobState.PLANNED)))
        .values(state=JobState.WAITING, plan_at=planned_at)
        .returning(JOBS.c.id)
    )
    if known is None:
        await put_job(tx, MENTION, session_id, later, lead_minutes=lead_minutes)
    note(tx, JOBS_WERE_PUT)


async def people_to_mention(tx: Tx, job: Job) -> tuple[int, list[int]]:
    """The reminder's revision, and those who could not be written to and are not mentioned yet."""
    rev = await _rev_of_reminder(tx, job)
    found = await tx.scalars(
        _reminders(job.subject_id, job.lead_minutes, DELIVERIES.c.target)
        .where(DELIVERIES.c.state == DeliveryState.SKIPPED, DELIVERIES.c.note == CLOSED)
        .order_by(DELIVERIES.c.id)
    )
    mentioned = await _mentioned(tx, job, rev)
    unreached = [user_id for target in found if (user_id := person_of(target)) is not None]
    return rev, [user_id for user_id in unreached if user_id not in mentioned]


async def _rev_of_reminder(tx: Tx, job: Job) -> int:
    rev = await tx.scalar(_of(REMIND, job.subject_id, job.lead_minutes, JOBS.c.rev))
    return rev or 0


async def _mentioned(tx: Tx, job: Job, rev: int) -> set[int]:
    """Those whom a mention for this revision of the reminder has reached, or still will."""
    targets = await tx.scalars(select(DELIVERIES.c.target).where(DELIVERIES.c.job_id == job.id))
    named = [people_of(target) for target in targets]
    return {user_id for of_rev, user_ids in named for user_id in user_ids if of_rev == rev}


async def is_sending(tx: Tx, job: Job, until: datetime) -> bool:
    """True while messages of the same reminder are on their way, or will be before `until`."""
    unsent = _reminders(job.subject_id, job.lead_minutes, DELIVERIES.c.id).where(
        DELIVERIES.c.state.in_(UNSENT), DELIVERIES.c.not_before <= until
    )
    return await tx.scalar(unsent.limit(1)) is not None


async def channel_reminder_id(tx: Tx, session_id: int) -> int | None:
    """The first of the session's reminders in the group's channel, None while there is none."""
    found: int | None = await tx.scalar(
        select(DELIVERIES.c.message_id)
        .join_from(DELIVERIES, JOBS, JOBS.c.id == DELIVERIES.c.job_id)
        .where(JOBS.c.kind == REMIND, JOBS.c.subject_id == session_id)
        .where(DELIVERIES.c.target == CHANNEL, DELIVERIES.c.message_id.is_not(None))
        .order_by(DELIVERIES.c.id)
        .limit(1)
    )
    return found


async def is_channel_waiting(tx: Tx, session_id: int, lead_minutes: int) -> bool:
    """True while the channel is still to be reminded at this lead time."""
    unsent = _reminders(session_id, lead_minutes, DELIVERIES.c.id).where(
        DELIVERIES.c.state.in_(UNSENT), DELIVERIES.c.target == CHANNEL
    )
    return await tx.scalar(unsent) is not None


def _reminders(session_id: int, lead_minutes: int, *columns: Any) -> Select[Any]:
    """`columns` of the deliveries of one reminder as it stands."""
    reminder = _of(REMIND, session_id, lead_minutes, *columns)
    return reminder.join(
        DELIVERIES, (DELIVERIES.c.job_id == JOBS.c.id) & (DELIVERIES.c.rev == JOBS.c.rev)
    )


def _of(kind: str, session_id: int, lead_minutes: int, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(JOBS)
        .where(JOBS.c.kind == kind, JOBS.c.subject_id == session_id)
        .where(JOBS.c.lead_minutes == lead_minutes)
    )
