"""The engine does everything that is due, once, whatever fails on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from bot.database import Database, Tx
from bot.jobs import planning, queue
from bot.jobs.flights import LONGEST_WAIT
from bot.jobs.handler import Act, Fanout
from bot.jobs.model import (
    LEASE,
    MOST_ATTEMPTS,
    Delivery,
    DeliveryState,
    Done,
    Job,
    JobState,
    Outcome,
    Planned,
    Skipped,
)
from bot.jobs.runner import AFTER_FAILURE, DRAIN_SECONDS, Runner
from bot.jobs.store import DELIVERIES, JOBS, put_job
from bot.messenger import DirectMessagesClosed, MessageGone, NotAllowed, PlaceGone, TryLater
from tests.fakes.clock import START, HandClock, LoopClock
from tests.fakes.errands import Errand, put

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def runner_of(db: Database, clock: HandClock, *errands: Errand) -> Runner:
    runner = Runner(db, clock)
    for errand in errands:
        runner.register(errand)
    return runner


async def deliveries(db: Database) -> list[tuple[object, ...]]:
    """(target, state, attempts, message, note) of each delivery."""
    row = DELIVERIES.c
    async with db.read() as tx:
        found = await tx.execute(
            select(row.target, row.state, row.attempts, row.message_id, row.note).order_by(row.id)
        )
        return [tuple(one) for one in found]


async def job_states(db: Database) -> dict[int, str]:
    async with db.read() as tx:
        found = await tx.execute(select(JOBS.c.subject_id, JOBS.c.state))
        return {row.subject_id: row.state for row in found}


class Breakdown:
    """A database that fails at every delivery while one of its tables is away."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._is_on = False

    async def begin(self) -> None:
        await self._rename("delivery", "lost")
        self._is_on = True

    async def end(self) -> None:
        if self._is_on:
            await self._rename("lost", "delivery")
            self._is_on = False

    async def _rename(self, table: str, name: str) -> None:
        async with self._db.begin() as tx:
            await tx.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


@pytest.fixture
async def breakdown(db: Database) -> AsyncIterator[Breakdown]:
    """A breakdown that is over when the test is."""
    breakdown = Breakdown(db)
    yield breakdown
    await breakdown.end()


OUTAGE = DBAPIError(
    "SELECT 1", {}, ConnectionError("the server is gone"), connection_invalidated=True
)


def failing(*faults: Exception) -> Callable[[Delivery], Awaitable[Outcome]]:
    """An act that fails with each of `faults` in turn and then succeeds."""
    left = list(faults)

    async def act(_delivery: Delivery) -> Outcome:
        if left:
            raise left.pop(0)
        return Done(message_id=42)

    return act


# The way of one job.


async def test_due_job_is_planned_delivered_and_marked(db: Database, clock: HandClock) -> None:
    errand = Errand(act=failing(), targets=["channel", "person:3"])
    await put(db, 7)
    await runner_of(db, clock, errand).run_due()
    assert errand.planned == [
        Job(
            id=errand.planned[0].id,
            kind="errand",
            subject_id=7,
            lead_minutes=0,
            due_at=START,
            rev=1,
        )
    ]
    assert [one.target for one in errand.delivered] == ["channel", "person:3"]
    assert await deliveries(db) == [
        ("channel", DeliveryState.SENT, 1, 42, None),
        ("person:3", DeliveryState.SENT, 1, 42, None),
    ]
    assert await job_states(db) == {7: JobState.PLANNED}


async def test_what_is_done_is_not_done_again(db: Database, clock: HandClock) -> None:
    errand = Errand()
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    await runner.run_due()
    clock.move(24 * HOUR)
    await runner.run_due()
    assert len(errand.delivered) == 1
    assert await runner.next_due_at() is None


async def test_job_waits_for_its_instant(db: Database, clock: HandClock) -> None:
    errand = Errand()
    runner = runner_of(db, clock, errand)
    await put(db, 7, due_at=START + HOUR)
    await runner.run_due()
    assert (errand.delivered, await runner.next_due_at()) == ([], START + HOUR)
    clock.move(HOUR)
    await runner.run_due()
    assert len(errand.delivered) == 1


