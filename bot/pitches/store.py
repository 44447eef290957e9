"""Rows of pitches."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Text, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime, add_row
from bot.pitches.model import Pitch, PitchState


class PitchRow(Row):
    __tablename__ = "pitch"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("reading_group.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(RowId)
    title: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text, default="")
    sources: Mapped[list[str]] = mapped_column(JSON, default=list)
    speaker_id: Mapped[int | None] = mapped_column(RowId)
    state: Mapped[PitchState] = mapped_column(Text, default=PitchState.OPEN)
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    has_lost: Mapped[bool] = mapped_column(default=False)
    channel_id: Mapped[int | None] = mapped_column(RowId)
    message_id: Mapped[int | None] = mapped_column(RowId)
    promised_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (Index("ix_pitch_group_id_state", "group_id", "state"),)


async def add_pitch(tx: Tx, pitch: Pitch) -> int:
    """The new pitch's id."""
    row = PitchRow(
        group_id=pitch.group_id, author_id=pitch.author_id, submitted_at=pitch.submitted_at
    )
    _fill(row, pitch)
    return await add_row(tx, row)


async def save_pitch(tx: Tx, pitch: Pitch) -> None:
    """Write what an author may change, and the state."""
    _fill(await tx.get_one(PitchRow, pitch.id), pitch)
    await tx.flush()


def _fill(row: PitchRow, pitch: Pitch) -> None:
    row.title, row.why, row.sources = pitch.title, pitch.why, list(pitch.sources)
    row.speaker_id, row.state, row.has_lost = pitch.speaker_id, pitch.state, pitch.has_lost


async def get_pitches(tx: Tx, pitch_ids: Collection[int]) -> dict[int, Pitch]:
    """Those of the pitches that exist, by id, as they are now."""
    found = select(PitchRow).where(PitchRow.id.in_(pitch_ids))
    rows = await tx.scalars(found.execution_options(populate_existing=True))
    return {row.id: _as_pitch(row) for row in rows}


async def backlog(tx: Tx, group_id: int) -> list[Pitch]:
    """The group's open pitches: runner-ups first, then by time of pitching."""
    rows = await tx.scalars(
        select(PitchRow)
        .where(PitchRow.group_id == group_id, PitchRow.state == PitchState.OPEN)
        .order_by(PitchRow.has_lost.desc(), PitchRow.submitted_at, PitchRow.id)
    )
    return [_as_pitch(row) for row in rows]


async def set_state(
    tx: Tx, pitch_ids: Collection[int], state: PitchState, *, has_lost: bool | None = None
) -> None:
    """Move pitches on together."""
    values: dict[str, object] = {"state": state}
    if has_lost is not None:
        values["has_lost"] = has_lost
    await tx.execute(update(PitchRow).where(PitchRow.id.in_(pitch_ids)).values(**values))


async def promise(tx: Tx, pitch_ids: Collection[int], now: datetime) -> None:
    """Put elected pitches that have no seat on the promised list; one that is there keeps its
    place in line.
    """
    is_new = PitchRow.state != PitchState.PROMISED
    await tx.execute(
        update(PitchRow)
        .where(PitchRow.id.in_(pitch_ids), is_new)
        .values(
            state=PitchState.PROMISED,
            has_lost=False,
            promised_at=func.coalesce(PitchRow.promised_at, now),
        )
    )


async def promised(tx: Tx, group_id: int) -> list[Pitch]:
    """The group's promised pitches, not yet delivered: first come, first served."""
    rows = await tx.scalars(
        select(PitchRow)
        .where(PitchRow.group_id == group_id, PitchRow.state == PitchState.PROMISED)
        .order_by(PitchRow.promised_at, PitchRow.submitted_at, PitchRow.id)
    )
    return [_as_pitch(row) for row in rows]


async def note_card(tx: Tx, pitch_id: int, channel_id: int, message_id: int) -> None:
    """Remember where the pitch's card is: the group may move on to another channel."""
    await tx.execute(
        update(PitchRow)
        .where(PitchRow.id == pitch_id)
        .values(channel_id=channel_id, message_id=message_id)
    )


def _as_pitch(row: PitchRow) -> Pitch:
    return Pitch(
        id=row.id,
        group_id=row.group_id,
        author_id=row.author_id,
        title=row.title,
        why=row.why,
        sources=tuple(row.sources),
        speaker_id=row.speaker_id,
        state=PitchState(row.state),
        submitted_at=row.submitted_at,
        has_lost=row.has_lost,
        channel_id=row.channel_id,
        message_id=row.message_id,
        promised_at=row.promised_at,
    )
