"""Every zone, 2024 to 2032, against a reading of the zone files that shares no code with ours.

LECTERN_TEST_ALL_ZONES=1 looks at every zone; else thirty are drawn, always the same.
"""

import os
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from bot.groups.pattern import Pattern
from bot.places.segments import segments_between
from bot.places.wall import WallKind, resolve
from bot.places.zones import zone_names

sys.path.insert(0, str(Path(__file__).parent))

from tzif import Zone, read_zone

IS_WHOLE = bool(os.environ.get("LECTERN_TEST_ALL_ZONES"))
DICE = Random(20_241)
NAMES = sorted(zone_names())
ZONES = NAMES if IS_WHOLE else DICE.sample(NAMES, 30)
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2032, 12, 31, tzinfo=UTC)


def readings(zone: Zone, wall: datetime) -> tuple[list[datetime], WallKind]:
    """The instants at which the zone's clocks show the wall time, by trying what they may be."""
    naive = wall.replace(tzinfo=UTC)
    near = (naive + timedelta(hours=hours) for hours in (-30, -15, 0, 15, 30))
    offsets = sorted({zone.offset_at(moment) for moment in near}, reverse=True)
    found = [naive - timedelta(seconds=offset) for offset in offsets]
    shown = [one for one in found if one + timedelta(seconds=zone.offset_at(one)) == naive]
    if not shown:
        before = zone.offset_at(naive - timedelta(hours=30))
        return [naive - timedelta(seconds=before)], WallKind.GAP
    return sorted(shown), WallKind.NORMAL if len(shown) == 1 else WallKind.FOLD


def walls_to_look_at(zone: Zone) -> list[datetime]:
    """Around each change of the clocks, and any others."""
    moment, found = FIRST, []
    while moment < LAST:
        later = moment + timedelta(days=1)
        if zone.offset_at(moment) != zone.offset_at(later):
            for offset in {zone.offset_at(moment), zone.offset_at(later)}:
                begin = moment.replace(tzinfo=None) + timedelta(seconds=offset)
                found += [begin + timedelta(minutes=30 * n) for n in range(49)]
        moment = later
    span = int((LAST - FIRST).total_seconds() // 60)
    start = FIRST.replace(tzinfo=None)
    found += [start + timedelta(minutes=DICE.randrange(span)) for _ in range(40)]
    return found


@pytest.mark.parametrize("name", ZONES)
def test_wall_times_are_the_instants_that_the_zone_files_say(name: str) -> None:
    zone = read_zone(name)
    for wall in walls_to_look_at(zone):
        expected, kind = readings(zone, wall)
        found = resolve(wall, name)
        assert (wall, found.kind, found.starts_at) == (wall, kind, expected[0])


@pytest.mark.parametrize("name", ZONES if IS_WHOLE else ZONES[:10])
def test_members_hours_are_those_that_the_zone_files_say(name: str) -> None:
    home = DICE.choice(NAMES)
    theirs, ours = read_zone(name), read_zone(home)
    pattern = Pattern(zone=home, first_at=datetime.fromisoformat("2024-01-02T20:30"))
    meetings = list(islice(pattern.instants(FIRST), 460))
    said = [
        (one.local, one.dayshift)
        for one in segments_between(meetings, name, date(2024, 1, 1), date(2032, 12, 31))
        for _ in range(one.n)
    ]
    expected = []
    for wall, _ in meetings:
        if wall.year > 2032:
            break
        instant = readings(ours, wall)[0][0]
        there = (instant + timedelta(seconds=theirs.offset_at(instant))).replace(tzinfo=None)
        expected.append((f"{there:%H:%M}", (there.date() - wall.date()).days))
    assert said == expected
