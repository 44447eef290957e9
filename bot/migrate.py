"""Bringing a database to the newest shape, and refusing to run on any other."""

import asyncio
from enum import StrEnum
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from bot.errors import Refusal
from bot.settings import Settings

SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["database_url"] = database_url
    return config


def sync_url(database_url: str) -> str:
    """The same database through a driver that needs no event loop."""
    return database_url.replace("sqlite+aiosqlite://", "sqlite://", 1)


def upgrade(database_url: str, revision: str = "head") -> None:
    """Run the migrations forward; blocks, so call it in a thread."""
    _make_folder(database_url)
    command.upgrade(alembic_config(database_url), revision)


def downgrade(database_url: str, revision: str = "base") -> None:
    """Run the migrations back; blocks, so call it in a thread."""
    command.downgrade(alembic_config(database_url), revision)


async def prepare_database(settings: Settings) -> None:
    """Migrate an empty database or an embedded one.

    Refuses a shared one that is behind, and any that a newer Lectern has made.
    """
    await asyncio.to_thread(_prepare, settings.database_url, settings.is_embedded)


class Shape(StrEnum):
    """How a database stands to this version."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    UNKNOWN = "unknown"
    """A newer Lectern has made it."""


UNKNOWN_REVISION = (
    "which this Lectern does not know: install the newer version that made it, or restore a backup"
)


async def migrate_database(settings: Settings) -> Shape:
    """The shape that the database had before it was brought to this version's.

    Refuses one that a newer Lectern has made.
    """
    return await asyncio.to_thread(_migrate, settings.database_url)


async def shape_of(database_url: str) -> Shape:
    """Whether the database has no table yet, this version's tables, or another version's."""
    revision, is_empty = await asyncio.to_thread(_look, database_url)
    if is_empty:
        return Shape.EMPTY
    if revision is not None and revision not in _known():
        return Shape.UNKNOWN
    return Shape.CURRENT if revision == _newest() else Shape.BEHIND


async def require_tables(settings: Settings) -> None:
    """Refuses a database that does not have this version's tables; makes none."""
    file = settings.database_file
    if file is not None and not file.exists():
        raise Refusal(f"There is no database yet: the bot makes {file} at its first start.")
    shape = await shape_of(settings.database_url)
    if shape is Shape.EMPTY:
        raise Refusal("The database is empty yet: the bot makes its tables at its first start.")
    if shape is Shape.BEHIND:
        raise Refusal("The database is an older version's: run `lectern migrate` first.")
    if shape is Shape.UNKNOWN:
        raise Refusal(f"The database has a shape {UNKNOWN_REVISION}.")


def _prepare(database_url: str, is_embedded: bool) -> None:
    _make_folder(database_url)
    revision, is_empty = _look(database_url)
    newest = _newest()
    if revision == newest:
        return
    _require_known(revision)
    if not is_empty and not is_embedded:
        raise Refusal(
            f"The database is at revision {revision or 'none'}, this Lectern needs {newest}: "
            "run `lectern migrate` first."
        )
    upgrade(database_url)


def _migrate(database_url: str) -> Shape:
    _make_folder(database_url)
    revision, is_empty = _look(database_url)
    _require_known(revision)
    upgrade(database_url)
    if is_empty:
        return Shape.EMPTY
    return Shape.CURRENT if revision == _newest() else Shape.BEHIND


def _require_known(revision: str | None) -> None:
    if revision is not None and revision not in _known():
        raise Refusal(f"The database is at revision {revision}, {UNKNOWN_REVISION}.")


def _look(database_url: str) -> tuple[str | None, bool]:
    """The database's revision, and whether it has no table at all."""
    engine = create_engine(sync_url(database_url))
    try:
        with engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
            return revision, revision is None and not inspect(connection).get_table_names()
    finally:
        engine.dispose()


def _newest() -> str | None:
    return _scripts().get_current_head()


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


@cache
def _scripts() -> ScriptDirectory:
    """The migrations of this version, read once: they don't change under a running process."""
    return ScriptDirectory(str(SCRIPTS))


def _make_folder(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        path = Path(sync_url(database_url).removeprefix("sqlite:///"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror
            raise Refusal(f"The folder {path.parent} can't be made ({reason}).") from error
