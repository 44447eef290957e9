"""Ends a process at any of its steps, as a power cut would, or lets it meet a fault there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.database import Database, Tx
from bot.messenger import TryLater


class Death(BaseException):
    """The process is gone: nothing catches this, and nobody tidies up."""


class Reaper:
    """Counts the steps of a process and strikes at one of them.

    The steps are each call to the chat system, before and after its effect, and each commit,
    before and after it. A dead process dies at every further step, in every task.
    """

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.has_struck = False
        self._strikes_at: int | None = None
        self._kills = True

    def arm(self, strikes_at: int | None, *, kills: bool = True) -> None:
        """Strike at the step of this number, the first being 1: kill, or (at a call) a fault."""
        self.steps.clear()
        self.has_struck = False
        self._strikes_at, self._kills = strikes_at, kills

    def step(self, name: str) -> None:
        self.steps.append(name)
        if self._kills and self.has_struck:
            raise Death(name)
        if len(self.steps) == self._strikes_at:
            self.has_struck = True
            if self._kills:
                raise Death(name)
            if not name.endswith("commit"):
                raise TryLater(name)


class MortalDatabase(Database):
    """The real database, in which a process may die around each commit."""

    def __init__(self, url: str, reaper: Reaper) -> None:
        super().__init__(url)
        self._reaper = reaper

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        async with super().begin() as tx:
            yield tx
            self._reaper.step("before commit")
        self._reaper.step("after commit")
