"""One database, SQLite or PostgreSQL, and the only place where transactions begin and end."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    event,
    func,
    literal,
    literal_column,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot import postgres, sqlite
from bot.clock import require_aware

AnyEnum = TypeVar("AnyEnum", bound=StrEnum)
Tx = AsyncConnection
BigInt = BigInteger().with_variant(Integer, "sqlite")
"""The type of every whole number, with room for a Discord id; SQLite numbers rows by itself only
for its INTEGER, which has as much.
"""

BUSY_SECONDS = 30
"""How long a SQLite writer waits for another (measured: 50 ms loses, 30 s does not)."""

_PRIMARY = 0xFF
_SQLITE_CODES = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL})
"""In the low byte of SQLite's extended codes (sqlite.org/rescode.html)."""

_SQL_STATES = frozenset({"25006", "53100", "58030"})
"""PostgreSQL's read_only_sql_transaction, disk_full and io_error (its appendix A)."""


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every room's tables; constraints get names so that stores can name them."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; SQLite drops offsets, so they are put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else require_aware(value).astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class OneOf(TypeDecorator[AnyEnum]):
    """A member of an enumeration, stored as the text that it stands for."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[AnyEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: AnyEnum | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> AnyEnum | None:
        return None if value is None else self.kind(value)


def note(tx: Tx, fact: str) -> None:
    """Note a fact on the transaction, for those who listen for its commit."""
    _of(tx).execution_options(**{fact: True})


def is_noted(tx: Tx, fact: str) -> bool:
    """Whether the fact was noted, also after the transaction's end."""
    return fact in _of(tx).get_execution_options()


def _of(tx: Tx) -> Connection:
    if tx.sync_connection is None:
        raise RuntimeError("the transaction has not begun")
    return tx.sync_connection


def is_sqlite(tx: Tx) -> bool:
    """Which of the two databases the transaction runs on."""
    return tx.dialect.name == "sqlite"


def insert_for(tx: Tx) -> Any:
    """The transaction's own INSERT, which knows ON CONFLICT; both databases spell it alike."""
    return sqlite_insert if is_sqlite(tx) else postgres_insert


async def insert_new(tx: Tx, table: Table[Any], **values: object) -> bool:
    """Whether the row was written; one that has its key already stays as it is.

    Unlike reading first, it holds when two do it at once: the second waits for the first.
    """
    return await tx.scalar(_inserting_new(insert_for(tx), table), values) is not None


@cache
def _inserting_new(insert: Any, table: Table[Any]) -> Any:
    return insert(table).on_conflict_do_nothing().returning(literal(1))


SQLITE_SETTINGS = (
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
)


_READER = "lectern_reader"


def _own_transactions(engine: Any, begin: Callable[[Any, bool], None]) -> None:
    """Let `begin` say to a driver's connection how its next transaction begins: one for a reader,
    or one that may write.
    """

    @event.listens_for(engine, "begin")
    def own(connection: Connection) -> None:
        is_reader = connection.get_execution_options().get(_READER, False)
        begin(connection.connection.driver_connection, is_reader)


def is_outage(error: BaseException) -> bool:
    """True when the database server went away or can't be reached, and may be back soon."""
    if not isinstance(error, DBAPIError):
        return False
    is_server = type(error.orig).__module__.startswith("psycopg")
    return error.connection_invalidated or (is_server and isinstance(error, OperationalError))


LOCKED_SECONDS = 0.5
"""Less than the second after which PostgreSQL looks for deadlocks and ends one of the two."""

_LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code (its appendix A)."""


BRIEF_WAIT = func.set_config(
    literal_column("'lock_timeout'"),
    literal_column(f"'{int(LOCKED_SECONDS * 1000)}'"),
    literal_column("true"),  # for this transaction alone
)
"""A column to select on PostgreSQL: from then on the transaction gives up on a lock that others
hold for longer than a moment (see `is_locked_out`).

For work that can come back later and takes its locks in another order than members' acts do.
SQLite has only one writer, so nothing there is locked while another waits.
"""


def is_locked_out(error: BaseException) -> bool:
    """True when somebody else held a lock for longer than the transaction would wait."""
    return (
        isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") == _LOCK_NOT_AVAILABLE
    )


def is_refusing_writes(error: BaseException) -> bool:
    """True when the database has no room left or may only be read; reading goes on."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return code & _PRIMARY in _SQLITE_CODES or getattr(error.orig, "sqlstate", "") in _SQL_STATES


@asynccontextmanager
async def _lent(engine: AsyncEngine) -> AsyncIterator[Tx]:
    """A connection that goes back to the pool, whatever happens.

    SQLAlchemy gives it back in a task of its own. Where every task is cancelled at once, as at the
    end of a process, that one may not have begun, and never would.
    """
    tx = engine.connect()
    try:
        async with tx:
            yield tx
    finally:
        if tx.sync_connection is not None and not tx.closed:
            await tx.close()


class Database:
    """Opens transactions: `begin()` to write, `read()` to read; one per use case."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        # Errors are logged and kept with the work that met them: without what members typed.
        self.engine = create_async_engine(
            url,
            hide_parameters=True,
            connect_args={"async_creator_fn": partial(sqlite.connect, settings=SQLITE_SETTINGS)}
            if self.is_sqlite
            else postgres.LINE_LIMITS,
        )
        if self.is_sqlite:
            _own_transactions(self.engine.sync_engine, sqlite.begin)
        else:
            _own_transactions(self.engine.sync_engine, postgres.begin)
            postgres.look_before_use(self.engine.sync_engine)
        self._readers = self.engine.execution_options(**{_READER: True})
        self._after_commit: list[Callable[[Tx], Awaitable[None]]] = []

    def after_commit(self, listener: Callable[[Tx], Awaitable[None]]) -> None:
        """Call `listener` with each committed writing transaction, outside of it."""
        self._after_commit.append(listener)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """A writing transaction; commits at the end of the block, rolls back on any error."""
        async with _lent(self.engine) as tx, tx.begin():
            yield tx
        for listener in self._after_commit:
            await listener(tx)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A reading transaction; PostgreSQL refuses to write in it, SQLite doesn't keep it."""
        async with _lent(self._readers) as tx:
            yield tx
            # Nothing to keep, and the pool rolls back by itself; but after a ROLLBACK psycopg
            # forgets what the connection has prepared, and planning a statement takes the server
            # longer than running it.
            if not self.is_sqlite:
                await tx.commit()

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
