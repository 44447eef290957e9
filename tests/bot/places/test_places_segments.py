"""Which hours a member has, and for how long: against statutory rules, and by their properties."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.places.recurrence import expand_widely, parse_rule
from bot.places.segments import Segment, SegmentKind, segments_between
from bot.places.wall import local, resolve
from bot.places.zones import zone_names

FIXTURE = json.loads((Path(__file__).parent / "clock_changes.json").read_text("utf-8"))
FIRST, LAST = date(2025, 1, 7), date(2027, 12, 28)
ZONES = st.sampled_from(sorted(zone_names()))


def segments(rule: str, start: str, last: date, zone: str, member_zone: str) -> list[Segment]:
    begin = datetime.fromisoformat(start)
    walls = expand_widely(parse_rule(rule), begin, last)
    meetings = [(wall, resolve(wall, zone).starts_at) for wall in walls]
    return segments_between(meetings, member_zone, begin.date(), last)


@pytest.mark.parametrize("member_zone", FIXTURE["members"])
def test_tuesdays_in_berlin_are_where_the_statutory_rules_put_them(member_zone: str) -> None:
    found = segments("FREQ=WEEKLY", "2025-01-07T20:00", LAST, "Europe/Berlin", member_zone)
    assert [
        [one.local, one.dayshift, str(one.first), str(one.last), one.n, one.kind] for one in found
    ] == FIXTURE["members"][member_zone]


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (date(2026, 3, 10), SegmentKind.TEMPORARY),
        (date(2026, 3, 24), SegmentKind.TEMPORARY),
        (date(2026, 4, 28), SegmentKind.RUN),
    ],
)
def test_a_segment_at_an_end_is_seen_for_what_it_is(last: date, kind: SegmentKind) -> None:
    whole = segments("FREQ=WEEKLY", "2026-03-10T20:00", last, "Europe/Berlin", "America/New_York")
    assert whole[-1].kind is kind
    assert (whole[-1].last - last) <= timedelta(0)


def test_a_gap_of_over_42_days_between_meetings_makes_nothing_temporary() -> None:
    found = segments(
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", "2026-01-13T20:00", date(2027, 12, 31),
        "Europe/Berlin", "America/New_York",
    )  # fmt: skip
    assert {one.kind for one in found} == {SegmentKind.RUN}
    assert "15:00" in {one.local for one in found}


@pytest.mark.parametrize(("weeks", "kind"), [(6, SegmentKind.TEMPORARY), (7, SegmentKind.RUN)])
def test_another_hour_for_exactly_42_days_is_still_temporary(weeks: int, kind: SegmentKind) -> None:
    # One meeting is in the March weeks in which New York alone has changed its clocks.
    begin = date(2026, 3, 17) - timedelta(weeks=weeks)
    found = segments(
        f"FREQ=WEEKLY;INTERVAL={weeks}", f"{begin}T20:00", date(2026, 6, 30),
        "Europe/Berlin", "America/New_York",
    )  # fmt: skip
    [apart] = [one for one in found if one.first == date(2026, 3, 17)]
    assert (apart.local, apart.kind) == ("15:00", kind)


def test_without_meetings_there_are_no_segments() -> None:
    assert segments_between([], "Asia/Tokyo", FIRST, LAST) == []


@settings(max_examples=60, deadline=None)
@given(
    zone=ZONES,
    member_zone=ZONES,
    begin=st.datetimes(
        datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2031-06-01")
    ).map(lambda wall: wall.replace(second=0, microsecond=0)),
    weeks=st.integers(1, 4),
    days=st.integers(0, 400),
)
def test_segments_say_of_every_meeting_what_the_members_clock_shows(
    zone: str, member_zone: str, begin: datetime, weeks: int, days: int
) -> None:
    last = begin.date() + timedelta(days=days)
    rule = f"FREQ=WEEKLY;INTERVAL={weeks}"
    found = segments(rule, begin.isoformat(), last, zone, member_zone)
    walls = [begin + n * timedelta(weeks=weeks) for n in range(days // (7 * weeks) + 1)]
    said = [(one.local, one.dayshift) for one in found for _ in range(one.n)]
    shown = [local(resolve(wall, zone).starts_at, member_zone) for wall in walls]
    assert said == [
        (f"{there:%H:%M}", (there.date() - wall.date()).days)
        for there, wall in zip(shown, walls, strict=True)
    ]
    assert found[0].first == begin.date()
    assert found[-1].last == walls[-1].date()


@settings(max_examples=40, deadline=None)
@given(
    zone=ZONES,
    member_zone=ZONES,
    start=st.dates(date(2024, 1, 1), date(2029, 1, 1)),
    days=st.integers(0, 200),
)
def test_a_part_of_the_time_is_told_as_the_whole_tells_it(
    zone: str, member_zone: str, start: date, days: int
) -> None:
    """Whatever is asked for, each meeting belongs to the same kind of segment."""
    middle, last = start + timedelta(weeks=30), start + timedelta(weeks=30, days=days)
    end = last + timedelta(weeks=30)
    whole = segments("FREQ=WEEKLY", f"{start}T19:30", end, zone, member_zone)
    part = segments("FREQ=WEEKLY", f"{middle}T19:30", last, zone, member_zone)
    for one in part:
        [around] = [two for two in whole if two.first <= one.first and one.last <= two.last]
        assert (one.local, one.dayshift, one.kind) == (around.local, around.dayshift, around.kind)
