"""What a group's meetings are on a member's clock, and for how long: the clock-change notices."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from bot.places.wall import zone_info

SHORT_RUN = timedelta(days=42)
"""Another hour that is over within this many days is told of with its end."""

Meeting = tuple[datetime, datetime]
"""The naive wall time on the group's clock, and its instant in UTC."""

_Value = tuple[int, int]
"""Minutes after midnight on the member's clock, and the member's day counted from the group's."""


class SegmentKind(StrEnum):
    """Whether the hour stays, or goes back to what it was before."""

    RUN = "run"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`n` meetings in a row that a member has at the same hour, `local` being written HH:MM.

    `first` and `last` are the group's dates; `dayshift` is the member's date less the group's.
    """

    local: str
    dayshift: int
    first: date
    last: date
    n: int
    kind: SegmentKind


def segments_between(
    meetings: Sequence[Meeting], member_zone: str, first: date, last: date
) -> list[Segment]:
    """The member's hours from the group's date `first` to `last`, both included.

    `meetings` are in order and reach SHORT_RUN and one meeting beyond both ends, as far as there
    are any: whether a segment at an end is temporary is seen only from there.
    """
    values = _values(meetings, member_zone)
    days = [wall.toordinal() for wall, _ in meetings]
    begin, end = bisect_left(days, first.toordinal()), bisect_right(days, last.toordinal())
    starts = [0, *(n for n, (one, two) in enumerate(pairwise(values), 1) if one != two)]
    found: list[Segment] = []
    for place, start in enumerate(starts):
        stop = starts[place + 1] if place + 1 < len(starts) else len(values)
        kept = range(max(start, begin), min(stop, end))
        if not kept:
            continue
        is_temporary = (
            0 < place < len(starts) - 1
            and values[starts[place - 1]] == values[stop]
            and days[stop] - days[start] <= SHORT_RUN.days
        )
        minutes, dayshift = values[start]
        found.append(
            Segment(
                local=f"{minutes // 60:02}:{minutes % 60:02}",
                dayshift=dayshift,
                first=meetings[kept[0]][0].date(),
                last=meetings[kept[-1]][0].date(),
                n=len(kept),
                kind=SegmentKind.TEMPORARY if is_temporary else SegmentKind.RUN,
            )
        )
    return found


def _values(meetings: Sequence[Meeting], member_zone: str) -> list[_Value]:
    return list(_on_clock(meetings, member_zone))


def _on_clock(meetings: Sequence[Meeting], member_zone: str) -> Iterator[_Value]:
    zone = zone_info(member_zone)
    for wall, starts_at in meetings:
        local = starts_at.astimezone(zone)
        yield local.hour * 60 + local.minute, local.toordinal() - wall.toordinal()
