"""Rows of what speakers are asked."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime, add_row
from bot.speakers.model import Ask, AskKind, AskState


class AskRow(Row):
    __tablename__ = "ask"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("reading_group.id", ondelete="CASCADE"))
    kind: Mapped[AskKind] = mapped_column(Text)
    state: Mapped[AskState] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(RowId)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    position: Mapped[int]
    pitch_id: Mapped[int | None] = mapped_column(ForeignKey("pitch.id", ondelete="CASCADE"))
    ballot_id: Mapped[int | None] = mapped_column(ForeignKey("ballot.id", ondelete="SET NULL"))
    asked_by: Mapped[int | None] = mapped_column(RowId)
    talk_id: Mapped[int | None] = mapped_column(ForeignKey("talk.id", ondelete="CASCADE"))
    other_talk_id: Mapped[int | None] = mapped_column(ForeignKey("talk.id", ondelete="CASCADE"))
    other_session_id: Mapped[int | None] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE")
    )
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    channel_id: Mapped[int | None] = mapped_column(RowId)
    message_id: Mapped[int | None] = mapped_column(RowId)

    # Numbers are never given again: buttons in the channel and jobs name them.
    __table_args__ = (
        Index("ix_ask_group_id_state", "group_id", "state"),
        {"sqlite_autoincrement": True},
    )


_FIXED = tuple(name for name in Ask.__slots__ if name != "id")


async def add_ask(tx: Tx, ask: Ask) -> int:
    """The new question's id."""
    row = AskRow(**{name: getattr(ask, name) for name in _FIXED})
    return await add_row(tx, row)


async def get_ask(tx: Tx, ask_id: int) -> Ask | None:
    """The question as it is now, None where there is none."""
    row = await tx.get(AskRow, ask_id, populate_existing=True)
    return None if row is None else _as_ask(row)


async def asks_about(tx: Tx, session_id: int) -> list[Ask]:
    """Every question about a free seat of the session, the first one first."""
    rows = await tx.scalars(
        select(AskRow)
        .where(AskRow.session_id == session_id, AskRow.kind == AskKind.SEAT)
        .order_by(AskRow.id)
        .execution_options(populate_existing=True)
    )
    return [_as_ask(row) for row in rows]


async def open_asks(tx: Tx, group_id: int) -> list[Ask]:
    """The group's questions that wait for an answer, the first one first."""
    rows = await tx.scalars(
        select(AskRow)
        .where(AskRow.group_id == group_id, AskRow.state == AskState.OPEN)
        .order_by(AskRow.id)
        .execution_options(populate_existing=True)
    )
    return [_as_ask(row) for row in rows]


async def settle_ask(tx: Tx, ask_id: int, state: AskState) -> bool:
    """Whether the question is settled by this: one that is settled already stays so."""
    settled = await tx.scalar(
        update(AskRow)
        .where(AskRow.id == ask_id, AskRow.state == AskState.OPEN)
        .values(state=state)
        .returning(AskRow.id)
    )
    return settled is not None


async def note_ask(tx: Tx, ask_id: int, channel_id: int, message_id: int | None) -> None:
    """Remember where the question was put."""
    await tx.execute(
        update(AskRow)
        .where(AskRow.id == ask_id)
        .values(channel_id=channel_id, message_id=message_id)
    )


async def states_of(tx: Tx, ask_ids: Sequence[int]) -> dict[int, AskState]:
    """How each of the questions stands."""
    rows = await tx.execute(select(AskRow.id, AskRow.state).where(AskRow.id.in_(ask_ids)))
    return {ask_id: AskState(state) for ask_id, state in rows}


def _as_ask(row: AskRow) -> Ask:
    values = {name: getattr(row, name) for name in Ask.__slots__}
    return Ask(**values | {"kind": AskKind(row.kind), "state": AskState(row.state)})
