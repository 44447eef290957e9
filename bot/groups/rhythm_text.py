"""A rhythm as leads write it: "every 2 weeks on Saturday 14:00", "Tuesday and Thursday 9h00"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import NoReturn

from bot.errors import Refusal
from bot.groups.home import Home
from bot.groups.pattern import Pattern
from bot.groups.rhythm import LAST, Rhythm, Slot
from bot.text import clean_line, quote

MOST_WEEKS = 12
MOST_SLOTS = 7
RHYTHM_LIMIT = 120

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PLACES = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", LAST: "last"}

EXAMPLES = (
    "“Saturday 14:00”, “every 2 weeks on Saturday 14:00”, “Tuesday and Thursday 9h00”, "
    "“2nd and 4th Saturday 14:00”, or “Saturday 14:00, alternating with 08:00”"
)

_TOKEN = re.compile(
    r"""
      (?P<time> \d{1,2}[:h.]\d{2} (?:\s*[ap]\.?m\.?)? | \d{1,2}\s*[ap]\.?m\.? )
    | (?P<place> (?:1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last)\b )
    | (?P<often> every\s+other\s+week\b | every\s+\d+\s+weeks?\b | every\s+week\b | weekly\b
        | fortnightly\b | every\s+fortnight\b )
    | (?P<twofold> bi-?weekly\b | bi-?monthly\b )
    | (?P<filler> (?:on|at|and|of|the|each|every|in|a|month)\b | [,;&+] )
    | (?P<day> (?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b )
    | (?P<turn> alternating(?:\s+with)?\b | alternately\b | or\b )
    | (?P<slash> / )
    | (?P<space> \s+ )
    | (?P<other> \S+ )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_DAY_KEYS = {name[:3].lower(): number for number, name in enumerate(DAY_NAMES)}
_PLACE_KEYS = {
    "1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3, "4th": 4, "fourth": 4,
    "last": LAST,
}  # fmt: skip


@dataclass(slots=True)
class _Reading:
    """What has been read so far of a line."""

    typed: str
    every_weeks: int = 1
    nth: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    turns: list[time] = field(default_factory=list)
    is_turn: bool = False

    def refuse(self, why: str) -> NoReturn:
        raise Refusal(f"I can't read {quote(self.typed)} as a rhythm: {why}. Write {EXAMPLES}.")


def parse_rhythm(text: str, start: datetime, minutes: int, home: Home) -> Rhythm:
    """The rhythm that a line says on `home`'s clock, its first meeting at or after naive `start`.

    Refuses whatever could be meant in two ways, and a line without a day or an hour.
    """
    reading = _Reading(clean_line(text))
    if len(reading.typed) > RHYTHM_LIMIT:
        reading.refuse(f"it has more than {RHYTHM_LIMIT} characters")
    for kind, found in _tokens(reading.typed):
        _take(reading, kind, found)
    return _finished(reading, start, minutes, home)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind not in {"space", "filler"}:
            yield kind, " ".join(match.group().lower().split())


def _take(reading: _Reading, kind: str, found: str) -> None:
    match kind:
        case "time":
            _take_time(reading, found)
        case "place" if found in _PLACE_KEYS:
            reading.nth.append(_PLACE_KEYS[found])
        case "place":
            reading.refuse(f"many months have no {found} of a weekday; say “last”")
        case "often":
            number = re.search(r"\d+", found)
            is_second = "other" in found or "fortnight" in found
            reading.every_weeks = int(number[0]) if number else 2 if is_second else 1
        case "twofold":
            reading.refuse(f"{quote(found)} is understood both ways; say “every 2 weeks”")
        case "day" if _is_day(found):
            _take_day(reading, _DAY_KEYS[found[:3]])
        case "turn":
            reading.is_turn = True
        case "slash":
            # Between weekdays it means both, between hours that they take turns.
            reading.is_turn = bool(reading.slots)
        case _:
            reading.refuse(f"{quote(found, 30)} says nothing to me")


def _is_day(found: str) -> bool:
    name = DAY_NAMES[_DAY_KEYS[found[:3]]].lower()
    return found.rstrip("s") in {name.rstrip("s"), name[:3], name[:4].rstrip("s"), name[:5]}


def _take_day(reading: _Reading, day: int) -> None:
    """Another weekday; the one whose hours take turns may be named again with the next hour."""
    if reading.is_turn and {slot.weekday for slot in reading.slots} == {day}:
        return
    if reading.is_turn:
        reading.refuse("hours can take turns, weekdays can't; say “and” if you meet on both")
    reading.waiting.append(day)


def _take_time(reading: _Reading, found: str) -> None:
    at = _time_of(reading, found)
    if reading.waiting:
        reading.slots += [Slot(weekday=day, at=at) for day in reading.waiting]
        reading.waiting, reading.is_turn = [], False
    elif reading.is_turn and reading.slots:
        reading.turns.append(at)
    else:
        reading.refuse(f"{quote(found)} belongs to no weekday")


def _time_of(reading: _Reading, found: str) -> time:
    digits = re.findall(r"\d+", found)
    hour, minute = int(digits[0]), int(digits[1]) if len(digits) > 1 else 0
    half = re.search(r"[ap]", found)
    if half is not None and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    elif half is not None:
        hour = 99
    if hour > 23 or minute > 59:
        reading.refuse(f"{quote(found)} is no hour of a day (00:00 to 23:59)")
    return time(hour, minute)


def _finished(reading: _Reading, start: datetime, minutes: int, home: Home) -> Rhythm:
    slots = sorted(set(reading.slots))
    if reading.waiting:
        reading.refuse(f"{DAY_NAMES[reading.waiting[0]]} has no hour")
    if not slots:
        reading.refuse("it has no weekday with an hour")
    if len(slots) < len(reading.slots):
        reading.refuse("a weekday stands in it twice with the same hour")
    if len(slots) > MOST_SLOTS:
        reading.refuse(f"it has more than {MOST_SLOTS} meetings a week")
    if not 1 <= reading.every_weeks <= MOST_WEEKS:
        reading.refuse(f"every {reading.every_weeks} weeks is not between 1 and {MOST_WEEKS}")
    if len(slots) > 1 and (reading.nth or reading.turns):
        reading.refuse("days of the month, or hours in turn, go with one weekday only")
    if reading.nth and reading.every_weeks > 1:
        reading.refuse("weeks and days of the month don't go together")
    nth = sorted(set(reading.nth), key=lambda place: place % 9)
    if 4 in nth and LAST in nth:
        reading.refuse("the 4th is often the last one: say one of them")
    rhythm = Rhythm(
        first_at=datetime.combine(start, slots[0].at),
        zone=home.zone,
        city=home.city,
        every_weeks=reading.every_weeks,
        minutes=minutes,
        nth=tuple(nth),
        turns=tuple(reading.turns),
    )
    return _anchored(rhythm, slots, start)


def _anchored(rhythm: Rhythm, slots: list[Slot], start: datetime) -> Rhythm:
    """The rhythm with its anchor at the first of the slots at or after `start`."""
    walls = []
    for slot in slots:
        days = (slot.weekday - start.weekday()) % 7
        wall = datetime.combine(start + timedelta(days=days), slot.at)
        walls.append((wall if wall >= start else wall + timedelta(days=7), slot))
    first_at, own = min(walls, key=lambda pair: pair[0])
    also = tuple(slot for slot in slots if slot != own)
    anchored = replace(rhythm, first_at=first_at, also=also)
    # The first weekday after `start` need not be the month's second: the first meeting is.
    first_wall = next(anchored.walls(start - timedelta(microseconds=1)))
    return replace(anchored, first_at=first_wall)


def begun_anew(pattern: Pattern, text: str) -> Pattern:
    """A draft's pattern with the rhythm of that line, from the day that was named for its start.

    That is the newest rhythm's `since_at`, and before there is one the day of its first meeting.
    """
    start = pattern.since_at or datetime.combine(pattern.first_at, time())
    rhythm = parse_rhythm(text, start, pattern.minutes, pattern.home)
    return pattern.with_rhythm(replace(rhythm, since_at=start), ())


def days_by_hour(rhythm: Rhythm) -> dict[time, list[str]]:
    """The names of the weekdays on which there is a meeting at each hour."""
    hours: dict[time, list[str]] = {}
    for slot in rhythm.slots:
        hours.setdefault(slot.at, []).append(DAY_NAMES[slot.weekday])
    return hours


def spell_rhythm(rhythm: Rhythm) -> str:
    """The line that `parse_rhythm` reads as this rhythm."""
    hours = days_by_hour(rhythm).items()
    said = ", ".join(f"{' and '.join(days)} {at:%H:%M}" for at, days in hours)
    for at in rhythm.turns:
        said += f", alternating with {at:%H:%M}"
    if rhythm.nth:
        return f"{' and '.join(PLACES[place] for place in rhythm.nth)} {said}"
    return said if rhythm.every_weeks == 1 else f"every {rhythm.every_weeks} weeks on {said}"
