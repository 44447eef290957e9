"""SQLite's driver, with one trip to its thread for each statement.

aiosqlite makes four: to open a cursor, to run the statement, to fetch what it found, and to close
the cursor. Only the second waits for anything, and a trip (40 µs) takes longer than most of our
statements. For the same reason a transaction begins on the trip of its first statement, and what
is over already is not rolled back.
"""

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic, sleep
from typing import Any

import aiosqlite

OPENING_SECONDS = 10
"""How long a new connection waits for others that open or close the same file."""

AGAIN_SECONDS = 0.01


class Cursor(aiosqlite.Cursor):
    """Fetches all rows on the same trip: SQLAlchemy asks for all of them anyway."""

    _conn: "Connection"
    _found: list[Any] | None = None

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":
        self._found = None
        run = partial(_run, self._conn.take_begin(), self._cursor, sql, parameters or ())
        self._found = await self._execute(run)  # type: ignore[no-untyped-call]  # aiosqlite's.
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "Cursor":
        self._found = None
        run = partial(_run_many, self._conn.take_begin(), self._cursor, sql, parameters)
        self._found = await self._execute(run)  # type: ignore[no-untyped-call]  # aiosqlite's.
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


class _File(sqlite3.Connection):
    """Holds no lock once it is closed.

    SQLite would keep its transaction for as long as a statement lives that failed in it
    (sqlite.org/c3ref/close.html), and the error that somebody still looks at holds on to that.
    """

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


class Connection(aiosqlite.Connection):
    """Opens cursors without a trip: opening one touches no file."""

    _begin: str | None = None
    _under_way = 0

    def cursor(self) -> Cursor:  # type: ignore[override]  # It need not be awaited.
        return Cursor(self, self._conn.cursor())

    def begin(self, statement: str) -> None:
        """Begin a transaction so, right before its first statement."""
        self._begin = statement

    def take_begin(self) -> str | None:
        """What has to be run before the next statement."""
        begin, self._begin = self._begin, None
        return begin

    async def commit(self) -> None:
        if self.take_begin() is None:
            await super().commit()

    async def rollback(self) -> None:
        """The pool asks for it whenever a connection comes back, mostly after a commit."""
        if self.take_begin() is None and (self._under_way or self.in_transaction):
            await super().rollback()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._under_way += 1
        try:
            found = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite's.
        except sqlite3.Error:
            self._under_way -= 1
            raise
        # A call that is given up counts for ever: nobody knows what it will leave open.
        self._under_way -= 1
        return found


def begin(connection: Connection, is_reader: bool) -> None:
    """Begin the next transaction so: IMMEDIATE for writers, deferred for readers.

    The driver's own deferred BEGIN lets two writers read the same value and lose an update.
    """
    connection.begin("BEGIN" if is_reader else "BEGIN IMMEDIATE")


def connect(path: str, *, settings: Iterable[str] = (), **options: Any) -> Connection:
    """A connection to the file, once it is awaited; it begins no transactions by itself."""

    def open_file() -> sqlite3.Connection:
        file: sqlite3.Connection = sqlite3.connect(path, factory=_File, **options)
        file.isolation_level = None
        for setting in settings:
            _set(file, setting)
        return file

    connection = Connection(open_file, iter_chunk_size=64)
    # A bot that is killed does not wait for it: SQLAlchemy does the same with aiosqlite's own.
    connection._thread.daemon = True
    return connection


def _set(file: sqlite3.Connection, setting: str) -> None:
    """Whoever opens a file first, or closes it last, locks it for a moment; `journal_mode` fails
    on that lock at once, whatever the busy timeout is.
    """
    until = monotonic() + OPENING_SECONDS
    while True:
        try:
            file.execute(f"PRAGMA {setting}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                file.close()
                raise
            sleep(AGAIN_SECONDS)
        else:
            return


def _run(begin: str | None, cursor: sqlite3.Cursor, sql: str, parameters: Any) -> list[Any]:
    if begin is not None:
        cursor.execute(begin)
    return cursor.execute(sql, parameters).fetchall()


def _run_many(begin: str | None, cursor: sqlite3.Cursor, sql: str, parameters: Any) -> list[Any]:
    if begin is not None:
        cursor.execute(begin)
    cursor.executemany(sql, parameters)
    return []
