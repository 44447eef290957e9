"""The time as several processes on one machine agree on it, and as a test moves it."""

import os
from datetime import datetime, timedelta
from pathlib import Path

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
