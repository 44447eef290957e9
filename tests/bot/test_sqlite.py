"""A statement takes one trip to SQLite's thread, its transaction's beginning included."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.sqlite import Connection, connect


class Traveller(Connection):
    """Counts the trips to its thread."""

    trips = 0

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.trips += 1
        return await super()._execute(fn, *args, **kwargs)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "lectern.sqlite3")


def opened(path: str) -> Connection:
    """Not yet connected, and as SQLAlchemy opens it."""
    return connect(path, check_same_thread=False, isolation_level=None, timeout=60)


async def test_opening_running_fetching_and_closing_take_one_trip(path: str) -> None:
    connection = opened(path)
    connection.__class__ = Traveller
    async with connection, connection.cursor() as cursor:
        await cursor.execute("SELECT ? UNION ALL SELECT 2", (1,))
        assert [column[0] for column in cursor.description] == ["?"]
        assert await cursor.fetchall() == [(1,), (2,)]
        assert await cursor.fetchall() == []
        await cursor.close()
        assert connection.trips == 1


async def test_statement_that_fails_says_why_and_the_next_one_runs(path: str) -> None:
    async with opened(path) as connection, connection.cursor() as cursor:
        with pytest.raises(sqlite3.OperationalError, match="no such table: talks"):
            await cursor.execute("SELECT * FROM talks")
        await cursor.execute("SELECT 1")
        assert await cursor.fetchall() == [(1,)]


async def test_statement_that_is_given_up_holds_only_its_own_thread_up(path: str) -> None:
    async with opened(path) as first, opened(path) as second:
        holder, waiter = first.cursor(), second.cursor()
        await holder.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(waiter.execute("BEGIN IMMEDIATE"))
        await asyncio.sleep(0)
        waiting.cancel()
        closing = asyncio.create_task(waiter.close())
        await asyncio.wait([waiting])
        await asyncio.sleep(0)
        assert (waiting.cancelled(), closing.done()) == (True, False)
        await holder.execute("ROLLBACK")
        await closing


async def test_beginning_takes_no_trip_and_neither_does_rolling_back_what_is_over(
    path: str,
) -> None:
    connection = opened(path)
    connection.__class__ = Traveller
    async with connection, connection.cursor() as cursor:
        connection.begin("BEGIN IMMEDIATE")
        await cursor.execute("CREATE TABLE talk (title TEXT)")
        assert connection.in_transaction
        await connection.commit()
        await connection.rollback()
        connection.begin("BEGIN IMMEDIATE")
        await cursor.executemany("INSERT INTO talk VALUES (?)", [("Logic",), ("Sets",)])
        assert (connection.in_transaction, cursor.rowcount) == (True, 2)
        await connection.rollback()
        assert connection.trips == 4
        await cursor.execute("SELECT title FROM talk")
        assert await cursor.fetchall() == []


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_a_transaction_without_a_statement_leaves_nothing_to_begin(
    path: str, end: str
) -> None:
    async with opened(path) as connection, connection.cursor() as cursor:
        connection.begin("BEGIN")
        await getattr(connection, end)()
        await cursor.execute("SELECT 1")
        assert not connection.in_transaction


async def test_a_transaction_that_can_not_begin_runs_nothing(path: str) -> None:
    async with opened(path) as first, opened(path) as second:
        await first.cursor().execute("CREATE TABLE talk (title TEXT)")
        await first.cursor().execute("BEGIN IMMEDIATE")
        await second.cursor().execute("PRAGMA busy_timeout=0")
        second.begin("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await second.cursor().execute("INSERT INTO talk VALUES ('Logic')")
        await second.rollback()
        assert not second.in_transaction


async def test_what_was_given_up_before_it_began_is_rolled_back(path: str) -> None:
    async with opened(path) as first, opened(path) as second:
        await first.cursor().execute("BEGIN IMMEDIATE")
        second.begin("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(second.cursor().execute("SELECT 1"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert not second.in_transaction
        ending = asyncio.create_task(second.rollback())
        await asyncio.sleep(0)
        await first.cursor().execute("ROLLBACK")
        await ending
        assert not second.in_transaction
        await first.cursor().execute("BEGIN IMMEDIATE")


IMPATIENT = ("busy_timeout=0", "journal_mode=WAL")


async def test_connection_waits_while_another_opens_the_file(path: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as first:
        first.execute("CREATE TABLE talk (id INTEGER)")
        first.execute("BEGIN")
        first.execute("SELECT * FROM talk").fetchall()  # Its lock keeps the mode as it is.
        second = connect(path, settings=IMPATIENT, check_same_thread=False)
        opening = asyncio.ensure_future(second)
        await asyncio.sleep(0.05)
        assert not opening.done()
        first.execute("COMMIT")
    await opening
    async with second.cursor() as cursor:
        await cursor.execute("PRAGMA journal_mode")
        assert await cursor.fetchall() == [("wal",)]
    await second.close()


async def test_connection_does_not_wait_for_ever(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sqlite.OPENING_SECONDS", 0)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as first:
        first.execute("CREATE TABLE talk (id INTEGER)")
        first.execute("BEGIN EXCLUSIVE")
        second = connect(path, settings=IMPATIENT)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await second
        await asyncio.to_thread(second._thread.join)


async def test_connection_that_is_closed_after_a_statement_failed_locks_nobody_out(
    path: str,
) -> None:
    async with opened(path) as other:
        await other.execute("CREATE TABLE talk (id INTEGER PRIMARY KEY)")
        await other.execute("PRAGMA busy_timeout=0")
        closed = await opened(path)
        cursor = closed.cursor()
        closed.begin("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.IntegrityError) as error:
            await cursor.execute("INSERT INTO talk VALUES (1), (1)")
        # Where somebody is cancelled meanwhile nothing is rolled back: the pool closes at once.
        await closed.close()
        await other.execute("BEGIN IMMEDIATE")
        assert error.value.sqlite_errorname == "SQLITE_CONSTRAINT_PRIMARYKEY"
