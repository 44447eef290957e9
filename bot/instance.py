"""Which processes may run: one alone on a file, and of several on one server one that leads."""

import asyncio
import math
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import psycopg
import structlog
from sqlalchemy import make_url

from bot.errors import Refusal
from bot.settings import Settings

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

log = structlog.get_logger()

Result = TypeVar("Result")

LEADER_LOCK = 0x6C65637465726E
"""The number of PostgreSQL's advisory lock; such locks are told apart by database."""

LOOK_SECONDS = 0.5
"""How often a leader makes sure that it leads, and the others whether nobody does."""

PATIENCE_SECONDS = 2.5
"""A leader that has not heard for so long that it leads gives up."""

GRACE_SECONDS = 3.0
"""How long a new leader waits before it acts: by then the one before has given up."""

BREAK_OFF_SECONDS = 0.1

KEEPALIVE = {"idle": 5, "interval": 2, "count": 3}
"""Seconds after which the server ends the session of a machine that has vanished (11 in all)."""


class SoleInstance:
    """The lock of an embedded database, held until the process ends, in whatever way it ends.

    The lock file stays when it is given back: another process may be looking at it just then.
    """

    def __init__(self, database: Path) -> None:
        self._database = database.resolve()
        self._file: Any = None

    def __enter__(self) -> Self:
        """Take the lock; refuses at once where another process has it."""
        path = self._database.with_name(f"{self._database.name}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b")
        except OSError as error:
            raise Refusal(f"{path} can't be written ({error.strerror}).") from error
        try:
            _lock(self._file.fileno())
        except OSError as error:
            self._file.close()
            raise Refusal(
                f"Lectern is running on {self._database} already: stop that process first. "
                "Several processes can share a PostgreSQL database, not a file."
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _lock(number: int) -> None:
    """Lock an open file without waiting; raises OSError where somebody has it."""
    if sys.platform == "win32":
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Leadership(Protocol):
    """Which process is connected to the gateway and answers members; every one does the jobs."""

    async def reach(self) -> None:
        """Return when the database can be reached; at once before it was reached for the first
        time, so that a wrong address is told and not waited for.
        """
        ...

    async def win(self, meanwhile: Callable[[], None]) -> None:
        """Return when this process leads; calls `meanwhile` once if it has to wait."""
        ...

    async def lost(self) -> None:
        """Return when this process, which has won, leads no more."""
        ...

    def is_sure(self) -> bool:
        """Whether this process leads, and no other can have begun to: for what must not be done by
        two even where one of them was held up.
        """
        ...

    async def close(self) -> None:
        """Leave it to others at once."""
        ...


class SoleLeadership:
    """The process that has a database to itself leads."""

    async def reach(self) -> None:
        return

    async def win(self, _meanwhile: Callable[[], None]) -> None:
        return

    async def lost(self) -> None:
        await asyncio.Event().wait()

    def is_sure(self) -> bool:
        return True

    async def close(self) -> None:
        return


class SharedLeadership:
    """One leader for each PostgreSQL database: whose session holds the advisory lock.

    PostgreSQL frees the lock with the session, so a process that died is followed at once. One
    whose session was ended gives up within `PATIENCE_SECONDS`, and whoever follows waits for
    `GRACE_SECONDS`: the two never answer the same member.
    """

    def __init__(
        self,
        url: str,
        *,
        look_seconds: float = LOOK_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        plain = make_url(url).set(drivername="postgresql")
        self._address = plain.render_as_string(hide_password=False)
        self._look_seconds = look_seconds
        self._patience_seconds = patience_seconds
        self._grace_seconds = grace_seconds
        self._session: psycopg.AsyncConnection | None = None
        self._is_new = True
        self._sure_until = -math.inf

    async def reach(self) -> None:
        while not self._is_new and await self._take() is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(self._look_seconds)

    async def win(self, meanwhile: Callable[[], None]) -> None:
        is_at_once = self._is_new and await self._take() is True
        self._is_new = False
        if not is_at_once:
            meanwhile()
            await self._win_later()
        log.info("lead.won")

    async def _win_later(self) -> None:
        log.info("lead.waiting")
        while True:
            if await self._take() is True:
                await asyncio.sleep(self._grace_seconds)
                if await self._take() is True:
                    return
            await asyncio.sleep(self._look_seconds)

    async def lost(self) -> None:
        now = asyncio.get_running_loop().time
        heard_at = now()
        while (left := heard_at + self._patience_seconds - now()) > 0:
            asked_at = now()
            answer = await self._take(left)
            if answer is False:
                break
            heard_at = asked_at if answer else heard_at
            # A lock that is free for a moment is taken again before another process sees it.
            await asyncio.sleep(self._look_seconds if answer else self._look_seconds / 10)
        await self.close()
        log.warning("lead.lost")

    async def _take(self, seconds: float | None = None) -> bool | None:
        """Whether the lock is ours, None where the database did not answer within `seconds`.

        Taking what one has is harmless: the end of the session gives back all of it.
        """
        asked_at = asyncio.get_running_loop().time()
        try:
            is_ours = await _within(seconds or self._patience_seconds, self._ask())
        except (psycopg.Error, TimeoutError) as error:
            log.warning("lead.unreachable", error=type(error).__name__)
            await self.close()
            return None
        self._sure_until = asked_at + self._patience_seconds if is_ours else -math.inf
        return is_ours

    def is_sure(self) -> bool:
        return asyncio.get_running_loop().time() < self._sure_until

    async def _ask(self) -> bool:
        if self._session is None:
            self._session = await psycopg.AsyncConnection.connect(
                self._address, autocommit=True, application_name="lectern leader"
            )
            for name, seconds in KEEPALIVE.items():
                await self._session.execute(f"SET tcp_keepalives_{name} = {seconds}".encode())
        found = await self._session.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK])
        return await found.fetchone() == (True,)

    async def close(self) -> None:
        # It asks nothing of the server, so it never hangs.
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` comes to; raises TimeoutError without waiting for all that breaking off takes.

    A connection to a machine that has vanished needs minutes to notice that it is cancelled.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task], timeout=seconds)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait([task], timeout=BREAK_OFF_SECONDS)
        raise TimeoutError
    finally:
        task.cancel()
        task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    """Look at how it ended: asyncio complains of errors that nobody has seen."""
    if not task.cancelled():
        task.exception()


def leadership_of(settings: Settings) -> Leadership:
    """How the process with these settings comes to lead."""
    if settings.is_embedded:
        return SoleLeadership()
    return SharedLeadership(settings.database_url)
