"""One process on a file; of several on a server one that leads, and another when it ends."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgres import psycopg_address
from sqlalchemy import make_url

from bot.errors import Refusal
from bot.instance import (
    BREAK_OFF_SECONDS,
    GRACE_SECONDS,
    LEADER_LOCK,
    PATIENCE_SECONDS,
    SharedLeadership,
    SoleInstance,
    SoleLeadership,
    leadership_of,
)
from bot.settings import Settings

HOLDER = """
import sys
from pathlib import Path
from bot.instance import SoleInstance
with SoleInstance(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(file: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the database to itself."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


# One process on a file.


def test_second_process_on_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "lectern.sqlite3"
    with holder(file), pytest.raises(Refusal) as refusal, SoleInstance(file):
        pass
    assert str(refusal.value) == (
        f"Lectern is running on {file} already: stop that process first. Several processes can "
        "share a PostgreSQL database, not a file."
    )


def test_file_is_known_by_every_name_it_has(tmp_path: Path) -> None:
    file, other = tmp_path / "lectern.sqlite3", tmp_path / "other.sqlite3"
    file.touch()
    other.symlink_to(file)
    with SoleInstance(file), pytest.raises(Refusal), SoleInstance(other):
        pass


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_lock_is_free_when_its_process_is_gone(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "lectern.sqlite3"
    with holder(file) as process:
        process.send_signal(number)
        process.wait(10)
        with SoleInstance(file):
            pass


def test_lock_is_free_when_it_was_given_back(tmp_path: Path) -> None:
    file = tmp_path / "new" / "lectern.sqlite3"
    for _ in range(2):
        with SoleInstance(file):
            pass


def test_place_that_takes_no_lock_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = tmp_path / "file" / "lectern.sqlite3"
    with pytest.raises(Refusal) as refusal, SoleInstance(file):
        pass
    assert str(refusal.value) == f"{file}.lock can't be written (File exists)."


# Who leads.


@pytest.fixture
async def leaders(postgres_url: str) -> AsyncIterator[Callable[[], SharedLeadership]]:
    """Makes processes' parts in who leads; all of them leave when the test is over."""
    made: list[SharedLeadership] = []

    def make() -> SharedLeadership:
        made.append(
            SharedLeadership(
                postgres_url, look_seconds=0.01, patience_seconds=10, grace_seconds=0.1
            )
        )
        return made[-1]

    async with session(postgres_url) as operator, asyncio.timeout(10):
        # The server frees the lock of the test before some time after its session was closed.
        while await lock_holders(operator):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
    yield make
    for leadership in made:
        await leadership.close()


@asynccontextmanager
async def session(url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A session of the test's own."""
    address = psycopg_address(url)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        yield connection


async def end_leader(connection: psycopg.AsyncConnection[Any]) -> None:
    """End the session that holds the lock, as a restart of the database does."""
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND granted AND datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )


def no_wait() -> None:
    pytest.fail("it had to wait")


async def test_first_process_leads_at_once_and_the_second_waits(
    leaders: Callable[[], SharedLeadership],
) -> None:
    first, second = leaders(), leaders()
    await first.win(no_wait)
    waits = asyncio.Event()
    winning = asyncio.create_task(second.win(waits.set))
    await asyncio.wait_for(waits.wait(), 10)
    assert not winning.done()
    assert (first.is_sure(), second.is_sure()) == (True, False)
    await first.close()
    await asyncio.wait_for(winning, 10)
    assert second.is_sure()


async def test_leader_whose_session_is_ended_keeps_the_lead_where_nobody_took_it(
    leaders: Callable[[], SharedLeadership], postgres_url: str
) -> None:
    first = leaders()
    await first.win(no_wait)
    losing = asyncio.create_task(first.lost())
    async with session(postgres_url) as operator:
        await end_leader(operator)
        async with asyncio.timeout(10):
            while await lock_holders(operator) != 1:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
        assert not losing.done()
        assert first.is_sure()
    losing.cancel()


async def lock_holders(connection: psycopg.AsyncConnection[Any]) -> int:
    found = await connection.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    )
    row = await found.fetchone()
    return int(row[0])


async def test_leader_that_another_has_followed_leads_no_more_and_competes_again(
    leaders: Callable[[], SharedLeadership], postgres_url: str
) -> None:
    first = leaders()
    await first.win(no_wait)
    losing = asyncio.create_task(first.lost())
    async with session(postgres_url) as other, session(postgres_url) as operator:
        taking = asyncio.create_task(other.execute("SELECT pg_advisory_lock(%s)", [LEADER_LOCK]))
        async with asyncio.timeout(10):
            while not await is_waited_for(operator):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
        await operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'lectern leader' AND datname = current_database()"
        )
        await asyncio.wait_for(taking, 10)
        await asyncio.wait_for(losing, 10)
        assert not first.is_sure()
        waits = asyncio.Event()
        winning = asyncio.create_task(first.win(waits.set))
        await asyncio.wait_for(waits.wait(), 10)
        assert not winning.done()
    await asyncio.wait_for(winning, 10)


async def is_waited_for(connection: psycopg.AsyncConnection[Any]) -> bool:
    found = await connection.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    )
    row = await found.fetchone()
    return bool(row[0])


