"""Rows of RSVPs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime
from bot.sessions.model import Answer


class RsvpRow(Row):
    __tablename__ = "rsvp"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    answer: Mapped[Answer] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)


async def save_answer(tx: Tx, session_id: int, user_id: int, answer: Answer, now: datetime) -> None:
    """Write or change one person's answer."""
    row = await tx.get(RsvpRow, (session_id, user_id), with_for_update=True)
    if row is None:
        tx.add(RsvpRow(session_id=session_id, user_id=user_id, answer=answer, answered_at=now))
    else:
        row.answer, row.answered_at = answer, now
    await tx.flush()


async def answers_to(tx: Tx, session_id: int) -> dict[Answer, frozenset[int]]:
    """Who answered what."""
    rows = await tx.execute(
        select(RsvpRow.answer, RsvpRow.user_id).where(RsvpRow.session_id == session_id)
    )
    found: dict[Answer, set[int]] = {answer: set() for answer in Answer}
    for answer, user_id in rows:
        found[Answer(answer)].add(user_id)
    return {answer: frozenset(ids) for answer, ids in found.items()}
