"""A year of many groups' meetings, and what they are on members' clocks elsewhere."""

from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from random import Random
from time import process_time

from bot.bench.model import Figures, Trial
from bot.groups.pattern import Pattern
from bot.groups.rhythm import Slot
from bot.places.segments import Meeting, segments_between
from bot.places.zones import zone_names

NOTES = (
    "a second of one core's processor time: wall times, instants and, for the radar, segments",
    "seven groups of ten meet weekly or every other week, the rest on two days, in turns, or on "
    "the 2nd and 4th of a weekday",
)
GROUPS = 10_000
YEAR = timedelta(days=366)
START = datetime(2026, 1, 1, tzinfo=UTC)


def measure(trial: Trial, groups: int = GROUPS) -> Figures:
    """Meetings a second, expanded alone and with a member's segments."""
    dice = trial.dice()
    zones = sorted(zone_names())
    patterns = [_pattern(dice, dice.choice(zones)) for _ in range(groups)]
    begun = process_time()
    count = sum(len(_year_of(pattern)) for pattern in patterns)
    expanded = process_time() - begun
    begun = process_time()
    segments = 0
    for pattern in patterns:
        meetings = _year_of(pattern)
        first, last = meetings[0][0].date(), meetings[-1][0].date()
        segments += len(segments_between(meetings, dice.choice(zones), first, last))
    told = process_time() - begun
    return {
        "groups": groups,
        "occurrences": count,
        "segments": segments,
        "occurrences_per_s": round(count / expanded),
        "radar_per_s": round(count / told),
    }


def _year_of(pattern: Pattern) -> list[Meeting]:
    ahead = pattern.instants(START)
    return list(takewhile(lambda meeting: meeting[1] < START + YEAR, ahead))


def _pattern(dice: Random, zone: str) -> Pattern:
    day = datetime(2026, 1, 1 + dice.randrange(28), dice.randrange(24), dice.choice((0, 30)))  # noqa: DTZ001 - a wall time
    bare = Pattern(zone=zone, first_at=day, every_weeks=dice.choice((1, 2)))
    kind = dice.randrange(10)
    if kind == 7:
        other = Slot(weekday=(day.weekday() + 2) % 7, at=time(9, 0))
        return Pattern(zone=zone, first_at=day, also=(other,))
    if kind == 8:
        return Pattern(zone=zone, first_at=day, turns=(time((day.hour + 6) % 24, day.minute),))
    if kind == 9:
        return Pattern(zone=zone, first_at=day, nth=(2, 4))
    return bare
