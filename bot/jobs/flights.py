"""What is on its way: tasks that land one by one, and the wait for the next of them."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

LONGEST_WAIT = 1.0
"""Seconds after which one looks again at what has fallen due, though nothing has landed."""


class Flights:
    """Counts deliveries on their way; raises what a flight ended with."""

    def __init__(self) -> None:
        self._in_air: dict[asyncio.Task[None], int] = {}
        self._failures: list[BaseException] = []
        self._count = 0
        self._is_news = False
        self._rest: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return self._count

    def begin(self, flight: Coroutine[Any, Any, None], size: int, *, is_news: bool = True) -> None:
        """Let a flight with `size` deliveries go; one that only lets others go is no news."""
        task = asyncio.create_task(flight, name="lectern flight")
        self._in_air[task] = size
        self._count += size
        task.add_done_callback(partial(self._land, is_news=is_news))

    def _land(self, task: asyncio.Task[None], *, is_news: bool) -> None:
        self._count -= self._in_air.pop(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failures.append(failure)
            is_news = True
        if is_news:
            self.notice()

    def notice(self) -> None:
        """End the present wait: there may be more to do."""
        self._is_news = True
        if self._rest is not None:
            self._rest.cancel()

    async def landing(self, seconds: float) -> bool:
        """Whether anything landed, or there was other news, within so many seconds.

        It waits for a sleep that news cuts short: a simulated Discord, which moves time on while
        everybody sleeps, knows that for waiting; of an event it can't tell that nobody is at work.
        """
        if not self._is_news:
            self._rest = asyncio.create_task(asyncio.sleep(min(seconds, LONGEST_WAIT)))
            try:
                await asyncio.wait([self._rest])
            finally:
                self._rest.cancel()
                self._rest = None
        return self._is_news

    def has_news(self) -> bool:
        """Whether anything has landed since `clear_news`."""
        return self._is_news

    def clear_news(self) -> bool:
        """Whether anything has landed since the last call; raises what a flight ended with."""
        is_news, self._is_news = self._is_news, False
        self._raise_failure()
        return is_news

    async def all_landed(self) -> None:
        """Wait for every flight; raises what the first that failed ended with.

        Cancelled, it breaks them off and waits for their end.
        """
        try:
            while self._in_air:
                await asyncio.wait(list(self._in_air))
        except asyncio.CancelledError:
            await self.break_off()
            raise
        self._raise_failure()

    async def break_off(self) -> None:
        """End every flight where it is."""
        while self._in_air:
            for task in self._in_air:
                task.cancel()
            await asyncio.wait(list(self._in_air))

    def _raise_failure(self) -> None:
        failures, self._failures = self._failures, []
        if failures:
            raise failures[0]
