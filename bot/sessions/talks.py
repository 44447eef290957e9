"""Rows of talks."""

from collections.abc import Collection

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx
from bot.sessions.model import Talk


class TalkRow(Row):
    __tablename__ = "talk"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    pitch_id: Mapped[int | None] = mapped_column(ForeignKey("pitch.id", ondelete="SET NULL"))
    speaker_id: Mapped[int | None] = mapped_column(RowId)
    sources: Mapped[list[str]] = mapped_column(JSON, default=list)
    minutes: Mapped[int]
    thread_id: Mapped[int | None] = mapped_column(RowId)

    __table_args__ = (UniqueConstraint("session_id", "position"),)


async def add_talk(tx: Tx, talk: Talk) -> int:
    """The new talk's id."""
    row = TalkRow(
        session_id=talk.session_id,
        position=talk.position,
        title=talk.title,
        pitch_id=talk.pitch_id,
        speaker_id=talk.speaker_id,
        sources=list(talk.sources),
        minutes=talk.minutes,
    )
    tx.add(row)
    await tx.flush()
    return row.id


async def get_talk(tx: Tx, talk_id: int) -> Talk | None:
    """The talk, None where there is none."""
    row = await tx.get(TalkRow, talk_id)
    return None if row is None else _as_talk(row)


async def note_thread(tx: Tx, talk_id: int, thread_id: int) -> None:
    """Remember where the talk is discussed."""
    await tx.execute(update(TalkRow).where(TalkRow.id == talk_id).values(thread_id=thread_id))


async def talks_of(tx: Tx, session_ids: Collection[int]) -> dict[int, tuple[Talk, ...]]:
    """The talks of those sessions that have any, each session's in their order."""
    rows = await tx.scalars(
        select(TalkRow)
        .where(TalkRow.session_id.in_(session_ids))
        .order_by(TalkRow.session_id, TalkRow.position)
    )
    found: dict[int, list[Talk]] = {}
    for row in rows:
        found.setdefault(row.session_id, []).append(_as_talk(row))
    return {session_id: tuple(talks) for session_id, talks in found.items()}


def _as_talk(row: TalkRow) -> Talk:
    return Talk(
        id=row.id,
        session_id=row.session_id,
        position=row.position,
        title=row.title,
        pitch_id=row.pitch_id,
        speaker_id=row.speaker_id,
        sources=tuple(row.sources),
        minutes=row.minutes,
        thread_id=row.thread_id,
    )
