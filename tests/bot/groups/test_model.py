"""What a lead may type for a group, and when a group meets."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.groups.model import (
    ABOUT_LIMIT,
    NAME_LIMIT,
    PLACE_LIMIT,
    Group,
    GroupState,
    Pattern,
    check_about,
    check_first_session,
    check_meeting_place,
    check_name,
)
from bot.places.spoken import Habit
from bot.places.written import parse_wall

NOW = datetime(2022, 10, 29, 18, 0, tzinfo=UTC)
ZONES = (
    "America/Denver",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Edmonton",
    "Pacific/Apia",
    "America/St_Johns",
    "UTC",
)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


patterns = st.builds(
    Pattern,
    zone=st.sampled_from(ZONES),
    first_at=st.datetimes(wall("2022-01-01"), wall("2027-12-31")).map(
        lambda wall: wall.replace(second=0, microsecond=0, fold=0)
    ),
    every_weeks=st.integers(1, 4),
    minutes=st.just(60),
)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("2026-12-05 14:00", "2026-12-05T14:00"),
        ("  2026-12-05\u00a0 14:00 ", "2026-12-05T14:00"),
        ("2026-12-05T14:00", "2026-12-05T14:00"),
        ("2026-12-05, 14.00", "2026-12-05T14:00"),
        ("2026-1-5 9h00", "2026-01-05T09:00"),
        ("2026-12-05 2:00 pm", "2026-12-05T14:00"),
        ("2026-12-05 2:00PM", "2026-12-05T14:00"),
        ("2026-12-05 12:30 a.m.", "2026-12-05T00:30"),
        ("2026-12-05 12:30 p.m.", "2026-12-05T12:30"),
        ("2024-02-29 23:59", "2024-02-29T23:59"),
        ("2026-12-05\u200b 1\u202e4:00", "2026-12-05T14:00"),
        ("9999-12-31 23:59", "9999-12-31T23:59"),
    ],
)
def test_a_date_and_time_is_read(text: str, parsed: str) -> None:
    assert parse_wall(text) == wall(parsed)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-05 25:00",
        "2026-12-05 24:00",
        "2026-12-05 14:60",
        "2026-02-30 14:00",
        "2025-02-29 14:00",
        "2026-13-01 14:00",
        "2026-00-10 14:00",
        "0000-01-01 14:00",
        "2026-12-05 14:00 pm",
        "2026-12-05 0:30 am",
        "2026-12-05 13:00 a.m.",
    ],
)
def test_a_moment_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_wall(text)
    assert str(refused.value) == (
        f"“{text}” is not a moment that exists: check the day, and the hour (00:00 to 23:59)."
    )


@pytest.mark.parametrize(
    "text",
    [
        "3/12",
        "3/12/2026 14:00",
        "12.5.2026 14:00",
        "noon",
        "2026-12-05 noon",
        "2026-12-05",
        "14:00",
        "tomorrow 14:00",
        "next Saturday",
        "26-12-05 14:00",
        "2026-12-05 1400",
        "2026-12-05 14:00 UTC",
        "2026-12-05 14:00:00",
        "-2026-12-05 14:00",
    ],
)
def test_any_other_way_of_writing_it_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_wall(text)
    assert str(refused.value) == (
        f"I can't read “{text}” as a date and time. "
        "Write year-month-day and the hour, like 2026-12-05 14:00."
    )


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u202e"])
def test_no_date_at_all_is_asked_for(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_wall(text)
    assert str(refused.value) == "I need a date and a time, like 2026-12-05 14:00."


def test_what_follows_a_good_date_is_not_cut_away() -> None:
    with pytest.raises(Refusal) as refused:
        parse_wall("2026-12-05" + "," * 25 + "14:00 or 15:00")
    assert str(refused.value) == (
        "I can't read “2026-12-05,,,,,,,,,,,,,,,,,,,,,,,,,14:0…” as a date and time. "
        "Write year-month-day and the hour, like 2026-12-05 14:00."
    )


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parsed = parse_wall(text)
    except Refusal:
        return
    assert parsed.tzinfo is None


@given(st.datetimes().map(lambda moment: moment.replace(second=0, microsecond=0)))
def test_what_a_form_shows_again_is_read_as_it_was(moment: datetime) -> None:
    assert parse_wall(f"{moment:%Y-%m-%d %H:%M}".rjust(16, "0")) == moment


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2022-10-29 12:01", "America/Denver"),
        ("2022-10-29 23:31", "Asia/Kolkata"),
        ("2024-10-29 11:59", "America/Denver"),
    ],
)
def test_a_first_session_ahead_within_two_years_is_taken(text: str, zone: str) -> None:
    assert check_first_session(text, zone, NOW) == wall(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "2022-10-29 12:00",
            "“2022-10-29 12:00” has passed already: give a first session that is ahead.",
        ),
        (
            " 2021-11-05  14:00",
            "“2021-11-05 14:00” has passed already: give a first session that is ahead.",
        ),
        (
            "0001-01-01 00:00",
            "“0001-01-01 00:00” has passed already: give a first session that is ahead.",
        ),
        ("2024-10-29 13:00", "“2024-10-29 13:00” is more than two years away: check the year."),
        ("2222-11-05 14:00", "“2222-11-05 14:00” is more than two years away: check the year."),
        ("9999-12-31 23:59", "“9999-12-31 23:59” is outside of any calendar: check the year."),
    ],
)
def test_a_first_session_in_the_past_or_far_away_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_first_session(text, "America/Denver", NOW)
    assert str(refused.value) == sentence


def test_a_first_session_in_a_zone_nobody_knows_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        check_first_session("2022-11-05 14:00", "Mars/Olympus", NOW)
    assert str(refused.value) == (
        "“Mars/Olympus” is not a time zone I know: name one such as Europe/Berlin."
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" ML \n Theory ", "ML Theory"),
        ("Physics ∩ ML", "Physics ∩ ML"),
        ("\u202eM\u200bL\u2066", "ML"),
        ("@everyone", "@everyone"),
        ("読書会", "読書会"),
        ("x" * NAME_LIMIT, "x" * NAME_LIMIT),
    ],
)
def test_a_name_is_cleaned(text: str, name: str) -> None:
    assert check_name(text) == name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "A group needs a name: give it one, such as “ML Theory”."),
        ("\u3164\u200b\n", "A group needs a name: give it one, such as “ML Theory”."),
        ("42", "“42” has no letter in it: a group's name needs one."),
        ("📚", "“📚” has no letter in it: a group's name needs one."),
        (
            "Reading " * 8,
            "“Reading Reading Rea…” has 63 characters; a group's name has at most 60.",
        ),
        ("x" * 5_000, f"“{'x' * 19}…” has 5,000 characters; a group's name has at most 60."),
    ],
)
def test_a_name_that_nobody_could_use_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_name(text)
    assert str(refused.value) == sentence


def test_about_and_place_are_cleaned_and_may_be_empty() -> None:
    assert check_about(" We\r\n\n\n\nread. ") == "We\n\nread."
    assert check_meeting_place(" Stage\n1 ") == "Stage 1"
    assert (check_about(""), check_meeting_place("")) == ("", "")
    assert check_about("x" * ABOUT_LIMIT) == "x" * ABOUT_LIMIT
    assert check_meeting_place("x" * PLACE_LIMIT) == "x" * PLACE_LIMIT


def test_an_about_that_is_too_long_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        check_about("x" * 4_000)
    assert str(refused.value) == ("What the group is about has 4,000 characters; keep it to 600.")


def test_a_meeting_place_that_is_too_long_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        check_meeting_place("Room " * 21)
    assert str(refused.value) == (
        "“Room Room Room Room…” has 104 characters; a meeting place has at most 100."
    )


@given(patterns, st.datetimes(wall("2021-01-01"), wall("2029-01-01")))
def test_occurrences_are_the_first_one_and_whole_periods_later(
    pattern: Pattern, after: datetime
) -> None:
    period = timedelta(weeks=pattern.every_weeks)
    passed = max(0, (after - pattern.first_at) // period + 1)
    first = pattern.first_at + passed * period
    assert list(islice(pattern.occurrences(after), 5)) == [first + n * period for n in range(5)]


@example(
    Pattern(zone="America/Denver", first_at=wall("2022-11-05T14:00"), every_weeks=2, minutes=60),
    NOW.replace(tzinfo=None),
)
@example(
    Pattern(zone="Europe/Berlin", first_at=wall("2022-03-27T02:30"), every_weeks=1, minutes=60),
    wall("2022-03-27T01:30"),
)
@given(patterns, st.datetimes(wall("2021-12-01"), wall("2028-01-01")))
def test_next_instants_are_those_that_a_search_of_the_clock_finds(
    pattern: Pattern, now: datetime
) -> None:
    instant = now.replace(tzinfo=UTC)
    period = timedelta(weeks=pattern.every_weeks)
    walls = [pattern.first_at + n * period for n in range(330)]
    found = [(one, search(one, ZoneInfo(pattern.zone))) for one in walls]
    expected = [pair for pair in found if pair[1] > instant][:6]
    assert pattern.next_instants(instant, 6) == expected


def search(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks in `zone` show `moment`, by trying every offset near it.

    Where they never do, the instant at which a clock that nobody put forward would.
    """
    naive = moment.replace(tzinfo=UTC)
    offsets = {(naive + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in (-36, 36)}
    readings = [naive - offset for offset in offsets if offset is not None]
    shown = [one for one in readings if one.astimezone(zone).replace(tzinfo=None) == moment]
    return min(shown) if shown else max(readings)


def test_denvers_saturdays_move_in_utc_when_clocks_go_back() -> None:
    pattern = Pattern(
        zone="America/Denver", first_at=wall("2022-11-05T14:00"), every_weeks=2, minutes=60
    )
    assert pattern.next_instants(NOW, 3) == [
        (wall("2022-11-05T14:00"), datetime(2022, 11, 5, 20, 0, tzinfo=UTC)),
        (wall("2022-11-19T14:00"), datetime(2022, 11, 19, 21, 0, tzinfo=UTC)),
        (wall("2022-12-03T14:00"), datetime(2022, 12, 3, 21, 0, tzinfo=UTC)),
    ]


def test_a_group_without_a_place_meets_on_discord() -> None:
    group = Group(
        id=1,
        server_id=2,
        name="ML Theory",
        state=GroupState.ACTIVE,
        creator_id=3,
        pattern=Pattern(
            zone="America/Denver", first_at=wall("2022-11-05T14:00"), every_weeks=2, minutes=60
        ),
        channel_id=4,
    )
    assert group.where == "ML Theory on Discord"
    assert group.habit_at(NOW) == Habit(locale="en-US", hour_cycle=None, zone="America/Denver")
