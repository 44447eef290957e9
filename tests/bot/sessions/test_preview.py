"""What a lead is shown of a change: only what changes, once for all, and never too long."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import stamp
from bot.groups.model import Home
from bot.members.away import Away
from bot.members.model import Member
from bot.places.wall import resolve
from bot.places.zones import zone_names
from bot.sessions.away import DaysAway
from bot.sessions.model import Talk
from bot.sessions.onlookers import Onlookers
from bot.sessions.preview import CLOCKS_SHOWN, Meeting, Row, spoken_rows
from bot.sessions.rhythm_rows import pair_dates

DENVER, TOKYO = Home(city="Denver", zone="America/Denver"), Home(city="Tokyo", zone="Asia/Tokyo")
WALL = datetime.fromisoformat("2026-12-19T14:00")
FORTNIGHT, HOUR = timedelta(days=14), timedelta(hours=1)
CLOCKS = (
    ("Boston", "America/New_York"),
    ("Kolkata", "Asia/Kolkata"),
    ("Tokyo", "Asia/Tokyo"),
    ("Berlin", "Europe/Berlin"),
)
PEOPLE = {zone: 1 for _, zone in CLOCKS} | {"America/Denver": 1}
WHO = Onlookers(lead=Member(user_id=1), clocks=CLOCKS, zones=PEOPLE)
ALONE = Onlookers(lead=Member(user_id=1), zones={})


def meeting(wall: datetime, *titles: str, home: Home = DENVER, minutes: int = 60) -> Meeting:
    return Meeting(
        starts_at=resolve(wall, home.zone).starts_at,
        wall=wall,
        home=home,
        minutes=minutes,
        talks=tuple(
            Talk(id=sum(map(ord, title)), session_id=1, position=n, title=title, minutes=30)
            for n, title in enumerate(titles)
        ),
    )


def calendar(count: int, first: datetime = WALL) -> list[Row]:
    """That many sessions, from #2 on, none of which changes."""
    walls = [first + n * FORTNIGHT for n in range(count)]
    return [
        Row(number=n, before=meeting(wall), after=meeting(wall)) for n, wall in enumerate(walls, 2)
    ]


def moved(row: Row, step: timedelta) -> Row:
    was = row.shown
    return Row(number=row.number, before=was, after=meeting(was.wall + step))


def at(wall: str) -> str:
    return stamp(resolve(datetime.fromisoformat(wall), "America/Denver").starts_at)


def test_what_there_is_no_room_for_may_be_on_another_day_at_the_same_hour() -> None:
    """A group that meets on several weekdays: each has a line, and the hour need not be another."""
    walls = [WALL + timedelta(days=day) for day in range(CLOCKS_SHOWN + 1)]
    rows = [
        Row(number=n, before=meeting(wall), after=meeting(wall + HOUR))
        for n, wall in enumerate(walls, 2)
    ]
    clocks = [
        line for part in spoken_rows(rows, ALONE) for line in part.split("\n") if line[0] == "🕑"
    ]
    assert len(clocks) == CLOCKS_SHOWN + 1
    assert clocks[-1] == "🕑 the others on other days or at other hours"


def test_one_session_that_moves_is_one_line_its_clocks_one_and_the_others_named() -> None:
    rows = calendar(5)
    rows[1] = moved(rows[1], HOUR)
    assert spoken_rows(rows, WHO) == [
        f"- **#3** ~~{at('2027-01-02T14:00')}~~ → {at('2027-01-02T15:00')}",
        "🕑 Saturday 3:00 PM in Denver · Saturday 5:00 PM in Boston · Sunday 3:30 AM in "
        "Kolkata · Sunday 7:00 AM in Tokyo · Saturday 11:00 PM in Berlin\n"
        "🌙 night for 40% of followers, as now",
        "As now: #2 December 19 · #4 January 16 · #5 January 30 · #6 February 13",
    ]


