"""A moment as a person wrote it: read where it is certain, asked back where it is not."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from bot.cards import stamp
from bot.errors import Refusal
from bot.places.phrases import (
    day_in_words,
    hour_of_day,
    language_of,
    span_in_words,
    split_clock,
    weekday_in,
)
from bot.places.shorthand import cities_meant_by
from bot.places.wall import WallKind, local, offset_label, resolve
from bot.text import clean_line, quote

LONGEST = 64
"""dateparser takes 35 ms for so many characters at worst, and half a second for 2,000."""

FURTHEST = timedelta(days=731)
_SURE = timedelta(days=270)
"""A date without its year that is further ahead may as well be one that has just passed."""

_STAMP = re.compile(r"<t:(\d{1,12})(?::[a-zA-Z])?>")
_WALL = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[ T,]+(\d{1,2})[:h.](\d{2})(?:\s*([ap])\.?m\.?)?", re.I
)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s?[/.]\s?(\d{1,2})(?!\d)")
_OFFSET = re.compile(r"(?:utc|gmt)\s?[+\-−–]?\s?\d*|[+−]\s?\d{1,2}(?::?\d\d)?|\dz\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_NEXT = re.compile(r"\bnext\b", re.IGNORECASE)
_MIDNIGHT = re.compile(r"\b(?:midnight|mitternacht|minuit|medianoche|mezzanotte)\b", re.IGNORECASE)
_HAZY = re.compile(
    r"\b(?:every|each|around|about|ish|or|between|until|till|before|after|jeden|chaque|cada)\b"
    r"|ish\b|[~?]|\d\s?[-–]\s?\d{1,2}\s?(?:am|pm|h|:)|\b\d{1,2}:\d\d\s?[-–]",
    re.IGNORECASE,
)
_EXAMPLE = "Write it like 2026-12-05 14:00."


class Way(StrEnum):
    """How a moment was written: in figures, as Discord's timestamp, in words, or as a span."""

    FIGURES = "figures"
    STAMP = "stamp"
    WORDS = "words"
    SPAN = "span"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was understood: the naive `wall` time and its instant in UTC."""

    wall: datetime
    starts_at: datetime
    way: Way


class AskMoment(Refusal):
    """What was written has several readings; `choices` are naive wall times, soonest first."""

    def __init__(self, text: str, choices: tuple[datetime, ...]) -> None:
        ways = " or ".join(f"{wall:%a} {wall:%Y-%m-%d %H:%M}" for wall in choices)
        super().__init__(
            f"{quote(text, 40)} is not certain. Did you mean {ways}? Write the one you mean like "
            "that, without the weekday."
        )
        self.choices = choices


class AskWhich(Refusal):
    """The wall time comes twice that day; `choices` are the two instants, earlier first."""

    def __init__(self, wall: datetime, choices: tuple[datetime, ...]) -> None:
        super().__init__(
            f"{wall:%H:%M} comes twice on {wall:%Y-%m-%d}, because the clocks go back: which one?"
        )
        self.wall = wall
        self.choices = choices


def read_moment(  # noqa: PLR0913 - what was written, where, when, by whom
    text: str,
    zone: str,
    city: str,
    now: datetime,
    *,
    locale: str = "en-US",
    fold: int | None = None,
) -> Reading:
    """The moment that was written, in `zone`; `city` is what a refusal calls it.

    Asks (AskMoment, AskWhich) where there are several readings and refuses what cannot be meant: a
    time that does not exist, that has passed, or that is over two years away.
    """
    wall, way = _read(text, zone, now, locale)
    try:
        found = resolve(wall, zone, fold=fold or 0)
    except OverflowError:
        raise Refusal(f"{wall:%Y-%m-%d} is outside of any calendar: check the year.") from None
    if found.kind is WallKind.GAP:
        raise Refusal(
            f"{wall:%H:%M} does not exist on {wall:%Y-%m-%d} in {city}: the clocks go forward "
            f"over it. Try {wall + timedelta(hours=1):%H:%M}."
        )
    if found.kind is WallKind.FOLD and fold is None:
        raise AskWhich(wall, found.alternatives)
    check_ahead(wall, found.starts_at, city, now)
    return Reading(wall=wall, starts_at=found.starts_at, way=way)


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


def spoken_reading(starts_at: datetime, zone: str, city: str) -> str:
    """What was understood, to be shown before it counts, on the group's clock and the reader's.

    "Tue 24 Nov 2026, 20:00 in Berlin (UTC+01:00) = <t:…:F>"; `city` is escaped by the caller.
    """
    wall = local(starts_at, zone)
    day = f"{wall:%a} {wall.day} {wall:%b %Y, %H:%M}"
    return f"{day} in {city} ({offset_label(starts_at, zone)}) = {stamp(starts_at)}"


def read_wall(text: str, zone: str, now: datetime, *, locale: str = "en-US") -> datetime:
    """The naive wall time that was written; whether it exists, and lies ahead, is not looked at."""
    return _read(text, zone, now, locale)[0].replace(fold=0)


def read_day(text: str, today: date, *, locale: str = "en-US") -> date:
    """The day that was written, such as 2026-12-05, "3 Dec" or "tomorrow", seen from `today`."""
    cleaned = _checked(text, "a day", "2026-12-05")
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", cleaned)
    if match is not None:
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            raise Refusal(f"{quote(cleaned)} is not a day of any calendar: check it.") from None
    midday = datetime.combine(today, datetime.min.time())
    days = _days(cleaned, cleaned, midday, language_of(locale))
    if len(days) > 1:
        ways = " or ".join(f"{day:%a} {day:%Y-%m-%d}" for day in days)
        raise Refusal(
            f"{quote(cleaned, 40)} may mean more than one day: {ways}. Write one of them."
        )
    return days[0]


def _read(text: str, zone: str, now: datetime, locale: str) -> tuple[datetime, Way]:
    cleaned = _checked(text, "a date and a time", "2026-12-05 14:00")
    if (stamp := _STAMP.fullmatch(cleaned)) is not None:
        return _of_stamp(cleaned, int(stamp[1]), zone), Way.STAMP
    if _WALL.fullmatch(cleaned) is not None:
        return parse_wall(cleaned), Way.FIGURES
    return _of_words(cleaned, zone, now, language_of(locale))


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
        moment = datetime.fromtimestamp(seconds, UTC)
        return local(moment, zone).replace(tzinfo=None, second=0)
    except (OverflowError, ValueError, OSError):
        raise Refusal(f"{quote(text, 40)} is outside of any calendar.") from None


def _of_words(text: str, zone: str, now: datetime, language: str) -> tuple[datetime, Way]:
    here = local(now, zone)
    bare = here.replace(tzinfo=None, second=0, microsecond=0)
    _refuse_hazy(text)
    phrase = split_clock(text)
    if phrase is None:
        span = span_in_words(text, bare, language) if len(text.split()) > 1 else None
        if span is None:
            raise Refusal(f"I can't find one time of day in {quote(text, 40)}. {_EXAMPLE}")
        then = local(now + span, zone)
        return then.replace(tzinfo=None, second=0, microsecond=0), Way.SPAN
    if not phrase.day_words:
        days = [bare.date(), bare.date() + timedelta(days=1)]
        walls = [datetime.combine(day, clock) for day in days for clock in phrase.clocks]
        ahead = tuple(wall for wall in sorted(walls) if wall > bare)
        raise AskMoment(text, ahead[:3])
    days = _days(text, phrase.day_words, bare, language)
    walls = [datetime.combine(day, clock) for day in days for clock in phrase.clocks]
    if len(walls) > 1:
        ahead = tuple(wall for wall in sorted(walls) if wall > bare)
        raise AskMoment(text, ahead)
    return walls[0], Way.WORDS


def _days(text: str, words: str, now: datetime, language: str) -> list[date]:
    """The days that `words` may mean: one where it is certain."""
    today = now.date()
    _refuse_either_order(text)
    named = weekday_in(words, language)
    if named is not None and not re.search(r"\d", words):
        next_words = _NEXT.sub("", words).strip() if _NEXT.search(words) else words
        first = today + timedelta(days=(named - today.weekday()) % 7)
        if _WORD.fullmatch(next_words.rstrip(".")) is not None:
            is_open = next_words != words or first == today
            return [first, first + timedelta(days=7)] if is_open else [first]
    if re.fullmatch(r"\W*\d+\W*(?:st|nd|rd|th)?", words):
        raise Refusal(f"{quote(words)} alone is no day: name the month too. {_EXAMPLE}")
    day = day_in_words(words, today, language)
    if day is None:
        raise Refusal(f"I can't read {quote(text, 40)} as one certain moment. {_EXAMPLE}")
    has_year = str(day.year) in words
    if not has_year and day - today > _SURE:
        raise Refusal(
            f"{quote(text, 40)} has passed this year, or is {day:%Y-%m-%d}: write the year. "
            f"{_EXAMPLE}"
        )
    return [day]


def _refuse_either_order(text: str) -> None:
    for found in _NUMERIC.finditer(text):
        if min(int(found[1]), int(found[2])) <= 12:
            raise Refusal(f"{quote(found[0])} may be a day and a month in either order. {_EXAMPLE}")


def _refuse_hazy(text: str) -> None:
    _refuse_either_order(text)
    if _MIDNIGHT.search(text):
        raise Refusal(
            f"{quote(text, 40)}: midnight belongs to two days. Write 00:00 or 23:59 with its date."
        )
    clock = _OFFSET.search(text) or next(
        (word for word in _WORD.finditer(text) if _is_zone_name(word[0])), None
    )
    if clock is not None:
        raise Refusal(
            f"{quote(clock[0])} in {quote(text, 40)} is another clock: leave it out, and write the "
            "group's own time, like 2026-12-05 14:00."
        )
    if _HAZY.search(text):
        raise Refusal(f"{quote(text, 40)} is not one certain moment. {_EXAMPLE}")


_SMALL_CLOCKS = {
    "bst",
    "cest",
    "cet",
    "cdt",
    "cst",
    "edt",
    "est",
    "gmt",
    "ist",
    "mst",
    "pdt",
    "pst",
}


def _is_zone_name(word: str) -> bool:
    """Whether it is an abbreviation of a clock; "et" and "mt" are words where written small."""
    is_meant = word.isupper() or word.casefold() in _SMALL_CLOCKS
    return is_meant and len(word) > 1 and cities_meant_by(word) is not None
