"""What was given up is shown by kind and without its words, and can be tried again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.database import Database, Tx
from bot.jobs.handler import Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned
from bot.jobs.parked import Parked, expired, parked, try_again
from bot.jobs.runner import Runner
from bot.jobs.store import JOBS, put_job
from tests.fakes.clock import START, HandClock
from tests.fakes.errands import Errand

LONG = timedelta(minutes=10)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


class Breakable:
    """An act that fails as a bug does until it is mended."""

    def __init__(self) -> None:
        self.is_broken = True

    async def __call__(self, _delivery: Delivery) -> Outcome:
        if self.is_broken:
            raise RuntimeError("Maya typed this")
        return Done()


async def give_up(db: Database, clock: HandClock, errand: Errand, *subject_ids: int) -> Runner:
    """A runner that has tried these in vain."""
    runner = Runner(db, clock)
    runner.register(errand)
    async with db.begin() as tx:
        for subject_id in subject_ids:
            await put_job(tx, errand.kind, subject_id, clock())
    for _ in range(10):
        await runner.run_due()
        clock.move(LONG)
    return runner


async def given_up(db: Database) -> list[Parked]:
    async with db.read() as tx:
        return await parked(tx)


async def retry(db: Database, clock: HandClock) -> int:
    async with db.begin() as tx:
        return await try_again(tx, clock())


async def test_deliveries_are_counted_by_kind_with_the_error_s_name_alone(
    db: Database, clock: HandClock
) -> None:
    assert await given_up(db) == []
    await give_up(db, clock, Errand(act=Breakable()), 7, 8)
    assert await given_up(db) == [Parked(kind="errand", count=2, error="RuntimeError")]


async def test_retried_delivery_looks_first_whether_it_was_made_and_is_done_once(
    db: Database, clock: HandClock
) -> None:
    act = Breakable()
    errand = Errand(act=act)
    runner = await give_up(db, clock, errand, 7)
    act.is_broken = False
    assert await retry(db, clock) == 1
    await runner.run_due()
    assert (errand.delivered[-1].is_repeated, errand.delivered[-1].nonce) == (
        True,
        errand.delivered[0].nonce,
    )
    assert errand.delivered[-1].first_attempt_at == START
    assert (await given_up(db), await retry(db, clock)) == ([], 0)


async def test_job_that_could_not_be_planned_is_counted_and_planned_again(
    db: Database, clock: HandClock
) -> None:
    errand = Errand()
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, START)
        await tx.execute(update(JOBS).values(state="parked", attempts=8))
    assert await given_up(db) == [Parked(kind="errand", count=1, error=None)]
    assert await retry(db, clock) == 1
    runner = Runner(db, clock)
    runner.register(errand)
    await runner.run_due()
    assert [one.subject_id for one in errand.delivered] == [7]


async def test_what_came_too_late_is_counted_by_kind(db: Database, clock: HandClock) -> None:
    class Late(Errand):
        async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
            return Fanout(planned=[Planned(target=str(one), expires_at=now) for one in range(3)])

    runner = Runner(db, clock)
    runner.register(Late())
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, clock())
    async with db.read() as tx:
        assert await expired(tx) == {}
    await runner.run_due()
    async with db.read() as tx:
        assert await expired(tx) == {"errand": 3}


async def test_delivery_that_was_overtaken_is_no_trouble_any_more(
    db: Database, clock: HandClock
) -> None:
    act = Breakable()
    runner = await give_up(db, clock, Errand(act=act), 7)
    act.is_broken = False
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, clock())
    await runner.run_due()
    assert await given_up(db) == []
