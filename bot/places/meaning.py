"""What a phrase with a day and a clock means: one wall time, or instants to choose from."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

from bot.errors import Refusal
from bot.places.asking import Choice
from bot.places.days import Days, days_meant, example_moment
from bot.places.hours import clock_said, means_now, without_doubt
from bot.places.index import places_on_clock
from bot.places.phrases import (
    Phrase,
    has_clock,
    language_of,
    span_in_words,
    weekday_in,
    without_glue,
    without_joiners,
)
from bot.places.shorthand import cities_meant_by, offset_minutes
from bot.places.spoken import Habit, spoken_hour
from bot.places.wall import WallKind, local, offset_label, resolve
from bot.text import clean_line, quote

MOST_CLOCKS = 5
"""How many different hours of one abbreviation are offered, those of the likeliest cities first."""

_VAGUE = " is not one certain moment."
_NAMED = 3
_DAY = timedelta(days=1)
_WORD = re.compile(r"[^\W\d_]+")
_OFFSET = re.compile(
    r"\b(?:utc|gmt)\s?[+\-−–]\s?\d{1,2}(?::?[0-5]\d)?|(?<!\w)[+−]\s?\d{1,2}(?::?[0-5]\d)?"
    r"|\butc\b|(?<=\d)z\b",
    re.IGNORECASE,
)
_WEEKDAY_AND_NUMBER = re.compile(r"\W*(?P<day>[^\W\d_]+)\W+(?P<n>\d{1,2})\W*")
_HAZY = re.compile(
    r"\b(?:every|each|or|between|until|till|before|jeden|chaque|cada)\b|(?<!quarter )\bafter\b"
    r"|\d\s?[-–]\s?\d{1,2}\s?(?:am|pm|h|:)|\b\d{1,2}:\d\d\s?[-–]",
    re.IGNORECASE,
)
_SMALL_CLOCKS = frozenset(
    {
        "bst", "cest", "cet", "cdt", "cst", "edt", "est", "gmt", "ist", "mst", "pdt", "pst",
    }
)  # fmt: skip


UsualHours = Callable[[date], Sequence[time]]
"""The hours that a day alone may be at."""


class Way(StrEnum):
    """How a moment was written: in figures, as Discord's timestamp, in words, or as a span.

    `DAY` is a day alone, at its usual hour.
    """

    FIGURES = "figures"
    STAMP = "stamp"
    WORDS = "words"
    SPAN = "span"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a phrase means: a naive wall time, or an instant."""

    at: datetime
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The instants that a phrase may mean, soonest first, and why there is a choice."""

    choices: tuple[Choice, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """A clock named beside the time: cities on it, or minutes ahead of UTC, and what is left."""

    name: str
    rest: str
    minutes: int | None
    places: tuple[tuple[str, str], ...] = ()


def phrase_meant(
    text: str,
    habit: Habit,
    now: datetime,
    *,
    stays: datetime | None = None,
    usual: UsualHours | None = None,
) -> Found | Meant:
    """What a phrase means on the clock of `habit`'s zone, where it is certain.

    Whether the wall time exists once is not looked at; instants to choose from are taken as they
    are. Refuses what names no one time of day. Of what is moved from the naive `stays`, a day alone
    keeps its hour, and an hour alone its day; without, a day alone gets its `usual` hour.
    """
    cleaned = clean_line(text)
    clock = _clock_named(cleaned)
    said = without_glue(clock.rest if clock else cleaned)
    words, language = without_doubt(said), language_of(habit.locale)
    bare = local(now, habit.zone).replace(tzinfo=None, second=0, microsecond=0)
    example = example_moment(bare.date())
    _check_meaning(text, words, language, example)
    phrase = clock_said(words, language)
    if clock is None and (phrase is None or phrase.is_spoken) and len(words.split()) > 1:
        span = span_in_words(said, bare, language)
        if span is not None:
            return Found(at=(now + span).replace(second=0, microsecond=0), way=Way.SPAN)
    hours = (lambda _: (stays.time(),)) if stays else usual
    is_vague = without_doubt(text) != cleaned
    phrase = phrase or _without_clock(words, language, clock, None if is_vague else hours)
    if phrase is None:
        none_found = f"I can't find one time of day in {quote(text, 40)}."
        why_not = f"{quote(text, 40)}{_VAGUE}" if is_vague else none_found
        raise Refusal(f"{why_not} Write it like {example}.")
    if words != said:
        phrase = replace(phrase, is_sure=False)
    if stays is not None and not phrase.day_words:
        phrase = replace(phrase, day_words=f"{stays:%Y-%m-%d}")
    if clock is not None:
        found = _on_clock(text, phrase, clock, now, habit)
        ordered = sorted(found, key=lambda choice: choice.at)
        return Meant(choices=tuple(ordered), why=_why_clock(clock))
    moved_from = stays.date() if stays else None
    walls, why = _walls(text, phrase, bare.date(), habit, hours, moved_from)
    if len(walls) == 1 and phrase.is_sure:
        is_day = not phrase.clocks and stays is None
        return Found(at=walls[0], way=Way.DAY if is_day else Way.WORDS)
    choices = tuple(choice for wall in walls for choice in choices_of(wall, habit.zone))
    is_vague = words != said or not why
    return Meant(choices=choices, why=f"{quote(text, 40)}{_VAGUE}" if is_vague else why)


def _check_meaning(text: str, words: str, language: str, example: str) -> None:
    """Refuses words for a time that is not one, and the words for this moment."""
    if _HAZY.search(words):
        raise Refusal(f"{quote(text, 40)}{_VAGUE} Write it like {example}.")
    if means_now(words, language):
        raise Refusal(
            f"{quote(text, 40)} is this very moment, and I need one that is ahead, like “in 30 "
            f"minutes” or {example}."
        )


def choices_of(wall: datetime, zone: str) -> list[Choice]:
    """The instants of a naive wall time: one, or two that differ by their offsets.

    Of a time that does not exist, the hour before the gap and the one after it.
    """
    resolved = resolve(wall, zone)
    moments = sorted(resolved.alternatives or (resolved.starts_at,))
    if resolved.kind is WallKind.NORMAL:
        return [Choice(at=moment) for moment in moments]
    notes = ("the first", "the second")
    if resolved.kind is WallKind.GAP:
        notes = ("before the clocks change", "after it")
    return [
        Choice(at=moment, note=f"{note}, {offset_label(moment, zone)}")
        for note, moment in zip(notes, moments, strict=True)
    ]


def _walls(  # noqa: PLR0913, PLR0917 - what was written, and seen from where
    text: str,
    phrase: Phrase,
    today: date,
    habit: Habit,
    hours: UsualHours | None = None,
    moved_from: date | None = None,
) -> tuple[list[datetime], str]:
    """The naive wall times that the phrase may mean, soonest first, and why there are several.

    A day alone is at the `hours` of such a day.
    """
    meant = Days(days=(today, today + _DAY), why=f"{quote(text, 40)} names no day.")
    if phrase.day_words:
        meant = days_meant(text, phrase.day_words, today, habit, moved_from)
    why = meant.why
    walls = {
        datetime.combine(day, clock)
        for day in meant.days
        for clock in phrase.clocks or (hours(day) if hours else ())
    }
    if phrase.is_midnight:
        walls |= {wall + _DAY for wall in walls}
        why = f"{quote(text, 40)}: midnight belongs to two days."
    elif phrase.or_day:
        day = _next_day_like(phrase.or_day, meant.days[0].weekday(), today)
        walls |= {datetime.combine(day, clock) for clock in hours(day)} if hours and day else set()
        why = f"{quote(text, 40)} may be a day or an hour."
    elif len(phrase.clocks) > 1 and not why:
        why = f"{quote(text, 40)} may be in the morning or in the afternoon."
    elif len(walls) > 1 and not why:
        why = f"{quote(text, 40)} names no hour, and the group has several."
    return sorted(walls), why


def _without_clock(
    words: str, language: str, clock: _Clock | None, hours: UsualHours | None
) -> Phrase | None:
    """A day alone, or "Sat 9", which may be an hour; None for what can be neither."""
    named = weekday_in(words, language)
    found = _WEEKDAY_AND_NUMBER.fullmatch(words)
    if named is not None and found is not None and not clock and int(found["n"]) < 32:
        number = int(found["n"])
        dial = {number % 12, number % 12 + 12} if 1 <= number <= 12 else {number}
        clocks = tuple(time(hour) for hour in sorted(dial) if hour < 24)
        return Phrase(day_words=found["day"], clocks=clocks, is_sure=False, or_day=number)
    if hours is None or clock or has_clock(words):
        return None
    return Phrase(day_words=without_joiners(words), clocks=())


def _next_day_like(number: int, named: int, today: date) -> date | None:
    """The day of that number in this month or the next two, if it is that weekday."""
    ahead = (today + timedelta(days=days) for days in range(92))
    first = next((day for day in ahead if day.day == number), None)
    return first if first is not None and first.weekday() == named else None


def _clock_named(text: str) -> _Clock | None:
    """The other clock that the text names; refuses an offset that no clock has."""
    if (found := _OFFSET.search(text)) is not None:
        name = found[0]
        is_utc = name.casefold() in {"utc", "z"}
        minutes = 0 if is_utc else offset_minutes(name)
        if minutes is None:
            raise Refusal(f"{quote(name)} in {quote(text, 40)} is no clock on earth: check it.")
        return _Clock(name=name, rest=_without(text, found), minutes=minutes)
    named = next((word for word in _WORD.finditer(text) if _is_zone_name(word[0])), None)
    if named is None:
        return None
    places = tuple((place.name, place.zone) for place in places_on_clock(named[0]))
    return _Clock(name=named[0], rest=_without(text, named), minutes=None, places=places)


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".replace("()", "").split())


def _is_zone_name(word: str) -> bool:
    """Whether it is an abbreviation of a clock; "et" and "mt" are words where written small."""
    is_meant = word.isupper() or word.casefold() in _SMALL_CLOCKS
    return is_meant and len(word) > 1 and cities_meant_by(word) is not None


def _on_clock(
    text: str, phrase: Phrase, clock: _Clock, now: datetime, habit: Habit
) -> Iterable[Choice]:
    """The instants at which another clock shows the time, each with who lives by it."""
    if clock.minutes is not None:
        ahead = timedelta(minutes=clock.minutes)
        walls, _ = _walls(text, phrase, (now + ahead).date(), habit)
        name = clock.name if clock.name.casefold() != "z" else "UTC"
        return [
            Choice(at=wall.replace(tzinfo=UTC) - ahead, note=f"{spoken_hour(wall, habit)} {name}")
            for wall in walls
        ]
    cities: dict[datetime, list[str]] = {}
    hours: dict[datetime, datetime] = {}
    known: dict[date, Sequence[datetime]] = {}
    for city, zone in clock.places:
        today = local(now, zone).date()
        if today not in known:
            known[today], _ = _walls(text, phrase, today, habit)
        for wall in known[today]:
            starts_at = resolve(wall, zone).starts_at
            cities.setdefault(starts_at, []).append(city)
            hours[starts_at] = wall
    first = islice(cities.items(), MOST_CLOCKS * max(map(len, known.values()), default=1))
    return [
        Choice(at=at, note=f"{spoken_hour(hours[at], habit)} in {', '.join(names[:_NAMED])}")
        for at, names in first
    ]


def _why_clock(clock: _Clock) -> str:
    if clock.minutes is not None:
        return f"{quote(clock.name)} is not the group's clock."
    return f"{quote(clock.name)} is a clock that several places go by."
