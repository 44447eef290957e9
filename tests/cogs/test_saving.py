"""A disk that is full or a database that may only be read: members hear of it, reading goes on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, text
from stage import Stage
from structlog.testing import capture_logs

from bot.pitches.store import PITCHES

pytestmark = pytest.mark.both_databases

FIRST = datetime.fromisoformat("2022-11-05T20:00+00:00")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONG = "Because it matters. " * 45
SORRY = (
    "### I can't save anything at the moment\n"
    "Nothing was changed. What only shows something still works. Try again later, and if it "
    "stays, tell whoever runs this bot: incident `*`."
)


@contextmanager
def begun_with(stage: Stage, *statements: str) -> Iterator[None]:
    """Every transaction begins with these statements, until the block ends."""

    def begin(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    engine = stage.bot.db.engine.sync_engine
    event.listen(engine, "begin", begin)
    try:
        yield
    finally:
        event.remove(engine, "begin", begin)


@contextmanager
def read_only(stage: Stage) -> Iterator[None]:
    """The database itself refuses to write."""
    if not stage.bot.db.is_sqlite:
        with begun_with(stage, "SET TRANSACTION READ ONLY"):
            yield
        return
    answers = ["ON"]

    def check_out(connection: Any, *_others: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA query_only = {answers[-1]}")
        cursor.close()

    event.listen(stage.bot.db.engine.sync_engine, "checkout", check_out)
    yield
    answers.append("OFF")


async def pitch(stage: Stage, title: str) -> str:
    """What ben sees after pitching, with the incident's number left out."""
    return unnumbered(await stage.pitch("ben", title, why=LONG))


def unnumbered(text: str) -> str:
    return re.sub("`[0-9a-f]{8}`", "`*`", text)


async def pitches(stage: Stage) -> int:
    async with stage.bot.db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(PITCHES)) or 0


def incidents(logs: list[dict[str, Any]]) -> list[str]:
    """The errors behind what members were told, by their kind."""
    return [type(one["exc_info"]).__name__ for one in logs if one["event"] == "interaction.failed"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_full_disk_refuses_what_writes_and_shows_what_it_has(stage: Stage) -> None:
    """PRAGMA max_page_count makes SQLite itself say that the disk is full."""
    await stage.set_up_group()
    async with stage.bot.db.read() as tx:
        pages = await tx.scalar(text("PRAGMA page_count"))
    with capture_logs() as logs, begun_with(stage, f"PRAGMA max_page_count = {pages}"):
        receipts = [await pitch(stage, f"Topic {number}") for number in range(12)]
        assert receipts[-1] == SORRY
        taken = receipts.index(SORRY)
        assert await pitches(stage) == taken
        assert "Topic 0" in await stage.slash("ben", "topics")
        assert "ML Theory #1" in await stage.slash("ben", "next")
        assert "#2" in await stage.slash("ben", "sessions")
    assert incidents(logs) == ["OperationalError"] * (12 - taken)
    with begun_with(stage, "PRAGMA max_page_count = 100000"):
        assert await pitch(stage, "Topic 13") != SORRY
    assert await pitches(stage) == taken + 1
    stage.env._errors_acknowledged = len(stage.env.errors)


async def test_database_that_may_only_be_read_answers_and_sends_nothing(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.stop()
    await stage.advance_to(FIRST - HOUR - MINUTE)
    await stage.start()
    stage.said()
    with capture_logs() as logs, read_only(stage):
        assert await pitch(stage, "Kernels") == SORRY
        assert unnumbered(await stage.slash("ben", "follow")) == SORRY
        assert "ML Theory #1" in await stage.slash("ben", "next")
        await stage.advance_to(FIRST - HOUR + MINUTE)
        assert stage.heard() == []
    assert len(incidents(logs)) == 2
    await stage.advance_to(FIRST - HOUR + 2 * MINUTE)
    assert [text.splitlines()[0] for _, text, _ in stage.heard()] == [
        "### 🔔 ML Theory #1 in 59 minutes"
    ]
    assert await pitch(stage, "Kernels") != SORRY
    assert await pitches(stage) == 1
    stage.env._errors_acknowledged = len(stage.env.errors)
