"""Calls are spaced so that a burst never meets Discord's limits, whoever sends."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot.database import Database
from bot.jobs.pacer import (
    CALLS,
    DIRECTS,
    FORGIVEN_AFTER,
    LONGEST_WAIT,
    PACES,
    Budget,
    Change,
    Grant,
    LocalLedger,
    Pace,
    Pacer,
    SharedLedger,
    grant,
    pacer_for,
    strike,
)
from bot.messenger import TryLater
from tests.broom import Broom
from tests.fakes.locks import begun

TEN_MINUTES = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


class Stopwatch:
    """When each call was let through, in seconds since the beginning; pausing takes no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)
        self.pacer = Pacer(LocalLedger(), self.pause)
        self.starts: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.now += seconds

    async def call(self, times: int, name: str = CALLS.name) -> None:
        for _ in range(times):
            await self.pacer.wait(name)
            self.starts.append(round(self.now, 6))


@pytest.fixture
async def watch() -> Iterator[Stopwatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield Stopwatch(patch)


async def test_burst_goes_through_at_once_and_the_rest_at_the_rate(watch: Stopwatch) -> None:
    await watch.call(CALLS.burst + 4)
    gap = 1 / CALLS.per_second
    assert watch.starts == [0.0] * CALLS.burst + [round(gap * n, 6) for n in (1, 2, 3, 4)]


async def test_no_second_ever_sees_more_than_the_limit(watch: Stopwatch) -> None:
    await watch.call(300)
    watch.now += 0.2
    await watch.call(200)
    busiest = max(
        sum(start <= other < start + 1 for other in watch.starts) for start in watch.starts
    )
    assert busiest <= CALLS.per_second + CALLS.burst < 50


async def test_who_was_held_up_leaves_no_faster(watch: Stopwatch) -> None:
    """All of them wait at once, and their process comes to itself half a second later."""
    await watch.call(CALLS.burst)

    async def oversleep(seconds: float) -> None:
        target = watch.now + seconds
        await asyncio.sleep(0)
        watch.now = max(watch.now, target, 0.5 if seconds < 0.5 else 0.0)

    watch.pacer._pause = oversleep
    await asyncio.gather(*(watch.call(1) for _ in range(20)))
    late = watch.starts[CALLS.burst :]
    assert late.count(0.5) <= CALLS.burst + 1
    gap = 1 / CALLS.per_second
    for number, start in enumerate(late[CALLS.burst + 1 :], 1):
        assert start >= 0.5 + number * gap - 1e-6


async def test_rest_gives_the_burst_back(watch: Stopwatch) -> None:
    await watch.call(30)
    watch.now += 60
    before = watch.now
    watch.starts.clear()
    await watch.call(CALLS.burst)
    assert watch.starts == [round(before, 6)] * CALLS.burst


async def test_closed_budget_gives_no_leave_until_it_opens(watch: Stopwatch) -> None:
    await watch.pacer.close(TEN_MINUTES)
    assert await watch.pacer.seconds_closed() == 600.0
    with pytest.raises(TryLater) as told:
        await watch.pacer.wait()
    assert told.value.delay == TEN_MINUTES
    watch.now += 600.5
    assert await watch.pacer.seconds_closed() == 0.0
    await watch.call(CALLS.burst)


async def test_second_breaking_of_the_circuit_lasts_twice_as_long(watch: Stopwatch) -> None:
    for minutes in (10, 20, 40):
        await watch.pacer.close(TEN_MINUTES)
        assert await watch.pacer.seconds_closed() == minutes * 60
        watch.now += minutes * 60
    watch.now += FORGIVEN_AFTER + 1
    await watch.pacer.close(TEN_MINUTES)
    assert await watch.pacer.seconds_closed() == 600


async def test_slowed_budget_has_half_its_rate_for_an_hour(watch: Stopwatch) -> None:
    await watch.pacer.slow_down(DIRECTS.name, timedelta())
    watch.now += 1
    await watch.call(DIRECTS.burst, DIRECTS.name)
    with pytest.raises(TryLater) as told:
        await watch.pacer.wait(DIRECTS.name)
    assert told.value.delay == timedelta(seconds=12)
    watch.now += FORGIVEN_AFTER
    await watch.call(DIRECTS.burst, DIRECTS.name)
    watch.now += 1
    await watch.call(1, DIRECTS.name)
    assert watch.starts[-1] - (2 + FORGIVEN_AFTER) == pytest.approx(5)


async def test_who_would_wait_long_for_a_budget_comes_back_later(watch: Stopwatch) -> None:
    await watch.call(DIRECTS.burst + 1, DIRECTS.name)
    assert watch.starts[-1] == 6.0 <= LONGEST_WAIT
    watch.now = 0.0
    with pytest.raises(TryLater) as told:
        await watch.pacer.wait(DIRECTS.name)
    assert told.value.delay == timedelta(seconds=12)
    await watch.call(CALLS.burst)
    assert watch.starts[-CALLS.burst :] == [0.0] * CALLS.burst


@given(
    gaps=st.lists(st.floats(0, 2), max_size=80),
    rate=st.floats(1, 100),
    burst=st.integers(1, 20),
)
def test_no_window_holds_more_than_burst_and_rate(
    gaps: list[float], rate: float, burst: int
) -> None:
    budget, pace, now = Budget(name="any", per_second=rate, burst=burst), Pace(full_at=0.0), 0.0
    starts: list[float] = []
    for gap in gaps:
        now += gap
        pace, granted = grant(pace, budget, now)
        assert granted.is_given is (granted.wait <= LONGEST_WAIT)
        if granted.is_given:
            starts.append(now + granted.wait)
    for begin in starts:
        inside = sum(begin <= one < begin + 1 for one in starts)
        assert inside <= burst + rate + 1


@given(before=st.integers(0, 50))
def test_breaker_never_closes_for_longer_than_some_hours(before: int) -> None:
    struck = strike(Pace(full_at=0.0, strikes=before), 600, now=0.0, doubles=True)
    assert struck.closed_until <= 600 * 2**6


# Shared by processes.


async def no_pause(_seconds: float) -> None:
    """What is booked does not depend on it."""


class Overheard(SharedLedger):
    """Keeps how long those who asked are to wait."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.waits: list[float] = []

    async def book(self, name: str, change: Change) -> list[Grant]:
        granted = await super().book(name, change)
        self.waits += [one.wait for one in granted]
        return granted


async def test_processes_on_one_postgresql_share_one_budget(postgres_url: str) -> None:
    databases = [Database(postgres_url) for _ in range(3)]
    ledgers = [Overheard(db) for db in databases]
    pacers = [Pacer(ledger, no_pause) for ledger in ledgers]
    await asyncio.gather(*(pacer.wait() for pacer in pacers for _ in range(20)))
    pauses = [wait for ledger in ledgers for wait in ledger.waits if wait]
    # All but the burst wait, the last for as long as the others take.
    assert CALLS.burst <= 60 - len(pauses) < 60
    assert max(pauses) <= (60 - CALLS.burst) / CALLS.per_second + 0.001
    await pacers[0].close(TEN_MINUTES)
    assert 590 < await pacers[1].seconds_closed() <= 600
    for db in databases:
        await db.close()


async def test_a_booking_waits_for_one_under_way_and_comes_after_it(
    broom: Broom, postgres_url: str
) -> None:
    broom.sweep()
    db = Database(postgres_url)
    ledger = Overheard(db)
    await Pacer(ledger, no_pause).wait()
    async with db.begin() as tx:
        taken = datetime.now(UTC) + LONGEST_WAIT / 2 * SECOND
        await tx.execute(update(PACES).values(full_at=taken, closed_until=None))
        waiting = await begun(tx, Pacer(ledger, no_pause).wait())
    await waiting
    assert ledger.waits[-1] > LONGEST_WAIT / 4
    await db.close()


def test_one_process_books_in_memory_and_several_in_the_database(database_url: str) -> None:
    db = Database(database_url)
    kind = LocalLedger if db.is_sqlite else SharedLedger
    assert type(pacer_for(db)._ledger) is kind


class Shaky(LocalLedger):
    """A ledger that can't be reached for once."""

    fails = True

    async def book(self, name: str, change: Change) -> list[Grant]:
        if self.fails:
            self.fails = False
            raise ConnectionError("the ledger is away")
        return await super().book(name, change)


async def test_everybody_who_asked_hears_that_the_ledger_is_away() -> None:
    pacer = Pacer(Shaky())
    first = await asyncio.gather(pacer.wait(), pacer.wait(), return_exceptions=True)
    assert [type(one) for one in first] == [ConnectionError, ConnectionError]
    await asyncio.gather(pacer.wait(), pacer.wait())


async def test_who_no_longer_waits_takes_no_leave_from_others() -> None:
    pacer = Pacer(LocalLedger())
    impatient = asyncio.create_task(pacer.wait())
    patient = asyncio.create_task(pacer.wait())
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert impatient.cancelled()
