"""A statement takes one trip to SQLite's thread, and one that is given up holds nobody up."""

import asyncio
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
