"""What is next: when to plan, to send and to take over, read by one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Executable, select

from bot.database import Tx
from bot.jobs.model import DeliveryState, JobState, Lane
from bot.jobs.store import DELIVERIES, JOBS, ONE, among, as_it_is, one_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """The first instants for which something waits; None, or no lane, where nothing does.

    Where it is not whole, lanes are missing in which more may wait.
    """

    plan_at: datetime | None = None
    ready_at: Mapping[Lane, datetime] = field(default_factory=dict)
    lease_until: datetime | None = None
    is_whole: bool = True

    def has_planning(self, now: datetime) -> bool:
        """Whether a job is to be planned by `now`."""
        return self.plan_at is not None and self.plan_at <= now

    def has_lost(self, now: datetime) -> bool:
        """Whether a worker claimed something and did not end it before its lease did."""
        return self.lease_until is not None and self.lease_until <= now

    def lanes_due(self, until: datetime) -> list[Lane]:
        """The lanes in which something is ready by then, most urgent first."""
        return [lane for lane, first in self.ready_at.items() if first <= until]

    def without(self, lanes: Sequence[Lane]) -> "Agenda":
        """The same where all that was due in these lanes is done."""
        left = {lane: first for lane, first in self.ready_at.items() if lane not in lanes}
        return replace(self, ready_at=left, is_whole=not lanes)

    def look_at(self, ahead: timedelta = timedelta()) -> datetime | None:
        """When to look at the earliest of it, at deliveries `ahead` of their instant."""
        moments = [self.plan_at, self.lease_until, *(at - ahead for at in self.ready_at.values())]
        return min((moment for moment in moments if moment is not None), default=None)


async def read_agenda(tx: Tx, kinds: Sequence[str], *, skips_planning: bool = False) -> Agenda:
    """What waits of these kinds.

    Planning is due ahead of what it plans: nobody sees it, and `skips_planning` puts the instant
    of what is planned in its place.
    """
    found = await tx.execute(_firsts(tuple(kinds), skips_planning=skips_planning))
    plan_at, *ready_at, lease_until = found.one()
    return Agenda(
        plan_at=plan_at,
        ready_at={lane: at for lane, at in zip(Lane, ready_at, strict=True) if at is not None},
        lease_until=lease_until,
    )


@cache
def _firsts(kinds: tuple[str, ...], *, skips_planning: bool) -> Executable:
    """Made once for each runner's kinds: making it takes longer than SQLite needs for an answer.

    It has no parameters, so that PostgreSQL plans it once and not at every look.
    """
    moment = JOBS.c.due_at if skips_planning else JOBS.c.plan_at
    planning = (
        select(moment)
        .where(JOBS.c.state == as_it_is(JobState.WAITING), one_of(JOBS.c.kind, kinds))
        .order_by(moment)
    )
    ready = (
        select(DELIVERIES.c.not_before)
        .join_from(DELIVERIES, JOBS, JOBS.c.id == DELIVERIES.c.job_id)
        .where(DELIVERIES.c.state == as_it_is(DeliveryState.READY), among(JOBS.c.kind, kinds))
        .order_by(DELIVERIES.c.not_before)
    )
    leased = (
        select(DELIVERIES.c.lease_until)
        .where(DELIVERIES.c.state == as_it_is(DeliveryState.LEASED))
        .order_by(DELIVERIES.c.lease_until)
    )
    # Each looks at the first entry of an index; a minimum over all lanes would read all of it.
    lanes = [ready.where(DELIVERIES.c.lane == as_it_is(lane)) for lane in Lane]
    firsts = [one.limit(ONE).scalar_subquery() for one in (planning, *lanes, leased)]
    return select(*firsts)
