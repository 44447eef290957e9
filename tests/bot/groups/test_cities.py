"""A group that goes to another city: no meeting is lost or doubled on the day of the change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.groups.home import Home
from bot.groups.pattern import Break, Pattern
from bot.groups.rhythm import Rhythm, Slot
from bot.places.zones import zone_names

DENVER, TOKYO, LOS_ANGELES = "America/Denver", "Asia/Tokyo", "America/Los_Angeles"
KIRITIMATI, PAGO_PAGO = "Pacific/Kiritimati", "Pacific/Pago_Pago"
LOST = "Mars/Olympus"
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def going(first: str, was: str, since: str, then: str, zone: str, **changes: object) -> Pattern:
    """A weekly group in the zone `was` that meets in `zone` at `then` and weekly, from `since`."""
    old = Pattern(zone=was, first_at=wall(first))
    since_at = wall(since)
    return old.revised(Rhythm(zone=zone, first_at=wall(then), since_at=since_at, **changes))  # type: ignore[arg-type]


def told(pattern: Pattern, count: int, now: datetime = NEW_YEAR) -> list[str]:
    """The next meetings on their own clocks, and in UTC."""
    return [
        f"{pattern.rhythm_at(wall).home.name} {wall:%a %d %H:%M} = {starts_at:%d %H:%M}"
        for wall, starts_at in pattern.next_instants(now, count)
    ]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (  # The same Saturdays, first in Tokyo, then in Los Angeles: one each.
            going("2027-01-02T10:00", TOKYO, "2027-01-16", "2027-01-16T10:00", LOS_ANGELES),
            ["Tokyo Sat 02 10:00 = 02 01:00", "Tokyo Sat 09 10:00 = 09 01:00",
             "Los Angeles Sat 16 10:00 = 16 18:00", "Los Angeles Sat 23 10:00 = 23 18:00"],
        ),
        (  # Saturday in Los Angeles is Sunday in Tokyo: the same instant is one meeting.
            going("2027-01-02T14:00", LOS_ANGELES, "2027-01-17", "2027-01-17T07:00", TOKYO),
            ["Los Angeles Sat 02 14:00 = 02 22:00", "Los Angeles Sat 09 14:00 = 09 22:00",
             "Tokyo Sun 17 07:00 = 16 22:00", "Tokyo Sun 24 07:00 = 23 22:00"],
        ),
        (  # So is one that begins in the middle of the other.
            going("2027-01-02T14:00", LOS_ANGELES, "2027-01-17", "2027-01-17T07:45", TOKYO),
            ["Los Angeles Sat 02 14:00 = 02 22:00", "Los Angeles Sat 09 14:00 = 09 22:00",
             "Tokyo Sun 17 07:45 = 16 22:45", "Tokyo Sun 24 07:45 = 23 22:45"],
        ),
        (  # One that begins as the other ends is another meeting; and they may change their order.
            going("2027-01-02T14:00", LOS_ANGELES, "2027-01-17", "2027-01-17T05:00", TOKYO),
            ["Los Angeles Sat 02 14:00 = 02 22:00", "Los Angeles Sat 09 14:00 = 09 22:00",
             "Tokyo Sun 17 05:00 = 16 20:00", "Los Angeles Sat 16 14:00 = 16 22:00",
             "Tokyo Sun 24 05:00 = 23 20:00"],
        ),
    ],
)  # fmt: skip
def test_the_day_of_the_change_has_its_meeting_once(pattern: Pattern, found: list[str]) -> None:
    assert told(pattern, len(found)) == found


hours = st.times(time(0, 0), time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0, fold=0)
)
zones = st.sampled_from(sorted(zone_names())) | st.sampled_from(
    [TOKYO, LOS_ANGELES, KIRITIMATI, PAGO_PAGO]
)
rhythms = st.builds(
    Rhythm,
    zone=zones,
    first_at=st.datetimes(wall("2026-12-01"), wall("2026-12-28")).map(
        lambda one: one.replace(second=0, microsecond=0, fold=0)
    ),
    every_weeks=st.integers(1, 2),
    minutes=st.sampled_from([30, 60, 480]),
    also=st.lists(st.builds(Slot, weekday=st.integers(0, 6), at=hours), max_size=2).map(tuple),
)


def walked(rhythm: Rhythm, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Every meeting of the days from `first` to before `last`, found by looking at each minute."""
    anchor = rhythm.first_at.date() - timedelta(days=rhythm.first_at.weekday())
    day = max(first, rhythm.first_at.date())
    while day < last:
        if (day - anchor).days // 7 % rhythm.every_weeks == 0:
            for slot in rhythm.slots:
                at = datetime.combine(day, slot.at)
                if slot.weekday == day.weekday() and at >= rhythm.first_at:
                    yield at, at.replace(tzinfo=ZoneInfo(rhythm.zone)).astimezone(UTC)
        day += timedelta(days=1)


