"""Who meets at another hour because the group went to another city: against a walk of its own."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.groups.home import Home
from bot.groups.pattern import Pattern
from bot.groups.rhythm import Rhythm, Slot
from bot.places.spoken import Habit
from bot.places.zones import zone_names
from bot.sessions.change_words import changes_in, spoken_changes
from bot.sessions.model import Session, SessionState, SessionView
from bot.sessions.radar import HourChange, changes_at, hour_changes, meetings_around
from bot.sessions.stays import stay_at, stays_of

DENVER, BERLIN, TOKYO, LOS_ANGELES = (
    "America/Denver", "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles",
)  # fmt: skip
SATURDAY = datetime.fromisoformat("2027-05-01T14:00")
Calendar = list[tuple[datetime, str, tuple[datetime, datetime]]]


def moving(was: Rhythm, now: Rhythm) -> Pattern:
    return Pattern(zone=was.zone, first_at=was.first_at).with_rhythm(was, ()).revised(now)


def weekly(zone: str, first_at: datetime, since_at: datetime | None = None) -> Rhythm:
    return Rhythm(zone=zone, first_at=first_at, since_at=since_at)


def held(pattern: Pattern, begin: datetime, end: datetime) -> Calendar:
    """Every meeting of the pattern as a session, by counting its days."""
    found = []
    for rhythm, until in zip(pattern.rhythms, [pattern.since_at, end], strict=True):
        at = rhythm.first_at
        while until is not None and at < until:
            if at >= begin:
                starts_at = at.replace(tzinfo=ZoneInfo(rhythm.zone)).astimezone(UTC)
                found.append((at, rhythm.zone, (at, starts_at)))
            at += timedelta(weeks=1)
    return found


def walk(calendar: Calendar, zone: str) -> dict[datetime, tuple[int, int, date | None]]:
    """By instant: the minute of the member's week as usual and then, and the last date of it."""
    there = [(at, at.astimezone(ZoneInfo(zone))) for _, _, (_, at) in calendar]
    weeks = [
        (at, local.weekday() * 1440 + local.hour * 60 + local.minute, local.date())
        for at, local in there
    ]
    runs = [list(run) for _, run in groupby(enumerate(weeks), lambda one: one[1][1])]
    found: dict[datetime, tuple[int, int, date | None]] = {}
    usual = runs[0][0][1][1]
    for number, run in enumerate(runs):
        minute = run[0][1][1]
        after = runs[number + 1] if number + 1 < len(runs) else None
        # Weekly meetings: the next hour begins as many weeks later as there are meetings.
        is_short = (
            number > 0
            and after is not None
            and after[0][1][1] == runs[number - 1][0][1][1]
            and 7 * len(run) <= 42
            # What a move ends was thought to stay.
            and calendar[run[-1][0]][1] == calendar[after[0][0]][1]
        )
        if minute != usual:
            for _, (at, _, _) in run if is_short else run[:1]:
                found[at] = (usual, minute, run[-1][1][2] if is_short else None)
        if not is_short:
            usual = minute
    return found


def minute_of_week(naive: datetime) -> int:
    return naive.weekday() * 1440 + naive.hour * 60 + naive.minute


def seen(changes: Sequence[HourChange]) -> dict[datetime, tuple[int, int, date | None]]:
    return {
        one.starts_at: (
            minute_of_week(one.usual),
            minute_of_week(one.starts_at.astimezone(ZoneInfo(one.zone)).replace(tzinfo=None)),
            one.until,
        )
        for one in changes
    }


some_zones = st.sampled_from(sorted(zone_names())) | st.sampled_from(
    [DENVER, BERLIN, TOKYO, LOS_ANGELES, "Africa/Casablanca"]
)
hours = st.times(time(3, 0), time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))


@settings(max_examples=60, deadline=None)
@given(
    zones=st.tuples(some_zones, some_zones, some_zones),
    change=st.integers(30, 60),
    days=st.integers(-3, 3),
    at=st.tuples(hours, hours),
)
def test_any_move_between_any_cities_is_told_as_an_independent_walk_has_it(
    zones: tuple[str, str, str], change: int, days: int, at: tuple[time, time]
) -> None:
    was, now, member = zones
    first = datetime.combine(date(2027, 1, 2), at[0])
    then = datetime.combine(first + timedelta(weeks=change, days=days), at[1])
    if was == now:
        then = datetime.combine(first + timedelta(weeks=change), at[0])
    since_at = datetime.combine(min(then, first + timedelta(weeks=change)), time())
    pattern = moving(weekly(was, first), weekly(now, then, since_at))
    calendar = held(pattern, first, first + timedelta(weeks=110))
    stays = stays_of(pattern)
    occasions = [
        stay_at(stays, occurrence).occasion(*meeting) for occurrence, _, meeting in calendar
    ]
    changes = hour_changes(occasions, member)
    assert seen([*changes.values()]) == walk(calendar, member)
    moved = [one for one in changes.values() if one.new_home]
    assert {(one.key, one.new_home) for one in moved} <= {
        ((member, then.hour * 60 + then.minute, pattern.begins_at), pattern.home)
    }


