"""Who meets at another hour than usual: the fixture's segments, and an independent count."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby, islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.groups.pattern import Pattern
from bot.groups.rhythm import LAST as LAST_OF_MONTH
from bot.groups.rhythm import Slot
from bot.places.wall import resolve
from bot.places.zones import zone_names
from bot.sessions.radar import changes_at, hour_changes, meetings_around, next_meeting
from bot.sessions.stays import Occasion, Stay, stays_of

PLACES = Path(__file__).parents[1] / "places"
MEMBERS = json.loads((PLACES / "clock_changes.json").read_text("utf-8"))["members"]
BERLIN, BOSTON = "Europe/Berlin", "America/New_York"
FIRST, LAST = datetime(2025, 1, 7, 20, 0), datetime(2027, 12, 28, 20, 0)  # noqa: DTZ001 - wall times
TUESDAYS = Pattern(zone=BERLIN, first_at=FIRST, every_weeks=1, minutes=90)

STAYS: dict[str, Stay] = {}
"""A stay in each zone that was asked for: meetings on one clock belong to the same one."""

Told = tuple[date, str, str, date | None]
"""The group's date, the hour then, the usual hour, and the member's date of the last one."""


def at(wall: datetime, zone: str = BERLIN) -> Occasion:
    if zone not in STAYS:
        [STAYS[zone]] = stays_of(Pattern(zone=zone, first_at=FIRST))
    return STAYS[zone].occasion(wall, resolve(wall, zone).starts_at)


def meeting(wall: str, zone: str = BERLIN) -> Occasion:
    return at(datetime.fromisoformat(wall), zone)


def held(wall: str, zone: str = BERLIN) -> tuple[datetime, datetime]:
    """A session of the calendar: its wall time and instant."""
    found = meeting(wall, zone)
    return found.wall, found.starts_at


def weekly(start: datetime, weeks: int, zone: str, interval: int = 1) -> list[Occasion]:
    return [at(start + timedelta(weeks=interval * number), zone) for number in range(weeks)]


def expected_of(segments: list[tuple[str, int, str, str, int, str]]) -> dict[date, Told]:
    """What the fixture's segments call for: its first one is usual, for it lasts in all of them."""
    found: dict[date, Told] = {}
    usual = ("", 0)
    for hour, dayshift, first, last, n, kind in segments:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
        if usual[0] and (hour, dayshift) != usual:
            until = end + timedelta(days=dayshift) if kind == "temporary" else None
            for number in range(n if until else 1):
                day = begin + timedelta(weeks=number)
                found[day] = (day, hour, usual[0], until)
        if kind == "run":
            usual = (hour, dayshift)
    return found


@cache
def tuesdays() -> list[tuple[datetime, datetime, tuple[Occasion, ...]]]:
    """Each of three years with its instant and the meetings around it, for whomever."""
    walls = [FIRST + timedelta(weeks=number) for number in range(156)]
    calendar = [(wall, BERLIN, (wall, resolve(wall, BERLIN).starts_at)) for wall in walls]
    return [
        (wall, starts_at, meetings_around(TUESDAYS, calendar, starts_at))
        for wall, _, (_, starts_at) in calendar
    ]


@pytest.mark.parametrize("zone", MEMBERS)
def test_every_tuesday_of_three_years_is_told_as_the_fixture_says(zone: str) -> None:
    expected = expected_of(MEMBERS[zone])
    told: dict[tuple[object, ...], Told] = {}
    heard: list[tuple[date, date]] = []
    for wall, starts_at, around in tuesdays():
        for change in changes_at(around, starts_at, zone):
            there = change.starts_at.astimezone(ZoneInfo(zone))
            this = (
                change.wall.date(), f"{there:%H:%M}", f"{change.usual:%H:%M}", change.until
            )  # fmt: skip
            if change.wall.date() in expected or change.wall <= LAST:
                assert expected[change.wall.date()] == this
            if change.key not in told:
                told[change.key] = this
                heard.append((wall.date(), change.wall.date()))
    starts = [day for day in expected if expected.get(day - timedelta(weeks=1), (0, 0, 0, 0))[1:]
              != expected[day][1:]]  # fmt: skip
    # Each change is told once, in the reminders of the meeting before it.
    assert [first for _, first in heard if first <= LAST.date()] == starts
    assert all(
        first - spoken == timedelta(weeks=1) for spoken, first in heard if spoken != FIRST.date()
    )


