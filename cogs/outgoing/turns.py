"""Whose turn it is at Discord's reactions: one call at a time, spaced, the most urgent first.

Reading a large ballot takes a hundred calls and more. Beside each other, such reads would meet
Discord's limits together, and the one that a close waits for would come no sooner than any other.
"""

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from bot.messenger import TryLater, Turn

GAP_SECONDS = 0.2
"""Between the starts of two calls: 5 a second is what Discord was seen to let through."""


ELSEWHERE = timedelta(seconds=3)
"""How soon to ask again while another process may be making these calls."""


async def at_once() -> None:
    """Leave for a call that need not wait."""


def always() -> bool:
    """No other process makes such calls."""
    return True


@dataclass(order=True, slots=True)
class _Place:
    """Somebody in line: `called` when it is their turn, `is_over` when they have gone."""

    turn: Turn
    message_id: int
    number: int
    called: asyncio.Future[None] = field(compare=False)
    is_over: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


class Turns:
    """The one line of a bot. `leave` books each call among all that the bot makes.

    Who goes next is settled when a call may start, and not before: the urgent are not kept
    waiting by whoever has stood there longer. Of several processes only the one that leads has
    work for the line; `is_ours` says whether that is certain just now, and `shut` that it is over.
    """

    def __init__(
        self,
        leave: Callable[[], Awaitable[None]] = at_once,
        gap_seconds: float = 0.0,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._leave = leave
        self.gap_seconds = gap_seconds
        self._pause = pause
        self.is_ours: Callable[[], bool] = always
        self._is_shut = False
        self._under_way: asyncio.Timeout | None = None
        self._line: list[_Place] = []
        self._numbers = count()
        self._next_at = -math.inf
        self._door: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def taken(self, turn: Turn, message_id: int = 0) -> AsyncIterator[None]:
        """Wait until it is one's turn, and keep it until the block ends.

        Among equals, what an older message needs comes first: one is done with before the next.
        Raises what `leave` does, and TryLater where the line is, or may be, another process's. Who
        is cancelled while waiting leaves the line.
        """
        called = asyncio.get_running_loop().create_future()
        place = _Place(turn, message_id, next(self._numbers), called)
        heapq.heappush(self._line, place)
        if self._door is None or self._door.done():
            self._door = asyncio.create_task(self._mind_door(), name="lectern reactions")
        try:
            await place.called
            self._require_ours()
            async with asyncio.timeout(None) as self._under_way:
                self.note_start()
                yield
        except TimeoutError as error:
            if self._is_shut:
                self._require_ours(error)
            raise
        finally:
            place.is_over.set()

    def shut(self) -> None:
        """Let nobody start any more, and break off what is under way: another process goes on."""
        self._is_shut = True
        if self._under_way is not None and not self._under_way.expired():
            with suppress(RuntimeError):  # it has just ended
                self._under_way.reschedule(asyncio.get_running_loop().time())

    def _require_ours(self, error: Exception | None = None) -> None:
        if self._is_shut:  # And this process asks no more: whoever leads next may begin at once.
            raise TryLater("another process leads", timedelta()) from error
        if not self.is_ours():
            raise TryLater("another process may lead by now", ELSEWHERE)

    def note_start(self) -> None:
        """A call starts now; the next one starts later by the gap."""
        self.put_off(timedelta(seconds=self.gap_seconds))

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
        self._require_ours()

    def _first(self) -> _Place | None:
        """The most urgent of those who still wait, taken out of the line."""
        while self._line:
            place = heapq.heappop(self._line)
            if not place.is_over.is_set():
                return place
        return None