@settings(max_examples=15, deadline=None)
@given(was=some_zones, now=some_zones, member=some_zones, change=st.integers(32, 50))
def test_with_every_reminder_of_two_years_each_change_is_heard_once(
    was: str, now: str, member: str, change: int
) -> None:
    """Each by the session before it, as far as the walk knows what was before."""
    first = datetime.combine(date(2027, 1, 2), time(14, 0))
    since_at = datetime.combine(first + timedelta(weeks=change), time())
    pattern = moving(weekly(was, first), weekly(now, first + timedelta(weeks=change), since_at))
    calendar = held(pattern, first, first + timedelta(weeks=90))
    expected = walk(calendar, member)
    instants = [at for _, _, (_, at) in calendar]
    begin = 30
    heard: dict[tuple[object, ...], tuple[int, datetime]] = {}
    for number in range(begin, 60):
        around = meetings_around(pattern, calendar, instants[number])
        for one in changes_at(around, instants[number], member):
            assert seen([one])[one.starts_at] == expected[one.starts_at]
            heard.setdefault(one.key, (number, one.starts_at))
    fresh = [
        at
        for number, at in enumerate(instants[begin + 1 : 61], begin + 1)
        if at in expected and expected.get(instants[number - 1], (0, 0))[1:] != expected[at][1:]
    ]
    told = sorted(at for number, at in heard.values() if instants[number] < at)
    assert told == fresh


def test_the_same_instant_in_another_city_is_no_change() -> None:
    """Saturday 14:00 in Los Angeles is Sunday 07:00 in Tokyo in winter."""
    january = datetime.fromisoformat("2027-01-02T14:00")
    sunday = datetime.fromisoformat("2027-02-07T07:00")
    pattern = moving(
        weekly(LOS_ANGELES, january),
        weekly(TOKYO, sunday, datetime.fromisoformat("2027-02-07T00:00")),
    )
    starts_at = datetime(2027, 2, 6, 22, tzinfo=UTC)
    around = meetings_around(pattern, [], starts_at)
    assert [changes_at(around, starts_at, one) for one in (DENVER, LOS_ANGELES, TOKYO)] == [[]] * 3


BOTH = Rhythm(
    zone=DENVER,
    first_at=datetime.fromisoformat("2027-01-05T09:00"),
    also=(Slot(weekday=3, at=time(16, 0)),),
)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        # Both hours go on, a little earlier: each with its own.
        ({"at": time(8, 0), "also": (Slot(weekday=3, at=time(15, 0)),)}, []),
        ({"at": time(9, 0), "also": (Slot(weekday=3, at=time(16, 0)),)}, ["10:00 09:00"]),
        # One hour less: the one that is the same goes on, the other is no more.
        ({"at": time(9, 0), "also": ()}, ["10:00 09:00"]),
        # Nobody knows which of them this is.
        ({"at": time(11, 0), "also": ()}, []),
    ],
)
def test_hours_go_on_where_it_is_plain_with_which(now: dict[str, object], found: list[str]) -> None:
    tuesday = date(2027, 2, 2)
    new = Rhythm(
        zone=LOS_ANGELES,
        first_at=datetime.combine(tuesday, now["at"]),  # type: ignore[arg-type]  # from the table
        also=now["also"],  # type: ignore[arg-type]  # likewise
        since_at=datetime.combine(tuesday, time()),
    )
    pattern = moving(BOTH, new)
    starts_at = new.first_at.replace(tzinfo=ZoneInfo(LOS_ANGELES)).astimezone(UTC)
    told = changes_at(meetings_around(pattern, [], starts_at), starts_at, DENVER)[-1:]
    local = [one.starts_at.astimezone(ZoneInfo(DENVER)) for one in told]
    assert [
        f"{there:%H:%M} {one.usual:%H:%M}" for there, one in zip(local, told, strict=True)
    ] == found


def view_at(pattern: Pattern, number: int) -> SessionView:
    """The pattern's session of that number, counted from 0, with what is around it."""
    wall, starts_at = pattern.next_instants(datetime(2027, 4, 1, tzinfo=UTC), number + 1)[number]
    return SessionView(
        session=Session(
            id=1, group_id=1, number=number, wall_start=wall,
            zone=pattern.rhythm_at(wall).zone, starts_at=starts_at, minutes=60,
            state=SessionState.PLANNED, changed_at=starts_at,
        ),
        answers={}, clocks=(), meetings=meetings_around(pattern, [], starts_at),
    )  # fmt: skip


def test_members_read_which_city_it_is_and_their_own_hour() -> None:
    to_los_angeles = Rhythm(
        zone=LOS_ANGELES, city="Pasadena", first_at=SATURDAY, since_at=SATURDAY.replace(hour=0)
    )
    pattern = moving(weekly(DENVER, SATURDAY - timedelta(weeks=4)), to_los_angeles)
    habit = Habit(locale="en-GB", hour_cycle=None, zone=BERLIN)
    places = [("Bonn", BERLIN), ("Denver", DENVER)]
    before, first, later = (view_at(pattern, number) for number in (3, 4, 5))
    assert spoken_changes(before, changes_in(before, places), habit) == (
        "⏰ We meet by the clock of Pasadena from the next session (Saturday 1 May) on: 23:00 "
        "instead of 22:00 in Bonn, from then on; 15:00 instead of 14:00 in Denver, from then on."
    )
    assert spoken_changes(first, changes_in(first, places[:1]), habit) == (
        "⏰ We meet by the clock of Pasadena: 23:00 instead of 22:00 in Bonn, from now on."
    )
    assert changes_in(later, places) == []
    assert pattern.home == Home(city="Pasadena", zone=LOS_ANGELES)