def test_the_fixture_calls_for_many_notices() -> None:
    counts = {zone: len(expected_of(segments)) for zone, segments in MEMBERS.items()}
    assert len(counts) == 13
    assert counts["Europe/London"] == 0
    assert counts[BOSTON] == 11
    assert sum(counts.values()) > 100


def test_usual_is_the_last_hour_that_stayed() -> None:
    """Casablanca, spring 2026: 20:00, 19:00 for Ramadan, 20:00 for a week, 19:00 from then on."""
    changes = hour_changes(weekly(FIRST, 156, BERLIN), "Africa/Casablanca")
    spring = {
        str(one.wall.date()): (f"{one.usual:%H:%M}", str(one.until))
        for one in changes.values()
        if date(2026, 2, 1) < one.wall.date() < date(2026, 6, 1)
    }
    assert spring == {
        "2026-02-17": ("20:00", "2026-03-17"),
        "2026-02-24": ("20:00", "2026-03-17"),
        "2026-03-03": ("20:00", "2026-03-17"),
        "2026-03-10": ("20:00", "2026-03-17"),
        "2026-03-17": ("20:00", "2026-03-17"),
        "2026-03-31": ("20:00", "None"),
    }


def test_a_change_is_known_by_the_minute_at_which_clocks_change() -> None:
    whole = weekly(FIRST, 156, BERLIN)
    one_cancelled = [one for one in whole if one.wall.date() != date(2026, 3, 10)]
    moved = [*one_cancelled, meeting("2026-03-12T20:00")]
    keys = [
        [one.key for one in hour_changes(in_order(some), BOSTON).values()]
        for some in (whole, one_cancelled, moved)
    ]
    changed_at = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    assert [key.count((BOSTON, 20 * 60, changed_at)) for key in keys] == [3, 2, 3]
    assert set(keys[0]) == set(keys[1]) == set(keys[2])


def test_a_meeting_that_was_put_at_another_hour_is_no_clock_change() -> None:
    moved = [one for one in weekly(FIRST, 156, BERLIN) if one.wall.date() != date(2026, 5, 5)]
    moved = in_order([*moved, meeting("2026-05-05T18:00")])
    assert meeting("2026-05-05T18:00").starts_at not in hour_changes(moved, BOSTON)
    assert len(hour_changes(moved, BOSTON)) == 11


def test_hours_in_turn_are_each_their_own_series() -> None:
    evenings = weekly(FIRST, 78, BERLIN, 2)
    mornings = weekly(datetime(2025, 1, 14, 9, 0), 78, BERLIN, 2)  # noqa: DTZ001 - a wall time
    both = in_order([*evenings, *mornings])
    assert hour_changes(both, BOSTON) == {
        **hour_changes(evenings, BOSTON),
        **hour_changes(mornings, BOSTON),
    }
    assert hour_changes(both, "Europe/London") == {}
    assert len(hour_changes(both, BOSTON)) < 15


def test_a_group_that_begins_while_clocks_are_apart_hears_of_it() -> None:
    first_at = datetime(2026, 3, 10, 20, 0)  # noqa: DTZ001 - a wall time
    young = Pattern(zone=BERLIN, first_at=first_at, every_weeks=1, minutes=60)
    starts_at = meeting("2026-03-10T20:00").starts_at
    around = meetings_around(young, [], starts_at)
    [change] = changes_at(around, starts_at, BOSTON)
    assert (f"{change.usual:%H:%M}", change.until) == ("14:00", date(2026, 3, 24))
    assert next_meeting(around, starts_at) == meeting("2026-03-17T20:00").starts_at


