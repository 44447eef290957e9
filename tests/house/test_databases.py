"""Journeys through Discord take turns on the two databases, and no module skips one."""

import ast
from pathlib import Path

import pytest

from tests.databases import DATABASES, database_of

COGS = Path(__file__).resolve().parents[1] / "cogs"


@pytest.mark.parametrize("module", ["test_ballots", "test_groups", "test_help"])
def test_journeys_take_turns(module: str) -> None:
    turns = [database_of(module, position) for position in range(4)]
    assert turns[:2] == turns[2:]
    assert sorted(turns[:2]) == sorted(DATABASES)


def test_modules_begin_with_either_database() -> None:
    first = {database_of(path.stem, 0) for path in COGS.glob("test_*.py")}
    assert first == set(DATABASES)


def test_only_journeys_are_spared_a_database() -> None:
    """Services and stores run on both: the hook that spreads tests stands in no other folder."""
    tests = COGS.parent
    spreading = {
        path.relative_to(tests).as_posix()
        for path in tests.rglob("conftest.py")
        if "spread_journeys" in names(path)
    }
    assert spreading == {"cogs/conftest.py"}


def names(path: Path) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
