"""Migrations run forward and back with rows in the tables, or not at all."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    NullPool,
    Table,
    bindparam,
    create_engine,
    func,
    inspect,
    make_url,
    select,
    table,
    text,
)

import migrations
from bot.checkup import check_up
from bot.database import METADATA, OneOf, UTCDateTime
from bot.errors import Refusal
from bot.migrate import (
    SCRIPTS,
    Shape,
    alembic_config,
    downgrade,
    migrate_database,
    prepare_database,
    require_tables,
    shape_of,
    sync_url,
    upgrade,
)
from bot.settings import Settings
from tests.fakes.clock import START
from tests.postgres import create_database, drop_database, start_postgres

TOP = Path(__file__).resolve().parents[2]
HEAD = ScriptDirectory(str(SCRIPTS)).get_current_head()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind in turn: no table, and on SQLite no file or folder yet."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/new/lectern.sqlite3"
        return
    with new_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind in turn that is at the newest revision, without rows."""
    if request.param == "sqlite":
        path = tmp_path / "lectern.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    with new_database(template=request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture(scope="module")
def postgres_template() -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    with new_database() as url:
        upgrade(url)
        yield str(make_url(url).database)


@contextmanager
def new_database(template: str | None = None) -> Iterator[str]:
    """On PostgreSQL, for as long as it is needed."""
    server = start_postgres()
    name = f"migrations_{uuid.uuid4().hex[:12]}"
    yield create_database(server, name, template)
    drop_database(server, name)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A transaction on a connection of its own."""
    engine = create_engine(sync_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


class Look:
    """What stands in a database, and how it differs from the stores' tables."""

    def __init__(self, url: str) -> None:
        with connected(url) as connection:
            self.revision = MigrationContext.configure(connection).get_current_revision()
            self.shape = _shape(connection)
            self.counts = _counts(connection)
            self.differences = compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), METADATA
            )


def counts_of(url: str) -> dict[str, int]:
    """How many rows each table has."""
    with connected(url) as connection:
        return _counts(connection)


def _counts(connection: Connection) -> dict[str, int]:
    """All tables' in one question."""
    names = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
    if not names:
        return {}
    counts = [select(func.count()).select_from(table(name)).scalar_subquery() for name in names]
    found = connection.execute(select(*counts)).one()
    return dict(zip(names, map(int, found), strict=True))


def _shape(connection: Connection) -> dict[str, list[str]]:
    """The columns of each table but alembic's own."""
    seen = inspect(connection)
    return {
        name: sorted(column["name"] for column in seen.get_columns(name))
        for name in sorted(seen.get_table_names())
        if name != "alembic_version"
    }


def fill(url: str) -> dict[str, int]:
    """Write two rows into every table of the newest shape; the counts of all tables."""
    with connected(url) as connection:
        for table in METADATA.sorted_tables:
            rows = [
                {column.name: _value(column, number) for column in table.columns}
                for number in (1, 2)
            ]
            connection.execute(table.insert(), rows)
    return counts_of(url)


def _value(column: Column[Any], number: int) -> object:
    """Something for a column; the same number in every key, so that rows point at each other."""
    if isinstance(column.type, UTCDateTime):
        return START
    if isinstance(column.type, JSON):
        return {"is": number}
    if isinstance(column.type, OneOf):
        return list(column.type.kind)[1]  # a common one, that no older version has to part with
    values: dict[type, object] = {int: number, str: f"{column.name} {number}", bool: True}
    values[datetime] = START.replace(tzinfo=None)  # a wall time
    values[date] = START.date()
    return values[column.type.python_type]


# Upgrading.


def test_empty_database_gets_the_shape_of_the_tables(empty_url: str) -> None:
    upgrade(empty_url)
    look = Look(empty_url)
    assert (look.revision, look.differences) == (HEAD, [])
    assert look.shape == {
        table.name: sorted(column.name for column in table.columns)
        for table in METADATA.sorted_tables
    }


def test_upgrading_again_changes_nothing(migrated_url: str) -> None:
    before = fill(migrated_url)
    upgrade(migrated_url)
    assert counts_of(migrated_url) == before


def test_every_store_is_known_to_the_migrations() -> None:
    """Its tables are compared only if the environment imports it."""
    environment = (SCRIPTS / "env.py").read_text(encoding="utf-8")
    stores = sorted(path.parent.name for path in (TOP / "bot").glob("*/store.py"))
    assert "jobs" in stores
    assert [room for room in stores if f"import bot.{room}.store" not in environment] == []


