"""Days away: checked, merged, kept one member at a time."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.members.away import MOST_AWAY, Away, check_away, is_away, with_away, without_day
from bot.places.spoken import Habit

TODAY = date(2026, 11, 18)
HABIT = Habit(locale="en-GB", hour_cycle=None, zone="Europe/London")
DAYS = st.dates(TODAY, TODAY + timedelta(days=120))


def span(first: int, last: int) -> Away:
    """From that many days after today until that many."""
    return Away(
        first_day=TODAY + timedelta(days=first),
        last_day=TODAY + timedelta(days=last),
    )


@pytest.mark.parametrize(
    ("zone", "is_there"),
    [("America/Denver", True), ("Asia/Kolkata", False), ("Europe/Berlin", False)],
)
def test_days_are_those_of_the_members_own_calendar(zone: str, is_there: bool) -> None:
    evening = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)  # the 20th in Denver, the 21st elsewhere
    assert is_away([span(2, 2)], evening, zone) is is_there


def test_first_and_last_day_belong_to_the_span() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    seen = [is_away([span(2, 4)], noon + timedelta(days=day), "UTC") for day in range(-1, 4)]
    assert seen == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (
            5,
            4,
            "Sunday, 22 November 2026 is before Monday, 23 November 2026: give the first day "
            "away, then the last one.",
        ),
        (-9, -1, "Tuesday, 17 November 2026 has passed already: give days that are ahead."),
        (
            1,
            368,
            "Thursday, 19 November 2026 until Sunday, 21 November 2027 is more than a year: "
            "check the year.",
        ),
        (700, 740, "Monday, 27 November 2028 is more than two years away: check the year."),
    ],
)
def test_spans_that_cannot_be_meant_are_refused(first: int, last: int, sentence: str) -> None:
    wrong = span(first, last)
    with pytest.raises(Refusal) as refused:
        check_away(wrong.first_day, wrong.last_day, TODAY, HABIT)
    assert str(refused.value) == sentence


def test_a_span_that_has_begun_already_is_taken() -> None:
    begun = span(-3, 0)
    assert check_away(begun.first_day, begun.last_day, TODAY, HABIT) == begun


def test_spans_that_touch_become_one_and_past_ones_are_gone() -> None:
    known = [span(-9, -1), span(3, 5), span(20, 21)]
    assert with_away(known, span(6, 8), TODAY) == (span(3, 8), span(20, 21))
    assert with_away(known, span(7, 8), TODAY) == (span(3, 5), span(7, 8), span(20, 21))


@given(st.lists(st.tuples(DAYS, DAYS).map(sorted), max_size=12))
def test_the_same_days_are_covered_whatever_the_order(pairs: list[list[date]]) -> None:
    new = [Away(first_day=first, last_day=last) for first, last in pairs]
    merged: tuple[Away, ...] = ()
    for one in new:
        merged = with_away(merged, one, TODAY)
    for day in (TODAY + timedelta(days=number) for number in range(121)):
        assert any(one.covers(day) for one in merged) is any(one.covers(day) for one in new)
    gaps = [after.first_day - one.last_day for one, after in pairwise(merged)]
    assert all(gap > timedelta(days=1) for gap in gaps)


def test_one_person_keeps_only_so_many_spans() -> None:
    known = [span(3 * number, 3 * number) for number in range(MOST_AWAY)]
    with pytest.raises(Refusal) as refused:
        with_away(known, span(100, 100), TODAY)
    assert str(refused.value) == (
        "I keep at most 20 spans away for one person: take one back first."
    )


@given(st.sets(DAYS, max_size=12), DAYS)
def test_one_day_taken_out_leaves_all_others(days: set[date], day: date) -> None:
    spans: tuple[Away, ...] = ()
    for one in days:
        spans = with_away(spans, Away(first_day=one, last_day=one), TODAY)
    left = without_day(spans, day)
    asked = [TODAY + timedelta(days=number) for number in range(121)]
    assert {one for one in asked if any(span.covers(one) for span in left)} == days - {day}
    assert all(span.first_day <= span.last_day for span in left)


def test_a_day_is_not_taken_out_of_more_spans_than_are_kept() -> None:
    known = [span(4 * number, 4 * number + 2) for number in range(MOST_AWAY)]
    assert len(without_day(known, TODAY)) == MOST_AWAY
    with pytest.raises(Refusal):
        without_day(known, TODAY + timedelta(days=1))
