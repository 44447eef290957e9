"""Transactions keep what they promise, on both databases."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, InternalError, StatementError

from bot.database import Database, Tx, insert_new, is_noted, note
from bot.jobs.store import JOBS
from bot.members.store import MEMBERS
from tests.fakes.clock import START

INDIA = timezone(timedelta(hours=5, minutes=30))


@pytest.fixture
def is_nearby() -> bool:
    """Statements take the bot's own trips, to SQLite's thread and through the event loop."""
    return False


def job(subject_id: int, due_at: datetime = START, attempts: int = 0) -> dict[str, object]:
    return {
        "kind": "test",
        "subject_id": subject_id,
        "due_at": due_at,
        "plan_at": due_at,
        "attempts": attempts,
    }


async def count_up(database: Database) -> None:
    async with database.begin() as tx:
        counted = await tx.scalar(select(JOBS.c.attempts).with_for_update())
        assert counted is not None
        await tx.execute(update(JOBS).values(attempts=counted + 1))


async def subjects(db: Database) -> list[int]:
    async with db.read() as tx:
        found = await tx.scalars(select(JOBS.c.subject_id).order_by(JOBS.c.subject_id))
        return list(found.all())


# Instants.


async def test_naive_datetime_is_refused(db: Database) -> None:
    async def write_naive() -> None:
        async with db.begin() as tx:
            await tx.execute(insert(JOBS), job(1, START.replace(tzinfo=None)))

    with pytest.raises(StatementError, match="a naive datetime is not an instant"):
        await write_naive()
    assert await subjects(db) == []


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2900, 1, 1)),  # noqa: DTZ001
    offset=st.integers(-14 * 60, 14 * 60),
)
async def test_instant_comes_back_as_the_same_instant_in_utc(
    db: Database, moment: datetime, offset: int
) -> None:
    written = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    async with db.begin() as tx:
        await tx.execute(delete(JOBS))
        await tx.execute(insert(JOBS), job(1, written))
    async with db.read() as tx:
        read = await tx.scalar(select(JOBS.c.due_at))
    assert read is not None
    assert (read, read.tzinfo) == (written, UTC)


async def test_instants_are_compared_as_instants(db: Database) -> None:
    """14:00 in India is earlier than 09:00 in UTC, whatever the text of it says."""
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(1, datetime(2022, 11, 5, 14, 0, tzinfo=INDIA)))
        await tx.execute(insert(JOBS), job(2, datetime(2022, 11, 5, 9, 0, tzinfo=UTC)))
    limit = datetime(2022, 11, 5, 14, 15, tzinfo=INDIA)
    async with db.read() as tx:
        found = await tx.scalars(select(JOBS.c.subject_id).where(JOBS.c.due_at < limit))
        assert found.all() == [1]


async def test_absent_instant_stays_absent(db: Database) -> None:
    async with db.read() as tx:
        assert await tx.scalar(select(func.max(JOBS.c.due_at))) is None


async def test_whole_numbers_have_room_for_every_discord_id(db: Database) -> None:
    """SQLite would not notice a column that is too narrow, PostgreSQL does."""
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(2**63 - 1, attempts=2**62))
    assert await subjects(db) == [2**63 - 1]


# Committing and rolling back.


async def test_block_that_ends_is_committed(db: Database) -> None:
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(1))
    assert await subjects(db) == [1]


async def test_block_that_fails_is_rolled_back_whole(db: Database) -> None:
    async def write_and_fail() -> None:
        async with db.begin() as tx:
            await tx.execute(insert(JOBS), job(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    assert await subjects(db) == []
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(2))
    assert await subjects(db) == [2]


async def test_block_that_is_cancelled_is_rolled_back_whole(db: Database) -> None:
    has_written = asyncio.Event()

    async def write_and_wait() -> None:
        async with db.begin() as tx:
            await tx.execute(insert(JOBS), job(1))
            has_written.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write_and_wait())
    await has_written.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(2))
    assert await subjects(db) == [2]


async def read_once(db: Database) -> None:
    async with db.read() as tx:
        await tx.scalar(select(JOBS.c.id))


async def write_once(db: Database) -> None:
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(1))


@pytest.mark.both_databases
@pytest.mark.parametrize("is_nearby", [True])
@pytest.mark.parametrize("use", [read_once, write_once])
async def test_connection_comes_back_wherever_everything_is_cancelled_at_once(
    db: Database, use: Callable[[Database], Coroutine[Any, Any, None]]
) -> None:
    await read_once(db)
    mine, steps, is_done = asyncio.current_task(), 0, False
    while not is_done:
        using = asyncio.create_task(use(db))
        for _ in range(steps):
            await asyncio.sleep(0)
        is_done, steps = using.done(), steps + 1
        while others := asyncio.all_tasks() - {mine}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        assert db.engine.pool.status().endswith("Current Checked out connections: 0"), steps
    assert steps > len(["before it", "at the statement", "at the end"])


async def test_constraint_that_fails_at_the_end_rolls_back_whole(db: Database) -> None:
    async def write_twins() -> None:
        async with db.begin() as tx:
            await tx.execute(insert(JOBS), [job(1), job(2), job(2)])

    with pytest.raises(IntegrityError):
        await write_twins()
    assert await subjects(db) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_reader_may_not_write(db: Database) -> None:
    async def write() -> None:
        async with db.read() as tx:
            await tx.execute(insert(JOBS), job(1))

    with pytest.raises(InternalError, match="read-only transaction"):
        await write()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_that_a_reader_writes_is_kept(db: Database) -> None:
    async with db.read() as tx:
        await tx.execute(insert(JOBS), job(1))
    assert await subjects(db) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_what_is_read_often_is_prepared_once(db: Database) -> None:
    for _ in range(8):
        await subjects(db)
    async with db.read() as tx:
        found = await tx.scalars(text("SELECT statement FROM pg_prepared_statements"))
        assert any("FROM job" in statement for statement in found)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_connections_that_the_server_has_ended_are_replaced_before_anybody_meets_them(
    db: Database,
) -> None:
    async with db.begin() as tx, db.read() as other:
        pids = [await one.scalar(text("SELECT pg_backend_pid()")) for one in (tx, other)]
    end = "SELECT bool_and(pg_terminate_backend(pid, 10000)) FROM unnest(CAST(:pids AS int[])) pid"
    fresh = Database(db.url)
    async with fresh.begin() as tx:
        assert await tx.scalar(text(end), {"pids": pids})
    await fresh.close()
    async with db.begin() as tx, db.read() as other:
        new = [await one.scalar(text("SELECT pg_backend_pid()")) for one in (tx, other)]
    assert not set(pids) & set(new)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_connection_that_was_closed_here_is_replaced_too(db: Database) -> None:
    async with db.begin() as tx:
        raw = await tx.get_raw_connection()
        driver: Any = raw.driver_connection
    driver._pool = None  # what keeps connections for the next test
    await driver.close()
    assert await subjects(db) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_the_server_is_not_asked_whether_a_connection_is_still_there(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[str] = []
    wait = AsyncConnection.wait

    async def listen(connection: Any, gen: Any, *args: Any, **options: Any) -> Any:
        waits.append(gen.__name__)
        return await wait(connection, gen, *args, **options)

    await subjects(db)
    monkeypatch.setattr(AsyncConnection, "wait", listen)
    await subjects(db)
    assert [one for one in waits if one in {"_execute_gen", "_commit_gen"}] == [
        "_execute_gen",
        "_commit_gen",
    ]


async def test_foreign_keys_are_kept(db: Database) -> None:
    async def point_nowhere() -> None:
        async with db.begin() as tx:
            await tx.execute(
                text(
                    "INSERT INTO delivery (job_id, rev, target, lane, not_before, state, attempts)"
                    " VALUES (77, 1, '', 0, '2022-11-05 12:00:00', 'ready', 0)"
                )
            )

    with pytest.raises(IntegrityError):
        await point_nowhere()


# Who is told of a commit.


async def test_listener_hears_of_each_commit_after_it_is_there(db: Database) -> None:
    heard: list[list[int]] = []

    async def listen(_tx: Tx) -> None:
        heard.append(await subjects(db))

    db.after_commit(listen)
    for subject_id in (1, 2):
        async with db.begin() as tx:
            await tx.execute(insert(JOBS), job(subject_id))
    assert heard == [[1], [1, 2]]


async def test_listener_learns_what_the_transaction_noted(db: Database) -> None:
    heard: list[bool] = []

    async def listen(tx: Tx) -> None:
        heard.append(is_noted(tx, "jobs_were_put"))

    db.after_commit(listen)
    async with db.begin() as tx:
        note(tx, "jobs_were_put")
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(1))
    assert heard == [True, False]


async def test_listener_hears_nothing_of_a_rollback_or_of_reading(db: Database) -> None:
    heard: list[str] = []

    async def listen(_tx: Tx) -> None:
        heard.append("commit")

    async def fail() -> None:
        async with db.begin() as tx:
            await tx.execute(insert(JOBS), [job(1), job(1)])

    db.after_commit(listen)
    with pytest.raises(IntegrityError):
        await fail()
    await subjects(db)
    assert heard == []
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(1))
    assert heard == ["commit"]


# Many at once.


async def test_read_modify_write_at_once_loses_nothing(db: Database) -> None:
    """With SQLite's own deferred BEGIN, 379 of 400 such updates were lost."""
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(1))
    await asyncio.gather(*(count_up(db) for _ in range(40)))
    async with db.read() as tx:
        assert await tx.scalar(select(JOBS.c.attempts)) == 40


