"""Fresh ground to measure on, of each kind, with the tests' own PostgreSQL."""

from collections.abc import Iterator

import pytest
from postgres import start_postgres

from bot.bench.ground import Ground, fresh_ground
from bot.bench.model import Kind


@pytest.fixture
def ground(kind: Kind) -> Iterator[Ground]:
    """A fresh database."""
    with fresh_ground(kind) as ground:
        yield ground


@pytest.fixture(params=list(Kind), ids=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """SQLite and PostgreSQL in turn."""
    if request.param is Kind.POSTGRES:
        monkeypatch.setenv("LECTERN_BENCH_POSTGRES_URL", start_postgres())
    return request.param


@pytest.fixture
def is_nearby() -> bool:
    """A bench measures what the bot does, its trips to the database included."""
    return False
