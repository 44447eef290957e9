"""Whose turn it is at Discord's reactions: one call at a time, spaced, the most urgent first.

Reading a large ballot takes a hundred calls and more. Beside each other, such reads would meet
Discord's limits together, and the one that a close waits for would come no sooner than any other.
"""

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from bot.messenger import Turn

GAP_SECONDS = 0.2
"""Between the starts of two calls: 5 a second is what Discord was seen to let through."""


async def at_once() -> None:
    """Leave for a call that need not wait."""


@dataclass(order=True, slots=True)
class _Place:
    """Somebody in line: `called` when it is their turn, `is_over` when they have gone."""

    turn: Turn
    message_id: int
    number: int
    called: asyncio.Future[None] = field(compare=False)
    is_over: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


class Turns:
    """The one line of a process. `leave` books each call among all that the bot makes.

    Who goes next is settled when a call may start, and not before: the urgent are not kept
    waiting by whoever has stood there longer.
    """

    def __init__(
        self,
        leave: Callable[[], Awaitable[None]] = at_once,
        gap_seconds: float = 0.0,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._leave = leave
        self._gap_seconds = gap_seconds
        self._pause = pause
        self._line: list[_Place] = []
        self._numbers = count()
        self._next_at = -math.inf
        self._door: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def taken(self, turn: Turn, message_id: int = 0) -> AsyncIterator[None]:
        """Wait until it is one's turn, and keep it until the block ends.

        Among equals, what an older message needs comes first: one is done with before the next.
        Raises what `leave` does. Who is cancelled while waiting leaves the line.
        """
        called = asyncio.get_running_loop().create_future()
        place = _Place(turn, message_id, next(self._numbers), called)
        heapq.heappush(self._line, place)
        if self._door is None or self._door.done():
            self._door = asyncio.create_task(self._mind_door(), name="lectern reactions")
        try:
            await place.called
            self.note_start()
            yield
        finally:
            place.is_over.set()

    def note_start(self) -> None:
        """A call starts now; the next one starts later by the gap."""
        self.put_off(timedelta(seconds=self._gap_seconds))

    def put_off(self, delay: timedelta) -> None:
        """Let nobody start before so much time has passed."""
        earliest = asyncio.get_running_loop().time() + delay.total_seconds()
        self._next_at = max(self._next_at, earliest)

    async def _mind_door(self) -> None:
        while self._line:
            (refusal,) = await asyncio.gather(self._wait(), return_exceptions=True)
            place = self._first()
            if place is None:
                return
            if refusal is not None:
                place.called.set_exception(refusal)
            else:
                place.called.set_result(None)
            await place.is_over.wait()

    async def _wait(self) -> None:
        """Return when a call may start."""
        await self._leave()
        while (rest := self._next_at - asyncio.get_running_loop().time()) > 0:
            await self._pause(rest)

    def _first(self) -> _Place | None:
        """The most urgent of those who still wait, taken out of the line."""
        while self._line:
            place = heapq.heappop(self._line)
            if not place.is_over.is_set():
                return place
        return None