MONTHLY = Pattern(
    zone=BERLIN,
    first_at=datetime(2026, 3, 14, 14, 0),  # noqa: DTZ001 - the second Saturday
    nth=(2, 4),
    minutes=60,
)
IN_TURN = Pattern(
    zone=BERLIN,
    first_at=datetime(2026, 3, 10, 20, 0),  # noqa: DTZ001 - a wall time
    turns=(time(9, 0),),
    minutes=60,
)
TWO_DAYS = Pattern(
    zone=BERLIN,
    first_at=datetime(2026, 3, 10, 20, 0),  # noqa: DTZ001 - a Tuesday
    also=(Slot(weekday=3, at=time(9, 0)),),
    minutes=60,
)


@pytest.mark.parametrize(
    ("pattern", "since", "past"),
    [
        (MONTHLY, "2026-01-01", ["01-10 14", "01-24 14", "02-14 14", "02-28 14"]),
        (IN_TURN, "2026-02-14", ["02-17 09", "02-24 20", "03-03 09"]),
        (TWO_DAYS, "2026-02-24", ["02-24 20", "02-26 09", "03-03 20", "03-05 09"]),
        (
            replace(
                MONTHLY, nth=(LAST_OF_MONTH,), first_at=datetime.fromisoformat("2026-03-28T14:00")
            ),
            "2025-12-01",
            ["12-27 14", "01-31 14", "02-28 14"],
        ),
    ],
)
def test_a_new_group_is_taken_to_have_always_met(
    pattern: Pattern, since: str, past: list[str]
) -> None:
    walls = pattern.walls_before(datetime.fromisoformat(since))
    assert [f"{wall:%m-%d %H}" for wall in walls] == past


@given(
    pattern=st.sampled_from([MONTHLY, IN_TURN, TWO_DAYS, TUESDAYS]),
    weeks=st.integers(min_value=0, max_value=120),
    turns=st.sampled_from([(), (time(9, 0),), (time(9, 0), time(4, 0))]),
)
def test_the_assumed_past_is_what_an_older_group_had(
    pattern: Pattern, weeks: int, turns: tuple[time, ...]
) -> None:
    """Whoever begins at any later meeting of a pattern assumes the same meetings before it."""
    own = pattern if pattern.also else replace(pattern, turns=turns)
    walls = list(islice(own.walls(own.first_at - timedelta(minutes=1)), 40))
    place = min(weeks, 39) // (len(own.turns) + 1) * (len(own.turns) + 1)
    later = replace(own, first_at=walls[place])
    if own.also and later.first_at.weekday() == 3:
        later = replace(later, also=(Slot(weekday=1, at=time(20, 0)),))
    assert later.walls_before(own.first_at) == walls[:place]


@pytest.mark.parametrize("zone", MEMBERS)
@pytest.mark.parametrize("pattern", [MONTHLY, IN_TURN, TWO_DAYS])
def test_a_new_group_tells_what_an_older_one_of_its_rhythm_tells(
    pattern: Pattern, zone: str
) -> None:
    """Slot by slot: its first meeting falls into the weeks in which clocks are apart."""
    starts_at = resolve(pattern.first_at, BERLIN).starts_at
    young = meetings_around(pattern, [], starts_at)
    past = pattern.walls_before(pattern.first_at - timedelta(days=400))
    older = replace(pattern, first_at=past[len(past) % (len(pattern.turns) + 1)])
    if pattern.also:
        older = replace(pattern, first_at=pattern.first_at - timedelta(weeks=52))
    walls = older.walls(older.first_at - timedelta(minutes=1))
    calendar = [
        (wall, BERLIN, (wall, resolve(wall, BERLIN).starts_at))
        for wall in takewhile(lambda wall: wall <= pattern.first_at, walls)
    ]
    old = meetings_around(older, calendar, starts_at)
    assert changes_at(young, starts_at, zone) == changes_at(old, starts_at, zone)


