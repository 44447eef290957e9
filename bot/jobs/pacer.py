"""Spacing between calls, so that a burst never meets Discord's limit of 50 requests a second."""

import asyncio
from collections.abc import Awaitable, Callable

CALLS_PER_SECOND = 40
BURST = 10


class Pacer:
    """Lets `BURST` calls through at once and then `CALLS_PER_SECOND` (a generic cell rate)."""

    def __init__(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pause = pause
        self._full_at = 0.0

    async def wait(self) -> None:
        """Return when the next call may start."""
        now = asyncio.get_running_loop().time()
        self._full_at = max(self._full_at, now) + 1 / CALLS_PER_SECOND
        early = self._full_at - BURST / CALLS_PER_SECOND - now
        if early > 0:
            await self._pause(early)
