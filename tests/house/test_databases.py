"""Rooms and cogs take turns on the two databases; things at once and all statements have both."""

import ast
from pathlib import Path

import pytest

from tests.census import alike, lonely
from tests.databases import DATABASES, database_of, takes_turns

TESTS = Path(__file__).resolve().parents[1]
AT_ONCE = {"gather", "TaskGroup"}
FILES = sorted(path for path in TESTS.rglob("test_*.py") if takes_turns(path))


@pytest.mark.parametrize("module", ["test_ballots", "test_groups", "test_help"])
def test_tests_take_turns(module: str) -> None:
    turns = [database_of(module, position) for position in range(4)]
    assert turns[:2] == turns[2:]
    assert sorted(turns[:2]) == sorted(DATABASES)


def test_modules_begin_with_either_database() -> None:
    assert {database_of(path.stem, 0) for path in FILES} == set(DATABASES)


@pytest.mark.parametrize(
    ("path", "is_spread"),
    [
        ("cogs/test_ballots.py", True),
        ("bot/ballots/test_service.py", True),
        ("story/test_first_sessions.py", True),
        ("bot/jobs/test_store.py", False),
        ("bot/bench/test_ground.py", False),
        ("bot/test_database.py", False),
        ("migrations/test_migrations.py", False),
        ("wire/test_kills.py", False),
    ],
)
def test_only_rooms_and_cogs_are_spared_a_database(path: str, is_spread: bool) -> None:
    assert takes_turns(TESTS / path) == is_spread


def test_what_happens_at_once_has_both() -> None:
    """Of tests that take a database; the others have none to be marked for."""
    takers = {"stage", "house", "db", "settings", "database_url"}
    spared = [
        f"{path.stem}::{test.name}"
        for path in FILES
        for test in ast.parse(path.read_text()).body
        if isinstance(test, ast.AsyncFunctionDef)
        and {one.arg for one in test.args.args} & takers
        and AT_ONCE & _names(test)
        and not any("both_databases" in ast.unparse(one) for one in test.decorator_list)
        and "pytestmark = pytest.mark.both_databases" not in path.read_text()
    ]
    assert spared == []


def test_a_statement_is_the_same_in_either_dialect() -> None:
    sqlite = "SELECT a.id \nFROM a WHERE a.n IN (?, ?) AND a.is_on = 1\n LIMIT ? OFFSET ?"
    postgres = (
        "SELECT a.id \nFROM a WHERE a.n IN (%(n_1)s::BIGINT) AND a.is_on \n"
        " LIMIT %(p)s::INTEGER FOR UPDATE SKIP LOCKED"
    )
    assert alike(sqlite) == alike(postgres)
    assert alike(sqlite) != alike(sqlite.replace("a.n", "a.m"))


def test_a_statement_of_one_database_alone_is_named_with_its_test() -> None:
    made = {
        "sqlite": {"DELETE FROM a WHERE a.id = ?": "t::both", "DELETE FROM b": "t::one"},
        "postgres": {
            "DELETE FROM a WHERE a.id = %(id)s::BIGINT": "t::both",
            "SELECT pg_x()": "t",
            "SELECT c": "",
        },
    }
    assert lonely(made) == [("t::one", "sqlite", "DELETE FROM b")]


def _names(test: ast.AST) -> set[str]:
    found = (one for one in ast.walk(test) if isinstance(one, (ast.Name, ast.Attribute)))
    return {one.id if isinstance(one, ast.Name) else one.attr for one in found}
