"""What is on its way: tasks that land one by one, and the wait for the next of them."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

LONGEST_WAIT = 1.0
"""Seconds after which one looks again at what has fallen due, though nothing has landed."""


class Flights:
    """Counts deliveries on their way; raises what a flight ended with."""

    def __init__(self) -> None:
        self._flights: dict[asyncio.Task[None], int] = {}
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return sum(size for task, size in self._flights.items() if not task.done())

    def begin(self, flight: Coroutine[Any, Any, None], size: int) -> None:
        """Let a flight with `size` deliveries go."""
        task = asyncio.create_task(flight, name="lectern flight")
        self._flights[task] = size
        task.add_done_callback(lambda _task: self._news.set())

    def notice(self) -> None:
        """End the present wait: there may be more to do."""
        self._news.set()

    async def landing(self) -> None:
        """Wait for the next landing, or for other news."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT):
                await self._news.wait()

    def has_news(self) -> bool:
        """Whether anything has landed since `clear_news`."""
        return self._news.is_set()

    def clear_news(self) -> bool:
        """Whether anything has landed since the last call; raises what a flight ended with."""
        is_news = self._news.is_set()
        self._news.clear()
        self._clear_landed()
        return is_news

    async def all_landed(self) -> None:
        """Wait for every flight; raises what the first that failed ended with.

        Cancelled, it breaks them off and waits for their end.
        """
        try:
            while in_air := self._in_air():
                await asyncio.wait(in_air)
        except asyncio.CancelledError:
            await self.break_off()
            raise
        self._clear_landed()

    async def break_off(self) -> None:
        """End every flight where it is."""
        while in_air := self._in_air():
            for task in in_air:
                task.cancel()
            await asyncio.wait(in_air)

    def _in_air(self) -> list[asyncio.Task[None]]:
        return [task for task in self._flights if not task.done()]

    def _clear_landed(self) -> None:
        landed = [task for task in self._flights if task.done()]
        for task in landed:
            del self._flights[task]
        failures = [task.exception() for task in landed if not task.cancelled()]
        for failure in failures:
            if failure is not None:
                raise failure
