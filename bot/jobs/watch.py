"""Rest that ends early when the clock was set: a step forward may have made much due."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.clock import Clock

SLICE_SECONDS = 15.0
"""A step of the clock is noticed within this time."""

STEP_SECONDS = 2.0
"""What the clock may gain or lose in one slice without being called set."""


class Watch:
    """Compares the clock with the event loop's own time, which nobody sets."""

    def __init__(
        self, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep

    async def rest(self, seconds: float) -> None:
        """Return after `seconds`, or within a slice after the clock was set."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            begun, read = loop.time(), self._clock()
            await self._sleep(min(left, SLICE_SECONDS))
            gone = (self._clock() - read).total_seconds()
            if abs(gone - (loop.time() - begun)) > STEP_SECONDS:
                return
