"""Fixtures: every room over one database, without Discord and without trips to the database; and
what commands leave behind.
"""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from backstage import Backstage

from bot.database import Database
from tests.broom import Broom
from tests.nearby import nearby


@pytest.fixture
def is_nearby() -> bool:
    """Whether statements are run where they are asked for; a module may say False."""
    return True


@pytest.fixture(autouse=True)
def trips(is_nearby: bool) -> Iterator[None]:
    """Of statements: none, if so."""
    if not is_nearby:
        yield
        return
    with nearby():
        yield


@pytest.fixture
def house(db: Database) -> Backstage:
    """The services, a clock moved by hand, and a messenger in memory."""
    return Backstage(db=db)


@pytest.fixture
async def shared_house(broom: Broom, postgres_url: str) -> AsyncIterator[Backstage]:
    """The same on PostgreSQL, where transactions wait for rows and not for the whole database."""
    broom.sweep()
    database = Database(postgres_url)
    yield Backstage(db=database)
    await database.close()


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """Commands set up logging for a whole process; give the tests theirs back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
