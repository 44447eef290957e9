"""Days on which a member is away, so that nobody seats them as a speaker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.errors import Refusal
from bot.places.spoken import Habit, spoken_full_date
from bot.places.wall import local

MOST_AWAY = 20
"""How many spans one member keeps: they have to fit one card."""

LONGEST_AWAY = timedelta(days=366)
FURTHEST_AWAY = timedelta(days=731)


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """From `first_day` until `last_day`, both included, as the member's own calendar shows them."""

    first_day: date
    last_day: date

    def covers(self, day: date) -> bool:
        """Whether the member is away on that day."""
        return self.first_day <= day <= self.last_day


def is_away(spans: Iterable[Away], moment: datetime, zone: str) -> bool:
    """Whether `moment` falls on a day away, by the calendar of the member's `zone`."""
    day = local(moment, zone).date()
    return any(span.covers(day) for span in spans)


def check_away(first_day: date, last_day: date, today: date, habit: Habit) -> Away:
    """The span, checked; refuses one that ends before it begins, is over, or is far too long.

    A refusal writes days as `habit` does.
    """
    first, last = (spoken_full_date(day, habit) for day in (first_day, last_day))
    if last_day < first_day:
        raise Refusal(f"{last} is before {first}: give the first day away, then the last one.")
    if last_day < today:
        raise Refusal(f"{last} has passed already: give days that are ahead.")
    if last_day - first_day > LONGEST_AWAY:
        raise Refusal(f"{first} until {last} is more than a year: check the year.")
    if last_day > today + FURTHEST_AWAY:
        raise Refusal(f"{last} is more than two years away: check the year.")
    return Away(first_day=first_day, last_day=last_day)


def with_away(spans: Iterable[Away], new: Away, today: date) -> tuple[Away, ...]:
    """The spans with the `new` one, in order; those that touch become one, past ones are gone."""
    merged: list[Away] = []
    ahead = [span for span in spans if span.last_day >= today]
    for span in sorted([*ahead, new], key=lambda span: span.first_day):
        if merged and span.first_day <= merged[-1].last_day + timedelta(days=1):
            last_day = max(span.last_day, merged[-1].last_day)
            merged[-1] = Away(first_day=merged[-1].first_day, last_day=last_day)
        else:
            merged.append(span)
    return _few(merged)


def without_day(spans: Iterable[Away], day: date) -> tuple[Away, ...]:
    """The spans with that day taken out: one that holds it in its midst becomes two."""
    kept: list[Away] = []
    for span in spans:
        if not span.covers(day):
            kept.append(span)
            continue
        if span.first_day < day:
            kept.append(Away(first_day=span.first_day, last_day=day - timedelta(days=1)))
        if day < span.last_day:
            kept.append(Away(first_day=day + timedelta(days=1), last_day=span.last_day))
    return _few(kept)


def _few(spans: Sequence[Away]) -> tuple[Away, ...]:
    if len(spans) > MOST_AWAY:
        raise Refusal(f"I keep at most {MOST_AWAY} spans away for one person: take one back first.")
    return tuple(spans)
