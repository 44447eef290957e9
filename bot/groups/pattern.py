"""When a group meets: rhythms on its wall clock, each from a date on, with breaks and holidays."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from itertools import count, islice, pairwise, takewhile

from dateutil.rrule import MONTHLY, rrule, weekday

from bot.errors import Refusal
from bot.places.regions import CLIENT_DEFAULT
from bot.places.spoken import Habit, spoken_full_date
from bot.places.wall import first_instant, zone_info
from bot.text import quote

LAST = -1
"""The place of a month's last Saturday, where 2 is that of its second."""

_TICK = timedelta(microseconds=1)
_NEVER = datetime.min  # noqa: DTZ901 - before every wall time


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slot:
    """A weekday (Monday is 0) and its hour."""

    weekday: int
    at: time


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
class Rhythm:
    """One way of meeting, from the naive `since_at` on (None: from ever); `first_at` is its anchor.

    Weekly: every `every_weeks` weeks, counted in weeks from Monday, on the anchor's weekday and
    hour and at the slots of `also`. Monthly, where `nth` is not empty: on the anchor's weekday,
    the nth of the month. With `turns` each meeting takes the next hour: the anchor's, then those.
    """

    first_at: datetime
    every_weeks: int = 1
    minutes: int = 60
    nth: tuple[int, ...] = ()
    also: tuple[Slot, ...] = ()
    turns: tuple[time, ...] = ()
    since_at: datetime | None = None

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every weekday and hour of a week, in their order."""
        own = Slot(weekday=self.first_at.weekday(), at=self.first_at.time())
        return tuple(sorted({own, *self.also}))

    def walls(self, after: datetime) -> Iterator[datetime]:
        """The naive wall times of its meetings after the naive `after`, soonest first."""
        try:
            if not (self.nth or self.also or self.turns):
                yield from self._simply(after)
            for number, wall in self._monthly(after) if self.nth else self._weekly(after):
                turned = self._turned(number, wall)
                if number >= 0 and turned > after:
                    yield turned
        except OverflowError:  # The calendar ends in the year 9999.
            return

    def walls_before(self, begin: datetime) -> list[datetime]:
        """Where it would have met from the naive `begin` on until its anchor, had it always met.

        Hours in turn go on backwards from the anchor's.
        """
        turn = len(self.turns) + 1
        back = max(timedelta(), self.first_at - begin)
        if self.nth:
            months = (back // timedelta(days=28) // turn + 1) * turn
            first_at = self._months_before(months)
        else:
            period = turn * timedelta(weeks=self.every_weeks)
            first_at = self.first_at - (back // period + 1) * period
        walls = replace(self, first_at=first_at).walls(begin - _TICK)
        return list(takewhile(lambda wall: wall < self.first_at, walls))

    def _months_before(self, months: int) -> datetime:
        """The anchor of that many months earlier, in the same place among its month's meetings."""
        days = [weekday(self.first_at.weekday())(place) for place in self.nth]
        own = self.first_at.replace(day=1)
        place = sum(wall < self.first_at for wall in islice(_nth_days(own, days), len(days)))
        month = own.year * 12 + own.month - 1 - months
        start = own.replace(year=month // 12, month=month % 12 + 1)
        return next(islice(_nth_days(start, days), place, None))

    def _simply(self, after: datetime) -> Iterator[datetime]:
        """The meetings of one weekday and one hour: what most groups have, and half the work."""
        period = timedelta(weeks=self.every_weeks)
        wall = self.first_at + max(0, (after - self.first_at) // period + 1) * period
        while True:
            yield wall
            wall += period

    def _weekly(self, after: datetime) -> Iterator[tuple[int, datetime]]:
        """Meetings from the week of `after` on, with their numbers counted from the anchor.

        Whole weeks are added: rrule gives the same dates, seven times slower.
        """
        slots = self.slots
        first = slots.index(Slot(weekday=self.first_at.weekday(), at=self.first_at.time()))
        monday = datetime.combine(self.first_at, time()) - timedelta(days=self.first_at.weekday())
        period = timedelta(weeks=self.every_weeks)
        starts = [
            timedelta(days=slot.weekday, hours=slot.at.hour, minutes=slot.at.minute)
            for slot in slots
        ]
        for week in count(max(0, (after - monday) // period)):
            begin = monday + week * period
            for place, start in enumerate(starts):
                yield week * len(slots) + place - first, begin + start

    def _monthly(self, after: datetime) -> Iterator[tuple[int, datetime]]:
        """The same for the nth weekdays of months: each month has as many, so they count."""
        month = max(self.first_at, after).replace(day=1) - timedelta(days=1)
        start = datetime.combine(max(month, self.first_at.replace(day=1)), self.first_at.time())
        start = start.replace(day=1)
        days = [weekday(self.first_at.weekday())(place) for place in self.nth]
        own = datetime.combine(self.first_at.replace(day=1), self.first_at.time())
        before = sum(wall < self.first_at for wall in islice(_nth_days(own, days), len(days)))
        months = (start.year - own.year) * 12 + start.month - own.month
        first = months * len(days) - before
        yield from enumerate(_nth_days(start, days), first)

    def _turned(self, number: int, wall: datetime) -> datetime:
        if not self.turns or not number % (len(self.turns) + 1):
            return wall
        return datetime.combine(wall, self.turns[number % (len(self.turns) + 1) - 1])


def _nth_days(start: datetime, days: Sequence[weekday]) -> Iterator[datetime]:
    yield from rrule(MONTHLY, dtstart=start, byweekday=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern(Rhythm):
    """The newest rhythm in `zone` with those before it; no edit rewrites what has been.

    Each rhythm holds until the next one's `since_at`.
    """

    zone: str
    breaks: tuple[Break, ...] = ()
    holidays: frozenset[date] = frozenset()
    earlier: tuple[Rhythm, ...] = ()

    @property
    def newest(self) -> Rhythm:
        """The newest rhythm alone."""
        return Rhythm(**{field.name: getattr(self, field.name) for field in fields(Rhythm)})

    @property
    def rhythms(self) -> tuple[Rhythm, ...]:
        """Every rhythm, the oldest first."""
        return (*self.earlier, self.newest)

    def rhythm_at(self, wall: datetime) -> Rhythm:
        """The rhythm that holds at the naive `wall`."""
        held = [one for one in self.rhythms if (one.since_at or _NEVER) <= wall]
        return held[-1] if held else self.rhythms[0]

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
            if day not in self.holidays and not any(one.covers(day) for one in self.breaks):
                yield wall

    def _unbroken(self, after: datetime) -> Iterator[datetime]:
        ends = [later.since_at for _, later in pairwise(self.rhythms)]
        for rhythm, end in zip(self.rhythms, [*ends, None], strict=True):
            begin = max(after, rhythm.since_at - _TICK) if rhythm.since_at else after
            for wall in rhythm.walls(begin):
                if end is not None and wall >= end:
                    break
                yield wall

    def instants(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The meetings after the instant `now`, as (naive wall, UTC instant), soonest first."""
        zone = zone_info(self.zone)
        for wall in self.occurrences(now.replace(tzinfo=None) - timedelta(days=2)):
            starts_at = first_instant(wall, zone)
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


def shift_from(pattern: Pattern, occurrence: datetime, new_wall: datetime) -> Pattern:
    """The pattern in which the meeting at the naive `occurrence` and all later ones are moved.

    Of several weekdays only the one that moves does, the others stay. Raises Refusal where the
    new day can't be the same one of each month.
    """
    rhythm = pattern.rhythm_at(occurrence)
    since_at = min(occurrence, new_wall)
    moved = Slot(weekday=new_wall.weekday(), at=new_wall.time())
    if rhythm.nth and not _is_nth(new_wall, rhythm.nth):
        habit = Habit(locale=CLIENT_DEFAULT, hour_cycle=None, zone=pattern.zone)
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
