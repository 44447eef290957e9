"""Calls are spaced so that a burst never meets Discord's limit of 50 a second."""

import asyncio

import pytest

from bot.jobs.pacer import BURST, CALLS_PER_SECOND, Pacer


class Stopwatch:
    """When each call was let through, in seconds since the beginning; pausing takes no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self.now = 0.0
        monkeypatch.setattr(loop, "time", lambda: self.now)
        self.pacer = Pacer(self.pause)
        self.starts: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.now += seconds

    async def call(self, times: int) -> None:
        for _ in range(times):
            await self.pacer.wait()
            self.starts.append(round(self.now, 6))


async def test_burst_goes_through_at_once_and_the_rest_at_the_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = Stopwatch(monkeypatch)
    await watch.call(BURST + 4)
    assert watch.starts == [0.0] * BURST + [0.025, 0.05, 0.075, 0.1]


async def test_no_second_ever_sees_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch(monkeypatch)
    await watch.call(300)
    watch.now += 0.2
    await watch.call(200)
    busiest = max(
        sum(start <= other < start + 1 for other in watch.starts) for start in watch.starts
    )
    assert busiest <= CALLS_PER_SECOND + BURST == 50


async def test_rest_gives_the_burst_back(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch(monkeypatch)
    await watch.call(30)
    watch.now += 60
    before = watch.now
    watch.starts.clear()
    await watch.call(BURST)
    assert watch.starts == [round(before, 6)] * BURST


async def test_many_waiting_at_once_are_spaced_like_one_after_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[float] = []

    async def pause(seconds: float) -> None:
        asked.append(round(seconds, 6))

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 0.0)
    pacer = Pacer(pause)
    await asyncio.gather(*(pacer.wait() for _ in range(BURST + 3)))
    assert asked == [0.025, 0.05, 0.075]
