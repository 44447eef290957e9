"""One dialect for all engines of a process, so that a statement is compiled once for all tests.

A process of the bot has one engine and compiles each statement once. Every test opens engines of
its own, and SQLAlchemy keeps what is compiled with the engine and its dialect: without this a
tenth of the tests' time goes into compiling the same statements again.
"""

from typing import Any, Self

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine.interfaces import DBAPIConnection

from tests.keeper import keeper
from tests.nearby import connect_here

_compiled: dict[Any, Any] = {}


class _Shared(Dialect):
    """Made once, and told once about the server; all servers of the tests are alike."""

    _one: Self | None = None
    _is_initialized = False

    def __new__(cls, **_options: Any) -> Self:
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __init__(self, **options: Any) -> None:
        if not hasattr(self, "dbapi"):
            super().__init__(**options)

    def initialize(self, connection: Connection) -> None:
        if not self._is_initialized:
            super().initialize(connection)
            self._is_initialized = True

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_compiled)


class SharedSqlite(_Shared, SQLiteDialect_aiosqlite):
    """What `sqlite+aiosqlite` means."""

    supports_statement_cache = True

    def connect(self, *args: Any, **options: Any) -> DBAPIConnection:
        return super().connect(*args, **options | {"async_creator_fn": connect_here})


class SharedPostgres(_Shared, PGDialectAsync_psycopg):
    """What `postgresql+psycopg` means in an asynchronous engine."""

    supports_statement_cache = True

    def connect(self, *args: Any, **options: Any) -> DBAPIConnection:
        return super().connect(*args, **options, async_creator_fn=keeper.connect)


class Postgres(PGDialect_psycopg):
    """What `postgresql+psycopg` means: synchronous engines are few and keep their own."""

    supports_statement_cache = True

    @classmethod
    def get_async_dialect_cls(cls, _url: Any) -> type[Dialect]:
        return SharedPostgres


def share_dialects() -> None:
    """From now on."""
    registry.register("sqlite.aiosqlite", __name__, SharedSqlite.__name__)
    registry.register("postgresql.psycopg", __name__, Postgres.__name__)
