"""The thinnest way to a table on either database, so that no peer pays for a layer of ours."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiosqlite
import psycopg
from sqlalchemy import make_url

from tests.peers.course import SOONEST_SECONDS, YEAR_SECONDS, Course


class Rows(Protocol):
    """One connection; every statement is its own transaction, its values are marked with `?`."""

    async def run(self, statement: str, values: Sequence[Any] = ()) -> None: ...

    async def run_many(self, statement: str, values: Iterable[Sequence[Any]]) -> None:
        """All of them in one transaction."""
        ...

    async def fetch(self, statement: str, values: Sequence[Any] = ()) -> list[Any]: ...


class PostgresRows:
    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    async def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        await self._connection.execute(statement.replace("?", "%s"), values or None)

    async def run_many(self, statement: str, values: Iterable[Sequence[Any]]) -> None:
        async with self._connection.transaction(), self._connection.cursor() as cursor:
            await cursor.executemany(statement.replace("?", "%s"), values)

    async def fetch(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        cursor = await self._connection.execute(statement.replace("?", "%s"), values or None)
        return await cursor.fetchall()


class SqliteRows:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        await self._connection.execute(statement, values)

    async def run_many(self, statement: str, values: Iterable[Sequence[Any]]) -> None:
        await self._connection.execute("BEGIN IMMEDIATE")
        await self._connection.executemany(statement, values)
        await self._connection.execute("COMMIT")

    async def fetch(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        return list(await self._connection.execute_fetchall(statement, values))


@asynccontextmanager
async def open_rows(course: Course) -> AsyncIterator[Rows]:
    """A connection to the course's database, writing as durably as Lectern does."""
    url = make_url(course.url)
    if course.is_sqlite:
        async with aiosqlite.connect(url.database, isolation_level=None) as file:
            await file.execute("PRAGMA journal_mode = WAL")
            await file.execute("PRAGMA synchronous = FULL")
            yield SqliteRows(file)
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await psycopg.AsyncConnection.connect(plain, autocommit=True)
    async with connection:
        yield PostgresRows(connection)


def series(course: Course, statement: str) -> str:
    """`statement` over the numbers `i` from 1 to the course's pending, in the database's words."""
    if course.is_sqlite:
        numbers = (
            "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers "
            f"WHERE i < {course.pending}) "
        )
        statement = statement.replace("SELECT", f"{numbers}SELECT", 1)
        return statement.replace("FROM series", "FROM numbers")
    source = f"FROM generate_series(1, {course.pending}) AS series(i)"
    return statement.replace("FROM series", source)


def later(now: float) -> str:
    """An expression over `i`: an instant between a quarter of a day and a year from `now`."""
    year = YEAR_SECONDS
    return f"{int(now) + SOONEST_SECONDS} + i * 7919.0 - {year} * floor(i * 7919.0 / {year})"


async def settle(rows: Rows, course: Course) -> None:
    """What autovacuum and the checkpointer would do in time."""
    if not course.is_sqlite:
        await rows.run("VACUUM ANALYZE")
        await rows.run("CHECKPOINT")
