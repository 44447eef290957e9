"""One way of meeting: weekdays and hours on a wall clock, or the nth weekdays of months."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import count, islice, takewhile

from dateutil.rrule import MONTHLY, rrule, weekday

from bot.groups.home import Home
from bot.places.wall import first_instant, zone_info

LAST = -1
"""The place of a month's last Saturday, where 2 is that of its second."""

TICK = timedelta(microseconds=1)
"""So little before a wall time that nothing else lies between."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slot:
    """A weekday (Monday is 0) and its hour."""

    weekday: int
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """One way of meeting, from the naive `since_at` on (None: from ever); `first_at` is its anchor.

    All of its wall times, these two included, are those of the clock in `zone`; `city` is what its
    leads call the place, "" for the zone's own city.

    Weekly: every `every_weeks` weeks, counted in weeks from Monday, on the anchor's weekday and
    hour and at the slots of `also`. Monthly, where `nth` is not empty: on the anchor's weekday,
    the nth of the month. With `turns` each meeting takes the next hour: the anchor's, then those.
    """

    first_at: datetime
    zone: str
    city: str = ""
    every_weeks: int = 1
    minutes: int = 60
    nth: tuple[int, ...] = ()
    also: tuple[Slot, ...] = ()
    turns: tuple[time, ...] = ()
    since_at: datetime | None = None

    @property
    def home(self) -> Home:
        """The city on whose clock it is kept."""
        return Home(city=self.city, zone=self.zone)

    @property
    def begins_at(self) -> datetime | None:
        """The instant of `since_at`, in UTC where the zone is lost."""
        if self.since_at is None:
            return None
        return first_instant(self.since_at, zone_info(self.home.clock.zone))

    @property
    def hours(self) -> tuple[Slot, ...]:
        """Every weekday and hour at which it meets, those in turn too, in their order."""
        day = self.first_at.weekday()
        return (*self.slots, *(Slot(weekday=day, at=at) for at in self.turns))

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
        walls = replace(self, first_at=first_at).walls(begin - TICK)
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
