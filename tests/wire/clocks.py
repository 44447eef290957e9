"""The time as several processes on one machine agree on it, and as a test moves it."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import Clock, utc_now


class SharedClock:
    """The real time, moved by as many seconds as a file says.

    Whoever reads the same file reads the same time, so that a test can move a bot that runs in
    a process of its own.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            self._write(timedelta())

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of the machine's."""
        return timedelta(seconds=float(self._path.read_text()))

    def move(self, by: timedelta) -> None:
        """Move the hands, back where `by` is negative."""
        self._write(self.ahead + by)

    def _write(self, ahead: timedelta) -> None:
        unfinished = self._path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(str(ahead.total_seconds()))
        unfinished.replace(self._path)


class WorldClock:
    """simcord's clock, following one of ours."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun_at = clock()

    @property
    def elapsed(self) -> float:
        return (self._clock() - self._begun_at).total_seconds()

    def now(self) -> datetime:
        return self._clock()

    def advance(self, seconds: float) -> None:
        raise RuntimeError(f"this world's time is the wall's: it can't be moved by {seconds} s")


@contextmanager
def hurried(times: float) -> Iterator[None]:
    """Inside the block the running loop's seconds pass `times` as fast, its sleeps included.

    Sockets take their own time, so calls over them seem slow.
    """
    loop: Any = asyncio.get_running_loop()
    begun, usual, select = loop.time(), loop.time, loop._selector.select
    loop.time = lambda: begun + (time.monotonic() - begun) * times
    loop._selector.select = lambda timeout=None: select(timeout and timeout / times)
    try:
        yield
    finally:
        loop.time, loop._selector.select = usual, select
