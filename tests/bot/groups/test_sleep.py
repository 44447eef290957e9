"""For whom it is night, and that nobody can be told from a share."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from backstage import BEN, CLARA, DEVI, KENJI, MAYA, Backstage
from hypothesis import given
from hypothesis import strategies as st

from bot.groups.sleep import (
    awake_by_hour,
    is_night,
    night_flag,
    night_share,
    week_of,
    zones_of_followers,
)
from bot.members.model import Place
from bot.places.wall import local, resolve

BERLIN, BOSTON, TOKYO = "Europe/Berlin", "America/New_York", "Asia/Tokyo"
KOLKATA, KATHMANDU = "Asia/Kolkata", "Asia/Kathmandu"
WINTER = datetime(2026, 1, 13, 19, 0, tzinfo=UTC)
"""Tuesday 20:00 in Berlin, 14:00 in Boston, Wednesday 04:00 in Tokyo."""

ZONES = st.sampled_from([BERLIN, BOSTON, TOKYO, KOLKATA, KATHMANDU, "Pacific/Chatham", "UTC"])
PEOPLE = st.dictionaries(ZONES, st.integers(min_value=1, max_value=40), min_size=1)
MOMENTS = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2032, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("people", "share"),
    [
        ({BERLIN: 3, BOSTON: 2}, 0.0),
        ({BERLIN: 3, TOKYO: 2}, 0.4),
        ({TOKYO: 5}, 1.0),
        ({KOLKATA: 1, BERLIN: 7}, 0.125),
        # Four people: anybody could work out who sleeps.
        ({TOKYO: 4}, None),
        ({BERLIN: 2, TOKYO: 2}, None),
        ({}, None),
    ],
)
def test_a_share_is_told_of_five_people_or_more(
    people: dict[str, int], share: float | None
) -> None:
    assert night_share(people, WINTER) == share


@pytest.mark.parametrize(
    ("share", "flag"),
    [
        (None, None),
        (0.0, None),
        (0.4, "🌙 night for 40% of followers"),
        (1.0, "🌙 night for 100% of followers"),
        # One of four hundred is somebody.
        (0.0025, "🌙 night for 1% of followers"),
    ],
)
def test_a_flag_stands_where_it_is_night_for_somebody(
    share: float | None, flag: str | None
) -> None:
    assert night_flag(share) == flag


def test_night_begins_at_eleven_and_ends_at_seven() -> None:
    assert [hour for hour in range(24) if is_night(hour)] == [0, 1, 2, 3, 4, 5, 6, 23]


def test_a_week_begins_on_monday_at_home_and_half_an_hour_counts_half() -> None:
    week = awake_by_hour({BERLIN: 5, KOLKATA: 5}, BERLIN, WINTER)
    assert week is not None
    # Kolkata is four and a half hours ahead: it wakes at 02:30 and sleeps from 18:30 on.
    berlin = [0.0] * 7 + [1.0] * 16 + [0.0]
    kolkata = [0.0] * 2 + [0.5] + [1.0] * 15 + [0.5] + [0.0] * 5
    assert week == [(a + b) / 2 for a, b in zip(berlin, kolkata, strict=True)] * 7


def test_a_week_uses_the_offsets_of_the_moment() -> None:
    between = datetime(2026, 3, 17, 12, tzinfo=UTC)
    usual, mismatch = (awake_by_hour({BOSTON: 5}, BERLIN, moment) for moment in (WINTER, between))
    assert usual is not None
    assert mismatch is not None
    # Boston, six hours behind, is five while its summer has begun and Berlin's has not.
    assert (usual.index(0.0), mismatch.index(0.0)) == (5, 4)


def test_a_week_in_which_clocks_change_has_both_offsets() -> None:
    """Boston's summer begins on Sunday, 8 March 2026: awake until 05:00 in Berlin, then 04:00."""
    week = awake_by_hour({BOSTON: 5}, BERLIN, datetime(2026, 3, 4, 12, tzinfo=UTC))
    assert week is not None
    days = [week[24 * day : 24 * day + 24] for day in range(7)]
    assert [(day.index(0.0), day.index(1.0, 5)) for day in days] == [(5, 13)] * 6 + [(5, 12)]


@pytest.mark.parametrize("day", [2, 8])
def test_a_week_begins_on_homes_monday(day: int) -> None:
    assert week_of(datetime(2026, 3, day, 12, tzinfo=UTC), BERLIN) == date(2026, 3, 2)
    assert week_of(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), BERLIN) == date(2026, 3, 2)


def test_no_week_is_drawn_of_four_people() -> None:
    assert awake_by_hour({BERLIN: 4}, BERLIN, WINTER) is None


@given(people=PEOPLE, home=ZONES, moment=MOMENTS)
def test_each_hour_is_what_the_clocks_of_its_people_say(
    people: dict[str, int], home: str, moment: datetime
) -> None:
    week = awake_by_hour(people, home, moment)
    if sum(people.values()) < 5:
        assert week is None
        return
    assert week is not None
    assert len(week) == 168
    # The hour of home's week that holds `moment` itself, quarter by quarter.
    here = local(moment, home)
    start = resolve(here.replace(minute=0, second=0, microsecond=0, tzinfo=None), home).starts_at
    awake = Counter[int]()
    for minute in range(0, 60, 15):
        for zone, count in people.items():
            # Clocks that change within the hour count from the next one on.
            offset = local(start, zone).utcoffset() or timedelta()
            there = start + timedelta(minutes=minute) + offset
            awake[minute] += 0 if is_night(there.hour) else count
    hour = 24 * here.weekday() + here.hour
    assert week[hour] == pytest.approx(sum(awake.values()) / 4 / sum(people.values()))


async def test_zones_are_counted_over_followers_whose_clock_is_known(
    house: Backstage,
) -> None:
    group = await house.found_group()
    other = await house.found_group(name="Other", channel_id=2_000)
    await house.follow(group, MAYA, BEN, CLARA, DEVI)
    await house.follow(other, BEN, KENJI)
    for user_id, city, zone in [
        (MAYA, "Boston", BOSTON),
        (BEN, "Berlin", BERLIN),
        (CLARA, "Potsdam", BERLIN),
        (DEVI, "Atlantis", "Atlantic/Atlantis"),
        (KENJI, "Tokyo", TOKYO),
    ]:
        await house.know(user_id, Place(name=city, zone=zone))
    async with house.db.read() as tx:
        assert list((await zones_of_followers(tx, group.id)).items()) == [(BERLIN, 2), (BOSTON, 1)]
        assert await zones_of_followers(tx, other.id) == {BERLIN: 1, TOKYO: 1}
        assert await zones_of_followers(tx, 99) == {}
