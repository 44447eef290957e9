"""One process that draws for all tests: starting it takes longer than drawing."""

from collections.abc import Iterator

import pytest

from bot.pictures.studio import Studio


@pytest.fixture(scope="session")
def studio() -> Iterator[Studio]:
    """The real renderer in its own process; a slow machine gets all the time it needs."""
    running = Studio(patience_seconds=120)
    yield running
    running.close()
