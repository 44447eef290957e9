"""Rows of patterns: the newest rhythm with its group, those before it in a table of their own."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, cast

from sqlalchemy import JSON, DateTime, ForeignKey, Table, Text, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx
from bot.groups.pattern import Break, Pattern
from bot.groups.rhythm import Rhythm, Slot


class RhythmColumns:
    """What a rhythm takes; hours as "09:00", slots as [weekday, hour]."""

    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    every_weeks: Mapped[int]
    minutes: Mapped[int]
    nth: Mapped[list[int]] = mapped_column(JSON, default=list)
    also: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    turns: Mapped[list[str]] = mapped_column(JSON, default=list)
    since_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))


class PatternColumns(RhythmColumns):
    """The newest rhythm, and what else a pattern takes; days in ISO 8601."""

    breaks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    holidays: Mapped[list[str]] = mapped_column(JSON, default=list)


class EarlierRhythmRow(RhythmColumns, Row):
    """A rhythm that another one followed."""

    __tablename__ = "earlier_rhythm"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("reading_group.id", ondelete="CASCADE"), index=True
    )

    # Undoing an edit may put a row back under its number.
    __table_args__ = ({"sqlite_autoincrement": True},)


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

EARLIER = cast("Table", EarlierRhythmRow.__table__)
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
    breaks = tuple(
        Break(
            first=date.fromisoformat(one["first"]),
            last=date.fromisoformat(one["last"]) if one["last"] else None,
            is_tentative=one["is_tentative"],
        )
        for one in row.breaks
    )
    holidays = frozenset(date.fromisoformat(day) for day in row.holidays)
    return whole.with_days_off(breaks, holidays)


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
