"""What a member may ask for, and which place they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.members.model import (
    LEAD_NAMES,
    NO_QUIET,
    QUIET_HOURS,
    STANDARD_LEADS,
    Member,
    Place,
    QuietHours,
    check_leads,
    choice_of,
    find_home,
    find_quiet,
    spoken_leads,
    spoken_quiet,
)
from bot.places.index import find_places
from bot.places.model import Place as FoundPlace
from bot.places.spoken import Habit, HourCycle


@given(st.lists(st.sampled_from(STANDARD_LEADS)))
def test_lead_times_come_longest_first_and_once(chosen: list[int]) -> None:
    assert check_leads(tuple(chosen)) == tuple(m for m in STANDARD_LEADS if m in chosen)


@given(st.integers().filter(lambda minutes: minutes not in LEAD_NAMES))
def test_a_lead_time_that_is_not_offered_is_refused(minutes: int) -> None:
    with pytest.raises(Refusal) as refused:
        check_leads((60, minutes))
    assert str(refused.value) == (
        f"{minutes} minutes is not one of the times I remind at: 1 week, 1 day, 1 hour, 10 minutes."
    )


@pytest.mark.parametrize(
    ("lead_minutes", "spoken"),
    [
        ((), "never"),
        ((60,), "1 hour"),
        ((1_440, 10), "1 day and 10 minutes"),
        (STANDARD_LEADS, "1 week, 1 day, 1 hour and 10 minutes"),
    ],
)
def test_lead_times_are_spoken(lead_minutes: tuple[int, ...], spoken: str) -> None:
    assert spoken_leads(lead_minutes) == spoken


def test_a_stranger_reads_the_groups_clock() -> None:
    assert Member(user_id=1).habit("America/Denver") == Habit(
        locale="en-US", hour_cycle=None, zone="America/Denver"
    )


def test_a_known_member_reads_their_own_clock() -> None:
    member = Member(
        user_id=1,
        place=Place(name="Berlin", zone="Europe/Berlin"),
        locale="de",
        hour_cycle=HourCycle.TWELVE,
    )
    assert member.habit("America/Denver") == Habit(
        locale="de", hour_cycle=HourCycle.TWELVE, zone="Europe/Berlin"
    )


@pytest.mark.parametrize("typed", ["Portland", "Springfield, US", "San Jose", "Waterloo"])
def test_each_offered_place_is_found_again_by_its_choice(typed: str) -> None:
    offered = find_places(typed)
    assert len({place.zone for place in offered}) > 1
    assert [find_home(choice_of(place)) for place in offered] == offered


def test_a_choice_that_is_too_long_for_discord_keeps_the_zone() -> None:
    place = FoundPlace(name="A" * 90, country="US", zone="America/New_York", population=0)
    assert choice_of(place) == "America/New_York"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Portland", ("Portland", "America/Los_Angeles")),
        ("Portland, US|America/New_York", ("Portland", "America/New_York")),
        ("europe/berlin", ("Berlin", "Europe/Berlin")),
    ],
)
def test_home_is_found_by_city_zone_or_choice(typed: str, found: tuple[str, str]) -> None:
    home = find_home(typed)
    assert (home.name, home.zone) == found


@pytest.mark.parametrize("typed", ["", "Nowhereville", "Portland, US|Mars/Olympus", "|", "EST"])
def test_a_place_nobody_knows_is_refused(typed: str) -> None:
    with pytest.raises(Refusal):
        find_home(typed)


NIGHT = QuietHours(from_hour=22, until_hour=7)


def test_each_offered_quiet_is_found_again_by_its_choice() -> None:
    assert [find_quiet(quiet.choice) for quiet in QUIET_HOURS] == list(QUIET_HOURS)
    assert (NIGHT.choice, NIGHT in QUIET_HOURS, find_quiet(NO_QUIET)) == ("22-7", True, None)


@pytest.mark.parametrize("chosen", ["", "7-22", "22-7 ", "25-99", "0-0", "None"])
def test_quiet_hours_that_are_not_offered_are_refused(chosen: str) -> None:
    with pytest.raises(Refusal) as refused:
        find_quiet(chosen)
    assert str(refused.value) == (
        f"“{chosen.strip()}” are not quiet hours I know: choose from the list."
    )


@pytest.mark.parametrize(
    ("habit", "spoken"),
    [
        (Habit(locale="de", hour_cycle=None, zone="Europe/Berlin"), "22:00 to 07:00"),
        (Habit(locale="en-US", hour_cycle=None, zone="America/Denver"), "10:00 PM to 7:00 AM"),
        (
            Habit(locale="en-US", hour_cycle=HourCycle.TWENTY_FOUR, zone="Pacific/Chatham"),
            "22:00 to 07:00",
        ),
    ],
)
def test_quiet_hours_are_spoken_as_the_member_reads_clocks(habit: Habit, spoken: str) -> None:
    assert spoken_quiet(NIGHT, habit) == spoken