def test_migrations_form_one_line() -> None:
    scripts = ScriptDirectory(str(SCRIPTS))
    assert (len(scripts.get_heads()), len(scripts.get_bases())) == (1, 1)


def test_trouble_that_leads_were_being_told_of_is_told_to_the_end(empty_url: str) -> None:
    """Its job names the group, whose number the trouble takes over; new ones get others."""
    upgrade(empty_url, "0002")
    with connected(empty_url) as connection:
        groups = Table("reading_group", MetaData(), autoload_with=connection)
        rows = [
            {column.name: _value(column, number) for column in groups.columns}
            for number in (1, 2, 3)
        ]
        connection.execute(groups.insert(), [*rows[:2], {**rows[2], "alert": None}])
    upgrade(empty_url)
    with connected(empty_url) as connection:
        alerts = Table("alert", MetaData(), autoload_with=connection)
        told = connection.execute(select(alerts.c.id, alerts.c.group_id, alerts.c.text))
        assert told.all() == [(1, 1, "alert 1"), (2, 2, "alert 2")]
        new = {"group_id": 3, "text": "Another.", "raised_at": START}
        assert connection.scalar(alerts.insert().returning(alerts.c.id), new) == 3


def test_ballots_from_before_other_rules_stay_open_and_by_most_votes(empty_url: str) -> None:
    upgrade(empty_url, "0004")
    with connected(empty_url) as connection:
        for name in ("reading_group", "ballot"):
            table = Table(name, MetaData(), autoload_with=connection)
            row = {column.name: _value(column, 1) for column in table.columns}
            connection.execute(table.insert(), {**row, "rule": "most_votes"})
    upgrade(empty_url)
    with connected(empty_url) as connection:
        kept = connection.execute(text("SELECT rule, mode, is_hidden, quorum FROM ballot"))
        assert [tuple(row) for row in kept] == [("most_votes", "open", False, None)]
        assert connection.scalar(text("SELECT rule FROM reading_group")) == "most_votes"


def test_older_version_is_given_no_private_ballot_to_count(migrated_url: str) -> None:
    fill(migrated_url)
    with connected(migrated_url) as connection:
        connection.execute(text("UPDATE ballot SET rule = 'fair_turns', state = 'open'"))
        connection.execute(text("UPDATE ballot SET mode = 'private' WHERE id = 2"))
        connection.execute(text("UPDATE ballot SET mode = 'open' WHERE id = 1"))
        connection.execute(text("UPDATE pitch SET state = 'on_ballot'"))
    downgrade(migrated_url, "0004")
    with connected(migrated_url) as connection:
        ballots = connection.execute(text("SELECT rule, state FROM ballot ORDER BY id"))
        assert [tuple(row) for row in ballots] == [("most_votes", "open"), ("most_votes", "void")]
        pitches = connection.scalars(text("SELECT state FROM pitch ORDER BY id"))
        assert pitches.all() == ["on_ballot", "open"]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("pitch", []),
        ("edit", [{"table": "reading_group", "after": {"name": "Theory"}}]),
    ],
)
def test_older_version_is_given_no_act_that_it_does_not_know(
    migrated_url: str, kind: str, changes: list[object]
) -> None:
    fill(migrated_url)
    with connected(migrated_url) as connection:
        connection.execute(text("UPDATE pitch SET state = 'taken_off' WHERE id = 2"))
        unknown = text("UPDATE act SET kind = :kind, undoes_id = NULL, changes = :it WHERE id = 1")
        it = bindparam("it", changes, JSON)
        connection.execute(unknown.bindparams(it), {"kind": kind})
        connection.execute(text("UPDATE act SET kind = 'undo', undoes_id = 1 WHERE id = 2"))
    downgrade(migrated_url, "0019")
    with connected(migrated_url) as connection:
        pitches = connection.scalars(text("SELECT state FROM pitch ORDER BY id"))
        assert pitches.all() == ["on_ballot", "withdrawn"]
        assert connection.scalars(text("SELECT id FROM act")).all() == []


