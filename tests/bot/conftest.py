"""Fixtures: every room over one database, without Discord; and what commands leave behind."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from backstage import Backstage

from bot.database import Database


@pytest.fixture
def house(db: Database) -> Backstage:
    """The services, a clock moved by hand, and a messenger in memory."""
    return Backstage(db=db)


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """Commands set up logging for a whole process; give the tests theirs back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
