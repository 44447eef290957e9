"""Instants in words, in a reader's own zone, date format and hour cycle, through Babel's CLDR."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from babel import Locale
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    format_timedelta,
    get_timezone_location,
)
from babel.units import format_unit

from bot.places.patterns import clock_pattern, day_pattern, has_twelve_hours, joined_pattern
from bot.places.regions import regional_locale, zone_country
from bot.places.wall import local, zone_info

__all__ = [
    "Habit",
    "HourCycle",
    "hour_cycle",
    "spoken_clock",
    "spoken_clocks",
    "spoken_date",
    "spoken_day",
    "spoken_day_and_clock",
    "spoken_elsewhere",
    "spoken_full_date",
    "spoken_hour",
    "spoken_long_date",
    "spoken_moment",
    "spoken_moment_and_left",
    "spoken_until",
    "spoken_wall",
    "zone_city",
    "zone_country",
]

_DAY_MINUTES = 24 * 60


class HourCycle(StrEnum):
    """Whether clocks count to twelve twice or to twenty-four."""

    TWELVE = "12"
    TWENTY_FOUR = "24"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a reader reads time: Discord's locale for them, their choice of hours, a zone's clock.

    Where that clock is not the reader's own, `home` is their zone: its customs are theirs.
    """

    locale: str
    hour_cycle: HourCycle | None
    zone: str
    home: str = ""

    def there(self, zone: str) -> "Habit":
        """How the same reader writes the time of another zone."""
        return replace(self, zone=zone, home=self.home or self.zone)


def spoken_day(moment: datetime, habit: Habit) -> str:
    """The day, as "Saturday 19 November": weekday and month in full, no year."""
    locale = _locale_of(habit)
    return _plain(format_date(local(moment, habit.zone), day_pattern(locale), locale))


def spoken_clock(moment: datetime, habit: Habit) -> str:
    """The time of day, as "22:00" or "10:00 PM"."""
    return _clock(moment, habit.zone, _locale_of(habit), hour_cycle(habit))


def spoken_date(day: date, habit: Habit) -> str:
    """A day without its weekday, as "25 March"."""
    return _plain(format_skeleton("MMMMd", day, locale=_locale_of(habit)))


def spoken_long_date(day: date, habit: Habit) -> str:
    """A day with its year, as "25 March 2027" or "March 25, 2027"."""
    return _plain(format_date(day, "long", _locale_of(habit)))


def spoken_full_date(day: date, habit: Habit) -> str:
    """A day with weekday and year, as "Thursday, 25 March 2027" or "Thursday, March 25, 2027"."""
    return _plain(format_date(day, "full", _locale_of(habit)))


def spoken_wall(wall: datetime, habit: Habit) -> str:
    """A naive wall time, also one that no clock shows: "Saturday, 5 December 2026, 14:00"."""
    day = spoken_full_date(wall.date(), habit)
    return joined_pattern(_locale_of(habit)).format(spoken_hour(wall, habit), day)


def spoken_hour(wall: datetime, habit: Habit, *, has_weekday: bool = False) -> str:
    """A naive time of day as `habit` writes it: "15:00", or "Tuesday 15:00" where it matters."""
    pattern = clock_pattern(_locale_of(habit), is_twelve=hour_cycle(habit) is HourCycle.TWELVE)
    clock = _plain(format_time(wall.time(), pattern, locale=_locale_of(habit)))
    return f"{format_date(wall, 'EEEE', _locale_of(habit))} {clock}" if has_weekday else clock


def spoken_day_and_clock(moment: datetime, habit: Habit, now: datetime | None = None) -> str:
    """Day and clock, as "Saturday 19 November, 22:00".

    With `now`, the year too where it is another: "Friday, 12 March 2027, 22:00".
    """
    there = local(moment, habit.zone)
    if now is not None and there.year != local(now, habit.zone).year:
        return spoken_wall(there.replace(tzinfo=None), habit)
    clock_and_day = spoken_clock(moment, habit), spoken_day(moment, habit)
    return joined_pattern(_locale_of(habit)).format(*clock_and_day)


def spoken_moment(moment: datetime, habit: Habit, place_name: str | None = None) -> str:
    """Day, clock and place, as "Saturday 19 November, 22:00 in Berlin".

    Other languages than English have the place in brackets, since an English word between would
    make neither: "Samstag, 19. November, 22:00 (Berlin)". Without `place_name` it names the
    zone's own city.
    """
    locale = _locale_of(habit)
    when = spoken_day_and_clock(moment, habit)
    place = place_name or zone_city(habit.zone, locale)
    return f"{when} in {place}" if _is_english(locale) else f"{when} ({place})"


def spoken_moment_and_left(
    moment: datetime, now: datetime, habit: Habit, place_name: str | None = None
) -> str:
    """The moment and what is left of the time until then, in one language.

    "Saturday 19 November, 22:00 in Berlin, in 1 week", "… 22:00 (Berlin) · in 1 Woche".
    """
    locale = _locale_of(habit)
    mark = ", " if _is_english(locale) else " · "
    return f"{spoken_moment(moment, habit, place_name)}{mark}{spoken_until(moment, now, habit)}"


