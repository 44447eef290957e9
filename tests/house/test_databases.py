"""Rooms and cogs take turns on the two databases; things at once and all statements have both."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from bot.database import Database
from bot.members.store import MEMBERS, get_member
from tests.census import alike, is_asked_by_bot, lonely
from tests.databases import DATABASES, database_of, takes_turns, the_other

TESTS = Path(__file__).resolve().parents[1]
AT_ONCE = {"gather", "TaskGroup"}
FILES = sorted(path for path in TESTS.rglob("test_*.py") if takes_turns(path))


def test_tests_take_turns_by_their_names() -> None:
    """About as many on the one database as on the other, whatever is added between them."""
    counts = Counter(
        database_of(f"{path.stem}::{test.name}")
        for path in FILES
        for test in ast.parse(path.read_text()).body
        if isinstance(test, ast.AsyncFunctionDef) and test.name.startswith("test_")
    )
    assert set(counts) == set(DATABASES)
    assert min(counts.values()) > 0.4 * counts.total()


def test_the_other_turns_are_on_the_other_database() -> None:
    assert [the_other(one) for one in DATABASES] == list(DATABASES[::-1])


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


async def test_what_a_test_asks_itself_is_not_the_bots(db: Database) -> None:
    """Neither is what it asks by the suite's own hands; a store's statement is."""
    heard: list[tuple[str, bool]] = []

    def hear(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append((alike(statement), is_asked_by_bot()))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        async with db.read() as tx:
            await tx.execute(select(MEMBERS.c.zone).where(MEMBERS.c.user_id == 1))
            await get_member(tx, 1)
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    [asked_here, asked_there] = [one for one in heard if one[0].startswith("SELECT")]
    assert not asked_here[1]
    assert asked_there[1]


def _names(test: ast.AST) -> set[str]:
    found = (one for one in ast.walk(test) if isinstance(one, (ast.Name, ast.Attribute)))
    return {one.id if isinstance(one, ast.Name) else one.attr for one in found}
