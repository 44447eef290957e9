"""Wall clocks and instants: meetings are kept on the wall clock and converted last."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from bot.clock import require_aware
from bot.errors import Refusal
from bot.places.zones import zone_names
from bot.text import quote


class WallKind(StrEnum):
    """How often a wall time happens on its day: once, never, or twice."""

    NORMAL = "normal"
    GAP = "gap"
    FOLD = "fold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The instant of a wall time; `alternatives` holds both readings unless normal."""

    starts_at: datetime
    kind: WallKind
    alternatives: tuple[datetime, ...]


def resolve(wall: datetime, zone: str, *, fold: int = 0) -> Resolved:
    """The instant, in UTC, at which `zone`'s clocks show the naive `wall`.

    A time skipped by a gap is read with the offset before it, so it lands later (RFC 5545 3.3.5).
    A time that happens twice is the first one unless `fold` is 1. Raises Refusal for an unknown
    zone and ValueError for an aware `wall`.
    """
    if wall.tzinfo is not None:
        raise ValueError(f"a wall time carries no zone: {wall!r}")
    aware = wall.replace(tzinfo=zone_info(zone))
    first = aware.replace(fold=0).astimezone(UTC)
    second = aware.replace(fold=1).astimezone(UTC)
    if first == second:
        return Resolved(starts_at=first, kind=WallKind.NORMAL, alternatives=())
    if first > second:
        return Resolved(starts_at=first, kind=WallKind.GAP, alternatives=(second, first))
    chosen = second if fold else first
    return Resolved(starts_at=chosen, kind=WallKind.FOLD, alternatives=(first, second))


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """What `resolve` gives for a pattern's naive `wall`, in a fraction of the time."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def zone_info(zone: str) -> ZoneInfo:
    """The zone's rules from the pinned database; raises Refusal for any other value.

    ZoneInfo alone accepts `localtime` and raises three kinds of error for paths.
    """
    if zone not in zone_names():
        raise Refusal(f"{quote(zone)} is not a time zone I know: name one such as Europe/Berlin.")
    return _loaded(zone)


@cache
def _loaded(zone: str) -> ZoneInfo:
    """ZoneInfo itself keeps eight zones; a server's members live in more."""
    return ZoneInfo(zone)


def local(moment: datetime, zone: str) -> datetime:
    """`moment` on `zone`'s clocks, aware."""
    return require_aware(moment).astimezone(zone_info(zone))


def offset_label(moment: datetime, zone: str) -> str:
    """`zone`'s distance from UTC at `moment`, such as "UTC−07:00" (with a real minus sign)."""
    minutes = round(_offset(moment, zone) / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def short_offset_label(moment: datetime, zone: str) -> str:
    """The same for lists, as people say it: "UTC−7", "UTC+5:30", "UTC+0"."""
    hours, rest = offset_label(moment, zone).removeprefix("UTC").split(":")
    return f"UTC{hours[0]}{int(hours[1:])}{'' if rest == '00' else ':' + rest}"


def _offset(moment: datetime, zone: str) -> timedelta:
    return local(moment, zone).utcoffset() or timedelta()
