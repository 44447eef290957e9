"""The clock-change radar: which meetings a member has at another hour than usual, and until when.

Clocks change where the group is at home or where the member lives, and not on the same day; or
the group goes to another city. A meeting that a lead puts at another hour is another matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.groups.model import Home
from bot.groups.pattern import Pattern
from bot.places.segments import Meeting, Segment, SegmentKind, segments_between
from bot.places.wall import first_instant, zone_info
from bot.sessions.stays import Occasion, Series, stay_at, stays_of

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
    change, or the group comes to `new_home`: the same for every meeting after it, like `slot`, the
    hour of the group's clock at the first of them.
    """

    zone: str
    wall: datetime
    starts_at: datetime
    usual: datetime
    until: date | None
    is_once: bool
    changed_at: datetime
    slot: time
    new_home: Home | None = None

    @property
    def key(self) -> tuple[str, int, datetime]:
        """What makes it one change, told once: where, at which hour of the group's clock, when."""
        return self.zone, self.slot.hour * 60 + self.slot.minute, self.changed_at


def hour_changes(occasions: Sequence[Occasion], zone: str) -> dict[datetime, HourChange]:
    """The meetings, by their instants, at which the hour in `zone` differs from the usual one.

    Usual is the last hour that stayed, not the last hour: two temporary ones can touch. Meetings
    at another hour of the group's clock are another series. A temporary hour differs at each of
    its meetings, one that stays at the first: from then on it is usual.
    """
    found: dict[Series, list[Occasion]] = {}
    for occasion in occasions:
        found.setdefault(occasion.series, []).append(occasion)
    return {
        change.starts_at: change
        for series in found.values()
        for change in _changes_of_series(series, zone)
    }


def _changes_of_series(series: Sequence[Occasion], zone: str) -> Iterator[HourChange]:
    meetings = [(datetime.combine(one.day, time()), one.starts_at) for one in series]
    usual: Segment | None = None
    begin = 0
    for segment in segments_between(meetings, zone, series[0].day, series[-1].day):
        same = series[begin : begin + segment.n]
        is_temporary = segment.kind is SegmentKind.TEMPORARY
        if is_temporary and series[begin + segment.n].stay is not same[-1].stay:
            # When it began nobody knew that the group would move: they took it to stay.
            is_temporary = False
        if usual is not None and _hour(segment) != _hour(usual):
            first, before = same[0], series[begin - 1]
            is_elsewhere = first.stay is not before.stay
            until = segment.last + timedelta(days=segment.dayshift) if is_temporary else None
            for one in same if is_temporary else same[:1]:
                yield HourChange(
                    zone=zone,
                    wall=one.wall,
                    starts_at=one.starts_at,
                    usual=_usual_at(one.day, usual),
                    until=until,
                    is_once=is_temporary and segment.n == 1,
                    changed_at=_changed_at(before, first, zone),
                    slot=first.wall.time(),
                    new_home=first.stay.home if is_elsewhere else None,
                )
        if not is_temporary:
            usual = segment
        begin += segment.n


def _hour(segment: Segment) -> tuple[str, int]:
    return segment.local, segment.dayshift


def _usual_at(day: date, usual: Segment) -> datetime:
    there = day + timedelta(days=usual.dayshift)
    return datetime.combine(there, time.fromisoformat(usual.local))


def _changed_at(before: Occasion, first: Occasion, zone: str) -> datetime:
    """When the clocks of home and `zone` came to be as far apart as they are at `first`.

    The minute does not depend on the meetings around it, so one that is moved or cancelled
    leaves it as it is. Where the group has come from another city, when that was. Else the instant
    of `first` itself where no clock changed: home's skips that meeting's hour.
    """
    if first.stay is not before.stay and first.stay.begins_at is not None:
        return first.stay.begins_at
    home, after = first.stay.home.zone, first.starts_at
    if first.stay.home.is_lost or _apart(home, zone, before.starts_at) == _apart(home, zone, after):
        return after
    apart = _apart(home, zone, after)
    late = after
    while late - _DAY > before.starts_at and _apart(home, zone, late - _DAY) == apart:
        late -= _DAY
    bounds = max(before.starts_at, late - _DAY), late
    begin, end = ((moment - _EPOCH) // _MINUTE for moment in bounds)
    while end - begin > 1:
        middle = (begin + end) // 2
        if _apart(home, zone, _EPOCH + middle * _MINUTE) == apart:
            end = middle
        else:
            begin = middle
    return _EPOCH + end * _MINUTE


def _apart(home: str, zone: str, moment: datetime) -> timedelta:
    here, there = (moment.astimezone(zone_info(one)).utcoffset() for one in (home, zone))
    return (there or timedelta()) - (here or timedelta())


def next_meeting(occasions: Sequence[Occasion], starts_at: datetime) -> datetime | None:
    """The instant of the meeting after the one at `starts_at`."""
    return min((one.starts_at for one in occasions if one.starts_at > starts_at), default=None)


def changes_at(occasions: Sequence[Occasion], starts_at: datetime, zone: str) -> list[HourChange]:
    """What to tell somebody in `zone` with the meeting at `starts_at`: of it, and of the next.

    Where both are at another hour for the same reason, of this one alone.
    """
    found = hour_changes(occasions, zone)
    ahead = next_meeting(occasions, starts_at)
    told = [found[moment] for moment in (ahead, starts_at) if moment in found]
    return [*{change.key: change for change in told}.values()]


def meetings_around(
    pattern: Pattern,
    calendar: Sequence[tuple[datetime, str, Meeting | None]],
    starts_at: datetime,
) -> tuple[Occasion, ...]:
    """The group's meetings from LOOK_BACK before `starts_at` to LOOK_AHEAD after it, soonest first.

    `calendar` holds the sessions there are: the pattern's own date for each, its zone, and when it
    meets, None where it does not take place; one in a zone where the group is not at home is left
    out. Beyond them the pattern goes on, as if the group had always met: or one that begins while
    clocks are apart would hear of no change.
    """
    begin, end = starts_at - LOOK_BACK, starts_at + LOOK_AHEAD
    stays = stays_of(pattern)
    found = []
    for occurrence, zone, meeting in calendar:
        own = stay_at(stays, occurrence)
        there = [one for one in stays if one.home.zone == zone]
        if meeting and there:
            found.append((own if own in there else there[-1]).occasion(*meeting))
    last = max((occurrence for occurrence, _, _ in calendar), default=None)
    before = pattern.rhythms[0].walls_before(begin.replace(tzinfo=None))
    for wall in [*before, *_walls_after(pattern, last, end)]:
        stay = stay_at(stays, wall)
        if not stay.home.is_lost:
            found.append(stay.occasion(wall, first_instant(wall, zone_info(stay.home.zone))))
    return tuple(sorted((one for one in found if one.starts_at >= begin), key=_start_of))


def _start_of(occasion: Occasion) -> datetime:
    return occasion.starts_at


def _walls_after(pattern: Pattern, last: datetime | None, end: datetime) -> Iterator[datetime]:
    after = pattern.rhythms[0].first_at - _MINUTE if last is None else last
    for wall in pattern.occurrences(after):
        yield wall
        if wall > end.replace(tzinfo=None):
            return
