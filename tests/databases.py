"""The two databases, and which of them a journey through Discord runs on."""

import inspect
from zlib import crc32

import pytest

DATABASES = ("sqlite", "postgres")


def database_of(module: str, position: int) -> str:
    """The one database for a module's journey at `position` among those that need no both.

    They take turns in the order in which they stand, so that a module with two of them has seen
    each database; half of the modules begin with the other one.
    """
    return DATABASES[(crc32(module.encode()) + position) % len(DATABASES)]


def spread_journeys(metafunc: pytest.Metafunc) -> None:
    """Let a test of a cog that takes the stage run on one database unless it asks for both."""
    if "stage" not in metafunc.fixturenames or metafunc.config.getoption("both_databases"):
        return
    if metafunc.definition.get_closest_marker("both_databases"):
        return
    module = metafunc.module
    position = journeys(module).index(metafunc.function)
    database = database_of(module.__name__.rpartition(".")[2], position)
    # A mark, for pytest lets it take the place of the fixture's own parameters.
    metafunc.definition.add_marker(
        pytest.mark.parametrize("database_url", [database], indirect=True)
    )


def journeys(module: object) -> list[object]:
    """The tests of a module that may take the stage and don't ask for both databases."""
    return [
        found
        for name, found in vars(module).items()
        if name.startswith("test_") and inspect.iscoroutinefunction(found) and not _is_marked(found)
    ]


def _is_marked(test: object) -> bool:
    return "both_databases" in {mark.name for mark in getattr(test, "pytestmark", ())}
