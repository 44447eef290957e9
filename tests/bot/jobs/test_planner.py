"""Many due jobs of a kind are planned in one transaction; where that fails, each alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from bot.database import Database, Tx
from bot.jobs.duties import Duties
from bot.jobs.handler import Fanout
from bot.jobs.model import Job, JobState, Planned
from bot.jobs.planner import PLAN_AT_ONCE, WHILE_LOCKED, Planner
from bot.jobs.store import DELIVERIES, JOBS, put_job
from tests.fakes.clock import START, HandClock
from tests.fakes.errands import Errand, put
from tests.fakes.statements import statements

SECOND = timedelta(seconds=1)
OUTAGE = DBAPIError(
    "SELECT 1", {}, ConnectionError("the server is gone"), connection_invalidated=True
)


class Together(Errand):
    """Plans all that it is given at once, and writes something beside it."""

    def __init__(self, kind: str = "errand", *, broken: Sequence[int] = ()) -> None:
        super().__init__(kind)
        self.broken = broken
        self.groups: list[list[int]] = []
        self.error: Exception = KeyError("bug")

    async def plan_all(self, tx: Tx, jobs: Sequence[Job], now: datetime) -> Mapping[int, Fanout]:
        self.groups.append([one.subject_id for one in jobs])
        for job in jobs:
            await put_job(tx, "beside", job.subject_id, now)
            if job.subject_id in self.broken:
                raise self.error
        return {one.id: Fanout(planned=[Planned(target=str(one.subject_id))]) for one in jobs}


def planner_of(db: Database, *errands: Errand) -> Planner:
    duties = Duties()
    for errand in errands:
        duties.add(errand, for_leader=False)
    return Planner(db, HandClock(), duties)


def goes_on() -> bool:
    """Nobody has told it to stop."""
    return False


async def targets(db: Database) -> list[str]:
    async with db.read() as tx:
        return list(await tx.scalars(select(DELIVERIES.c.target).order_by(DELIVERIES.c.id)))


async def jobs(db: Database, kind: str = "errand") -> dict[int, tuple[str, int]]:
    """The state of each job of the kind, and how often planning it has failed."""
    async with db.read() as tx:
        found = await tx.execute(
            select(JOBS.c.subject_id, JOBS.c.state, JOBS.c.attempts).where(JOBS.c.kind == kind)
        )
        return {row.subject_id: (row.state, row.attempts) for row in found}


PLANNED = (JobState.PLANNED, 0)


@pytest.mark.parametrize("count", [2, 8])
async def test_what_is_due_of_a_kind_is_planned_at_once_however_many(
    db: Database, count: int
) -> None:
    errand = Together()
    subject_ids = [*range(1, count + 1)]
    await put(db, *subject_ids)
    with statements(db) as seen:
        assert await planner_of(db, errand).plan_some(goes_on) == count
    assert (errand.groups, await targets(db)) == ([subject_ids], [str(one) for one in subject_ids])
    assert set((await jobs(db)).values()) == {PLANNED}
    # The first, the others, and that nothing is left.
    assert sum(one.startswith("SELECT job.id") for one in seen) == 3


async def test_only_what_is_due_and_of_the_kind_comes_along(db: Database) -> None:
    errand, other = Together(), Together("other")
    await put(db, 1, 2)
    await put(db, 3, due_at=START + SECOND)
    await put(db, 4, kind="other", due_at=START - SECOND)
    await put(db, 5, kind="nobody's")
    assert await planner_of(db, errand, other).plan_some(goes_on) == 3
    assert (errand.groups, other.groups) == ([[1, 2]], [[4]])
    assert (await jobs(db))[3] == (JobState.WAITING, 0)


async def test_no_more_are_planned_before_what_is_ready_is_sent(db: Database) -> None:
    errand = Together()
    await put(db, *range(PLAN_AT_ONCE + 5))
    planner = planner_of(db, errand)
    assert [await planner.plan_some(goes_on) for _ in range(3)] == [PLAN_AT_ONCE, 5, 0]
    assert [len(one) for one in errand.groups] == [PLAN_AT_ONCE, 5]


async def test_one_that_fails_takes_no_other_back(db: Database) -> None:
    errand = Together(broken=[2])
    await put(db, 1, 2, 3)
    assert await planner_of(db, errand).plan_some(goes_on) == 3
    assert errand.groups == [[1, 2, 3], [1], [2], [3]]
    assert await jobs(db) == {1: PLANNED, 2: (JobState.WAITING, 1), 3: PLANNED}
    assert (await targets(db), set(await jobs(db, "beside"))) == (["1", "3"], {1, 3})


async def test_a_lost_database_is_nobodys_failure(db: Database) -> None:
    errand = Together(broken=[2])
    errand.error = OUTAGE
    await put(db, 1, 2, 3)
    with pytest.raises(DBAPIError):
        await planner_of(db, errand).plan_some(goes_on)
    assert set((await jobs(db)).values()) == {(JobState.WAITING, 0)}
    assert await targets(db) == []


async def test_nothing_is_planned_while_the_process_stops(db: Database) -> None:
    await put(db, 1, 2)
    assert await planner_of(db, Together()).plan_some(lambda: True) == 0
    assert await targets(db) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite has one writer
async def test_those_that_another_process_is_planning_are_left_to_it(db: Database) -> None:
    errand = Together()
    await put(db, 1, 2, 3)
    async with db.begin() as tx:
        await tx.execute(text("SELECT * FROM job WHERE subject_id = 2 FOR UPDATE"))
        assert await planner_of(db, errand).plan_some(goes_on) == 2
    assert errand.groups == [[1, 3]]


async def test_each_keeps_its_own_revision_and_instant(db: Database) -> None:
    errand = Together()
    await put(db, 1, 2, due_at=START - SECOND)
    await put(db, 2, 3, due_at=START - 2 * SECOND)
    await put(db, 2, due_at=START - SECOND)
    assert await planner_of(db, errand).plan_some(goes_on) == 3
    row = DELIVERIES.c
    async with db.read() as tx:
        rows = await tx.execute(select(row.target, row.rev, row.not_before).order_by(row.target))
        assert [tuple(one) for one in rows] == [
            ("1", 1, START - SECOND),
            ("2", 3, START - SECOND),
            ("3", 1, START - 2 * SECOND),
        ]
    assert errand.groups == [[1, 2], [3]]


async def test_older_ones_do_not_come_before_what_has_just_fallen_due(db: Database) -> None:
    errand, urgent = Together(), Errand("urgent")
    await put(db, *range(1, PLAN_AT_ONCE + 5), due_at=START - timedelta(days=2))
    await put(db, 99, kind="urgent", due_at=START - SECOND)
    await put(db, 100)
    await planner_of(db, errand, urgent).plan_some(goes_on)
    assert errand.groups[0] == [100]
    assert [one.subject_id for one in urgent.planned] == [99]


class Locking(Together):
    """Waits for a lock that somebody else holds, where it is not told otherwise."""

    async def plan_all(self, tx: Tx, jobs: Sequence[Job], now: datetime) -> Mapping[int, Fanout]:
        await tx.execute(text("SELECT * FROM job WHERE kind = 'held' FOR UPDATE"))
        return await super().plan_all(tx, jobs, now)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_lock_that_others_hold_puts_the_planning_off_and_nothing_else(db: Database) -> None:
    locking, other = Locking("locking"), Errand("other")
    await put(db, 9, kind="held", due_at=START + timedelta(days=1))
    await put(db, 1, 2, kind="locking")
    await put(db, 3, kind="other", due_at=START - SECOND)
    async with db.begin() as tx:
        await tx.execute(text("SELECT * FROM job WHERE kind = 'held' FOR UPDATE"))
        assert await planner_of(db, locking, other).plan_some(goes_on) == 3
    assert [one.subject_id for one in other.planned] == [3]
    async with db.read() as tx:
        again = await tx.scalars(select(JOBS.c.plan_at).where(JOBS.c.kind == "locking"))
        assert set(again) == {START + WHILE_LOCKED}
    assert set((await jobs(db, "locking")).values()) == {(JobState.WAITING, 0)}