async def test_leader_that_hears_nothing_more_leads_no_more(postgres_url: str) -> None:
    """A machine that vanishes sends no error: its sessions just fall silent."""
    async with Silenceable(postgres_url) as server:
        leadership = SharedLeadership(
            server.url, look_seconds=0.01, patience_seconds=0.5, grace_seconds=0
        )
        # A busy machine may need more than its patience to connect: then it tries again.
        await leadership.win(lambda: None)
        losing = asyncio.create_task(leadership.lost())
        server.fall_silent()
        await asyncio.wait_for(losing, 10)
        assert not leadership.is_sure()


async def test_leader_that_was_held_up_is_not_sure_before_it_has_asked_again(
    leaders: Callable[[], SharedLeadership], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that stood still: nothing has told the process that time has passed."""
    leadership = leaders()
    await leadership.win(no_wait)
    assert leadership.is_sure()
    now = asyncio.get_running_loop().time
    with monkeypatch.context() as held_up:
        held_up.setattr(asyncio.get_running_loop(), "time", lambda: now() + 10)
        assert not leadership.is_sure()


def test_follower_waits_longer_than_a_leader_keeps_believing() -> None:
    assert PATIENCE_SECONDS + BREAK_OFF_SECONDS < GRACE_SECONDS


class Silenceable:
    """A way to the database that stays open and carries nothing any more when it is told so."""

    def __init__(self, url: str) -> None:
        self._plain = make_url(psycopg_address(url))
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Silenceable":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        address = self._plain.set(host="127.0.0.1", port=port, query={})
        self.url = address.render_as_string(hide_password=False)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def fall_silent(self) -> None:
        self._speaks.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder, port = self._plain.query.get("host"), self._plain.port or 5432
        there, back = await (
            asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
            if folder
            else asyncio.open_connection(self._plain.host, port)
        )
        for source, target in ((reader, back), (there, writer)):
            self._tasks.add(asyncio.create_task(self._copy(source, target)))

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(4096):
                await self._speaks.wait()
                target.write(data)
                await target.drain()
        finally:
            target.close()


async def test_database_that_was_lost_is_waited_for(
    leaders: Callable[[], SharedLeadership],
) -> None:
    leadership = leaders()
    await leadership.win(no_wait)
    await leadership.close()
    await asyncio.wait_for(leadership.reach(), 10)


async def test_wrong_address_is_not_waited_for() -> None:
    leadership = SharedLeadership("postgresql+psycopg://nobody@127.0.0.1:1/none")
    await asyncio.wait_for(leadership.reach(), 10)


async def test_process_with_a_database_of_its_own_leads_for_good() -> None:
    leadership = leadership_of(
        Settings(database_url="sqlite:///of-its-own.sqlite3", _env_file=None)
    )
    assert isinstance(leadership, SoleLeadership)
    await leadership.reach()
    await leadership.win(no_wait)
    losing = asyncio.create_task(leadership.lost())
    done, _ = await asyncio.wait([losing], timeout=0.05)
    assert done == set()
    losing.cancel()
