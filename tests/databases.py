"""The two databases, and which of them a test runs on."""

from pathlib import Path
from zlib import crc32

import pytest

DATABASES = ("sqlite", "postgres")
ENGINE = {"jobs", "bench"}
"""The rooms whose tests are of what the two databases do differently."""


def database_of(test: str) -> str:
    """The one database for a test that needs no both, by its name.

    Not by its place among the others: one more test must not send those after it elsewhere.
    """
    return DATABASES[crc32(test.encode()) % len(DATABASES)]


def the_other(database: str) -> str:
    """The database that is not this one."""
    return DATABASES[1 - DATABASES.index(database)]


def takes_turns(path: Path) -> bool:
    """Whether tests of this file run on one database in turns: those of cogs and of rooms.

    The story takes one too: it is told in the same words on either.

    The engine's own tests, its benches and the database's need both, as do whole processes.
    """
    *_, tests, folder = path.parts[:-1]
    return folder in {"cogs", "story"} or (tests == "bot" and folder not in ENGINE)


def spread(metafunc: pytest.Metafunc) -> None:
    """Let a test that takes a database run on one of the two unless it asks for both: on the one
    whose turn it is or, with `--other-turns`, on the other.
    """
    option = metafunc.config.getoption
    if "database_url" not in metafunc.fixturenames or option("both_databases"):
        return
    if metafunc.definition.get_closest_marker("both_databases"):
        return
    path = metafunc.definition.path
    if not takes_turns(path):
        return
    database = database_of(f"{path.stem}::{metafunc.function.__name__}")
    if option("other_turns"):
        database = the_other(database)
    turn = pytest.param(database, marks=pytest.mark.takes_turns)
    # A mark, for pytest lets it take the place of the fixture's own parameters.
    metafunc.definition.add_marker(pytest.mark.parametrize("database_url", [turn], indirect=True))


def keep_other_turns(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--other-turns`, run nothing but the tests that take turns: the others had both."""
    if config.getoption("other_turns"):
        kept = [one for one in items if one.get_closest_marker("takes_turns")]
        config.hook.pytest_deselected(items=[one for one in items if one not in set(kept)])
        items[:] = kept
