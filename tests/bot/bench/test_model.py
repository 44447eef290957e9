"""The arithmetic of figures."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.bench.model import Kind, Lateness, Trial, count_of, lateness_of, ratio, spread

START = datetime(2022, 11, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "count"), [("10k", 10_000), ("1m", 1_000_000), ("10M", 10_000_000), ("0", 0)]
)
def test_units_are_read_as_people_write_them(text: str, count: int) -> None:
    assert count_of(text) == count


@pytest.mark.parametrize("text", ["", "k", "many", "1.5m", "-1k", "10 k"])
def test_what_is_no_number_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="such as 10k") as caught:
        count_of(text)
    assert repr(text) in str(caught.value)


def test_the_usual_three_are_taken_from_the_ordered_seconds() -> None:
    found = lateness_of([float(number) for number in reversed(range(101))])
    assert found == Lateness(p50=50.0, p99=99.0, worst=100.0)
    assert found.as_figures() == {
        "lateness_p50_s": 50.0,
        "lateness_p99_s": 99.0,
        "lateness_max_s": 100.0,
    }


def test_nothing_has_no_lateness() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        lateness_of([])


def test_same_seed_spreads_alike_within_one_second_and_in_order() -> None:
    moments = spread(Random(7), 100, START)
    assert moments == spread(Random(7), 100, START)
    assert moments != spread(Random(8), 100, START)
    assert moments == sorted(moments)
    assert moments[0] >= START
    assert moments[-1] < START + timedelta(seconds=1)


def test_trials_of_one_seed_draw_alike() -> None:
    first, second = (Trial(bench="burst", kind=Kind.SQLITE, pending=0, seed=3) for _ in range(2))
    assert first.dice().random() == second.dice().random()


@pytest.mark.parametrize(
    ("theirs", "ours", "times"), [(36.1329, 0.3, 120.0), (1.0, 2.0, 0.5), (0.0, 0.0, 0.0)]
)
def test_ratios_have_three_figures(theirs: float, ours: float, times: float) -> None:
    assert ratio(theirs, ours) == times
