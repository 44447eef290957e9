"""Fixtures: a fresh database of each kind, and the real bot in a simulated Discord."""

import gc
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import datetime
from pathlib import Path
from zlib import crc32

import coverage
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage, quicken_simcord, staged

from bot.database import Database
from bot.memory import settle_memory
from bot.migrate import upgrade
from bot.places.build import build
from bot.settings import Settings
from tests.broom import Broom
from tests.census import Census
from tests.databases import DATABASES, keep_other_turns, spread
from tests.dialects import share_dialects
from tests.keeper import keeper
from tests.nearby import nearby
from tests.postgres import create_database, drop_database, start_postgres

quicken_simcord()
share_dialects()


def refuse_to_adapt(moment: datetime) -> str:
    """SQLite's driver would write an instant in its own way, if no type of ours has seen it."""
    raise TypeError(f"{moment} has no UTCDateTime around it")


sqlite3.register_adapter(datetime, refuse_to_adapt)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Nothing that runs on one database need stay there."""
    parser.addoption(
        "--both-databases",
        action="store_true",
        help="run every test on both databases, not in turns",
    )
    parser.addoption(
        "--other-turns",
        action="store_true",
        help="run the tests that take turns, each on the database that it would not have",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Bring the index of places up to date, once for all workers: its sources may have changed.
    In each of them the statements are counted.
    """
    if not hasattr(config, "workerinput"):
        build()
    config.pluginmanager.register(Census(config))


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What depends on the database is its statements, and the census sees to those."""
    spread(metafunc)


BOTS_OF_ONE_MOTHER = {"test_kills.py", "test_lost_database.py", "test_outage.py", "test_process.py"}
"""Where bots are forked by a process that takes three seconds to read what they need."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread the files that mostly wait over the run, where several processes share it.

    By their own order whole processes and browsers come last, and leave the processors idle. Those
    with bots of one mother come first, and so in the same process.
    """
    keep_other_turns(config, items)
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, int]:
    return item.path.name not in BOTS_OF_ONE_MOTHER, crc32(item.path.name.encode())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect garbage as the bot does: thousands of tests, kept to the end, need no second look."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        settle_memory()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace a test on SQLite only: its twin on PostgreSQL runs the same lines, and tracing them
    would double its time.
    """
    tracer = coverage.Coverage.current() if "[postgres" in item.nodeid else None
    if tracer is None:
        return (yield)
    tracer.stop()
    try:
        return (yield)
    finally:
        tracer.start()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this worker's own."""
    server = start_postgres()
    name = f"lectern_{worker_id}_{os.getpid()}"
    url = create_database(server, name)
    upgrade(url)
    keeper.keep(url)
    yield url
    keeper.release()
    drop_database(server, name)


@pytest.fixture(scope="session")
def broom(postgres_url: str) -> Iterator[Broom]:
    """What empties this worker's own PostgreSQL database."""
    broom = Broom(postgres_url)
    yield broom
    broom.close()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database without rows, of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "lectern.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    request.getfixturevalue("broom").sweep()
    yield request.getfixturevalue("postgres_url")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An open database."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a bot over the fresh database, whatever the environment says."""
    return Settings(database_url=database_url, data_dir=tmp_path / "data", _env_file=None)


@pytest.fixture
def is_mirrored() -> bool:
    """Whether the stage's sessions get native events; a module that looks at them says True."""
    return False


@pytest.fixture
async def stage(settings: Settings, is_mirrored: bool) -> AsyncIterator[Stage]:
    """The real bot in a simulated Discord with a server, its channels and five people."""
    with nearby():
        async with staged(settings, is_mirrored=is_mirrored) as running:
            yield running
