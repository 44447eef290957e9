"""Rows of patterns: the newest rhythm with its group, those before it in a table of their own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    ForeignKey,
    Named,
    Table,
    Text,
    TypedColumns,
    bindparam,
    delete,
    insert,
    select,
)

from bot.database import METADATA, BigInt, Tx
from bot.groups.pattern import Break, Pattern
from bot.groups.rhythm import Rhythm, Slot


class RhythmColumns(TypedColumns):
    """What a rhythm takes; hours as "09:00", slots as [weekday, hour]."""

    first_at: Named[datetime] = Column(DateTime(timezone=False))
    zone: Named[str] = Column(Text)
    city: Named[str] = Column(Text)
    every_weeks: Named[int] = Column(BigInt)
    minutes: Named[int] = Column(BigInt)
    nth: Named[list[int]] = Column(JSON, default=list)
    also: Named[list[list[Any]]] = Column(JSON, default=list)
    turns: Named[list[str]] = Column(JSON, default=list)
    since_at: Named[datetime | None] = Column(DateTime(timezone=False))


class PatternColumns(RhythmColumns):
    """The newest rhythm, and what else a pattern takes; days in ISO 8601."""

    breaks: Named[list[dict[str, Any]]] = Column(JSON, default=list)
    holidays: Named[list[str]] = Column(JSON, default=list)


class EarlierRhythmColumns(RhythmColumns):
    """A rhythm that another one followed."""

    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(
        BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"), index=True
    )


# Undoing an edit may put a row back under its number.
EARLIER = Table("earlier_rhythm", METADATA, EarlierRhythmColumns, sqlite_autoincrement=True)


_RHYTHM_COLUMNS = (
    "first_at",
    "zone",
    "city",
    "every_weeks",
    "minutes",
    "nth",
    "also",
    "turns",
    "since_at",
)
PATTERN_COLUMNS = (*_RHYTHM_COLUMNS, "breaks", "holidays")
"""Of the group's row; what undoing an edit of its pattern puts back, with EARLIER_COLUMNS."""

EARLIER_COLUMNS = ("group_id", *_RHYTHM_COLUMNS)

EARLIER_RHYTHM = tuple(column.label(f"earlier_{column.name}") for column in EARLIER.c)
"""What `earlier_rhythm_of` reads, by names that stand apart from those of the group beside it."""

# Each statement is made once: making it takes longer than running it.
_OF_GROUP = select(*EARLIER_RHYTHM).where(EARLIER.c.group_id == bindparam("its_group"))
_ADDING = insert(EARLIER)
_REMOVING = delete(EARLIER).where(EARLIER.c.id.in_(bindparam("rhythm_ids", expanding=True)))


def pattern_values(pattern: Pattern) -> dict[str, Any]:
    """The pattern as its group's row keeps it, all but its earlier rhythms."""
    breaks = [
        {
            "first": one.first.isoformat(),
            "last": one.last.isoformat() if one.last else None,
            "is_tentative": one.is_tentative,
        }
        for one in pattern.breaks
    ]
    holidays = sorted(day.isoformat() for day in pattern.holidays)
    return {**_rhythm_values(pattern), "breaks": breaks, "holidays": holidays}


async def save_earlier(tx: Tx, group_id: int, pattern: Pattern) -> None:
    """Write the rhythms before the newest; those that stay keep their rows."""
    rows = await tx.execute(_OF_GROUP, {"its_group": group_id})
    stored = {earlier_rhythm_of(row): row.earlier_id for row in rows}
    gone = [row_id for rhythm, row_id in stored.items() if rhythm not in pattern.earlier]
    if gone:
        await tx.execute(_REMOVING, {"rhythm_ids": gone})
    await add_earlier(tx, group_id, [one for one in pattern.earlier if one not in stored])


async def add_earlier(tx: Tx, group_id: int, rhythms: Sequence[Rhythm]) -> None:
    """Write rhythms that the group had before."""
    if rhythms:
        rows = [{"group_id": group_id, **_rhythm_values(rhythm)} for rhythm in rhythms]
        await tx.execute(_ADDING, rows)


def pattern_of(row: Any, rhythms: Iterable[Rhythm]) -> Pattern:
    """The pattern that a group's row and its earlier rhythms make."""
    earlier = sorted(
        rhythms, key=lambda one: (one.since_at is not None, one.since_at or one.first_at)
    )
    bare = Pattern(zone=row.zone, first_at=row.first_at)
    whole = bare.with_rhythm(_rhythm_of(row), tuple(earlier))
    holidays = frozenset(date.fromisoformat(day) for day in row.holidays)
    return whole.with_days_off(breaks_of(row.breaks), holidays)


def breaks_of(kept: Iterable[Mapping[str, Any]]) -> tuple[Break, ...]:
    """The breaks that a group's row keeps."""
    return tuple(
        Break(
            first=date.fromisoformat(one["first"]),
            last=date.fromisoformat(one["last"]) if one["last"] else None,
            is_tentative=one["is_tentative"],
        )
        for one in kept
    )


def pattern_in(newest: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> Pattern:
    """The same of values by column."""
    rhythms = [_rhythm_of(SimpleNamespace(**one)) for one in earlier]
    return pattern_of(SimpleNamespace(**newest), rhythms)


def earlier_rhythm_of(row: Any) -> Rhythm:
    """The rhythm that a row with the columns of `EARLIER_RHYTHM` tells of."""
    return _rhythm_of(row, "earlier_")


def _rhythm_values(rhythm: Rhythm) -> dict[str, Any]:
    return {
        "first_at": rhythm.first_at,
        "zone": rhythm.zone,
        "city": rhythm.city,
        "every_weeks": rhythm.every_weeks,
        "minutes": rhythm.minutes,
        "nth": list(rhythm.nth),
        "also": [[slot.weekday, f"{slot.at:%H:%M}"] for slot in rhythm.also],
        "turns": [f"{at:%H:%M}" for at in rhythm.turns],
        "since_at": rhythm.since_at,
    }


def _rhythm_of(row: Any, prefix: str = "") -> Rhythm:
    kept = {name: getattr(row, prefix + name) for name in _RHYTHM_COLUMNS}
    read = {
        "nth": tuple(kept["nth"]),
        "also": tuple(Slot(weekday=day, at=time.fromisoformat(at)) for day, at in kept["also"]),
        "turns": tuple(time.fromisoformat(at) for at in kept["turns"]),
    }
    return Rhythm(**kept | read)