async def test_job_with_nobody_to_tell_is_planned_and_over(db: Database, clock: HandClock) -> None:
    await put(db, 7)
    await runner_of(db, clock, Errand(targets=[])).run_due()
    assert (await job_states(db), await deliveries(db)) == ({7: JobState.PLANNED}, [])


async def test_kind_that_nobody_registered_is_left_in_the_database(
    db: Database, clock: HandClock
) -> None:
    runner = runner_of(db, clock, Errand())
    await put(db, 7, kind="of a newer version")
    await runner.run_due()
    assert await job_states(db) == {7: JobState.WAITING}
    assert await runner.next_due_at() is None


async def test_kind_has_one_handler(db: Database, clock: HandClock) -> None:
    runner = runner_of(db, clock, Errand())
    with pytest.raises(ValueError, match="two handlers for 'errand'"):
        runner.register(Errand())


async def test_skipped_delivery_keeps_its_reason(db: Database, clock: HandClock) -> None:
    async def act(_delivery: Delivery) -> Outcome:
        return Skipped(reason="the session does not take place")

    await put(db, 7)
    await runner_of(db, clock, Errand(act=act)).run_due()
    assert await deliveries(db) == [
        ("", DeliveryState.SKIPPED, 1, None, "the session does not take place")
    ]


# What follows from an act is written with its mark, or not at all.


async def test_record_is_written_with_the_mark(db: Database, clock: HandClock) -> None:
    seen: list[str] = []

    async def record(tx: Tx) -> None:
        state = await tx.scalar(select(DELIVERIES.c.state))
        seen.append(state or "")
        await put_job(tx, "after", 8, clock())

    async def act(_delivery: Delivery) -> Outcome:
        return Done(record=record)

    after = Errand("after")
    await put(db, 7)
    await runner_of(db, clock, Errand(act=act), after).run_due()
    assert seen == [DeliveryState.SENT]
    assert [one.subject_id for one in after.delivered] == [8]


async def test_record_that_fails_takes_the_mark_back(db: Database, clock: HandClock) -> None:
    async def record(tx: Tx) -> None:
        await put_job(tx, "after", 8, clock())
        raise ZeroDivisionError

    async def act(_delivery: Delivery) -> Outcome:
        return Done(message_id=42, record=record)

    await put(db, 7)
    await runner_of(db, clock, Errand(act=act)).run_due()
    assert await deliveries(db) == [("", DeliveryState.READY, 1, None, "ZeroDivisionError()")]
    assert await job_states(db) == {7: JobState.PLANNED}


async def test_worker_that_lost_its_lease_writes_nothing(db: Database, clock: HandClock) -> None:
    async def record(tx: Tx) -> None:
        await put_job(tx, "after", 8, clock())

    async def act(_delivery: Delivery) -> Outcome:
        async with db.begin() as tx:
            await tx.execute(update(DELIVERIES).values(owner="another"))
        return Done(message_id=42, record=record)

    await put(db, 7)
    await runner_of(db, clock, Errand(act=act)).run_due()
    assert await deliveries(db) == [("", DeliveryState.LEASED, 1, None, None)]
    assert await job_states(db) == {7: JobState.PLANNED}


# Faults.


async def test_passing_fault_is_tried_again_after_its_own_delay(
    db: Database, clock: HandClock
) -> None:
    errand = Errand(act=failing(TryLater("rate limited", 90 * SECOND)))
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    await runner.run_due()
    assert await deliveries(db) == [("", DeliveryState.READY, 1, None, "rate limited")]
    assert await runner.next_due_at() == START + 90 * SECOND
    clock.move(90 * SECOND)
    await runner.run_due()
    assert [one.is_repeated for one in errand.delivered] == [False, True]
    assert await deliveries(db) == [("", DeliveryState.SENT, 2, 42, None)]


