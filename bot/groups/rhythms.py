"""Rows of patterns: the newest rhythm with its group, those before it in a table of their own."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Text, delete, select
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


PATTERN_COLUMNS = (
    "first_at",
    "zone",
    "city",
    "every_weeks",
    "minutes",
    "nth",
    "also",
    "turns",
    "since_at",
    "breaks",
    "holidays",
)
"""Of the group's row; what undoing an edit of its pattern puts back, with EARLIER_COLUMNS."""

EARLIER_COLUMNS = ("group_id", *PATTERN_COLUMNS[:9])


def fill_pattern(row: PatternColumns, pattern: Pattern) -> None:
    """Write the pattern into its group's row, all but its earlier rhythms."""
    _fill_rhythm(row, pattern)
    row.breaks = [
        {
            "first": one.first.isoformat(),
            "last": one.last.isoformat() if one.last else None,
            "is_tentative": one.is_tentative,
        }
        for one in pattern.breaks
    ]
    row.holidays = sorted(day.isoformat() for day in pattern.holidays)


async def save_earlier(tx: Tx, group_id: int, pattern: Pattern) -> None:
    """Write the rhythms before the newest; those that stay keep their rows."""
    rows = list(
        await tx.scalars(select(EarlierRhythmRow).where(EarlierRhythmRow.group_id == group_id))
    )
    stored = {_as_rhythm(row): row.id for row in rows}
    gone = [row_id for rhythm, row_id in stored.items() if rhythm not in pattern.earlier]
    if gone:
        await tx.execute(delete(EarlierRhythmRow).where(EarlierRhythmRow.id.in_(gone)))
    for rhythm in pattern.earlier:
        if rhythm not in stored:
            row = EarlierRhythmRow(group_id=group_id)
            _fill_rhythm(row, rhythm)
            tx.add(row)
    await tx.flush()


def pattern_of(row: PatternColumns, rows: Iterable[EarlierRhythmRow]) -> Pattern:
    """The pattern that a group's row and those of its earlier rhythms make."""
    earlier = sorted(
        map(_as_rhythm, rows),
        key=lambda one: (one.since_at is not None, one.since_at or one.first_at),
    )
    bare = Pattern(zone=row.zone, first_at=row.first_at)
    whole = bare.with_rhythm(_as_rhythm(row), tuple(earlier))
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


def _fill_rhythm(row: RhythmColumns, rhythm: Rhythm) -> None:
    row.first_at, row.since_at = rhythm.first_at, rhythm.since_at
    row.zone, row.city = rhythm.zone, rhythm.city
    row.every_weeks, row.minutes = rhythm.every_weeks, rhythm.minutes
    row.nth = list(rhythm.nth)
    row.also = [[slot.weekday, f"{slot.at:%H:%M}"] for slot in rhythm.also]
    row.turns = [f"{at:%H:%M}" for at in rhythm.turns]


def _as_rhythm(row: RhythmColumns) -> Rhythm:
    return Rhythm(
        first_at=row.first_at,
        zone=row.zone,
        city=row.city,
        every_weeks=row.every_weeks,
        minutes=row.minutes,
        nth=tuple(row.nth),
        also=tuple(Slot(weekday=day, at=time.fromisoformat(at)) for day, at in row.also),
        turns=tuple(time.fromisoformat(at) for at in row.turns),
        since_at=row.since_at,
    )
