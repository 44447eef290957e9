"""Time zone files read by ourselves (RFC 8536 and POSIX rules), to check zoneinfo against.

Nothing here uses zoneinfo or dateutil: the pinned package's files are read as bytes.
"""

import re
import struct
from bisect import bisect_right
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Zone:
    """Instants (epoch seconds) at which an offset (seconds) begins, and the rule after the last."""

    starts: tuple[int, ...]
    offsets: tuple[int, ...]
    first_offset: int
    footer: str

    def offset_at(self, moment: datetime) -> int:
        """Seconds east of UTC at an aware instant."""
        seconds = int(moment.timestamp())
        if self.footer and (not self.starts or seconds >= self.starts[-1]):
            return _by_rule(self.footer, seconds)
        place = bisect_right(self.starts, seconds)
        return self.offsets[place - 1] if place else self.first_offset


def read_zone(name: str) -> Zone:
    """The zone in the pinned package."""
    raw = resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    counts = struct.unpack(">6l", raw[20:44])
    # Version 2 and later repeat everything with 64 bits after the block of 32 bits.
    begin = 44 + _length(counts, 4)
    assert raw[begin : begin + 4] == b"TZif"
    counts = struct.unpack(">6l", raw[begin + 20 : begin + 44])
    _, _, _, times, types, _ = counts
    body = begin + 44
    starts = struct.unpack(f">{times}q", raw[body : body + 8 * times])
    kinds = raw[body + 8 * times : body + 9 * times]
    table = body + 9 * times
    offsets = [struct.unpack(">l", raw[table + 6 * n : table + 6 * n + 4])[0] for n in range(types)]
    footer = raw[begin + 44 + _length(counts, 8) :].decode().strip("\n")
    return Zone(
        starts=starts,
        offsets=tuple(offsets[kind] for kind in kinds),
        first_offset=offsets[0],
        footer=footer,
    )


def _length(counts: tuple[int, ...], width: int) -> int:
    is_ut, is_standard, leaps, times, types, letters = counts
    return times * (width + 1) + types * 6 + letters + leaps * (width + 4) + is_standard + is_ut


_NAME = r"(?:<[^>]+>|[A-Za-z]+)"
_CLOCK = r"[+-]?\d+(?::\d+){0,2}"
_RULE = re.compile(rf"{_NAME}({_CLOCK})(?:{_NAME}({_CLOCK})?,([^,]+),([^,]+))?")


def _by_rule(footer: str, seconds: int) -> int:
    match = _RULE.fullmatch(footer)
    assert match is not None, footer
    standard = -_clock(match[1])
    if match[3] is None:
        return standard
    summer = -_clock(match[2]) if match[2] else standard + 3600
    year = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds + standard)).year
    begins = _moment(match[3], year) - standard
    ends = _moment(match[4], year) - summer
    if begins < ends:
        return summer if begins <= seconds < ends else standard
    return standard if ends <= seconds < begins else summer


@cache
def _clock(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


@cache
def _moment(text: str, year: int) -> int:
    """Seconds since 1970 on the wall at which the rule's date and time come in the year."""
    day, _, clock = text.partition("/")
    if day.startswith("M"):
        month, week, weekday = (int(part) for part in day[1:].split("."))
        first = date(year, month, 1)
        shift = (weekday - first.isoweekday() % 7) % 7
        number = 1 + shift + 7 * (week - 1)
        while number > monthrange(year, month)[1]:
            number -= 7
        on = date(year, month, number)
    elif day.startswith("J"):
        on = date(year, 1, 1) + timedelta(days=int(day[1:]) - 1)
        if monthrange(year, 2)[1] == 29 and int(day[1:]) >= 60:
            on += timedelta(days=1)
    else:
        on = date(year, 1, 1) + timedelta(days=int(day))
    return (on.toordinal() - date(1970, 1, 1).toordinal()) * 86_400 + (
        _clock(clock) if clock else 7200
    )
