"""Clock changes in words: whose hour, where, until when, in the reader's own writing."""

from datetime import UTC, datetime, timedelta

import pytest
from scenery import occasions

from bot.places.spoken import Habit
from bot.places.wall import resolve
from bot.sessions.change_words import changes_in, spoken_changes
from bot.sessions.model import Session, SessionState, SessionView

BERLIN = "Europe/Berlin"
BOSTON, TORONTO = ("Boston", "America/New_York"), ("Toronto", "America/Toronto")
KOLKATA, TOKYO = ("Kolkata", "Asia/Kolkata"), ("Tokyo", "Asia/Tokyo")
CASABLANCA, LONDON = ("Casablanca", "Africa/Casablanca"), ("London", "Europe/London")
HOME = Habit(locale="en-US", hour_cycle=None, zone=BERLIN)


def tuesday(day: str, home: str = BERLIN) -> SessionView:
    """The session of a weekly group, 20:00 at home, on a Tuesday."""
    wall = datetime.fromisoformat(f"{day}T20:00")
    walls = [wall + timedelta(weeks=number) for number in range(-28, 29)]
    return SessionView(
        session=Session(
            id=1,
            group_id=1,
            number=1,
            wall_start=wall,
            zone=home,
            starts_at=resolve(wall, home).starts_at,
            minutes=90,
            state=SessionState.PLANNED,
            changed_at=datetime(2025, 1, 1, tzinfo=UTC),
        ),
        answers={},
        clocks=(),
        meetings=occasions(walls, home),
    )


@pytest.mark.parametrize(
    ("day", "places", "text"),
    [
        ("2025-02-25", [BOSTON, KOLKATA, LONDON], None),
        (
            "2025-03-04",
            [BOSTON],
            "⏰ Clocks change before the next session (Tuesday 11 March): 15:00 instead of 14:00 "
            "in Boston, until 25 March.",
        ),
        (
            "2025-03-11",
            [BOSTON, TORONTO, LONDON],
            "⏰ Clocks change: 15:00 instead of 14:00 in Boston and Toronto, until 25 March.",
        ),
        # Other clocks change in the same week: some are back to usual, others have a new hour.
        (
            "2025-03-25",
            [BOSTON, KOLKATA, TOKYO],
            "⏰ Clocks change: 15:00 instead of 14:00 in Boston, until 25 March.\n"
            "⏰ Clocks change before the next session (Tuesday 1 April): Tuesday 23:30 instead of "
            "Wednesday 00:30 in Kolkata, from then on; 03:00 instead of 04:00 in Tokyo, from then "
            "on.",
        ),
        ("2025-04-01", [BOSTON, LONDON], None),
        (
            "2025-04-01",
            [KOLKATA],
            "⏰ Clocks change: Tuesday 23:30 instead of Wednesday 00:30 in Kolkata, from now on.",
        ),
        (
            "2025-10-21",
            [BOSTON],
            "⏰ Clocks change before the next session (Tuesday 28 October): 15:00 instead of 14:00 "
            "in Boston, that day only.",
        ),
        (
            "2025-10-28",
            [BOSTON],
            "⏰ Clocks change: 15:00 instead of 14:00 in Boston, this time only.",
        ),
        # The usual hour is the last that stayed, also where two temporary ones touch.
        (
            "2026-03-24",
            [CASABLANCA],
            "⏰ Clocks change before the next session (Tuesday 31 March): 19:00 instead of 20:00 "
            "in Casablanca, from then on.",
        ),
    ],
)
def test_a_change_says_whose_hour_it_is_and_until_when(
    day: str, places: list[tuple[str, str]], text: str | None
) -> None:
    view = tuesday(day)
    told = changes_in(view, places)
    assert spoken_changes(view, told, HOME) == text


@pytest.mark.parametrize(
    ("habit", "text"),
    [
        (
            Habit(locale="en-US", hour_cycle=None, zone="America/New_York"),
            "⏰ Clocks change: 3:00 PM instead of 2:00 PM in Boston, until March 25.",
        ),
        (
            Habit(locale="de", hour_cycle=None, zone="America/New_York"),
            "⏰ Clocks change: 15:00 instead of 14:00 in Boston, until 25. März.",
        ),
        (
            Habit(locale="ja", hour_cycle=None, zone="America/New_York"),
            "⏰ Clocks change: 15:00 instead of 14:00 in Boston, until 3月25日.",
        ),
    ],
)
def test_a_change_is_written_as_its_reader_writes(habit: Habit, text: str) -> None:
    view = tuesday("2025-03-11")
    assert spoken_changes(view, changes_in(view, [BOSTON]), habit) == text


def test_discord_writes_the_day_where_many_read_it() -> None:
    """It is Tuesday for some of them and Wednesday for others."""
    view = tuesday("2025-03-04")
    text = spoken_changes(view, changes_in(view, [BOSTON]), HOME, is_for_many=True)
    assert text == (
        "⏰ Clocks change before the next session (<t:1741719600:D>): 15:00 instead of 14:00 in "
        "Boston, until 25 March."
    )


def test_the_last_day_is_the_readers_own() -> None:
    """A Tuesday evening in Los Angeles is a Wednesday morning in Berlin."""
    view = tuesday("2025-03-11", "America/Los_Angeles")
    habit = Habit(locale="de", hour_cycle=None, zone=BERLIN)
    assert spoken_changes(view, changes_in(view, [("Bonn", BERLIN)]), habit) == (
        "⏰ Clocks change: 04:00 instead of 05:00 in Bonn, until 26. März."
    )


def test_members_words_are_escaped() -> None:
    view = tuesday("2025-03-11")
    text = spoken_changes(view, changes_in(view, [("*Bos*", BOSTON[1])]), HOME)
    assert text is not None
    assert "in \\*Bos\\*, until" in text