@pytest.mark.parametrize(
    ("zone", "first", "last", "is_away"),
    [
        ("America/Denver", "2027-01-02", "2027-01-02", True),
        ("America/Denver", "2027-01-03", "2027-01-09", False),
        ("Asia/Tokyo", "2027-01-02", "2027-01-02", False),  # it is Sunday there by then
        ("Asia/Tokyo", "2027-01-03", "2027-01-09", True),
        ("", "2027-01-02", "2027-01-02", True),  # by home's calendar where theirs is unknown
        ("", "2027-01-03", "2027-01-03", False),
    ],
)
def test_a_speaker_who_is_away_on_the_new_day_is_named(
    zone: str, first: str, last: str, is_away: bool
) -> None:
    rows = calendar(3)
    will = meeting(WALL + FORTNIGHT + HOUR, "Alpha", "Beta")
    spoken = tuple(replace(talk, speaker_id=n) for n, talk in enumerate(will.talks, 7))
    rows[1] = Row(number=3, before=rows[1].before, after=replace(will, talks=spoken))
    span = Away(first_day=date.fromisoformat(first), last_day=date.fromisoformat(last))
    away = DaysAway(spans={8: [span]}, zones={8: zone} if zone else {})
    told = "🏝️ <@8> is away on the day of #3: **Beta**"
    assert (told in spoken_rows(rows, replace(ALONE, away=away))) is is_away


def test_where_nothing_changes_nothing_is_shown() -> None:
    assert spoken_rows(calendar(6), WHO) == []


def test_a_change_beyond_the_calendar_is_shown_after_the_last_date_that_stays() -> None:
    """Saturdays until 27 February, then Sundays at an hour that the first of them lacks."""
    rows = calendar(6)
    old = [WALL + n * FORTNIGHT for n in range(6, 12)]
    new = [datetime.fromisoformat("2027-03-14T02:30") + n * timedelta(days=7) for n in range(9)]
    rows += pair_dates([meeting(one) for one in old], [meeting(one) for one in new])
    lines, clocks, kept = spoken_rows(rows, ALONE)
    assert lines.splitlines()[:3] == [
        f"- ~~{at('2027-03-13T14:00')}~~ → {at('2027-03-14T03:30')} · "
        "⚠️ 2:30 AM does not exist that day, so an hour later",
        f"- **new** {at('2027-03-21T02:30')}",
        f"- ~~{at('2027-03-27T14:00')}~~ → {at('2027-03-28T02:30')}",
    ]
    assert clocks == (
        "🕑 March 14: Sunday 3:30 AM in Denver\n🕑 March 21 to April 18: Sunday 2:30 AM in Denver"
    )
    assert kept.startswith("As now: #2 December 19 · #3 January 2 · ")
    assert kept.endswith(" · #7 February 27")


@pytest.mark.parametrize(("fold", "which"), [(0, "first"), (1, "second")])
def test_an_hour_that_comes_twice_is_marked(fold: int, which: str) -> None:
    wall = datetime.fromisoformat("2026-11-01T01:30")
    will = replace(meeting(wall), starts_at=resolve(wall, DENVER.zone, fold=fold).starts_at)
    row = Row(number=2, before=meeting(wall + HOUR), after=will)
    assert spoken_rows([row], ALONE)[0].endswith(f" · ⚠️ 1:30 AM comes twice that day: the {which}")


def test_of_the_dates_that_stay_the_next_are_named_and_those_before_the_first_change() -> None:
    rows = calendar(12)
    rows[8] = moved(rows[8], HOUR)
    assert [part.split()[0] for part in spoken_rows(rows, ALONE)[-1][8:].split(" · ")] == [
        "#2", "#3", "#4", "…", "#7", "#8", "#9",
    ]  # fmt: skip


def test_of_many_changes_the_first_are_shown_and_that_there_are_more() -> None:
    lines = spoken_rows([moved(row, HOUR) for row in calendar(9)], ALONE)[0].splitlines()
    assert [line[:8] for line in lines] == [
        *(f"- **#{number}**" for number in range(2, 8)),
        "- and so",
    ]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (Row(number=2, before=meeting(WALL, "A")), f"~~{at('2026-12-19T14:00')}~~ no meeting"),
        (Row(number=2, after=meeting(WALL)), f"takes place after all: {at('2026-12-19T14:00')}"),
        (
            Row(number=2, before=meeting(WALL, "A", "B"), after=meeting(WALL, "B")),
            f"{at('2026-12-19T14:00')}: B",
        ),
        (
            Row(number=2, before=meeting(WALL, "A"), after=meeting(WALL)),
            f"{at('2026-12-19T14:00')}: no talk",
        ),
        (
            Row(number=2, before=meeting(WALL), after=meeting(WALL, minutes=90)),
            f"{at('2026-12-19T14:00')}, 90 minutes instead of 60",
        ),
        (
            Row(
                number=2,
                before=meeting(WALL),
                after=meeting(datetime.fromisoformat("2026-12-20T06:00"), home=TOKYO),
            ),
            f"{at('2026-12-19T14:00')}, the same moment",
        ),
    ],
)
def test_each_kind_of_change_has_its_words(row: Row, line: str) -> None:
    assert spoken_rows([row], ALONE)[0] == f"- **#2** {line}"


