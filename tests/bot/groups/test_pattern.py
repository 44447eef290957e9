"""When groups meet: dates against dateutil, edits that leave the past alone, days off, shifts."""

from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest
from dateutil.rrule import MONTHLY, WEEKLY, rrule, rruleset, weekday
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.groups.home import Home
from bot.groups.pattern import Break, Pattern, shift_from, usual_hours
from bot.groups.rhythm import Rhythm, Slot
from bot.groups.rhythm_text import DAY_NAMES, parse_rhythm, spell_rhythm


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


BERLIN = Home(city="", zone="Europe/Berlin")
START = wall("2026-01-06T12:00")
"""A Tuesday."""


def pattern(text: str, start: datetime = START) -> Pattern:
    rhythm = parse_rhythm(text, start, 60, BERLIN)
    return Pattern(zone=rhythm.zone, first_at=rhythm.first_at).with_rhythm(rhythm, ())


def dates(found: Pattern, count: int = 6, after: datetime = START) -> list[str]:
    return [f"{one:%a %m-%d %H:%M}" for one in islice(found.occurrences(after), count)]


hours = st.times(time(0, 0), time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0, fold=0)
)
slots = st.builds(Slot, weekday=st.integers(0, 6), at=hours)
anchors = st.datetimes(wall("2024-01-01"), wall("2031-12-31")).map(
    lambda one: one.replace(second=0, microsecond=0, fold=0)
)
weekly = st.builds(
    Rhythm,
    zone=st.just(BERLIN.zone),
    first_at=anchors,
    every_weeks=st.integers(1, 12),
    also=st.lists(slots, max_size=3, unique=True).map(tuple),
)
monthly = st.builds(
    Rhythm,
    zone=st.just(BERLIN.zone),
    first_at=anchors,
    nth=st.sampled_from([(1,), (2, 4), (1, 3), (-1,), (1, 2, 3, 4), (2, -1)]),
)


def by_dateutil(rhythm: Rhythm) -> rruleset:
    """The same rhythm in dateutil's words."""
    rules = rruleset()
    monday = rhythm.first_at.date() - timedelta(days=rhythm.first_at.weekday())
    for slot in rhythm.slots:
        days = [weekday(slot.weekday)(place) for place in rhythm.nth] or [weekday(slot.weekday)]
        rules.rrule(
            rrule(
                MONTHLY if rhythm.nth else WEEKLY,
                interval=rhythm.every_weeks,
                dtstart=datetime.combine(monday.replace(day=1) if rhythm.nth else monday, slot.at),
                byweekday=days,
            )
        )
    return rules


@settings(deadline=None, max_examples=150)
@given(st.one_of(weekly, monthly), anchors)
def test_meetings_are_those_of_dateutil(rhythm: Rhythm, after: datetime) -> None:
    expected = (
        one
        for one in by_dateutil(rhythm).xafter(min(after, rhythm.first_at) - timedelta(days=1))
        if one >= rhythm.first_at and one > after
    )
    assert list(islice(rhythm.walls(after), 8)) == list(islice(expected, 8))


