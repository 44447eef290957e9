"""The clock-change radar: which meetings a member has at another hour than usual, and until when.

Nobody moves the meeting: clocks change where the group is at home or where the member lives, and
not on the same day. A meeting that a lead puts at another hour is another matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.groups.pattern import Pattern
from bot.places.segments import Meeting, Segment, SegmentKind, segments_between
from bot.places.wall import resolve, zone_info

LOOK_BACK = timedelta(days=200)
"""How long a usual hour is remembered: longer than temporary ones last, also where two touch."""

LOOK_AHEAD = timedelta(days=200)
"""More than SHORT_RUN and an interval beyond the next meeting, for all intervals that matter."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourChange:
    """A meeting that somebody in `zone` has at another hour than usual.

    `wall` and `starts_at` are the meeting's. `usual` is the naive time on the member's clock at
    which it would be as usual; `until` the member's date of the last one at the new hour, None
    where that stays, and `is_once` is true where it is the only one. `changed_at` is when clocks
    change: the same for every meeting after it.
    """

    zone: str
    wall: datetime
    starts_at: datetime
    usual: datetime
    until: date | None
    is_once: bool
    changed_at: datetime

    @property
    def key(self) -> tuple[str, int, datetime]:
        """What makes it one change, told once: where, at which hour of the group's clock, when."""
        return self.zone, self.wall.hour * 60 + self.wall.minute, self.changed_at


def hour_changes(meetings: Sequence[Meeting], home: str, zone: str) -> dict[datetime, HourChange]:
    """The meetings, by their instants, at which the hour in `zone` differs from the usual one.

    Usual is the last hour that stayed, not the last hour: two temporary ones can touch. Meetings
    at another hour of `home`'s clock are another series. A temporary hour differs at each of its
    meetings, one that stays at the first: from then on it is usual.
    """
    slots: dict[time, list[Meeting]] = {}
    for meeting in meetings:
        slots.setdefault(meeting[0].time(), []).append(meeting)
    return {
        change.starts_at: change
        for slot in slots.values()
        for change in _changes_of_slot(slot, home, zone)
    }


def _changes_of_slot(slot: Sequence[Meeting], home: str, zone: str) -> Iterator[HourChange]:
    usual: Segment | None = None
    begin = 0
    for segment in segments_between(slot, zone, slot[0][0].date(), slot[-1][0].date()):
        same = slot[begin : begin + segment.n]
        is_temporary = segment.kind is SegmentKind.TEMPORARY
        if usual is not None and _hour(segment) != _hour(usual):
            changed_at = _changed_at(home, zone, slot[begin - 1][1], same[0][1])
            until = segment.last + timedelta(days=segment.dayshift) if is_temporary else None
            for wall, starts_at in same if is_temporary else same[:1]:
                yield HourChange(
                    zone=zone,
                    wall=wall,
                    starts_at=starts_at,
                    usual=_usual_at(wall, usual),
                    until=until,
                    is_once=is_temporary and segment.n == 1,
                    changed_at=changed_at,
                )
        if not is_temporary:
            usual = segment
        begin += segment.n


def _hour(segment: Segment) -> tuple[str, int]:
    return segment.local, segment.dayshift


def _usual_at(wall: datetime, usual: Segment) -> datetime:
    day = wall.date() + timedelta(days=usual.dayshift)
    return datetime.combine(day, time.fromisoformat(usual.local))


def _changed_at(home: str, zone: str, before: datetime, after: datetime) -> datetime:
    """When the clocks of `home` and `zone` came to be as far apart as they are at `after`.

    The minute does not depend on the meetings around it, so one that is moved or cancelled
    leaves it as it is. `after` itself where no clock changed: home's skips that meeting's hour.
    """
    apart = _apart(home, zone, after)
    if _apart(home, zone, before) == apart:
        return after
    late = after
    while late - _DAY > before and _apart(home, zone, late - _DAY) == apart:
        late -= _DAY
    first, last = ((moment - _EPOCH) // _MINUTE for moment in (max(before, late - _DAY), late))
    while last - first > 1:
        middle = (first + last) // 2
        if _apart(home, zone, _EPOCH + middle * _MINUTE) == apart:
            last = middle
        else:
            first = middle
    return _EPOCH + last * _MINUTE


def _apart(home: str, zone: str, moment: datetime) -> timedelta:
    here, there = (moment.astimezone(zone_info(one)).utcoffset() for one in (home, zone))
    return (there or timedelta()) - (here or timedelta())


def next_meeting(meetings: Sequence[Meeting], starts_at: datetime) -> datetime | None:
    """The instant of the meeting after the one at `starts_at`."""
    return min((start for _, start in meetings if start > starts_at), default=None)


def changes_at(
    meetings: Sequence[Meeting], starts_at: datetime, home: str, zone: str
) -> list[HourChange]:
    """What to tell somebody in `zone` with the meeting at `starts_at`: of it, and of the next.

    Where both are at another hour for the same reason, of this one alone.
    """
    found = hour_changes(meetings, home, zone)
    ahead = next_meeting(meetings, starts_at)
    told = [found[moment] for moment in (ahead, starts_at) if moment in found]
    return [*{change.key: change for change in told}.values()]


def meetings_around(
    pattern: Pattern,
    zone: str,
    calendar: Sequence[tuple[datetime, str, Meeting | None]],
    starts_at: datetime,
) -> tuple[Meeting, ...]:
    """The meetings on `zone`'s clock from LOOK_BACK before `starts_at` to LOOK_AHEAD after it.

    Soonest first. `calendar` holds the sessions there are: the pattern's own date for each, its
    zone, and when it meets, None where it does not take place. Beyond them the pattern goes on, as
    if the group had always met: or one that begins while clocks are apart would hear of no change.
    """
    begin, end = starts_at - LOOK_BACK, starts_at + LOOK_AHEAD
    meetings = [meeting for _, place, meeting in calendar if meeting and place == zone]
    if pattern.zone == zone:
        last = max((occurrence for occurrence, _, _ in calendar), default=None)
        before = pattern.rhythms[0].walls_before(begin.replace(tzinfo=None))
        walls = [*before, *_walls_after(pattern, last, end)]
        meetings += [(wall, resolve(wall, zone).starts_at) for wall in walls]
    return tuple(sorted((one for one in meetings if one[1] >= begin), key=lambda one: one[1]))


def _walls_after(pattern: Pattern, last: datetime | None, end: datetime) -> Iterator[datetime]:
    after = pattern.rhythms[0].first_at - _MINUTE if last is None else last
    for wall in pattern.occurrences(after):
        yield wall
        if wall > end.replace(tzinfo=None):
            return
