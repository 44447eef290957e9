"""Journeys through Discord take turns on the two databases."""

import pytest

from tests.databases import spread_journeys


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What services and stores do is tested on both; a journey that adds a card to it, on one."""
    spread_journeys(metafunc)
