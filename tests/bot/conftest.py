"""Fixture: every room over one database, without Discord."""

import pytest
from backstage import Backstage

from bot.database import Database


@pytest.fixture
def house(db: Database) -> Backstage:
    """The services, a clock moved by hand, and a messenger in memory."""
    return Backstage(db=db)
