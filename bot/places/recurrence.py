"""Recurrence rules (the harmless part of RFC 5545), expanded on a wall clock by dateutil."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from dateutil.rrule import rrulestr

from bot.errors import Refusal
from bot.places.segments import SHORT_RUN
from bot.places.wall import resolve
from bot.text import clean_line, quote

MOST_OCCURRENCES = 20_000
LONGEST_RANGE = timedelta(days=40 * 366)
RULE_LIMIT = 200

_CYCLE_YEARS = 7_600
"""The calendar repeats after 400 years, weekdays included.

dateutil looks for the next date until the year 9999, which takes seconds for a rule that has none.
Everything is computed so many years later, near its end, and put back: then it takes none.
"""

_SLACK = timedelta(days=366)
"""No meeting further back than this before SHORT_RUN can make a segment temporary."""

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _numbers(lowest: int, highest: int, *, is_signed: bool = False) -> Callable[[str], bool]:
    def is_good(value: str) -> bool:
        parts = [re.fullmatch(r"[+-]?\d{1,5}", part, re.ASCII) for part in value.split(",")]
        numbers = [int(part[0]) if part else 0 for part in parts]
        return all(lowest <= (abs(n) if is_signed else n) <= highest for n in numbers)

    return is_good


def _number(lowest: int, highest: int) -> Callable[[str], bool]:
    are_good = _numbers(lowest, highest)
    return lambda value: "," not in value and are_good(value)


def _shape(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value, re.ASCII) is not None


_DAY = f"(?:{'|'.join(_DAYS)})"
_NTH_DAY = rf"(?:[+-]?(?:[1-9]|[1-4]\d|5[0-3]))?{_DAY}"
_PARTS: Mapping[str, Callable[[str], bool]] = {
    "FREQ": _shape("DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": _number(1, 1_000),
    "COUNT": _number(1, MOST_OCCURRENCES),
    "UNTIL": _shape(r"\d{8}(?:T\d{6}Z?)?"),
    "BYDAY": _shape(f"{_NTH_DAY}(?:,{_NTH_DAY})*"),
    "BYMONTH": _numbers(1, 12),
    "BYMONTHDAY": _numbers(1, 31, is_signed=True),
    "BYSETPOS": _numbers(1, 366, is_signed=True),
    "WKST": _shape(_DAY),
}
"""What a rule may consist of: nothing finer than a day, and no interval that never moves on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A checked rule; `typed` is what was typed, `parts` its parts without UNTIL."""

    typed: str
    parts: Mapping[str, str]
    until: datetime | None = None
    is_until_utc: bool = False

    def ends_before(self, wall: datetime, zone: str) -> bool:
        """Whether UNTIL excludes the meeting at `wall`."""
        if self.until is None:
            return False
        if self.is_until_utc:
            return resolve(wall, zone).starts_at.replace(tzinfo=None) > self.until
        return wall > self.until


def parse_rule(text: str) -> Rule:
    """The rule written as `FREQ=WEEKLY;INTERVAL=2;BYDAY=TU`; refuses parts that could run wild."""
    typed = clean_line(text)
    body = typed.upper().removeprefix("RRULE:")
    if len(body) > RULE_LIMIT:
        raise Refusal(
            f"{quote(typed, 40)} is too long for a rule: {RULE_LIMIT} characters at most."
        )
    parts: dict[str, str] = {}
    for pair in body.split(";"):
        name, _, value = pair.partition("=")
        if name not in _PARTS or name in parts or not _PARTS[name](value):
            raise Refusal(_no_rule(typed, pair))
        parts[name] = value
    frequency = parts.get("FREQ")
    if frequency is None:
        raise Refusal(_no_rule(typed, "no FREQ"))
    if re.search(r"\d", parts.get("BYDAY", "")) and frequency not in {"MONTHLY", "YEARLY"}:
        raise Refusal(_no_rule(typed, f"BYDAY={parts['BYDAY']}"))
    if "BYSETPOS" in parts and not {"BYDAY", "BYMONTHDAY", "BYMONTH"} & parts.keys():
        raise Refusal(_no_rule(typed, f"BYSETPOS={parts['BYSETPOS']}"))
    until = parts.pop("UNTIL", None)
    return Rule(
        typed=typed,
        parts=parts,
        until=_until(typed, until) if until else None,
        is_until_utc=until is not None and until.endswith("Z"),
    )


def _no_rule(typed: str, part: str) -> str:
    return (
        f"{quote(typed)} is not a rule that I follow ({quote(part, 40)}): write one such as "
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU or FREQ=MONTHLY;BYDAY=2SA,4SA, of whole days at least."
    )


def _until(typed: str, value: str) -> datetime:
    """The naive end; a day alone is meant to its last minute."""
    try:
        if len(value) == 8:
            return datetime.strptime(value + "235959", "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall time
        return datetime.strptime(value[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - UTC or wall time
    except ValueError:
        raise Refusal(_no_rule(typed, f"UNTIL={value}")) from None


def expand(rule: Rule, start: datetime, last: date, zone: str) -> list[datetime]:
    """Naive wall times of the rule's meetings from the naive `start`, its anchor, to `last`.

    `start` itself is one only where it fits the rule. Refuses a range or a rule that gives too
    many, one that ends before it begins, and one that gives none.
    """
    if last < start.date():
        raise Refusal(
            f"{quote(f'{last}')} is before {quote(f'{start:%Y-%m-%d}')}: turn them round."
        )
    if last - start.date() > LONGEST_RANGE:
        raise Refusal(
            f"{quote(f'{start:%Y-%m-%d} to {last}')} is too long: "
            f"{LONGEST_RANGE.days // 366} years at most."
        )
    found: list[datetime] = []
    for wall in _walls(rule.parts, start, last):
        if rule.ends_before(wall, zone):
            break
        found.append(wall)
        if len(found) > MOST_OCCURRENCES:
            raise Refusal(f"{quote(rule.typed)} gives more than {MOST_OCCURRENCES:,} meetings.")
    if not found:
        raise Refusal(
            f"{quote(rule.typed)} gives no meeting from {start:%Y-%m-%d} to {last}: check the rule."
        )
    return found


def expand_widely(rule: Rule, start: datetime, last: date) -> list[datetime]:
    """The meetings of the rule as if it had always gone on and went on for ever.

    They reach as far beyond both ends as `segments_between` looks.
    """
    early = start - SHORT_RUN - _SLACK
    endless = {name: value for name, value in rule.parts.items() if name != "COUNT"}
    parts, anchor = _set_back(endless, start, early)
    walls = _walls(parts, anchor, last + SHORT_RUN + _SLACK)
    return [wall for wall in walls if wall >= early]


def _set_back(
    parts: Mapping[str, str], start: datetime, early: datetime
) -> tuple[Mapping[str, str], datetime]:
    """The rule with what `start` implies written out, and an anchor in step before `early`."""
    step = int(parts.get("INTERVAL", "1"))
    is_implied = not {"BYDAY", "BYMONTHDAY"} & parts.keys()
    months = (start.year - early.year) * 12 + start.month - early.month + 1
    match parts["FREQ"]:
        case "DAILY":
            return parts, start - timedelta(days=_steps((start - early).days + 1, step))
        case "WEEKLY":
            implied = {"BYDAY": _DAYS[start.weekday()]} if is_implied else {}
            days = _steps((start - early).days + 1, step * 7)
            return {**parts, **implied}, start - timedelta(days=days)
        case "MONTHLY":
            implied = {"BYMONTHDAY": f"{start.day}"} if is_implied else {}
            return {**implied, **parts}, _months_before(start, _steps(months, step))
        case _:
            implied = {"BYMONTHDAY": f"{start.day}", "BYMONTH": f"{start.month}"}
            years = _steps(start.year - early.year + 1, step)
            anchor = start.replace(year=start.year - years, month=1, day=1)
            return {**(implied if is_implied else {}), **parts}, anchor


def _steps(length: int, step: int) -> int:
    """The least multiple of `step` that is at least `length`."""
    return -(-length // step) * step


def _months_before(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 - months, 12)
    return start.replace(year=year, month=month + 1, day=1)


def _walls(parts: Mapping[str, str], start: datetime, last: date) -> Iterator[datetime]:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    later = rrulestr(text, dtstart=start.replace(year=start.year + _CYCLE_YEARS))
    walls = (wall.replace(year=wall.year - _CYCLE_YEARS) for wall in later)
    return takewhile(lambda wall: wall.date() <= last, walls)
