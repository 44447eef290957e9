"""Days and hours in the one spelling that can't be mistaken: 2026-12-05 and 14:00 (or 9h00)."""

import re
from datetime import date, time

from bot.errors import Refusal
from bot.text import clean_line, quote

FIRST_YEAR, LAST_YEAR = 1975, 2100
"""Offsets are whole minutes everywhere from 1975 on; what clocks do after 2100 nobody knows."""

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})", re.ASCII | re.IGNORECASE)


def parse_day(text: str) -> date:
    """The day written as year-month-day; refuses what no calendar has."""
    cleaned = clean_line(text)
    match = _DAY.fullmatch(cleaned)
    if match is None:
        raise Refusal(f"{quote(cleaned)} is not a day: write year-month-day, like 2026-12-05.")
    year, month, day = (int(part) for part in match.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(
            f"{quote(cleaned)} is out of reach: years from {FIRST_YEAR} to {LAST_YEAR} are known."
        )
    try:
        return date(year, month, day)
    except ValueError:
        raise Refusal(f"{quote(cleaned)} is not a day of any calendar: check it.") from None


def parse_clock(text: str) -> time:
    """The time of day written as 14:00 or 9h00; refuses an hour that no clock shows."""
    cleaned = clean_line(text)
    match = _CLOCK.fullmatch(cleaned)
    try:
        if match is not None:
            return time(int(match[1]), int(match[2]))
    except ValueError:
        pass
    raise Refusal(f"{quote(cleaned)} is not a time of day: write 00:00 to 23:59, like 14:00.")