async def test_passing_faults_without_a_delay_are_met_with_growing_pauses(
    db: Database, clock: HandClock
) -> None:
    runner = runner_of(db, clock, Errand(act=failing(*(TryLater("500") for _ in range(12)))))
    await put(db, 7)
    pauses = []
    for _ in range(12):
        await runner.run_due()
        due_at = await runner.next_due_at()
        assert due_at is not None
        pauses.append((due_at - clock()).total_seconds())
        clock.now = due_at
    await runner.run_due()
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert await deliveries(db) == [("", DeliveryState.SENT, 13, 42, None)]


async def test_lasting_problem_ends_the_delivery_at_once(db: Database, clock: HandClock) -> None:
    problems = {
        "gone": PlaceGone("10003"),
        "deleted": MessageGone("10008"),
        "forbidden": NotAllowed(["Send Messages"]),
        "closed": DirectMessagesClosed("50007"),
    }

    async def act(delivery: Delivery) -> Outcome:
        raise problems[delivery.target]

    await put(db, 7)
    await runner_of(db, clock, Errand(act=act, targets=list(problems))).run_due()
    assert await deliveries(db) == [
        ("gone", DeliveryState.SKIPPED, 1, None, "PlaceGone('10003')"),
        ("deleted", DeliveryState.SKIPPED, 1, None, "MessageGone('10008')"),
        ("forbidden", DeliveryState.SKIPPED, 1, None, "NotAllowed('Send Messages')"),
        ("closed", DeliveryState.SKIPPED, 1, None, "DirectMessagesClosed('50007')"),
    ]


async def test_handler_that_always_raises_is_parked_and_blocks_nobody(
    db: Database, clock: HandClock
) -> None:
    broken = Errand("broken", act=failing(*(KeyError("bug") for _ in range(99))))
    sound = Errand("sound", act=failing())
    runner = runner_of(db, clock, broken, sound)
    await put(db, 1, kind="broken")
    await put(db, 2, kind="sound")
    await runner.run_due()
    assert len(sound.delivered) == 1
    while due_at := await runner.next_due_at():
        clock.now = due_at
        await runner.run_due()
    assert len(broken.delivered) == MOST_ATTEMPTS
    assert await deliveries(db) == [
        ("", DeliveryState.PARKED, MOST_ATTEMPTS, None, "KeyError('bug')"),
        ("", DeliveryState.SENT, 1, 42, None),
    ]


@pytest.mark.parametrize("fault", [TryLater("slow"), OUTAGE], ids=["later", "outage"])
async def test_passing_faults_do_not_bring_a_delivery_nearer_to_being_given_up(
    db: Database, clock: HandClock, fault: Exception
) -> None:
    faults: list[Exception] = [fault] * (MOST_ATTEMPTS + 2)
    errand = Errand(act=failing(*faults, KeyError("bug")))
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    await runner.run_due()
    while due_at := await runner.next_due_at():
        clock.now = due_at
        await runner.run_due()
    assert await deliveries(db) == [("", DeliveryState.SENT, MOST_ATTEMPTS + 4, 42, None)]