def test_clocks_that_change_on_the_way_are_told_once_each() -> None:
    """Boston's and Denver's clocks change on 14 March, Berlin's on 28 March, Kolkata's never."""
    first = datetime.fromisoformat("2027-02-27T14:00")
    rows = [moved(row, HOUR) for row in calendar(4, first)]
    who = Onlookers(lead=Member(user_id=1), clocks=(CLOCKS[3],), zones=PEOPLE)
    clocks, night = spoken_rows(rows, who)[1].rsplit("\n", 1)
    assert clocks.splitlines() == [
        "🕑 #2, #3 and #5: Saturday 3:00 PM in Denver · 11:00 PM in Berlin",
        "🕑 #4: Saturday 3:00 PM in Denver · 10:00 PM in Berlin",
    ]
    assert night == "🌙 night for 60% of followers at most, in each of these 4 sessions"


def of_people(*zones: str) -> str:
    """The clocks of a session in Berlin for people in those zones."""
    who = Onlookers(
        lead=Member(user_id=1),
        clocks=tuple((zone.rpartition("/")[2], zone) for zone in zones),
        zones={},
    )
    home = Home(city="Berlin", zone="Europe/Berlin")
    return spoken_rows([Row(number=2, after=meeting(WALL, home=home))], who)[1]


def test_places_with_the_same_hour_share_it() -> None:
    zones = ["Europe/Paris", "Europe/London", "Europe/Rome", "Africa/Dakar", "Africa/Lagos"]
    west, east = "Saturday 14:00 in Berlin", "13:00 in London and Dakar"
    assert of_people(*zones) == f"🕑 {west}, Paris, Rome and Lagos · {east}"
    assert of_people(*zones, "Europe/Oslo") == f"🕑 {west}, Paris, Rome and 2 more · {east}"


def test_every_hour_is_named_where_they_are_few() -> None:
    zones = [f"Etc/GMT-{hours}" for hours in range(3, 13)]
    assert of_people(*zones[:5]).endswith("19:00 in GMT-6 · 20:00 in GMT-7")
    assert of_people(*zones).endswith("Saturday 18:00 in GMT-5 · Saturday 19:00 in GMT-6 · 6 more")


WALLS = st.lists(
    st.integers(0, 60).map(lambda days: WALL + timedelta(days=days)), max_size=12, unique=True
).map(sorted)


@given(WALLS, WALLS)
@settings(max_examples=60, deadline=None)
def test_each_date_is_in_one_row_and_none_crosses_another(
    old: Sequence[datetime], new: Sequence[datetime]
) -> None:
    rows = pair_dates([meeting(one) for one in old], [meeting(one) for one in new])
    assert sorted(row.before.wall for row in rows if row.before) == old
    assert sorted(row.after.wall for row in rows if row.after) == new
    both = [(row.before.wall, row.after.wall) for row in rows if row.before and row.after]
    assert all((one, one) in both for one in {*old} & {*new})
    changed = sorted(pair for pair in both if pair[0] != pair[1])
    assert [will for _, will in changed] == sorted(will for _, will in changed)


def test_the_longest_preview_fits_a_message() -> None:
    """Four talks with hostile titles in each session, and people in every zone."""
    title = "*" * 200
    zones = sorted(zone_names())
    who = Onlookers(
        lead=Member(user_id=1),
        clocks=tuple((zone.replace("/", "_"), zone) for zone in zones),
        zones=dict.fromkeys(zones, 1),
    )
    rows = [
        Row(
            number=10_000 + n,
            before=meeting(row.shown.wall),
            after=meeting(row.shown.wall + n * HOUR, *[f"{n}{m}{title}" for m in range(4)]),
        )
        for n, row in enumerate(calendar(60))
    ]
    assert sum(map(len, spoken_rows(rows, who))) < 3_300
