"""A moment as a person wrote it: read where it is certain, asked back where it is not."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.places.asking import MOST_CHOICES, AskBack, DayChoice
from bot.places.days import days_meant
from bot.places.meaning import choices_of, phrase_meant
from bot.places.phrases import hour_of_day, language_of
from bot.places.spoken import zone_city
from bot.places.wall import WallKind, local, resolve
from bot.text import clean_line, quote

LONGEST = 64
"""dateparser takes 35 ms for so many characters at worst, and half a second for 2,000."""

FURTHEST = timedelta(days=731)
_STAMP = re.compile(r"<t:(\d{1,12})(?::[a-zA-Z])?>")
_WALL = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[ T,]+(\d{1,2})[:h.](\d{2})(?:\s*([ap])\.?m\.?)?", re.I
)


class Way(StrEnum):
    """How a moment was written: in figures, as Discord's timestamp, in words, or as a span."""

    FIGURES = "figures"
    STAMP = "stamp"
    WORDS = "words"
    SPAN = "span"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was understood: the naive `wall` time and its instant in UTC.

    `fold` is 1 where clocks show that time twice and the second is meant.
    """

    wall: datetime
    starts_at: datetime
    fold: int = 0
    way: Way


def read_moment(  # noqa: PLR0913 - the words, whose clock, and who wrote them
    text: str,
    zone: str,
    city: str,
    now: datetime,
    *,
    locale: str = "en-US",
    stays: datetime | None = None,
) -> Reading:
    """The moment that was written, in `zone`; `city` is what a refusal calls it.

    Of what is moved from the naive `stays`, a day alone keeps its hour, and an hour alone its day.
    Asks (AskBack) where there are several readings, also where that time does not exist or comes
    twice, and refuses what cannot be meant: a time that has passed or is over two years away.
    """
    found, way = _read(text, zone, city, now, locale, stays)
    if found.tzinfo is None:
        found = _once(text, found, zone, city, now)
    wall = local(found, zone)
    reading = Reading(
        wall=wall.replace(tzinfo=None, fold=0), starts_at=found, fold=wall.fold, way=way
    )
    check_ahead(reading.wall, found, city, now)
    return reading


def _once(text: str, wall: datetime, zone: str, city: str, now: datetime) -> datetime:
    """The instant of a wall time; asks where clocks never show it that day, or show it twice."""
    try:
        resolved = resolve(wall, zone)
    except OverflowError:
        raise Refusal(f"{wall:%Y-%m-%d} is outside of any calendar: check the year.") from None
    if resolved.kind is WallKind.NORMAL:
        return resolved.starts_at
    if resolved.kind is WallKind.GAP:
        why = (
            f"{wall:%H:%M} does not exist on {wall:%Y-%m-%d} in {city}: the clocks go forward over "
            "it."
        )
    else:
        why = f"{wall:%H:%M} comes twice on {wall:%Y-%m-%d}, because the clocks go back."
    choices = [one for one in choices_of(wall, zone) if one.at > now]
    check_ahead(wall, resolved.alternatives[-1], city, now)
    raise AskBack(text, why, choices, zone, city)


def check_ahead(wall: datetime, starts_at: datetime, city: str, now: datetime) -> None:
    """Refuses what has passed and what is over two years away."""
    if starts_at <= now:
        raise Refusal(f"{wall:%Y-%m-%d %H:%M} has passed already in {city}.")
    if starts_at > now + FURTHEST:
        raise Refusal(f"{wall:%Y-%m-%d} is more than two years away: check the year.")


def parse_wall(text: str) -> datetime:
    """The naive wall time written as `2026-12-05 14:00` (also `9h00`, `2:00 pm`), and nothing else.

    Refuses every other way of writing it: `3/12` is two different days.
    """
    cleaned = clean_line(text)
    if not cleaned:
        raise Refusal("I need a date and a time, like 2026-12-05 14:00.")
    match = _WALL.fullmatch(cleaned)
    if match is None:
        raise Refusal(
            f"I can't read {quote(cleaned, 40)} as a date and time. "
            "Write year-month-day and the hour, like 2026-12-05 14:00."
        )
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    try:
        hour = hour_of_day(hour, (match.group(6) or "").lower())
        return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a wall time has no zone
    except ValueError:
        raise Refusal(
            f"{quote(cleaned, 40)} is not a moment that exists: check the day, and the hour "
            "(00:00 to 23:59)."
        ) from None


def read_wall(text: str, zone: str, now: datetime, *, locale: str = "en-US") -> datetime:
    """The naive wall time that was written; whether it exists, and lies ahead, is not looked at.

    Asks (AskBack) where there are several readings.
    """
    found, _ = _read(text, zone, zone_city(zone), now, locale)
    wall = found if found.tzinfo is None else local(found, zone).replace(tzinfo=None)
    return wall.replace(fold=0)


def read_day(text: str, today: date, *, locale: str = "en-US") -> date:
    """The day that was written, such as 2026-12-05, "3 Dec" or "tomorrow", seen from `today`."""
    cleaned = _checked(text, "a day", "2026-12-05")
    meant = days_meant(cleaned, cleaned, today, language_of(locale))
    if len(meant.days) > 1:
        choices = [DayChoice(day=day) for day in meant.days]
        raise AskBack(text, meant.why, choices)
    return meant.days[0]


def _read(  # noqa: PLR0913, PLR0917 - as read_moment
    text: str, zone: str, city: str, now: datetime, locale: str, stays: datetime | None = None
) -> tuple[datetime, Way]:
    """What was written: naive on `zone`'s clock, or aware where it is one instant anyway."""
    cleaned = _checked(text, "a date and a time", "2026-12-05 14:00")
    if (stamp := _STAMP.fullmatch(cleaned)) is not None:
        return _of_stamp(cleaned, int(stamp[1]), zone), Way.STAMP
    if _WALL.fullmatch(cleaned) is not None:
        return parse_wall(cleaned), Way.FIGURES
    meant = phrase_meant(text, zone, now, language_of(locale), stays=stays)
    if isinstance(meant, datetime):
        return meant, Way.WORDS if meant.tzinfo is None else Way.SPAN
    ahead = [one for one in meant.choices if one.at > now]
    if not ahead:
        raise Refusal(f"{quote(cleaned, 40)} has passed already in {city}.")
    raise AskBack(text, meant.why, ahead[:MOST_CHOICES], zone, city)


def _checked(text: str, what: str, example: str) -> str:
    cleaned = clean_line(text)
    if not cleaned:
        raise Refusal(f"I need {what}, like {example}.")
    if len(cleaned) > LONGEST:
        raise Refusal(
            f"{quote(cleaned, 20)} has {len(cleaned)} characters; write {what} in at most "
            f"{LONGEST}, like {example}."
        )
    return cleaned


def _of_stamp(text: str, seconds: int, zone: str) -> datetime:
    try:
        moment = datetime.fromtimestamp(seconds, UTC).replace(second=0)
        local(moment, zone)
    except (OverflowError, ValueError, OSError):
        raise Refusal(f"{quote(text, 40)} is outside of any calendar.") from None
    return moment
