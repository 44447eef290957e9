"""When a group meets: rhythms on its wall clock, each from a date on, with breaks and holidays."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import islice, takewhile

from bot.errors import Refusal
from bot.groups.home import Home
from bot.groups.rhythm import LAST, TICK, Rhythm, Slot
from bot.places.regions import CLIENT_DEFAULT
from bot.places.spoken import Habit, spoken_full_date
from bot.places.wall import first_instant, zone_info
from bot.text import quote

_NEVER = datetime.min  # noqa: DTZ901 - before every wall time

_DAY = timedelta(days=1)
_OVERLAP = timedelta(days=2)
"""More than two clocks are ever apart (26 hours), with the length of a meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Days without meetings, both ends included.

    A tentative one, or one without an end, keeps everything after it open too, until a lead says
    when the group goes on.
    """

    first: date
    last: date | None = None
    is_tentative: bool = False

    @property
    def is_open(self) -> bool:
        return self.is_tentative or self.last is None

    def covers(self, day: date) -> bool:
        """Whether there is no meeting on that day because of it."""
        return self.first <= day and (self.is_open or self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern(Rhythm):
    """The newest rhythm with those before it; no edit rewrites what has been.

    Each rhythm holds for the days before the next one's `since_at`, and that one from there on,
    each on the clock of its own city. Where two clocks overlap (a Saturday in Los Angeles is a
    Sunday in Tokyo) and meetings of both come together in time, the later rhythm's is held.
    """

    breaks: tuple[Break, ...] = ()
    holidays: frozenset[date] = frozenset()
    earlier: tuple[Rhythm, ...] = ()

    @property
    def newest(self) -> Rhythm:
        """The newest rhythm alone."""
        return Rhythm(**{field.name: getattr(self, field.name) for field in fields(Rhythm)})

    @property
    def open_break(self) -> Break | None:
        """The break after which nothing is planned until a lead says when the group goes on."""
        return next((one for one in self.breaks if one.is_open), None)

    @property
    def rhythms(self) -> tuple[Rhythm, ...]:
        """Every rhythm, the oldest first."""
        return (*self.earlier, self.newest)

    def rhythm_at(self, wall: datetime) -> Rhythm:
        """The rhythm that holds at the naive `wall`."""
        held = [one for one in self.rhythms if (one.since_at or _NEVER) <= wall]
        return held[-1] if held else self.rhythms[0]

    def rhythm_in_force(self, moment: datetime) -> Rhythm:
        """The rhythm by which the group lives at that instant."""
        held = [one for one in self.rhythms if (one.begins_at or moment) <= moment]
        return held[-1] if held else self.rhythms[0]

    def home_of(self, zone: str, wall: datetime) -> Home:
        """What a session's `zone` is called that is at the naive `wall`, as it may be spoken of.

        By the rhythm of that day, else by the last one in that zone, for sessions moved by hand.
        """
        own = self.rhythm_at(wall)
        others = [one for one in self.rhythms if one.zone == zone]
        known = own if own.zone == zone or not others else others[-1]
        return (known.home if known.zone == zone else Home(city="", zone=zone)).clock

    def occurrences(self, after: datetime) -> Iterator[datetime]:
        """Naive wall times of the meetings that start after the naive `after`, soonest first.

        They end where a break without a certain end begins.
        """
        if not (self.earlier or self.since_at or self.breaks or self.holidays):
            yield from self.walls(after)
            return
        stop = min((one.first for one in self.breaks if one.is_open), default=None)
        for wall in self._unbroken(after):
            day = wall.date()
            if stop is not None and day >= stop:
                return
            if not self.is_off(day):
                yield wall

    def has(self, wall: datetime) -> bool:
        """Whether the group meets at that naive wall time, unlike at an extra session's."""
        return next(self.occurrences(wall - TICK), None) == wall

    def is_off(self, day: date) -> bool:
        """Whether there is no meeting on that day: a holiday, or in a break."""
        return day in self.holidays or any(one.covers(day) for one in self.breaks)

    def _unbroken(self, after: datetime) -> Iterator[datetime]:
        rhythms = self.rhythms
        for rhythm, later in zip(rhythms, [*rhythms[1:], None], strict=True):
            begin = max(after, rhythm.since_at - TICK) if rhythm.since_at else after
            end = later.since_at if later else None
            for wall in rhythm.walls(begin):
                if end is not None and wall >= end:
                    break
                if later is None or not _gives_way(rhythm, wall, later):
                    yield wall

    def instants(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The meetings after the instant `now`, as (naive wall, UTC instant), soonest first.

        Those of a rhythm whose zone is lost are left out: nobody knows when they are.
        """
        walls = self.occurrences(now.replace(tzinfo=None) - timedelta(days=2))
        rhythms = self.rhythms
        if any(one.zone != self.zone for one in rhythms) or self.home.is_lost:
            pairs = _on_their_clocks(rhythms, walls)
        else:
            zone = zone_info(self.zone)
            pairs = ((wall, first_instant(wall, zone)) for wall in walls)
        for wall, starts_at in pairs:
            if starts_at > now:
                yield wall, starts_at

    def next_instants(self, now: datetime, count: int) -> list[tuple[datetime, datetime]]:
        """The next `count` of them; fewer where the pattern stops at a break nobody has ended."""
        return list(islice(self.instants(now), count))

    def revised(self, rhythm: Rhythm) -> "Pattern":
        """The pattern with another rhythm from its `since_at` on; what was before stays."""
        since = rhythm.since_at or _NEVER
        kept = tuple(one for one in self.rhythms if (one.since_at or _NEVER) < since)
        return self.with_rhythm(rhythm, kept)

    def with_rhythm(self, newest: Rhythm, earlier: tuple[Rhythm, ...]) -> "Pattern":
        """The pattern with these rhythms."""
        values = {field.name: getattr(newest, field.name) for field in fields(Rhythm)}
        return replace(self, **values, earlier=earlier)

    def with_days_off(self, breaks: Sequence[Break], holidays: Collection[date]) -> "Pattern":
        """The pattern with these breaks, soonest first, and holidays."""
        in_order = tuple(sorted(breaks, key=lambda one: one.first))
        return replace(self, breaks=in_order, holidays=frozenset(holidays))


def _gives_way(rhythm: Rhythm, wall: datetime, later: Rhythm) -> bool:
    """Whether a meeting is at the same time as one of the rhythm that follows in another city."""
    since_at = later.since_at or _NEVER
    if rhythm.zone == later.zone or wall < since_at - _OVERLAP:
        return False
    if rhythm.home.is_lost or later.home.is_lost:
        return False
    starts_at = first_instant(wall, zone_info(rhythm.zone))
    ends_at = starts_at + timedelta(minutes=rhythm.minutes)
    for other in takewhile(lambda one: one < since_at + _OVERLAP, later.walls(since_at - TICK)):
        begins_at = first_instant(other, zone_info(later.zone))
        if begins_at < ends_at and starts_at < begins_at + timedelta(minutes=later.minutes):
            return True
    return False


def _on_their_clocks(
    rhythms: Sequence[Rhythm], walls: Iterator[datetime]
) -> Iterator[tuple[datetime, datetime]]:
    """Naive walls with their instants, soonest first: clocks far apart may change their order."""
    waiting: list[tuple[datetime, datetime]] = []
    for wall in walls:
        own = [one for one in rhythms if (one.since_at or _NEVER) <= wall] or [rhythms[0]]
        if own[-1].home.is_lost:
            if own[-1] is rhythms[-1]:
                break
            continue
        while waiting and waiting[0][0] < wall.replace(tzinfo=UTC) - _DAY:
            starts_at, first = heappop(waiting)
            yield first, starts_at
        heappush(waiting, (first_instant(wall, zone_info(own[-1].zone)), wall))
    yield from ((wall, starts_at) for starts_at, wall in sorted(waiting))


def shift_from(
    pattern: Pattern, occurrence: datetime, new_wall: datetime, habit: Habit | None = None
) -> Pattern:
    """The pattern in which the meeting at the naive `occurrence` and all later ones are moved.

    Of several weekdays only the one that moves does, the others stay. Raises Refusal where the
    new day can't be the same one of each month, which it names as `habit` writes days.
    """
    rhythm = pattern.rhythm_at(occurrence)
    since_at = min(occurrence, new_wall)
    moved = Slot(weekday=new_wall.weekday(), at=new_wall.time())
    if rhythm.nth and not _is_nth(new_wall, rhythm.nth):
        zone = rhythm.home.clock.zone
        habit = habit or Habit(locale=CLIENT_DEFAULT, hour_cycle=None, zone=zone)
        said = spoken_full_date(new_wall.date(), habit)
        raise Refusal(
            f"{quote(said)} is not the same one of its month, so "
            "the rest can't follow: change the rhythm with `/group edit`."
        )
    old = Slot(weekday=occurrence.weekday(), at=occurrence.time())
    if rhythm.turns:
        hours = (rhythm.first_at.time(), *rhythm.turns)
        place = hours.index(occurrence.time()) if occurrence.time() in hours else 0
        turned = (*hours[place + 1 :], *hours[:place])
        return pattern.revised(replace(rhythm, first_at=new_wall, turns=turned, since_at=since_at))
    others = tuple(slot for slot in rhythm.slots if slot not in {old, moved})
    # The anchor is the first of the week's meetings that are left: none of the others is lost.
    monday = datetime.combine(since_at, time()) - timedelta(days=since_at.weekday())
    left = [datetime.combine(monday + timedelta(days=slot.weekday), slot.at) for slot in others]
    is_same_week = monday <= new_wall < monday + timedelta(days=7)
    first_at = min([new_wall, *(one for one in left if one >= since_at and is_same_week)])
    also = tuple(
        slot
        for slot in (*others, moved)
        if slot.weekday != first_at.weekday() or slot.at != first_at.time()
    )
    return pattern.revised(replace(rhythm, first_at=first_at, also=also, since_at=since_at))


def usual_hours(pattern: Pattern, day: date) -> tuple[time, ...]:
    """At which hours the group meets on such a weekday; on any, where it does not meet on that."""
    rhythm = pattern.rhythm_at(datetime.combine(day, time()))
    same = {slot.at for slot in rhythm.slots if slot.weekday == day.weekday()}
    return tuple(sorted({*(same or {slot.at for slot in rhythm.slots}), *rhythm.turns}))


def _is_nth(wall: datetime, nth: Sequence[int]) -> bool:
    is_last = (wall + timedelta(days=7)).month != wall.month
    return (wall.day + 6) // 7 in nth or (LAST in nth and is_last)
