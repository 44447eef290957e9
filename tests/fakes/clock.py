"""Clocks that tests move: the wall clock that Lectern reads, and the event loop's own."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

START = datetime(2022, 11, 5, 12, 0, tzinfo=UTC)


class HandClock:
    """A wall clock whose hands you move."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


class LoopClock:
    """Lets an event loop's timers ring early: `leap(15)` and 15 seconds have gone by for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "time", lambda: time.monotonic() + self._ahead)

    def leap(self, seconds: float) -> None:
        self._ahead += seconds


@asynccontextmanager
async def hurried(monkeypatch: pytest.MonkeyPatch, times: int) -> AsyncIterator[None]:
    """Inside the block the event loop's seconds pass `times` as fast: for calls over real sockets,
    which take their own time.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def keep_awake() -> None:
        # A sleeping loop sleeps in real seconds.
        while True:  # noqa: ASYNC110 - there is nothing to wait for
            await asyncio.sleep(0)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "time", lambda: begun + (time.monotonic() - begun) * times)
        waker = asyncio.create_task(keep_awake())
        try:
            yield
        finally:
            waker.cancel()