@settings(max_examples=150, deadline=None)
@given(old=rhythms, new=rhythms, day=st.dates(date(2027, 1, 4), date(2027, 1, 31)))
def test_every_meeting_of_both_cities_is_held_once_unless_two_are_one(
    old: Rhythm, new: Rhythm, day: date
) -> None:
    """Against a walk through the days of both calendars that knows nothing of patterns."""
    since_at, end = datetime.combine(day, time()), date(2027, 3, 15)
    pattern = Pattern(zone=old.zone, first_at=old.first_at).with_rhythm(old, ())
    pattern = pattern.revised(
        Rhythm(
            zone=new.zone, first_at=new.first_at, every_weeks=new.every_weeks,
            minutes=new.minutes, also=new.also, since_at=since_at,
        )
    )  # fmt: skip
    after = [*walked(new, day, end)]
    length, later = (timedelta(minutes=one.minutes) for one in (old, new))
    is_far = old.zone != new.zone
    before = [
        (wall, at)
        for wall, at in walked(old, date(2026, 12, 1), day)
        if not (is_far and any(at < other + later and other < at + length for _, other in after))
    ]
    begin = datetime(2026, 12, 30, tzinfo=UTC)
    expected = sorted((at, wall) for wall, at in [*before, *after] if at > begin)
    ahead = islice(pattern.instants(begin), 200)
    found = [(at, one) for one, at in takewhile(lambda one: one[0].date() < end, ahead)]
    assert found == [one for one in expected if one[1].date() < end]
    # The dates are the same ones where no instants are asked for.
    dates = takewhile(lambda one: one.date() < end, pattern.occurrences(wall("2027-01-02")))
    assert {*dates} >= {one for _, one in found if one > wall("2027-01-02")}
    assert len({one for _, one in found}) == len(found)


@settings(max_examples=60, deadline=None)
@given(was=zones, zone=zones, day=st.dates(date(2027, 1, 4), date(2027, 1, 31)), at=hours)
def test_a_city_alone_changes_no_date(was: str, zone: str, day: date, at: time) -> None:
    plain = Pattern(zone=was, first_at=datetime.combine(date(2027, 1, 2), at), every_weeks=2)
    moved = plain.revised(
        Rhythm(
            zone=zone,
            first_at=plain.first_at,
            every_weeks=2,
            since_at=datetime.combine(day, time()),
        )
    )
    begin = wall("2026-12-01")
    assert list(islice(moved.occurrences(begin), 8)) == list(islice(plain.occurrences(begin), 8))


def test_home_is_that_of_the_instant() -> None:
    pattern = going("2027-01-02T10:00", TOKYO, "2027-01-16", "2027-01-16T10:00", LOS_ANGELES)
    moments = [datetime(2027, 1, 16, hour, tzinfo=UTC) for hour in (7, 8)]
    assert [pattern.rhythm_in_force(one).zone for one in moments] == [TOKYO, LOS_ANGELES]
    assert pattern.home_of(TOKYO, wall("2027-01-20T10:00")) == Home(city="Tokyo", zone=TOKYO)
    assert pattern.home_of(DENVER, wall("2027-01-20T10:00")) == Home(city="Denver", zone=DENVER)


def test_two_names_of_one_zone_are_each_used_in_their_days() -> None:
    pattern = Pattern(zone=LOS_ANGELES, city="Pasadena", first_at=wall("2027-01-02T10:00")).revised(
        Rhythm(zone=LOS_ANGELES, city="San Diego", first_at=wall("2027-01-16T10:00"),
               since_at=wall("2027-01-16"))
    )  # fmt: skip
    days = ("2027-01-09T10:00", "2027-01-16T10:00")
    assert [pattern.home_of(LOS_ANGELES, wall(day)).city for day in days] == [
        "Pasadena",
        "San Diego",
    ]


def test_a_lost_zone_of_the_past_does_no_harm() -> None:
    pattern = going("2026-01-03T10:00", LOST, "2027-01-16", "2027-01-16T10:00", LOS_ANGELES)
    assert told(pattern, 1) == ["Los Angeles Sat 16 10:00 = 16 18:00"]
    assert pattern.home_of(LOST, wall("2026-01-03T10:00")) == Home(city="UTC", zone="UTC")
    assert pattern.rhythm_in_force(NEW_YEAR).home.name == "Olympus"


def test_nothing_is_planned_on_a_lost_clock() -> None:
    pattern = going("2026-01-03T10:00", LOS_ANGELES, "2027-01-09", "2027-01-16T10:00", LOST)
    assert told(pattern, 6) == ["Los Angeles Sat 02 10:00 = 02 18:00"]
    broken = pattern.with_days_off([Break(first=date(2027, 1, 2))], ())
    assert told(broken, 6) == []
    same_day = going("2026-01-03T10:00", LOS_ANGELES, "2027-01-02T20:00", "2027-01-02T20:00", LOST)
    assert told(same_day, 6) == ["Los Angeles Sat 02 10:00 = 02 18:00"]