@settings(deadline=None)
@given(
    st.one_of(weekly.filter(lambda one: not one.also), monthly),
    st.lists(hours, min_size=1, max_size=2).map(tuple),
    st.integers(0, 40),
)
def test_hours_come_in_turn_wherever_one_begins_to_look(
    rhythm: Rhythm, turns: tuple[time, ...], skipped: int
) -> None:
    turned = Rhythm(
        zone=BERLIN.zone,
        first_at=rhythm.first_at,
        every_weeks=rhythm.every_weeks,
        nth=rhythm.nth,
        turns=turns,
    )
    plain = list(islice(rhythm.walls(datetime.min), skipped + 6))  # noqa: DTZ901 - a wall time
    clock = (rhythm.first_at.time(), *turns)
    expected = [
        datetime.combine(one, clock[number % len(clock)]) for number, one in enumerate(plain)
    ]
    after = datetime.combine(plain[skipped], time()) - timedelta(microseconds=1)
    assert list(islice(turned.walls(after), 6)) == expected[skipped:]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("every 2 weeks on Saturday 14:00", ["Sat 01-10 14:00", "Sat 01-24 14:00"]),
        ("fortnightly Sat 2pm", ["Sat 01-10 14:00", "Sat 01-24 14:00"]),
        ("Tuesday and Thursday 9h00", ["Thu 01-08 09:00", "Tue 01-13 09:00"]),
        ("Tue 20:00, Thu 9.30 a.m.", ["Tue 01-06 20:00", "Thu 01-08 09:30"]),
        ("2nd and 4th Saturday 14:00", ["Sat 01-10 14:00", "Sat 01-24 14:00"]),
        ("every month on the last Friday at 18:00", ["Fri 01-30 18:00", "Fri 02-27 18:00"]),
        (
            "Saturday 14:00, alternating with 08:00",
            ["Sat 01-10 14:00", "Sat 01-17 08:00", "Sat 01-24 14:00"],
        ),
        ("Tue 19:00 alternating with Tue 9:00", ["Tue 01-06 19:00", "Tue 01-13 09:00"]),
        ("Tue/Thu 19:00", ["Tue 01-06 19:00", "Thu 01-08 19:00"]),
        ("Tuesdays 12:00", ["Tue 01-06 12:00", "Tue 01-13 12:00"]),
    ],
)
def test_a_line_says_a_rhythm(text: str, found: list[str]) -> None:
    assert dates(pattern(text), len(found), START - timedelta(minutes=1)) == found


NO_DAYS_IN_TURN = "hours can take turns, weekdays can't; say “and” if you meet on both"
EVERY_DAY = "Mon 7:00, Tue 7:00, Wed 7:00, Thu 7:00, Fri 7:00, Sat 7:00, Sun 7:00"


