"""Rules that are followed, rules that are refused, and none that runs wild."""

from datetime import date, datetime, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.places.recurrence import expand, expand_widely, parse_rule
from bot.places.strict import parse_clock, parse_day

START = datetime.fromisoformat("2026-01-06T20:00")


def dates(rule: str, last: str, start: datetime = START) -> list[str]:
    walls = expand(parse_rule(rule), start, date.fromisoformat(last), "Europe/Berlin")
    return [f"{wall:%m-%d}" for wall in walls]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("FREQ=WEEKLY", ["01-06", "01-13", "01-20", "01-27", "02-03", "02-10"]),
        ("rrule:freq=weekly;interval=2", ["01-06", "01-20", "02-03"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", ["01-06", "01-08", "01-13"]),
        ("FREQ=MONTHLY;BYDAY=2SA,4SA", ["01-10", "01-24"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["01-30"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", ["01-27"]),
        ("FREQ=WEEKLY;UNTIL=20260120", ["01-06", "01-13", "01-20"]),
        ("FREQ=WEEKLY;UNTIL=20260120T195959", ["01-06", "01-13"]),
        ("FREQ=WEEKLY;UNTIL=20260120T190000Z", ["01-06", "01-13", "01-20"]),
        ("FREQ=WEEKLY;UNTIL=20260120T185959Z", ["01-06", "01-13"]),
    ],
)
def test_a_rule_gives_its_dates(rule: str, found: list[str]) -> None:
    assert dates(rule, "2026-02-10") == found


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("FREQ=SECONDLY", "FREQ=SECONDLY"),
        ("FREQ=MINUTELY", "FREQ=MINUTELY"),
        ("FREQ=HOURLY", "FREQ=HOURLY"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=WEEKLY;INTERVAL=-1", "INTERVAL=-1"),
        ("FREQ=WEEKLY;INTERVAL=99999", "INTERVAL=99999"),
        ("FREQ=WEEKLY;INTERVAL=1,2", "INTERVAL=1,2"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT=0"),
        ("FREQ=DAILY;BYHOUR=1,2,3", "BYHOUR=1,2,3"),
        ("FREQ=DAILY;BYMINUTE=0", "BYMINUTE=0"),
        ("FREQ=DAILY;BYSECOND=0", "BYSECOND=0"),
        ("FREQ=YEARLY;BYEASTER=0", "BYEASTER=0"),
        ("FREQ=WEEKLY;BYDAY=2SA", "BYDAY=2SA"),
        ("FREQ=MONTHLY;BYDAY=0SA", "BYDAY=0SA"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        ("FREQ=MONTHLY;BYMONTH=13", "BYMONTH=13"),
        ("FREQ=MONTHLY;BYMONTH=١", "BYMONTH=١"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS=1"),
        ("FREQ=WEEKLY;UNTIL=20260230", "UNTIL=20260230"),
        ("FREQ=WEEKLY;FREQ=DAILY", "FREQ=DAILY"),
        ("INTERVAL=2", "no FREQ"),
        ("every other Tuesday", "EVERY OTHER TUESDAY"),
        ("FREQ=WEEKLY;;", ""),
        ("", ""),
    ],
)
def test_a_rule_that_is_none_or_could_run_wild_is_quoted(rule: str, part: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_rule(rule)
    assert str(refused.value) == (
        f"“{rule}” is not a rule that I follow (“{part}”): write one such as "
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU or FREQ=MONTHLY;BYDAY=2SA,4SA, of whole days at least."
    )


def test_an_endless_rule_is_cut_where_it_is_quoted() -> None:
    with pytest.raises(Refusal, match="is too long for a rule: 200 characters at most"):
        parse_rule("FREQ=DAILY;BYMONTH=" + "1," * 5_000)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=6",
    ],
)
def test_a_rule_without_meetings_is_a_sentence(rule: str) -> None:
    with pytest.raises(Refusal) as refused:
        dates(rule, "2036-01-06")
    assert str(refused.value) == (
        f"“{rule}” gives no meeting from 2026-01-06 to 2036-01-06: check the rule."
    )


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ("2026-01-05", "“2026-01-05” is before “2026-01-06”: turn them round."),
        ("2099-01-05", "“2026-01-06 to 2099-01-05” is too long: 40 years at most."),
    ],
)
def test_a_range_that_is_none_or_too_long_is_quoted(last: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        dates("FREQ=WEEKLY", last)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-02-30", "“2026-02-30” is not a day of any calendar: check it."),
        ("2026-00-01", "“2026-00-01” is not a day of any calendar: check it."),
        ("9999-12-31", "“9999-12-31” is out of reach: years from 1975 to 2100 are known."),
        ("3/12", "“3/12” is not a day: write year-month-day, like 2026-12-05."),
        ("", "“” is not a day: write year-month-day, like 2026-12-05."),
    ],
)
def test_a_day_that_is_none_is_quoted(text: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_day(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("text", ["25:00", "24:00", "12:60", "noon", "14", "", "14:00:00"])
def test_an_hour_that_is_none_is_quoted(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_clock(text)
    assert str(refused.value) == (
        f"“{text}” is not a time of day: write 00:00 to 23:59, like 14:00."
    )


def test_hours_are_read_as_they_are_written_in_paris_too() -> None:
    assert [f"{parse_clock(text):%H:%M}" for text in ("9h00", "09:00", "0:05")] == [
        "09:00",
        "09:00",
        "00:05",
    ]


days_of_week = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
some_days = st.lists(days_of_week, min_size=1, max_size=3, unique=True).map(",".join)
rules = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 60)),
    st.builds("FREQ=WEEKLY;INTERVAL={}".format, st.integers(1, 9)),
    st.builds("FREQ=WEEKLY;INTERVAL={};BYDAY={}".format, st.integers(1, 5), some_days),
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};BYDAY={};WKST={}".format, st.integers(2, 4), some_days,
        days_of_week,
    ),
    st.builds("FREQ=MONTHLY;INTERVAL={}".format, st.integers(1, 13)),
    st.builds("FREQ=MONTHLY;BYDAY={}{}".format, st.sampled_from([1, 2, 5, -1]), days_of_week),
    st.builds("FREQ=YEARLY;INTERVAL={}".format, st.integers(1, 4)),
    st.builds("FREQ=YEARLY;BYMONTH={}".format, st.integers(1, 12)),
)  # fmt: skip
starts = st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2031-12-31"))


@settings(max_examples=80, deadline=None)
@given(rule=rules, start=starts, days=st.integers(0, 1_500))
def test_dates_are_those_of_dateutil_today(rule: str, start: datetime, days: int) -> None:
    """The detour over a later cycle of the calendar changes nothing."""
    start = start.replace(microsecond=0)
    end = start + timedelta(days=days)
    plain = list(takewhile(lambda wall: wall.date() <= end.date(), rrulestr(rule, dtstart=start)))
    try:
        found = expand(parse_rule(rule), start, end.date(), "UTC")
    except Refusal:
        found = []
    assert found == plain


@settings(max_examples=80, deadline=None)
@given(rule=rules, start=starts, days=st.integers(0, 800))
def test_looking_further_back_keeps_the_rule_in_step(rule: str, start: datetime, days: int) -> None:
    start = start.replace(microsecond=0)
    last = (start + timedelta(days=days)).date()
    wide = expand_widely(parse_rule(rule), start, last)
    try:
        exact = expand(parse_rule(rule), start, last, "UTC")
    except Refusal:
        exact = []
    assert [wall for wall in wide if wall >= start and wall.date() <= last] == exact
