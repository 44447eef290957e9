"""What is frozen is not done, and what is thawed goes on where it was."""

from datetime import timedelta

import pytest
from sqlalchemy import literal, select

from bot.database import Database
from bot.jobs.frozen import Work, freeze, thaw
from bot.jobs.model import Delivery, Done, Outcome
from bot.jobs.runner import Runner
from bot.jobs.store import DELIVERIES, JOBS, put_job
from bot.messenger import TryLater
from tests.fakes.clock import START, HandClock
from tests.fakes.errands import Errand, put

HOUR = timedelta(hours=1)
SEVEN: Work = {("errand",): select(literal(7))}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def runner_of(db: Database, clock: HandClock, errand: Errand) -> Runner:
    runner = Runner(db, clock)
    runner.register(errand)
    return runner


async def set_aside(db: Database, work: Work = SEVEN) -> None:
    async with db.begin() as tx:
        await freeze(tx, work)


async def go_on(db: Database) -> None:
    async with db.begin() as tx:
        await thaw(tx, SEVEN)


async def states(db: Database) -> tuple[list[str], list[tuple[str, int]]]:
    """The states of the jobs; the states and attempts of the deliveries."""
    async with db.read() as tx:
        jobs = await tx.scalars(select(JOBS.c.state).order_by(JOBS.c.subject_id))
        rows = await tx.execute(
            select(DELIVERIES.c.state, DELIVERIES.c.attempts).order_by(DELIVERIES.c.id)
        )
        return list(jobs), [(row.state, row.attempts) for row in rows]


async def test_frozen_job_is_done_after_the_thaw_and_others_meanwhile(
    db: Database, clock: HandClock
) -> None:
    errand = Errand()
    runner = runner_of(db, clock, errand)
    await put(db, 7, 8)
    await set_aside(db)
    await set_aside(db)
    await runner.run_due()
    assert [one.subject_id for one in errand.delivered] == [8]
    assert await runner.next_due_at() is None
    await go_on(db)
    await runner.run_due()
    assert [one.subject_id for one in errand.delivered] == [8, 7]


async def test_delivery_that_was_tried_is_tried_again_under_its_own_key(
    db: Database, clock: HandClock
) -> None:
    faults = [TryLater("not now")]

    async def act(_delivery: Delivery) -> Outcome:
        if faults:
            raise faults.pop()
        return Done()

    errand = Errand(act=act)
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    await runner.run_due()
    await set_aside(db)
    clock.move(HOUR)
    await runner.run_due()
    assert await states(db) == (["planned"], [("frozen", 1)])
    await go_on(db)
    await runner.run_due()
    first, second = errand.delivered
    assert (first.nonce, second.is_repeated) == (second.nonce, True)
    assert await states(db) == (["planned"], [("sent", 2)])


async def test_worker_does_not_end_what_was_taken_from_it(db: Database, clock: HandClock) -> None:
    async def act(delivery: Delivery) -> Outcome:
        if not delivery.is_repeated:
            await set_aside(db)
        return Done()

    errand = Errand(act=act)
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    await runner.run_due()
    assert await states(db) == (["planned"], [("frozen", 1)])
    await go_on(db)
    await runner.run_due()
    assert await states(db) == (["planned"], [("sent", 2)])


async def test_what_was_done_is_not_done_again(db: Database, clock: HandClock) -> None:
    errand = Errand()
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    await runner.run_due()
    await set_aside(db)
    await go_on(db)
    await runner.run_due()
    assert len(errand.delivered) == 1


async def test_job_that_is_put_while_it_is_frozen_waits_for_the_thaw(
    db: Database, clock: HandClock
) -> None:
    errand = Errand()
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    await set_aside(db)
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, START - HOUR)
    await runner.run_due()
    assert errand.delivered == []
    await go_on(db)
    await runner.run_due()
    assert [(one.due_at, one.rev) for one in errand.delivered] == [(START - HOUR, 2)]
