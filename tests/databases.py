"""The two databases, and which of them a test runs on."""

import inspect
from pathlib import Path
from zlib import crc32

import pytest

DATABASES = ("sqlite", "postgres")
ENGINE = {"jobs", "bench"}
"""The rooms whose tests are of what the two databases do differently."""


def database_of(module: str, position: int) -> str:
    """The one database for a module's test at `position` among those that need no both.

    They take turns in the order in which they stand, so that a module with two of them has seen
    each database; half of the modules begin with the other one.
    """
    return DATABASES[(crc32(module.encode()) + position) % len(DATABASES)]


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
    if not takes_turns(metafunc.definition.path):
        return
    module = metafunc.module
    position = taking_turns(module).index(metafunc.function) + option("other_turns")
    database = database_of(module.__name__.rpartition(".")[2], position)
    turn = pytest.param(database, marks=pytest.mark.takes_turns)
    # A mark, for pytest lets it take the place of the fixture's own parameters.
    metafunc.definition.add_marker(pytest.mark.parametrize("database_url", [turn], indirect=True))


def keep_other_turns(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--other-turns`, run nothing but the tests that take turns: the others had both."""
    if config.getoption("other_turns"):
        kept = [one for one in items if one.get_closest_marker("takes_turns")]
        config.hook.pytest_deselected(items=[one for one in items if one not in set(kept)])
        items[:] = kept


def taking_turns(module: object) -> list[object]:
    """The tests of a module that may take a database and don't ask for both."""
    return [
        found
        for name, found in vars(module).items()
        if name.startswith("test_") and inspect.isfunction(found) and not _is_marked(found)
    ]


def _is_marked(test: object) -> bool:
    return "both_databases" in {mark.name for mark in getattr(test, "pytestmark", ())}
