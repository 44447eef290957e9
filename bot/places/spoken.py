"""Instants in words, in a reader's own zone, date format and hour cycle, through Babel's CLDR."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from babel.units import format_unit

from bot.places.patterns import clock_pattern, day_pattern, has_twelve_hours, joined_pattern
from bot.places.regions import regional_locale, zone_country
from bot.places.wall import local, zone_info

__all__ = [
    "Habit",
    "HourCycle",
    "hour_cycle",
    "spoken_clock",
    "spoken_clock_in",
    "spoken_clocks",
    "spoken_day",
    "spoken_moment",
    "spoken_until",
    "zone_city",
    "zone_country",
]


class HourCycle(StrEnum):
    """Whether clocks count to twelve twice or to twenty-four."""

    TWELVE = "12"
    TWENTY_FOUR = "24"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a reader reads time: Discord's locale for them, their choice of hours, their zone."""

    locale: str
    hour_cycle: HourCycle | None
    zone: str


def spoken_day(moment: datetime, habit: Habit) -> str:
    """The day, as "Saturday 19 November": weekday and month in full, no year."""
    locale = regional_locale(habit.locale, habit.zone)
    return _plain(format_date(local(moment, habit.zone), day_pattern(locale), locale))


def spoken_clock(moment: datetime, habit: Habit) -> str:
    """The time of day, as "22:00" or "10:00 PM"."""
    return _clock(moment, habit.zone, regional_locale(habit.locale, habit.zone), hour_cycle(habit))


def spoken_clock_in(moment: datetime, zone: str, habit: Habit) -> str:
    """The clock of another `zone`, written as `habit` is used to."""
    locale = regional_locale(habit.locale, habit.zone)
    return _clock(moment, zone, locale, hour_cycle(habit))


def spoken_moment(moment: datetime, habit: Habit, place_name: str | None = None) -> str:
    """Day, clock and place, as "Saturday 19 November, 22:00 in Berlin".

    Without `place_name` it names the zone's own city.
    """
    joined = joined_pattern(regional_locale(habit.locale, habit.zone))
    when = joined.format(spoken_clock(moment, habit), spoken_day(moment, habit))
    return f"{when} in {place_name or zone_city(habit.zone)}"


def spoken_until(moment: datetime, now: datetime, habit: Habit) -> str:  # noqa: ARG001 (see below)
    """What is left, as "in 1 week", "in 23 hours and 50 minutes", "3 days ago" or "now".

    Exact to the minute below an hour, to five minutes below two days, to a day from there. The
    sentence around it is English, so this is too; `habit` is here for the day that changes.
    """
    minutes = round((moment - now) / timedelta(minutes=1))
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
    """One instant on many clocks: "14:00 in Denver · Sunday 02:30 in Kolkata", home first.

    `others` are (place name, zone). All clocks use the group's hour cycle; a weekday stands where
    the date is not the group's.
    """
    locale, cycle = regional_locale(habit.locale, habit.zone), hour_cycle(habit)
    home = local(moment, habit.zone)
    spoken = [f"{spoken_clock(moment, habit)} in {home_name or zone_city(habit.zone)}"]
    for place_name, zone in others:
        there = local(moment, zone)
        weekday = "" if there.date() == home.date() else format_date(there, "EEEE", locale) + " "
        spoken.append(f"{weekday}{_clock(moment, zone, locale, cycle)} in {place_name}")
    return " · ".join(spoken)


def zone_city(zone: str) -> str:
    """The zone's own city in English: "Kolkata" for Asia/Kolkata, "UTC" for UTC."""
    location = get_timezone_location(zone_info(zone), locale="en", return_city=True)
    return location.rsplit("/", maxsplit=1)[-1]


def hour_cycle(habit: Habit) -> HourCycle:
    """The reader's choice, else what their locale or (for en-US) their zone's country is used to.

    en-US says nothing about a reader: it is what every Discord client starts with.
    """
    if habit.hour_cycle is not None:
        return habit.hour_cycle
    is_twelve = has_twelve_hours(habit.locale, zone_country(habit.zone))
    return HourCycle.TWELVE if is_twelve else HourCycle.TWENTY_FOUR


def _clock(moment: datetime, zone: str, locale: Locale, cycle: HourCycle) -> str:
    pattern = clock_pattern(locale, is_twelve=cycle is HourCycle.TWELVE)
    return _plain(format_time(local(moment, zone).time(), pattern, locale=locale))


def _plain(text: str) -> str:
    # CLDR puts a narrow no-break space before AM and PM; some phones draw it as a box.
    return text.replace("\u202f", " ")


def _spoken_span(minutes: int) -> str:
    if minutes >= 2 * 24 * 60:
        days = round(minutes / (24 * 60))
        return _counted(days // 7, "week") if days % 7 == 0 else _counted(days, "day")
    if minutes > 60:
        minutes = 5 * round(minutes / 5)
    hours, rest = divmod(minutes, 60)
    if minutes == 24 * 60:
        return _counted(1, "day")
    parts = [_counted(count, unit) for count, unit in ((hours, "hour"), (rest, "minute")) if count]
    return " and ".join(parts)


def _counted(count: int, unit: str) -> str:
    # Not format_timedelta: it says "2 hours" for ninety minutes whatever its threshold.
    return format_unit(count, f"duration-{unit}", locale="en")