def test_rhythms_and_acts_from_before_cities_are_in_the_groups_own(empty_url: str) -> None:
    """Taking an old act back writes its rows again, with every column that they have by then."""
    upgrade(empty_url, "0017")
    rhythm = {"group_id": 1, "minutes": 60}
    changes = [
        {"table": "earlier_rhythm", "row_id": 1, "before": rhythm, "after": None},
        {"table": "session", "row_id": 1, "before": {"zone": "UTC"}, "after": {"zone": "UTC"}},
    ]
    with connected(empty_url) as connection:
        for name in ("reading_group", "earlier_rhythm", "act"):
            table = Table(name, MetaData(), autoload_with=connection)
            row = {column.name: _value(column, 1) for column in table.columns}
            own = {"city": "Boulder", "zone": "America/Denver", "undoes_id": None}
            row |= {key: value for key, value in own.items() if key in row}
            connection.execute(
                table.insert(), row | ({"changes": changes} if name == "act" else {})
            )
    upgrade(empty_url)
    with connected(empty_url) as connection:
        kept = connection.execute(text("SELECT zone, city FROM earlier_rhythm"))
        assert [tuple(row) for row in kept] == [("America/Denver", "Boulder")]
        acts = Table("act", MetaData(), autoload_with=connection)
        home = {"zone": "America/Denver", "city": "Boulder"}
        [written] = connection.scalars(select(acts.c.changes))
        assert written == [{**changes[0], "before": rhythm | home}, changes[1]]
    downgrade(empty_url, "0017")
    with connected(empty_url) as connection:
        assert connection.scalars(select(acts.c.changes)).all() == [changes]


def test_numbers_of_groups_are_never_given_again_on_sqlite(tmp_path: Path) -> None:
    """Buttons of a discarded draft's card are still about; a table made anew would forget it."""
    url = f"sqlite+aiosqlite:///{tmp_path}/lectern.sqlite3"
    upgrade(url)
    with connected(url) as connection:
        sql = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'reading_group'"))
    assert "AUTOINCREMENT" in str(sql)


# Downgrading.


def test_every_step_back_and_forth_keeps_the_rows_of_what_stays(migrated_url: str) -> None:
    rows = fill(migrated_url)
    assert set(rows.values()) == {2}
    for script in ScriptDirectory(str(SCRIPTS)).walk_revisions():  # newest first
        below = script.down_revision or "base"
        assert isinstance(below, str)
        downgrade(migrated_url, below)
        kept = counts_of(migrated_url)
        assert kept == {table: rows[table] for table in kept}
        upgrade(migrated_url, script.revision)
        assert counts_of(migrated_url) == {**dict.fromkeys(rows, 0), **kept}
        rows = kept  # the step just taken forth is taken back with the next one
    assert rows == {}
    downgrade(migrated_url)
    upgrade(migrated_url)
    assert Look(migrated_url).differences == []
    assert set(fill(migrated_url).values()) == {2}


# Being killed.

REBUILD = """
import os
import signal

import sqlalchemy as sa
from alembic import op

revision = "rebuild"
down_revision = {head!r}

def upgrade():
    op.create_table("half_done", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO half_done VALUES (1)")
    with op.batch_alter_table("reading_group", recreate="auto") as table:
        table.alter_column("name", new_column_name="title")
    op.execute("UPDATE job SET attempts = attempts + 1")
    if "DIE" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)

def downgrade():
    pass
"""
RUN_REBUILD = """
import sys

from alembic import command

from bot.migrate import alembic_config

config = alembic_config(sys.argv[1])
config.set_main_option("script_location", sys.argv[2])
command.upgrade(config, "head")
"""


@pytest.fixture
def further_scripts(tmp_path: Path) -> Path:
    """The migrations with one more, which rebuilds a table that others point at."""
    scripts = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    rebuild = textwrap.dedent(REBUILD).format(head=HEAD)
    (scripts / "versions" / "rebuild.py").write_text(rebuild, encoding="utf-8")
    return scripts


def test_migration_that_is_killed_half_way_leaves_the_database_as_it_was(
    migrated_url: str, further_scripts: Path
) -> None:
    before = fill(migrated_url)
    killed = subprocess.run(
        [sys.executable, "-c", RUN_REBUILD, migrated_url, str(further_scripts)],
        env={**os.environ, "DIE": "1"},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    look = Look(migrated_url)
    assert (look.revision, look.differences, look.counts) == (HEAD, [], before)


def test_rebuilding_a_table_keeps_the_rows_that_point_at_it(
    migrated_url: str, further_scripts: Path
) -> None:
    """With SQLite's foreign keys on, dropping the old table would take them along."""
    before = fill(migrated_url)
    config = alembic_config(migrated_url)
    config.set_main_option("script_location", str(further_scripts))
    command.upgrade(config, "head")
    look = Look(migrated_url)
    assert (look.revision, look.counts) == ("rebuild", {**before, "half_done": 1})
    assert "title" in look.shape["reading_group"]


# Preparing a database when the bot starts.


def settings_of(url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=url, data_dir=tmp_path, _env_file=None)


def pretend(url: str, revision: str) -> None:
    """Write another revision into the database."""
    with connected(url) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:now)"), {"now": revision})