def test_a_new_monthly_group_hears_of_the_weeks_in_which_clocks_are_apart() -> None:
    starts_at = resolve(MONTHLY.first_at, BERLIN).starts_at
    around = meetings_around(MONTHLY, [], starts_at)
    [change] = changes_at(around, starts_at, BOSTON)
    assert (f"{change.usual:%H:%M}", change.until) == ("08:00", date(2026, 3, 28))


def test_what_is_cancelled_or_on_another_zones_clock_does_not_count() -> None:
    starts_at = meeting("2025-01-14T20:00").starts_at
    calendar = [
        (FIRST, BERLIN, None),
        (FIRST + timedelta(weeks=1), BERLIN, held("2025-01-14T20:00")),
        (FIRST + timedelta(weeks=2), "Asia/Tokyo", held("2025-01-21T20:00", "Asia/Tokyo")),
        (FIRST + timedelta(weeks=3), BERLIN, held("2025-01-29T19:00")),
    ]
    around = meetings_around(TUESDAYS, calendar, starts_at)
    walls = [one.wall for one in around]
    near = [wall for wall in walls if date(2024, 12, 25) < wall.date() < date(2025, 2, 10)]
    assert [f"{wall:%m-%d %H}" for wall in near] == [
        "12-31 20", "01-14 20", "01-29 19", "02-04 20",
    ]  # fmt: skip


def in_order(occasions: list[Occasion]) -> list[Occasion]:
    return sorted(occasions, key=lambda one: one.starts_at)


def counted_apart(
    meetings: list[Occasion], zone: str
) -> dict[datetime, tuple[datetime, date | None]]:
    """The same by itertools alone: usual time on the member's clock, and the last date."""
    there = [
        (one.wall, one.starts_at, one.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
        for one in meetings
    ]
    runs = [list(run) for _, run in groupby(there, lambda one: one[2] - one[0])]
    found: dict[datetime, tuple[datetime, date | None]] = {}
    usual = runs[0][0][2] - runs[0][0][0]
    for number, run in enumerate(runs):
        ahead = runs[number + 1][0] if number + 1 < len(runs) else None
        is_short = (
            number > 0
            and ahead is not None
            and ahead[2] - ahead[0] == runs[number - 1][0][2] - runs[number - 1][0][0]
            and (ahead[0].date() - run[0][0].date()).days <= 42
        )
        shift = run[0][2] - run[0][0]
        if shift != usual:
            for wall, at, _ in run if is_short else run[:1]:
                found[at] = (wall + usual, run[-1][2].date() if is_short else None)
        if not is_short:
            usual = shift
    return found


@settings(max_examples=60, deadline=None)
@given(
    home=st.sampled_from(sorted(zone_names())),
    zone=st.sampled_from(sorted(zone_names())),
    day=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    hour=st.integers(min_value=4, max_value=23),
    interval=st.integers(min_value=1, max_value=5),
)
def test_any_pair_of_zones_is_as_an_independent_count_has_it(
    home: str, zone: str, day: date, hour: int, interval: int
) -> None:
    meetings = weekly(datetime.combine(day, time(hour)), 104 // interval, home, interval)
    changes = hour_changes(meetings, zone)
    assert {at: (one.usual, one.until) for at, one in changes.items()} == counted_apart(
        meetings, zone
    )
    for at, one in changes.items():
        before = max(one.starts_at for one in meetings if one.starts_at < at)
        # The clocks change before the first meeting of the new hour, and after the one before it.
        assert one.changed_at <= at
        assert one.changed_at > before or any(
            other.key == one.key and moment < at for moment, other in changes.items()
        )
