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
    assert gc.get_threshold() == THRESHOLDS
