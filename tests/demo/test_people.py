"""What clocks show to whom."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.people import PEOPLE, Person, clock_time, day, relative, short_moment, timestamp

MAYA, BEN, CLARA, DEVI, KENJI = PEOPLE
MOMENT = datetime(2026, 11, 21, 19, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("person", "shown"),
    [
        (MAYA, "12:05 PM on Saturday 21 November"),
        (BEN, "2:05 PM on Saturday 21 November"),
        (CLARA, "20:05 on Saturday 21 November"),
        (DEVI, "00:35 on Sunday 22 November"),
        (KENJI, "04:05 on Sunday 22 November"),
    ],
)
def test_everybody_reads_the_same_instant_on_their_own_clock(person: Person, shown: str) -> None:
    assert f"{clock_time(MOMENT, person)} on {day(MOMENT, person)}" == shown


def test_midnight_is_twelve_for_people_with_a_twelve_hour_clock() -> None:
    assert clock_time(datetime(2026, 11, 21, 7, 0, tzinfo=UTC), MAYA) == "12:00 AM"


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (MOMENT, "20:05"),
        (MOMENT + timedelta(days=1), "Sun 22 Nov, 20:05"),
        (MOMENT + timedelta(days=60), "Wed 20 Jan 2027, 20:05"),
    ],
)
def test_a_short_moment_names_the_day_only_when_it_is_another(moment: datetime, shown: str) -> None:
    assert short_moment(moment, CLARA, MOMENT) == shown


def test_today_is_counted_on_the_reader_s_own_calendar() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)

    assert short_moment(late, MAYA, MOMENT) == "4:30 PM"
    assert short_moment(late, CLARA, MOMENT) == "Sun 22 Nov, 00:30"


@pytest.mark.parametrize(
    ("style", "for_maya", "for_clara"),
    [
        ("t", "12:05 PM", "20:05"),
        ("T", "12:05:09 PM", "20:05:09"),
        ("d", "11/21/2026", "21/11/2026"),
        ("D", "November 21, 2026", "21 November 2026"),
        ("f", "November 21, 2026 at 12:05 PM", "21 November 2026 at 20:05"),
        (
            "F",
            "Saturday, November 21, 2026 at 12:05 PM",
            "Saturday, 21 November 2026 at 20:05",
        ),
        ("R", "now", "now"),
        ("z", "November 21, 2026 at 12:05 PM", "21 November 2026 at 20:05"),
    ],
)
def test_discord_timestamps_follow_the_reader(style: str, for_maya: str, for_clara: str) -> None:
    assert timestamp(MOMENT, style, MAYA, MOMENT) == for_maya
    assert timestamp(MOMENT, style, CLARA, MOMENT) == for_clara


@pytest.mark.parametrize(
    ("distance", "shown"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=10), "in 10 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(minutes=-90), "2 hours ago"),
        (timedelta(days=1), "in 1 day"),
        (timedelta(days=14), "in 14 days"),
        (timedelta(days=-400), "1 year ago"),
    ],
)
def test_distances_are_told_in_the_largest_unit_that_fits(distance: timedelta, shown: str) -> None:
    assert relative(distance) == shown
