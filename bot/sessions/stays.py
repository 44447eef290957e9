"""A group's stays in its cities, one after the other, and which hour goes on as which hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from bot.groups.model import Home
from bot.groups.pattern import Pattern
from bot.groups.rhythm import Rhythm, Slot

Series = tuple[int, time]
"""Meetings at one hour: the number of the stay in which it began, and the hour on its clock."""


class Occasion(NamedTuple):
    """One meeting: `wall` is naive, on the clock of `stay`, `starts_at` its instant.

    `day` is its date reckoned back to where its series began: what was on Saturdays in Los Angeles
    and is on Sundays in Tokyo stays on Saturdays.
    """

    starts_at: datetime
    wall: datetime
    series: Series
    day: date
    stay: "Stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The time of a group in one zone, from the naive `since_at` on; None for the first.

    `carried` says of an hour on its clock which series it goes on with, and how many days later;
    `hours` are the last ones there.
    """

    number: int
    home: Home
    since_at: datetime | None
    begins_at: datetime | None
    hours: tuple[Slot, ...]
    carried: Mapping[time, tuple[Series, int]]

    def series_of(self, at: time) -> tuple[Series, int]:
        """The series that meets at that hour, and by how many days its dates are later there."""
        return self.carried.get(at, ((self.number, at), 0))

    def occasion(self, wall: datetime, starts_at: datetime) -> Occasion:
        """The meeting at `wall` as one of its series."""
        series, later = self.series_of(wall.time())
        day = wall.date() - timedelta(days=later)
        return Occasion(starts_at, wall, series, day, self)


def stays_of(pattern: Pattern) -> tuple[Stay, ...]:
    """The group's stays, the first one first: rhythms that follow each other in one zone."""
    found: list[Stay] = []
    for rhythm in pattern.rhythms:
        before = found[-1] if found else None
        if before and before.home.zone == rhythm.zone:
            found[-1] = replace(before, home=rhythm.home, hours=rhythm.hours)
            continue
        found.append(
            Stay(
                number=len(found),
                home=rhythm.home,
                since_at=rhythm.since_at if before else None,
                begins_at=rhythm.begins_at if before else None,
                hours=rhythm.hours,
                carried=_carried(before, rhythm) if before else {},
            )
        )
    return tuple(found)


def stay_at(stays: Sequence[Stay], wall: datetime) -> Stay:
    """The stay to which the pattern's naive `wall` belongs."""
    return [one for one in stays if one.since_at is None or one.since_at <= wall][-1]


def _carried(before: Stay, rhythm: Rhythm) -> dict[time, tuple[Series, int]]:
    """Which hours go on in another city: as many as there were do, in their order.

    Where there are more or fewer, those that are the same on the wall. An hour that would go on
    with two series, or two with one, is new.
    """
    found: dict[time, set[tuple[Series, int]]] = {}
    for was, now in _pairs(before.hours, rhythm.hours):
        series, later = before.series_of(was.at)
        # At most three days apart: from a Saturday to a Monday it is two days, not minus five.
        days = (now.weekday - was.weekday + 3) % 7 - 3
        found.setdefault(now.at, set()).add((series, later + days))
    only = {at: next(iter(several)) for at, several in found.items() if len(several) == 1}
    claims = [series for series, _ in only.values()]
    return {at: one for at, one in only.items() if claims.count(one[0]) == 1}


def _pairs(was: Sequence[Slot], now: Sequence[Slot]) -> list[tuple[Slot, Slot]]:
    if len(was) == len(now):
        return list(zip(was, now, strict=True))
    return [(slot, slot) for slot in was if slot in now]