async def test_a_look_that_fails_does_not_wait_for_what_is_on_its_way(
    db: Database, clock: HandClock, breakdown: Breakdown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One delivery hangs, the database fails and is back: the next is sent all the same."""
    may_end, is_done = asyncio.Event(), asyncio.Event()

    async def act(delivery: Delivery) -> Outcome:
        if delivery.subject_id == 1:
            await may_end.wait()
        else:
            is_done.set()
        return Done()

    errand = Errand(act=act)
    runner = Runner(db, clock, heartbeat=HOUR)
    runner.register(errand)
    await put(db, 1)
    runner.start()
    async with asyncio.timeout(10):
        while not errand.delivered:  # noqa: ASYNC110 - nothing tells of a start
            await asyncio.sleep(0)
    await breakdown.begin()
    runner.wake()
    async with asyncio.timeout(10):
        while runner.is_well:  # noqa: ASYNC110 - nothing tells of a failure
            await asyncio.sleep(0)
    await breakdown.end()
    clock.move(AFTER_FAILURE)
    await put(db, 2, due_at=clock())
    try:
        await asyncio.wait_for(is_done.wait(), 10)
    finally:
        may_end.set()
        await runner.stop()


async def test_delivery_that_falls_due_while_another_hangs_does_not_wait_for_it(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are of one lane, which the claim of the first has emptied."""
    has_begun, may_end, is_done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class InTurn(Errand):
        async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
            later = Planned(target="later", not_before=START + SECOND)
            return Fanout(planned=[Planned(target="hangs"), later])

    async def act(delivery: Delivery) -> Outcome:
        if delivery.target == "hangs":
            has_begun.set()
            await may_end.wait()
        else:
            is_done.set()
        return Done()

    loop_clock = LoopClock(monkeypatch)
    await put(db, 7)
    running = asyncio.create_task(runner_of(db, clock, InTurn(act=act)).run_due())
    await has_begun.wait()
    clock.move(SECOND)
    loop_clock.leap(LONGEST_WAIT)
    await asyncio.wait_for(is_done.wait(), 10)
    may_end.set()
    await running


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite has one writer
async def test_planning_yields_to_whoever_holds_what_it_is_about(
    db: Database, clock: HandClock
) -> None:
    """Members' acts lock the subject and then its job, planning the job and then its subject."""

    class Locking(Errand):
        async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
            await tx.execute(text("SELECT * FROM job WHERE subject_id = 2 FOR UPDATE"))
            return await super().plan(tx, job, now)

    errand = Locking()
    runner = runner_of(db, clock, errand)
    await put(db, 1)
    await put(db, 2, due_at=START + HOUR)
    async with db.begin() as tx:
        await tx.execute(text("SELECT * FROM job WHERE subject_id = 2 FOR UPDATE"))
        async with asyncio.timeout(30):
            await runner.run_due()
        await put_job(tx, errand.kind, 1, START)
    assert (errand.delivered, runner.is_well) == ([], True)
    clock.move(SECOND)
    await runner.run_due()
    assert [one.subject_id for one in errand.delivered] == [1]
    assert (await job_states(db))[1] == JobState.PLANNED


class BrokenPlan(Errand):
    """Writes something, then fails while `is_broken`."""

    is_broken = True

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        planned = await super().plan(tx, job, now)
        await put_job(tx, "half done", job.subject_id, now)
        if self.is_broken:
            raise KeyError("bug")
        return planned


async def test_planning_that_fails_leaves_nothing_and_is_tried_again(
    db: Database, clock: HandClock
) -> None:
    broken, sound = BrokenPlan("broken"), Errand("sound")
    runner = runner_of(db, clock, broken, sound)
    await put(db, 1, kind="broken")
    await put(db, 2, kind="sound", due_at=START + SECOND)
    await runner.run_due()
    assert await job_states(db) == {1: JobState.WAITING, 2: JobState.WAITING}
    assert await runner.next_due_at() == START + SECOND
    broken.is_broken = False
    clock.move(SECOND)
    await runner.run_due()
    assert (len(broken.planned), len(broken.delivered), len(sound.delivered)) == (2, 1, 1)


async def test_planning_that_always_fails_is_parked(db: Database, clock: HandClock) -> None:
    broken = BrokenPlan()
    runner = runner_of(db, clock, broken)
    await put(db, 7)
    await runner.run_due()
    while due_at := await runner.next_due_at():
        clock.now = due_at
        await runner.run_due()
    assert len(broken.planned) == MOST_ATTEMPTS
    assert (await job_states(db), await deliveries(db)) == ({7: JobState.PARKED}, [])


async def test_planning_that_a_lost_database_broke_off_is_never_given_up(
    db: Database, clock: HandClock
) -> None:
    outages: list[Exception] = [OUTAGE] * (MOST_ATTEMPTS + 2)

    class Interrupted(Errand):
        async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
            if outages:
                raise outages.pop()
            return await super().plan(tx, job, now)

    runner = runner_of(db, clock, Interrupted())
    await put(db, 7)
    for _ in range(len(outages) + 1):
        await runner.run_due()
        clock.now += AFTER_FAILURE
    assert [one[:3] for one in await deliveries(db)] == [("", DeliveryState.SENT, 1)]


async def test_failing_database_is_asked_again_soon(
    db: Database, clock: HandClock, breakdown: Breakdown, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, beats = asyncio.Event(), []

    async def act(_delivery: Delivery) -> Outcome:
        done.set()
        return Done()

    loop_clock = LoopClock(monkeypatch)
    runner = Runner(db, clock, heartbeat=HOUR, on_beat=lambda: beats.append(clock()))
    runner.register(Errand(act=act))
    await put(db, 7)
    await breakdown.begin()
    runner.start()
    async with asyncio.timeout(10):
        while runner.is_well:  # noqa: ASYNC110 - nothing tells of a failure
            await asyncio.sleep(0)
    assert beats == []
    await breakdown.end()
    clock.move(AFTER_FAILURE)
    loop_clock.leap(AFTER_FAILURE.total_seconds())
    await asyncio.wait_for(done.wait(), 10)
    await runner.stop()


async def test_failure_to_mark_one_waits_for_the_others(
    db: Database, clock: HandClock, breakdown: Breakdown
) -> None:
    """The database goes while two are being sent: neither is left running on its own."""
    are_both_sending, finished = asyncio.Barrier(2), []
    tasks: dict[str, asyncio.Task[object] | None] = {}

    async def act(delivery: Delivery) -> Outcome:
        tasks[delivery.target] = asyncio.current_task()
        await are_both_sending.wait()
        if delivery.target == "first":
            await breakdown.begin()
            return Done()
        first = tasks["first"]
        assert first is not None
        await asyncio.wait([first])
        for _ in range(100):
            await asyncio.sleep(0)
        finished.append(first.exception() is not None)
        return Done()

    await put(db, 7)
    await runner_of(db, clock, Errand(act=act, targets=["first", "second"])).run_due()
    assert finished == [True]


# Several workers, dead ones among them.


async def test_work_of_a_dead_worker_is_taken_over_when_its_lease_ends(
    db: Database, clock: HandClock
) -> None:
    errand = Errand()
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    async with db.begin() as tx:
        job = await planning.lock_due_job(tx, START, ["errand"])
        assert job is not None
        await planning.expand(tx, job, await errand.plan(tx, job, START))
        assert len(await queue.claim(tx, START, "the dead", ["errand"], 25)) == 1
    clock.move(LEASE - SECOND)
    await runner.run_due()
    assert errand.delivered == []
    clock.move(SECOND)
    await runner.run_due()
    assert [(one.attempts, one.is_repeated) for one in errand.delivered] == [(2, True)]
    assert await deliveries(db) == [("", DeliveryState.SENT, 2, None, None)]


async def test_two_runners_share_the_work_and_repeat_nothing(
    db: Database, clock: HandClock
) -> None:
    other_db = Database(db.url)
    errands = [Errand(targets=["a", "b"]), Errand(targets=["a", "b"])]
    await put(db, *range(20))
    await asyncio.gather(
        runner_of(db, clock, errands[0]).run_due(),
        runner_of(other_db, clock, errands[1]).run_due(),
    )
    done = [(one.subject_id, one.target) for errand in errands for one in errand.delivered]
    assert sorted(done) == [(number, target) for number in range(20) for target in "ab"]
    assert {row[1:3] for row in await deliveries(db)} == {(DeliveryState.SENT, 1)}
    await other_db.close()


async def test_act_that_outlasts_its_lease_is_broken_off_before_another_may_begin(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_begun = asyncio.Event()

    async def hang(_delivery: Delivery) -> Outcome:
        has_begun.set()
        await asyncio.Event().wait()
        return Done()

    loop_clock = LoopClock(monkeypatch)
    await put(db, 7)
    running = asyncio.create_task(runner_of(db, clock, Errand(act=hang)).run_due())
    await has_begun.wait()
    loop_clock.leap(LEASE.total_seconds() - 1)
    await asyncio.wait_for(running, 10)
    assert await deliveries(db) == [("", DeliveryState.READY, 1, None, "the lease was running out")]


async def test_time_out_of_the_handlers_own_is_a_failure_like_any_other(
    db: Database, clock: HandClock
) -> None:
    await put(db, 7)
    await runner_of(db, clock, Errand(act=failing(TimeoutError("its own")))).run_due()
    assert await deliveries(db) == [("", DeliveryState.READY, 1, None, "TimeoutError('its own')")]


# Waking, resting, stopping.


async def test_wake_during_a_look_makes_it_look_again(db: Database, clock: HandClock) -> None:
    async def act(delivery: Delivery) -> Outcome:
        if delivery.subject_id < 3:
            await put(db, delivery.subject_id + 1)
            runner.wake()
        return Done()

    errand = Errand(act=act)
    runner = runner_of(db, clock, errand)
    await put(db, 1)
    await runner.run_due()
    assert [one.subject_id for one in errand.delivered] == [1, 2, 3]


async def test_running_engine_does_a_job_as_soon_as_it_is_committed(
    db: Database, clock: HandClock
) -> None:
    done = asyncio.Event()

    async def act(_delivery: Delivery) -> Outcome:
        done.set()
        return Done()

    runner = runner_of(db, clock, Errand(act=act))
    runner.start()
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, START)
    await asyncio.wait_for(done.wait(), 10)
    await runner.stop()
    assert await deliveries(db) == [("", DeliveryState.SENT, 1, None, None)]


async def test_running_engine_finds_within_a_heartbeat_what_another_process_put(
    db: Database, clock: HandClock
) -> None:
    done, has_beaten = asyncio.Event(), asyncio.Event()

    async def act(_delivery: Delivery) -> Outcome:
        done.set()
        return Done()

    other_db = Database(db.url)
    runner = Runner(db, clock, heartbeat=timedelta(milliseconds=50), on_beat=has_beaten.set)
    runner.register(Errand(act=act))
    runner.start()
    await has_beaten.wait()
    async with other_db.begin() as tx:
        await put_job(tx, "errand", 7, START)
    await asyncio.wait_for(done.wait(), 10)
    await runner.stop()
    await other_db.close()
    assert await deliveries(db) == [("", DeliveryState.SENT, 1, None, None)]


async def test_running_engine_wakes_when_the_next_job_falls_due(
    db: Database, clock: HandClock
) -> None:
    done = asyncio.Event()

    async def act(_delivery: Delivery) -> Outcome:
        done.set()
        return Done()

    await put(db, 7, due_at=START + SECOND / 20)
    runner = runner_of(db, clock, Errand(act=act))
    runner.start()
    await runner.run_due()
    assert not done.is_set()
    clock.move(SECOND / 20)
    await asyncio.wait_for(done.wait(), 10)
    await runner.stop()


async def test_stopping_finishes_what_is_being_sent_and_leaves_the_rest(
    db: Database, clock: HandClock
) -> None:
    is_sending, may_finish = asyncio.Event(), asyncio.Event()

    async def act(_delivery: Delivery) -> Outcome:
        is_sending.set()
        await may_finish.wait()
        async with db.begin() as tx:
            await put_job(tx, "errand", 8, START)
        return Done(message_id=42)

    errand = Errand(act=act)
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    runner.start()
    await is_sending.wait()
    stopping = asyncio.create_task(runner.stop())
    await asyncio.sleep(0)
    may_finish.set()
    await stopping
    assert [one.subject_id for one in errand.delivered] == [7]
    assert await deliveries(db) == [("", DeliveryState.SENT, 1, 42, None)]
    assert await job_states(db) == {7: JobState.PLANNED, 8: JobState.WAITING}


async def test_stopping_breaks_off_what_does_not_end(
    db: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_sending, broken_off = asyncio.Event(), asyncio.Event()

    async def act(_delivery: Delivery) -> Outcome:
        is_sending.set()
        try:
            await asyncio.Event().wait()
        finally:
            broken_off.set()
        return Done()

    loop_clock = LoopClock(monkeypatch)
    runner = runner_of(db, clock, Errand(act=act))
    await put(db, 7)
    runner.start()
    await is_sending.wait()
    stopping = asyncio.create_task(runner.stop())
    waited = 0
    while not broken_off.is_set() and waited < 100 * DRAIN_SECONDS:
        loop_clock.leap(1)
        waited += 1
        await asyncio.sleep(0.005)  # the engine looks at the database now and then
    await stopping
    assert broken_off.is_set()
    assert waited >= DRAIN_SECONDS
    assert await deliveries(db) == [("", DeliveryState.LEASED, 1, None, None)]
    again = Errand()
    clock.move(LEASE)
    await runner_of(db, clock, again).run_due()
    assert [one.is_repeated for one in again.delivered] == [True]


async def test_engine_that_never_started_stops_too(db: Database, clock: HandClock) -> None:
    errand = Errand()
    runner = runner_of(db, clock, errand)
    await put(db, 7)
    await runner.stop()
    assert errand.delivered == []


async def test_old_deliveries_are_forgotten_while_it_runs(db: Database, clock: HandClock) -> None:
    runner = runner_of(db, clock, Errand())
    await put(db, 7)
    await runner.run_due()
    clock.move(timedelta(days=7) + SECOND)
    await runner.purge()
    assert await deliveries(db) == []


class Slow(Errand):
    """What its batches need can't be read in time."""

    async def prepare(self, _deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
        raise TimeoutError


async def test_batch_that_takes_too_long_to_read_is_tried_again(
    db: Database, clock: HandClock
) -> None:
    await put(db, 7)
    runner = runner_of(db, clock, Slow())
    for _ in range(MOST_ATTEMPTS + 1):
        await runner.run_due()
        clock.move(HOUR)
    (row,) = await deliveries(db)
    note = "what the batch needs could not be read in time"
    assert row == ("", DeliveryState.READY, MOST_ATTEMPTS + 1, None, note)


async def test_lone_process_takes_over_at_once_what_a_dead_one_had_in_hand(
    db: Database, clock: HandClock
) -> None:
    await put(db, 7)
    errand = Errand()
    async with db.begin() as tx:
        job = await planning.lock_due_job(tx, START, ["errand"])
        assert job is not None
        await planning.expand(tx, job, await errand.plan(tx, job, START))
        assert len(await queue.claim(tx, START, "the dead", ["errand"], 25)) == 1
    runner = Runner(db, clock, is_alone=True)
    runner.register(errand)
    await runner.run_due()
    assert [one.is_repeated for one in errand.delivered] == [True]
    assert await deliveries(db) == [("", DeliveryState.SENT, 2, None, None)]


async def test_process_that_does_not_lead_leaves_what_is_the_leaders(
    db: Database, clock: HandClock
) -> None:
    count, word = Errand("count"), Errand("word")
    follower = Runner(db, clock)
    follower.register(count, for_leader=True)
    follower.register(word)
    follower.follow()
    await put(db, 7, kind="count")
    await put(db, 7, kind="word")
    await follower.run_due()
    assert (len(count.planned), len(word.delivered)) == (0, 1)
    assert await follower.next_due_at() is None
    follower.lead()
    await follower.run_due()
    assert (len(count.delivered), len(word.delivered)) == (1, 1)


async def test_process_that_comes_to_lead_goes_on_at_once_with_what_was_the_leaders(
    db: Database, clock: HandClock
) -> None:
    """And leaves alone what another process has in hand of what anybody may do."""
    count, word = Errand("count"), Errand("word")
    await put(db, 7, kind="count")
    await put(db, 8, kind="word")
    async with db.begin() as tx:
        for errand in (count, word):
            job = await planning.lock_due_job(tx, START, [errand.kind])
            assert job is not None
            await planning.expand(tx, job, await errand.plan(tx, job, START))
        assert len(await queue.claim(tx, START, "another", ["count", "word"], 25)) == 2
    runner = Runner(db, clock, heartbeat=HOUR)
    runner.register(count, for_leader=True)
    runner.register(word)
    runner.follow()
    runner.start()
    await runner.run_due()
    assert (count.delivered, word.delivered) == ([], [])
    runner.lead()
    async with asyncio.timeout(10):
        while not count.delivered:  # noqa: ASYNC110 - nothing tells of a start
            await asyncio.sleep(0)
    assert [one.is_repeated for one in count.delivered] == [True]
    assert word.delivered == []
    runner.lead()  # after each new session at the gateway
    await runner.run_due()
    await runner.stop()
    assert len(count.delivered) == 1