async def test_empty_database_is_migrated_at_the_start(empty_url: str, tmp_path: Path) -> None:
    await prepare_database(settings_of(empty_url, tmp_path))
    look = Look(empty_url)
    assert (look.revision, look.differences) == (HEAD, [])


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a file, no folder")
    file = tmp_path / "notes" / "data" / "lectern.sqlite3"
    with pytest.raises(Refusal) as refused:
        await prepare_database(settings_of(f"sqlite:///{file}", tmp_path))
    assert str(refused.value) == f"The folder {file.parent} can't be made (Not a directory)."


async def test_database_that_is_up_to_date_is_left_alone(migrated_url: str, tmp_path: Path) -> None:
    before = fill(migrated_url)
    await prepare_database(settings_of(migrated_url, tmp_path))
    assert counts_of(migrated_url) == before


async def test_embedded_database_that_is_behind_is_migrated_and_a_shared_one_refused(
    migrated_url: str, tmp_path: Path
) -> None:
    downgrade(migrated_url)
    settings = settings_of(migrated_url, tmp_path)
    if settings.is_embedded:
        await prepare_database(settings)
        assert Look(migrated_url).revision == HEAD
        return
    with pytest.raises(Refusal) as refused:
        await prepare_database(settings)
    assert str(refused.value) == (
        f"The database is at revision none, this Lectern needs {HEAD}: run `lectern migrate` first."
    )
    assert Look(migrated_url).shape == {}


async def test_database_of_a_newer_lectern_is_refused(migrated_url: str, tmp_path: Path) -> None:
    pretend(migrated_url, "9999")
    settings = settings_of(migrated_url, tmp_path)
    mend = (
        "which this Lectern does not know: install the newer version that made it, or restore a "
        "backup"
    )
    for bring_up in (prepare_database, migrate_database):
        with pytest.raises(Refusal) as refused:
            await bring_up(settings)
        assert str(refused.value) == f"The database is at revision 9999, {mend}."
    with pytest.raises(Refusal) as unread:
        await require_tables(settings)
    assert str(unread.value) == f"The database has a shape {mend}."
    kind = "SQLite" if settings.is_embedded else "PostgreSQL"
    assert f"database: {kind} has a shape {mend}" in [one.text for one in await check_up(settings)]


async def test_only_the_newest_revision_and_an_empty_database_are_current(empty_url: str) -> None:
    if empty_url.startswith("sqlite"):
        Path(sync_url(empty_url).removeprefix("sqlite:///")).parent.mkdir()
    assert await shape_of(empty_url) is Shape.EMPTY
    await asyncio.to_thread(upgrade, empty_url)
    assert await shape_of(empty_url) is Shape.CURRENT
    await asyncio.to_thread(downgrade, empty_url)
    assert await shape_of(empty_url) is Shape.BEHIND


RUN_PREPARE = """
import asyncio
import sys

from bot.migrate import prepare_database
from bot.settings import Settings

settings = Settings(database_url=sys.argv[1], _env_file=None)
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(prepare_database(settings))
"""


@pytest.mark.parametrize("empty_url", ["postgres"], indirect=True)
def test_two_instances_that_start_at_once_make_the_tables_once(empty_url: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", RUN_PREPARE, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        process.communicate()
    assert [process.returncode for process in started] == [0, 0]
    assert Look(empty_url).differences == []


# What is delivered.

RUN_INSTALLED = """
import sys
from pathlib import Path

import bot.migrate

assert Path(bot.migrate.__file__).is_relative_to(sys.argv[2]), bot.migrate.__file__
bot.migrate.upgrade(sys.argv[1])
"""


def test_installed_wheel_brings_its_migrations(tmp_path: Path) -> None:
    """Into a folder whose name has a percent sign, which alembic's configuration would read."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=TOP, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "100% lectern"
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
        archive.extractall(installed, [name for name in files if name.endswith(".py")])
    scripts = {path.name for path in Path(migrations.__file__).parent.glob("versions/0*.py")}
    assert {path.name for path in (installed / "migrations" / "versions").glob("0*.py")} == scripts
    url = f"sqlite+aiosqlite:///{tmp_path}/installed.sqlite3"
    subprocess.run(
        [sys.executable, "-c", RUN_INSTALLED, url, str(installed)],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        check=True,
    )
    look = Look(url)
    assert (look.revision, look.differences) == (HEAD, [])