def spoken_until(moment: datetime, now: datetime, habit: Habit) -> str:
    """What is left, as "in 1 week", "in 23 hours and 50 minutes", "3 days ago" or "now".

    Exact to the minute below an hour, to a day from two days on. Between, English is exact to five
    minutes; CLDR has no "in" for two units at once, so other languages say minutes up to ninety
    and whole hours from there: "in 24 Stunden", never "in 1 Tag" for less.
    """
    minutes = round((moment - now) / timedelta(minutes=1))
    locale = _locale_of(habit)
    if not _is_english(locale):
        return _plain(_relative(minutes, locale))
    if minutes == 0:
        return "now"
    span = _spoken_span(abs(minutes))
    return f"in {span}" if minutes > 0 else f"{span} ago"


def spoken_clocks(
    moment: datetime,
    habit: Habit,
    others: Sequence[tuple[str, str]],
    *,
    home_name: str | None = None,
) -> str:
    """One instant on many clocks: "14:00 in Denver · 22:00 in Berlin", home first.

    `others` are (place name, zone). All clocks use the group's hour cycle. Where they are not all
    on one date, each has its weekday: "Saturday 14:00 in Denver · Sunday 02:30 in Kolkata".
    """
    home = (home_name or zone_city(habit.zone), habit.zone)
    return " · ".join(spoken_elsewhere(moment, habit, [home, *others]))


def spoken_elsewhere(
    moment: datetime, habit: Habit, others: Sequence[tuple[str, str]]
) -> list[str]:
    """The clocks of `others`, each alone, with their weekdays where one is not on habit's date."""
    locale, cycle = _locale_of(habit), hour_cycle(habit)
    walls = [local(moment, zone) for _, zone in others]
    has_other_days = {wall.date() for wall in walls} - {local(moment, habit.zone).date()}
    spoken = []
    for (place_name, zone), there in zip(others, walls, strict=True):
        # Of days, the one that was read last is taken for that of every hour after it.
        weekday = f"{format_date(there, 'EEEE', locale)} " if has_other_days else ""
        spoken.append(f"{weekday}{_clock(moment, zone, locale, cycle)} in {place_name}")
    return spoken


def zone_city(zone: str, locale: Locale | str = "en") -> str:
    """The zone's own city, in English or another language: "Kolkata" for Asia/Kolkata."""
    location = get_timezone_location(zone_info(zone), locale=locale, return_city=True)
    return location.rsplit("/", maxsplit=1)[-1]


def hour_cycle(habit: Habit) -> HourCycle:
    """The reader's choice, else what their locale or (for en-US) their zone's country is used to.

    en-US says nothing about a reader: it is what every Discord client starts with.
    """
    if habit.hour_cycle is not None:
        return habit.hour_cycle
    is_twelve = has_twelve_hours(habit.locale, zone_country(habit.home or habit.zone))
    return HourCycle.TWELVE if is_twelve else HourCycle.TWENTY_FOUR


def _locale_of(habit: Habit) -> Locale:
    return regional_locale(habit.locale, habit.home or habit.zone)


def _clock(moment: datetime, zone: str, locale: Locale, cycle: HourCycle) -> str:
    pattern = clock_pattern(locale, is_twelve=cycle is HourCycle.TWELVE)
    return _plain(format_time(local(moment, zone).time(), pattern, locale=locale))


def _plain(text: str) -> str:
    # CLDR puts a narrow no-break space before AM and PM; some phones draw it as a box.
    return text.replace("\u202f", " ")


def _is_english(locale: Locale) -> bool:
    return locale.language == "en"


def _relative(minutes: int, locale: Locale) -> str:
    """ "in 1 Woche" or "vor 3 Tagen", in one unit."""
    # The next minute is the nearest that every language has words for: not all have a "now".
    left = abs(minutes) or 1
    days = round(left / _DAY_MINUTES)
    if left >= 2 * _DAY_MINUTES:
        count, unit = (days // 7, "week") if days % 7 == 0 else (days, "day")
    elif left == _DAY_MINUTES:
        count, unit = 1, "day"
    else:
        count, unit = (left, "minute") if left <= 90 and left != 60 else (round(left / 60), "hour")
    sign = -1 if minutes < 0 else 1
    # With the count as threshold no larger unit is chosen, and this one is.
    return format_timedelta(
        timedelta(**{f"{unit}s": sign * count}),
        granularity=unit,  # type: ignore[arg-type]  # one of the words that it lists
        threshold=count,
        add_direction=True,
        locale=locale,
    )


def _spoken_span(minutes: int) -> str:
    if minutes >= 2 * _DAY_MINUTES:
        days = round(minutes / _DAY_MINUTES)
        return _counted(days // 7, "week") if days % 7 == 0 else _counted(days, "day")
    if minutes > 60:
        minutes = 5 * round(minutes / 5)
    hours, rest = divmod(minutes, 60)
    if minutes == _DAY_MINUTES:
        return _counted(1, "day")
    parts = [_counted(count, unit) for count, unit in ((hours, "hour"), (rest, "minute")) if count]
    return " and ".join(parts)


def _counted(count: int, unit: str) -> str:
    # Not format_timedelta: it says "2 hours" for ninety minutes whatever its threshold.
    return format_unit(count, f"duration-{unit}", locale="en")
