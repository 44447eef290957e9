"""The parts of a moment as people write it: a clock, and a day in their own language.

dateparser reads the day alone, without any clock, number that it does not explain, or zone: what
it is known to guess at never reaches it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from threading import Lock
from typing import Any

from babel import Locale, UnknownLocaleError
from dateparser.date import DateDataParser

from bot.errors import Refusal
from bot.text import quote

_CLOCK = re.compile(
    r"(?<![\w:./\-–])(?:"
    r"(?P<h>\d{1,2})\s?[:h]\s?(?P<m>\d{2})(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?"
    r"|(?P<h12>\d{1,2})\s?(?P<half12>[ap])\.?\s?m\b\.?"
    r"|(?P<h24>\d{1,2})\s?(?:h|uhr|Uhr)(?![\w])"
    r"|(?P<hd>\d{1,2})\.(?P<md>\d{2})\s?uhr(?![\w])"
    r"|(?P<hj>\d{1,2})\s?[時点點시](?:\s?(?P<mj>\d{1,2})\s?[分분]|\s?(?P<half_past>[半반]))?"
    r")(?:\s?(?:h|uhr|Uhr|hrs?)\b)?(?![\w:/\-–]|\.\d)",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?<=[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af])(?=\d{1,2}\s?[:時点點시])")
"""Where "明日18時" and "12月3日14:00" have no space between the day and the clock."""

_JOINERS = re.compile(
    r"(?:^|(?<=\s))(?:at|um|à|a las|a la|às|as|alle|ore|kl|klo|om|o|в|о|saat|lúc|vào|pukul|jam)\.?"
    r"(?=\s|$)|[,，、@]",
    re.IGNORECASE,
)
_BARE_HOUR = re.compile(r"(?:\b(?:at|um|à|às|alle|kl)|@)\.?\s?(\d{1,2})\s*$", re.IGNORECASE)
WORD = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0e31-\u0e3a\u0e47-\u0e4e])*"
"""A word with its combining marks, which `\\w` leaves out: without them "शनिवार" ends in "र"."""

_LETTERS = re.compile(rf"(?<![^\W_]){WORD}")
"""Words, but not the "th" of "5th" (CLDR's Thursday) nor the 月 of 12月 (its Monday)."""

_LANGUAGES = {"no": "nb"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """What was written, with its clock taken out; `clocks` has two readings where "2:00" has.

    It has none where a day alone was written. `is_sure` is False where another hour near it may be
    meant, `is_spoken` is True where the hour is in words, `or_day` what may be the day of a month.
    """

    day_words: str
    clocks: tuple[time, ...]
    is_midnight: bool = False
    is_sure: bool = True
    is_spoken: bool = False
    or_day: int = 0


def split_clock(text: str) -> Phrase | None:
    """The one clock in `text` and what is left; None for no clock, or several, or one like "25:00".

    An hour from 1 to 6 without "am", "pm" or a leading zero has two readings, and so has the hour
    of "at 8".
    """
    found = list(_CLOCK.finditer(text))
    if not found and (bare := _BARE_HOUR.search(text)) is not None:
        return _at_bare_hour(text[: bare.start()], int(bare[1]))
    if len(found) != 1:
        return None
    match = found[0]
    parts = match.groupdict()
    hour = int(next(parts[key] for key in ("h", "h12", "h24", "hd", "hj") if parts[key]))
    minute = 30 if parts["half_past"] else int(parts["m"] or parts["md"] or parts["mj"] or 0)
    half = (parts["half"] or parts["half12"] or "").lower()
    try:
        hour = hour_of_day(hour, half)
        clocks = [time(hour, minute)]
    except ValueError:
        return None
    if not half and parts["h"] and 1 <= hour <= 6 and ":" in match[0] and match[0][0] != "0":
        clocks.append(time(hour + 12, minute))
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    return Phrase(day_words=without_joiners(rest), clocks=tuple(clocks))


def without_glue(words: str) -> str:
    """The words with a space before a clock that East Asian writing sets right behind a day."""
    return _GLUED.sub(" ", words)


def has_clock(text: str) -> bool:
    """Whether something in it is written like a time of day, "25:00" included."""
    return _CLOCK.search(text) is not None


def without_joiners(words: str) -> str:
    """The words without "at", "um", "à" and commas, which only join a day and a clock."""
    return " ".join(_JOINERS.sub(" ", words).split())


def _at_bare_hour(before: str, hour: int) -> Phrase | None:
    if hour > 23:
        return None
    hours = [hour % 12, hour % 12 + 12] if 1 <= hour <= 12 else [hour]
    return Phrase(day_words=without_joiners(before), clocks=tuple(map(time, hours)))


def hour_of_day(hour: int, half: str) -> int:
    """0 to 23; raises ValueError for an hour with "a" or "p" (am, pm) that no dial has."""
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half == "p" else 0)


def day_in_words(words: str, today: date, language: str) -> date | None:
    """The day that `words` mean, seen from `today`; None where that is not certain.

    Read twice, from two hours of the day; every number in it must come back as the day, the year,
    or a count of days, weeks or months, and a weekday must be the day's own.
    """
    found = {_day_parsed(words, datetime.combine(today, hour), language) for hour in _HOURS}
    day = found.pop()
    if found or day is None:
        return None
    named = weekday_in(words, language)
    if named is not None and named != day.weekday():
        return None
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    return day if all(_explains(number, day, today) for number in numbers) else None


def span_in_words(text: str, now: datetime, language: str) -> timedelta | None:
    """The hours and minutes of "in 90 minutes"; None for anything that is not such a span."""
    first, second = (
        _parsed(text, base, language) for base in (now, now + timedelta(hours=5, minutes=7))
    )
    if first is None or second is None:
        return None
    span = first - now
    is_span = second - first == timedelta(hours=5, minutes=7)
    is_short = timedelta() < span <= timedelta(days=2) and span % timedelta(days=1)
    return span if is_span and is_short else None


def weekday_in(words: str, language: str) -> int | None:
    """The weekday that is named, Monday being 0; None for none, or more than one."""
    tokens = {word.casefold() for word in _LETTERS.findall(words)}
    found = {day for name, day in _weekdays(language).items() if name in tokens}
    return found.pop() if len(found) == 1 else None


def language_of(locale: str) -> str:
    """The language of Discord's locale as dateparser calls it."""
    language = locale.partition("-")[0]
    return _LANGUAGES.get(language, language)


@cache
def preload() -> None:
    """Read the tables of Discord's languages now: the first question would wait up to 150 ms."""
    for language in _SPOKEN_ON_DISCORD.split():
        day_in_words("1", date(2026, 1, 1), language)
        _weekdays(language)


_SPOKEN_ON_DISCORD = (
    "en id da de es fr hr it lt hu nl nb pl pt ro fi sv vi tr cs el bg ru uk hi th zh ja ko"
)
_DATEPARSER = Lock()
"""Words are read in threads, for which the tables that dateparser shares are not made."""

_HOURS = (time(0, 30), time(13, 17))


def _day_parsed(words: str, base: datetime, language: str) -> date | None:
    found = _read(words, base, language)
    # "next week" is read as a week from today: only what counts the weeks names a day.
    is_counted = found.period == "week" and re.search(r"\d", words) is not None
    is_day = found.date_obj is not None and (found.period == "day" or is_counted)
    return found.date_obj.date() if is_day else None


def _parsed(words: str, base: datetime, language: str) -> datetime | None:
    found = _read(words, base, language).date_obj
    return found.replace(tzinfo=None) if isinstance(found, datetime) else None


def _read(words: str, base: datetime, language: str) -> Any:
    settings: Any = {
        "RELATIVE_BASE": base.replace(tzinfo=None),
        "PREFER_DATES_FROM": "future",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "PARSERS": ["relative-time", "custom-formats", "absolute-time"],
    }
    try:
        with _DATEPARSER:
            # One after the other: of both at once, "3 Mart" is read as English, without its 3.
            own = DateDataParser(languages=[language], settings=settings).get_date_data(words)
            if own.date_obj is not None or language == "en":
                return own
            return DateDataParser(languages=["en"], settings=settings).get_date_data(words)
    except (ValueError, OverflowError) as error:
        raise Refusal(f"I can't read {quote(words, 40)} as a day.") from error


def _explains(number: int, day: date, today: date) -> bool:
    away = (day - today).days
    months = (day.year - today.year) * 12 + day.month - today.month
    return number in {day.day, day.year} or number in {away, months} or number * 7 == away


@cache
def _weekdays(language: str) -> dict[str, int]:
    names: dict[str, int] = {}
    for name in (language, "en"):
        try:
            days = Locale.parse(name).days["format"]
        except UnknownLocaleError:
            continue
        for width in ("wide", "abbreviated", "short"):
            for day, called in days.get(width, {}).items():
                names.setdefault(called.casefold().rstrip("."), day)
    return names
