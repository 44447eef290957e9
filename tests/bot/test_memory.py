"""What is loaded once is not looked at again and again."""

import gc
from collections.abc import Iterator

import pytest

from bot.memory import THRESHOLDS, settle_memory


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_loaded_is_kept_for_good() -> None:
    assert gc.get_freeze_count() == 0
    settle_memory()
    assert gc.get_freeze_count() > 10_000


def test_the_rest_is_looked_at_rarely() -> None:
    gc.set_threshold(*THRESHOLDS)
    asked_for = gc.get_threshold()  # Python 3.14 may have no third: then it says 0
    gc.set_threshold(1, 1, 1)
    settle_memory()
    assert gc.get_threshold() == asked_for
    assert asked_for[:2] == THRESHOLDS[:2]