def test_a_group_may_meet_every_day() -> None:
    slots = parse_rhythm(EVERY_DAY, START, 60, BERLIN).slots
    assert [slot.weekday for slot in slots] == list(range(7))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("biweekly Sat 14:00", "“biweekly” is understood both ways; say “every 2 weeks”"),
        ("Sat", "Saturday has no hour"),
        ("14:00", "“14:00” belongs to no weekday"),
        ("Sat 25:00", "“25:00” is no hour of a day (00:00 to 23:59)"),
        ("Sat 13 pm", "“13 pm” is no hour of a day (00:00 to 23:59)"),
        ("5th Sat 14:00", "many months have no 5th of a weekday; say “last”"),
        ("4th and last Sat 14:00", "the 4th is often the last one: say one of them"),
        ("every 0 weeks Sat 14:00", "every 0 weeks is not between 1 and 12"),
        ("every 99 weeks Sat 14:00", "every 99 weeks is not between 1 and 12"),
        ("every second Sat 14:00, Sun 14:00", None),
        ("Sat 14:00 14:00", "“14:00” belongs to no weekday"),
        ("Sat 14:00, Sat 14:00", "a weekday stands in it twice with the same hour"),
        ("Sat and Sun 14:00 or 8:00",
         "days of the month, or hours in turn, go with one weekday only"),
        ("Sat 14:00, alternating with Sun 8:00", NO_DAYS_IN_TURN),
        ("alternating Tue and Thu 19:00", NO_DAYS_IN_TURN),
        ("Tue or Thu 19:00", NO_DAYS_IN_TURN),
        ("Tue 19:00 / Thu 20:00", NO_DAYS_IN_TURN),
        ("every 2 weeks 2nd Sat 14:00", "weeks and days of the month don't go together"),
        ("when the moon is full", "“when” says nothing to me"),
        ("Satyr 14:00", "“satyr” says nothing to me"),
        ("", "it has no weekday with an hour"),
        (f"{EVERY_DAY}, Mon 8:00", "it has more than 7 meetings a week"),
        ("Sat 14:00 " + "and " * 60, "it has more than 120 characters"),
    ],
)  # fmt: skip
def test_a_line_that_says_none_or_two_is_quoted(text: str, why: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        parse_rhythm(text, START, 60, BERLIN)
    if why is not None:
        assert f" as a rhythm: {why}. Write “Saturday 14:00”, " in str(refused.value)


@given(st.text(alphabet="satuewdhrn 0123456789:and,/every weeks2ndlst", max_size=60))
def test_any_line_is_read_or_refused(text: str) -> None:
    try:
        rhythm = parse_rhythm(text, START, 60, BERLIN)
    except Refusal:
        return
    assert next(rhythm.walls(START - timedelta(minutes=1))) == rhythm.first_at


@given(
    st.one_of(
        st.builds("every {} weeks on {} {:%H:%M}".format,
                  st.integers(2, 12), st.sampled_from(DAY_NAMES), hours),
        st.builds("{} and {} {:%H:%M}".format,
                  st.sampled_from(DAY_NAMES[:3]), st.sampled_from(DAY_NAMES[3:]), hours),
        st.builds("{} {} {:%H:%M}, alternating with {:%H:%M}".format,
                  st.sampled_from(["1st and 3rd", "last"]), st.sampled_from(DAY_NAMES), hours,
                  hours),
    )
)  # fmt: skip
def test_a_rhythm_is_spelled_as_it_is_read(text: str) -> None:
    assert spell_rhythm(parse_rhythm(text, START, 60, BERLIN)) == text


def test_an_edit_from_a_date_on_leaves_what_was_before() -> None:
    before = pattern("Tuesday 20:00")
    since = wall("2026-01-20T00:00")
    thursdays = parse_rhythm("every 2 weeks on Thursday 19:00", since, 90, BERLIN)
    after = before.revised(Rhythm(**{**_values(thursdays), "since_at": since}))
    assert dates(after, 4) == [
        "Tue 01-06 20:00",
        "Tue 01-13 20:00",
        "Thu 01-22 19:00",
        "Thu 02-05 19:00",
    ]
    assert [after.rhythm_at(one).minutes for one in islice(after.occurrences(START), 3)] == [
        60,
        60,
        90,
    ]


def _values(rhythm: Rhythm) -> dict[str, object]:
    return {name: getattr(rhythm, name) for name in rhythm.__slots__}


def test_a_later_edit_replaces_one_that_had_not_begun() -> None:
    first = pattern("Tuesday 20:00")
    later = first.revised(
        Rhythm(
            zone=BERLIN.zone, first_at=wall("2026-03-05T19:00"), since_at=wall("2026-03-01T00:00")
        )
    )
    sooner = later.revised(
        Rhythm(
            zone=BERLIN.zone, first_at=wall("2026-01-16T18:00"), since_at=wall("2026-01-10T00:00")
        )
    )
    assert dates(sooner, 3) == ["Tue 01-06 20:00", "Fri 01-16 18:00", "Fri 01-23 18:00"]
    assert sooner.earlier == first.rhythms


@pytest.mark.parametrize(
    ("days_off", "found"),
    [
        (Break(first=date(2026, 1, 13), last=date(2026, 1, 20)), ["01-06", "01-27", "02-03"]),
        (Break(first=date(2026, 1, 14), last=date(2026, 1, 19)), ["01-06", "01-13", "01-20"]),
        (
            Break(first=date(2026, 1, 13), last=date(2026, 1, 20), is_tentative=True),
            ["01-06"],
        ),
        (Break(first=date(2026, 1, 14)), ["01-06", "01-13"]),
    ],
)
def test_breaks_leave_dates_out_and_open_ones_all_that_follow(
    days_off: Break, found: list[str]
) -> None:
    broken = pattern("Tuesday 20:00").with_days_off([days_off], [])
    assert [one[4:9] for one in dates(broken, 3)] == found


def test_a_break_keeps_the_fortnight_and_the_turns_in_step() -> None:
    usual = pattern("every 2 weeks on Saturday 14:00, alternating with 08:00")
    broken = usual.with_days_off([Break(first=date(2026, 1, 20), last=date(2026, 1, 30))], [])
    assert dates(broken, 3) == [dates(usual, 4)[place] for place in (0, 2, 3)]


def test_holidays_are_left_out() -> None:
    found = pattern("Tuesday 20:00").with_days_off([], [date(2026, 1, 13)])
    assert dates(found, 3) == ["Tue 01-06 20:00", "Tue 01-20 20:00", "Tue 01-27 20:00"]


@pytest.mark.parametrize(
    ("text", "occurrence", "new_wall", "found"),
    [
        (
            "every 2 weeks on Tuesday 20:00",
            "2026-01-20T20:00",
            "2026-01-22T19:00",
            ["Tue 01-06 20:00", "Thu 01-22 19:00", "Thu 02-05 19:00"],
        ),
        (
            "every 2 weeks on Tuesday 20:00",
            "2026-01-20T20:00",
            "2026-01-27T20:00",
            ["Tue 01-06 20:00", "Tue 01-27 20:00", "Tue 02-10 20:00"],
        ),
        (
            "Tuesday and Thursday 20:00",
            "2026-01-13T20:00",
            "2026-01-16T20:00",
            ["Tue 01-06 20:00", "Thu 01-08 20:00", "Thu 01-15 20:00", "Fri 01-16 20:00",
             "Thu 01-22 20:00"],
        ),
        (
            "2nd and 4th Saturday 14:00",
            "2026-01-24T14:00",
            "2026-01-25T10:00",
            ["Sat 01-10 14:00", "Sun 01-25 10:00", "Sun 02-08 10:00"],
        ),
        (
            "Tuesday 20:00, alternating with 08:00",
            "2026-01-13T08:00",
            "2026-01-14T09:00",
            ["Tue 01-06 20:00", "Wed 01-14 09:00", "Wed 01-21 20:00", "Wed 01-28 09:00"],
        ),
    ],
)  # fmt: skip
def test_the_rest_follows_a_meeting_that_is_moved(
    text: str, occurrence: str, new_wall: str, found: list[str]
) -> None:
    shifted = shift_from(pattern(text), wall(occurrence), wall(new_wall))
    assert dates(shifted, len(found)) == found


@pytest.mark.parametrize(
    ("text", "day", "hours"),
    [
        ("Saturday 14:00", "2026-01-10", [14]),
        ("Saturday 14:00", "2026-01-11", [14]),
        ("Tuesday 9:00, Thursday 19:00", "2026-01-13", [9]),
        ("Tuesday 9:00, Thursday 19:00", "2026-01-15", [19]),
        ("Tuesday 9:00, Thursday 19:00", "2026-01-16", [9, 19]),
        ("Saturday 14:00, alternating with 08:00", "2026-01-10", [8, 14]),
    ],
)
def test_a_day_has_the_hours_of_its_weekday_else_of_all(
    text: str, day: str, hours: list[int]
) -> None:
    found = usual_hours(pattern(text), date.fromisoformat(day))
    assert found == tuple(time(hour) for hour in hours)


def test_the_rest_cannot_follow_to_another_place_in_the_month() -> None:
    with pytest.raises(Refusal) as refused:
        shift_from(
            pattern("2nd Saturday 14:00"), wall("2026-01-10T14:00"), wall("2026-01-17T14:00")
        )
    assert str(refused.value) == (
        "“Saturday, 17 January 2026” is not the same one of its month, so the rest can't follow: "
        "change the rhythm with `/group edit`."
    )


def test_a_pattern_ends_with_the_calendar() -> None:
    late = Pattern(zone="UTC", first_at=wall("9999-12-24T12:00"))
    assert list(late.occurrences(wall("9999-01-01T00:00"))) == [
        wall("9999-12-24T12:00"),
        wall("9999-12-31T12:00"),
    ]
