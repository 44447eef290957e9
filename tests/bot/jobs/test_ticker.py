"""The alarm clock rings, on the real APScheduler; its times are real but tiny."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.jobs.ticker import Ticker
from tests.fakes.clock import START, HandClock

SOON = timedelta(milliseconds=20)
PATIENCE_SECONDS = 10


@pytest.fixture
async def ticker() -> AsyncIterator[Ticker]:
    ticker = Ticker(HandClock())
    ticker.start()
    yield ticker
    ticker.stop()
    await asyncio.sleep(0)  # APScheduler leaves in the loop's next turn


async def rings(bell: asyncio.Event) -> bool:
    return await asyncio.wait_for(bell.wait(), PATIENCE_SECONDS)


async def test_alarm_rings_by_the_clock_that_was_handed_in(ticker: Ticker) -> None:
    """The hands stand in 2022: the time left counts, not the date."""
    bell = asyncio.Event()
    ticker.wake_at(START + SOON, bell.set)
    assert not bell.is_set()
    assert await rings(bell)


async def test_alarm_for_a_moment_that_has_passed_rings_at_once(ticker: Ticker) -> None:
    bell = asyncio.Event()
    ticker.wake_at(START - timedelta(days=400), bell.set)
    assert await rings(bell)


async def test_alarm_rings_on_the_event_loop(ticker: Ticker) -> None:
    bell, loops = asyncio.Event(), []

    def call() -> None:
        loops.append(asyncio.get_running_loop())
        bell.set()

    ticker.wake_at(START, call)
    assert await rings(bell)
    assert loops == [asyncio.get_running_loop()]


async def test_new_alarm_takes_the_place_of_the_one_before(ticker: Ticker) -> None:
    rung: list[str] = []
    last = asyncio.Event()
    ticker.wake_at(START + SOON, lambda: rung.append("first"))
    ticker.wake_at(START + 2 * SOON, last.set)
    assert await rings(last)
    assert rung == []


async def test_call_that_waits_is_neither_doubled_nor_put_off(ticker: Ticker) -> None:
    rung: list[str] = []
    bell = asyncio.Event()

    async def call() -> None:
        rung.append("rung")
        bell.set()

    for delay in (SOON, timedelta(days=1), SOON):
        ticker.after(delay, call, name="log")
    assert await rings(bell)
    bell.clear()
    ticker.after(SOON, call, name="log")
    assert await rings(bell)
    assert rung == ["rung", "rung"]


async def test_stopped_clock_takes_no_alarm_and_forgets_the_ones_it_had(ticker: Ticker) -> None:
    rung: list[str] = []
    bell = asyncio.Event()
    other = Ticker(HandClock())
    other.start()
    other.wake_at(START + SOON, lambda: rung.append("before"))
    other.stop()
    await asyncio.sleep(0)
    other.wake_at(START, lambda: rung.append("after"))
    other.stop()
    ticker.wake_at(START + 2 * SOON, bell.set)
    assert await rings(bell)
    assert rung == []


async def test_housekeeping_comes_again_though_it_failed(
    ticker: Ticker, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []
    third = asyncio.Event()

    async def sweep() -> None:
        calls.append(len(calls))
        if len(calls) == 3:
            third.set()
        raise OSError("the disk is full")

    ticker.every(SOON, sweep, name="sweep")
    assert await rings(third)
    assert calls == [0, 1, 2]
    assert "the disk is full" in caplog.text


async def test_housekeeping_never_runs_twice_at_once(ticker: Ticker) -> None:
    running, most, ended = 0, 0, asyncio.Event()
    ticks = 0

    async def slow() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await ended.wait()
        running -= 1

    async def tick() -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 5:
            ended.set()

    ticker.every(SOON, slow, name="slow")
    ticker.every(SOON, tick, name="tick")
    assert await rings(ended)
    assert most == 1