async def test_two_processes_at_once_lose_nothing(db: Database) -> None:
    other = Database(db.url)
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(1))
    await asyncio.gather(*(count_up(database) for database in (db, other) * 10))
    async with other.read() as tx:
        assert await tx.scalar(select(JOBS.c.attempts)) == 20
    await other.close()


async def test_readers_do_not_wait_for_a_writer(db: Database) -> None:
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(1))
    async with db.begin() as tx:
        await tx.execute(insert(JOBS), job(2))
        assert await asyncio.wait_for(subjects(db), 10) == [1]
    assert await subjects(db) == [1, 2]


async def test_writer_does_not_wait_for_readers(db: Database) -> None:
    async with db.read() as reader:
        assert await reader.scalar(select(func.count()).select_from(JOBS)) == 0

        async def write() -> None:
            async with db.begin() as tx:
                await tx.execute(insert(JOBS), job(1))

        await asyncio.wait_for(write(), 10)
    assert await subjects(db) == [1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sqlite_writes_ahead_and_to_the_disk(db: Database) -> None:
    async with db.read() as tx:
        settings_of = [
            await tx.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert settings_of == ["wal", 2, 1, 30_000]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_connection_that_the_server_ended_is_replaced(db: Database) -> None:
    async with db.read() as tx:
        mine = await tx.scalar(text("SELECT pg_backend_pid()"))
    other = Database(db.url)
    async with other.begin() as tx:
        await tx.execute(text(f"SELECT pg_terminate_backend({mine})"))
    await other.close()
    assert await subjects(db) == []


# Rows that may be there already.


async def test_row_is_new_once_however_many_write_it_at_once(db: Database) -> None:
    async def meet() -> bool:
        async with db.begin() as tx:
            return await insert_new(
                tx,
                MEMBERS,
                user_id=7,
                locale="de",
                wants_direct_messages=False,
                lead_minutes=[60],
                has_closed_messages=False,
            )

    assert sorted(await asyncio.gather(*(meet() for _ in range(5)))) == [False] * 4 + [True]
    async with db.read() as tx:
        assert (await tx.execute(select(MEMBERS.c.user_id, MEMBERS.c.locale))).all() == [(7, "de")]
