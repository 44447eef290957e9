"""Keeps PostgreSQL connections from one test to the next.

Every test opens engines of its own and several connections with each. Opening one takes eight
milliseconds of the server and us, and each has yet to read what tables there are and to prepare
its statements. psycopg's connections belong to no event loop, so those that were closed in order
wait here for the next test.
"""

import asyncio
import select
from typing import Any

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from sqlalchemy import make_url

from tests.nearby import PostgresNearby

MOST_KEPT = 8
PREPARED_AFTER = 1
MOST_PREPARED = 1_000
"""A connection lives through hundreds of tests and hears all statements of the bot. psycopg keeps a
hundred: each would soon be forgotten and prepared anew.
"""


class Keeper:
    """Stands where psycopg looks for the pool that a connection returns to when it is closed."""

    close_returns = True

    def __init__(self) -> None:
        self._database: str | None = None
        self._kept: list[AsyncConnection[Any]] = []

    def keep(self, url: str) -> None:
        """From now on connections to this database, of whom all have the same settings."""
        self._database = make_url(url).database

    def pids(self) -> list[int]:
        """The server's processes that wait for the next test."""
        return [one.pgconn.backend_pid for one in self._kept]

    def release(self) -> None:
        """Close what is kept, and keep nothing any more."""
        self._database = None
        while self._kept:
            _finish(self._kept.pop())

    async def connect(self, *args: Any, **options: Any) -> AsyncConnection[Any]:
        """A connection, used before or new."""
        is_ours = options.get("dbname") == self._database
        while is_ours and self._kept:
            kept = self._kept.pop()
            if _is_quiet(kept):
                return kept
            _finish(kept)
        made = await PostgresNearby.connect(*args, **options)
        if is_ours:
            made.prepare_threshold, made.prepared_max = PREPARED_AFTER, MOST_PREPARED
            made._pool = self  # type: ignore[assignment]  # All that psycopg asks of it is here.
        return made

    async def putconn(self, connection: AsyncConnection[Any]) -> None:
        """What psycopg calls instead of closing it."""
        is_idle = connection.info.transaction_status is TransactionStatus.IDLE
        is_wanted = connection.info.dbname == self._database and len(self._kept) < MOST_KEPT
        if not is_idle or not is_wanted or connection.autocommit or connection in self._kept:
            _finish(connection)
            return
        connection.lock = asyncio.Lock()
        connection._notice_handlers.clear()
        self._kept.append(connection)


def _is_quiet(connection: AsyncConnection[Any]) -> bool:
    """True while the server has neither ended it nor said anything."""
    return not connection.closed and not select.select([connection.fileno()], [], [], 0)[0]


def _finish(connection: AsyncConnection[Any]) -> None:
    connection._pool = None
    connection._closed = True
    connection.pgconn.finish()


keeper = Keeper()
