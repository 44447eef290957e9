"""Lets statements be run and awaited where they are asked for: most take less than the way there.

The bot sends SQLite's statements to a thread and lets the event loop watch PostgreSQL's sockets,
so that no long statement holds it up. In the tests none is long, and the trips take a quarter of
the processor's time. Whoever awaits a statement still gives way to the other tasks once, as in the
bot, and who has to wait for a lock does so without holding the loop up.

Tests of rooms and those in simcord are run so. Those of the drivers, of whole processes and of the
demo have the trips that they have in the bot.
"""

import asyncio
import select
import sqlite3
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import Context
from functools import partial
from time import monotonic
from typing import Any, ClassVar

from aiosqlite.core import set_exception, set_result
from psycopg import AsyncConnection
from psycopg.waiting import Ready, Wait

from bot.database import BUSY_SECONDS, SQLITE_SETTINGS
from bot.sqlite import Connection, connect

AGAIN_SECONDS = 0.02
"""When SQLite is asked again for a lock that nobody here has let go: others may hold it."""

BRIEFLY_MS = 1
"""For so long PostgreSQL's answer is waited for at the socket, then in the event loop."""

# Locks are waited for here. A test database need not survive a power cut.
NEARBY_SETTINGS = (*SQLITE_SETTINGS, "busy_timeout=0", "synchronous=OFF")

Call = Callable[[], object]

_is_nearby = False


@contextmanager
def nearby() -> Iterator[None]:
    """Meanwhile SQLite's new connections have no threads, and PostgreSQL's look for themselves."""
    global _is_nearby  # noqa: PLW0603  (for all connections of the process)
    _is_nearby = True
    try:
        yield
    finally:
        _is_nearby = False


class _Call:
    """One call of a connection, made once, however often it is tried."""

    def __init__(self, future: "asyncio.Future[object]", call: Call) -> None:
        self._future = future
        self._call = call
        self._loop = future.get_loop()
        self._until = monotonic() + BUSY_SECONDS
        self._is_made = False

    @property
    def is_over(self) -> bool:
        """It was made, or given up by who awaited it."""
        return self._is_made or self._future.done()

    def make(self) -> bool:
        """False when somebody else has the lock that it needs."""
        answer: Callable[..., object] = set_result
        found: object = None
        try:
            found = self._call()
        except Exception as error:  # noqa: BLE001 - It goes to whoever awaits it.
            is_busy = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY
            if is_busy and monotonic() < self._until:
                return False
            answer, found = set_exception, error
        self._is_made = True
        self._loop.call_soon(answer, self._future, found)
        return True

    def wait(self, then: Callable[[], object]) -> None:
        # From a context of its own: simcord takes a timer that is set in that of its bot for one of
        # the bot's, and moves time on when it rings.
        Context().run(self._loop.call_later, AGAIN_SECONDS, then)


class _Here:
    """Stands where aiosqlite has its thread and the queue of calls to it, and makes them."""

    _waiting: ClassVar[dict[str, deque["tuple[_Here, _Call]"]]] = {}
    """Calls that could not have the lock of a file, and are made when it may be free."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._line = self._waiting.setdefault(path, deque())

    def start(self) -> None:
        """There is no thread to start."""

    def put_nowait(self, asked: tuple["asyncio.Future[object] | None", Call]) -> None:
        future, call = asked
        if future is None:
            call()
            return
        self._make(_Call(future, call))
        while self._line and not self._holds_lock():
            here, first = self._line.popleft()
            if not first.is_over:
                here._make(first)
                break

    def _make(self, call: _Call) -> None:
        if not call.is_over and not call.make():
            self._line.append((self, call))
            call.wait(partial(self._make, call))

    def _holds_lock(self) -> bool:
        file = self._connection._connection
        try:
            return file is not None and file.in_transaction
        except sqlite3.ProgrammingError:  # It was just closed.
            return False


def connect_here(path: str, **options: Any) -> Connection:
    """A connection of `bot.sqlite` without its thread."""
    if not _is_nearby:
        return connect(path, settings=SQLITE_SETTINGS, **options)
    connection = connect(path, settings=NEARBY_SETTINGS, **options)
    here: Any = _Here(connection, path)
    connection._tx = connection._thread = here
    return connection


class PostgresNearby(AsyncConnection[Any]):
    """psycopg's connection, which looks at its socket for a moment before the loop does."""

    async def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        if not _is_nearby:
            return await super().wait(gen, *args, **options)
        found = await super().wait(_wait_briefly(gen, self.pgconn.socket), *args, **options)
        await asyncio.sleep(0)
        return found


def _wait_briefly(gen: Generator[Wait, Ready, Any], socket: int) -> Generator[Wait, Ready, Any]:
    """`gen`, which hears of most answers before anybody has to be asked to wait for them."""
    looks = {Wait.R: partial(_look, socket, select.POLLIN)}
    try:
        state = next(gen)
        while True:
            ready = looks[state]() if state in looks else Ready.NONE
            state = gen.send(ready or (yield state))
    except StopIteration as end:
        return end.value


def _look(socket: int, events: int) -> Ready:
    poll = select.poll()
    poll.register(socket, events)
    return Ready.R if poll.poll(BRIEFLY_MS) else Ready.NONE
