"""SQLite's driver, with one trip to its thread for each statement.

aiosqlite makes four: to open a cursor, to run the statement, to fetch what it found, and to close
the cursor. Only the second waits for anything, and a trip (40 µs) takes longer than most of our
statements.
"""

import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any

import aiosqlite


class Cursor(aiosqlite.Cursor):
    """Fetches all rows on the same trip: SQLAlchemy asks for all of them anyway."""

    _found: list[Any] | None = None

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":
        self._found = None
        run = partial(_run, self._cursor, sql, parameters or ())
        self._found = await self._execute(run)  # type: ignore[no-untyped-call]
        return self

    async def fetchall(self) -> list[Any]:
        found, self._found = self._found or [], []
        return found

    async def close(self) -> None:
        """A statement that ended holds nothing; one that was given up may be running still."""
        if self._found is None:
            await super().close()
        else:
            self._cursor.close()


class Connection(aiosqlite.Connection):
    """Opens cursors without a trip: opening one touches no file."""

    def cursor(self) -> Cursor:  # type: ignore[override]  # It need not be awaited.
        return Cursor(self, self._conn.cursor())


def connect(path: str, **options: Any) -> Connection:
    """A connection to the file, once it is awaited."""
    connection = Connection(lambda: sqlite3.connect(path, **options), iter_chunk_size=64)
    # A bot that is killed does not wait for it: SQLAlchemy does the same with aiosqlite's own.
    connection._thread.daemon = True
    return connection


def _run(cursor: sqlite3.Cursor, sql: str, parameters: Any) -> list[Any]:
    return cursor.execute(sql, parameters).fetchall()
