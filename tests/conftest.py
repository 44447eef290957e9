"""Fixtures: a fresh database of each kind, and the real bot in a simulated Discord."""

import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from postgres import create_database, drop_database, start_postgres
from stage import Stage, quicken_simcord, staged

from bot.database import Database
from bot.migrate import upgrade
from bot.settings import Settings

DATABASES = ("sqlite", "postgres")
_numbers = count()

quicken_simcord()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(worker_id: str) -> Iterator[tuple[str, str]]:
    """The server's address and the name of a migrated, empty database to copy."""
    server = start_postgres()
    name = f"lectern_template_{worker_id}"
    with suppress(Exception):
        drop_database(server, name)
    upgrade(create_database(server, name))
    yield server, name
    drop_database(server, name)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "lectern.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_template")
    name = f"{template}_{next(_numbers)}"
    yield create_database(server, name, template)
    drop_database(server, name)


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
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    """The real bot in a simulated Discord with a server, its channels and five people."""
    async with staged(settings) as running:
        yield running
