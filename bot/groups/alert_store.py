"""Rows of troubles that a group's leads were told of."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Text, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime
from bot.groups.model import Alert

ALERTS_KEPT = timedelta(days=30)
"""Long after the last lead was told, or could not be."""


class AlertRow(Row):
    """A trouble that the group's leads were told of, and when."""

    __tablename__ = "alert"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("reading_group.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (UniqueConstraint("group_id", "text"),)


async def note_alert(
    tx: Tx, group_id: int, text: str, now: datetime, *, unless_since: datetime
) -> int | None:
    """The trouble's id, None where it was noted later than `unless_since` already.

    Old troubles of the group are forgotten. Whoever calls holds the group's lock.
    """
    await tx.execute(
        delete(AlertRow).where(
            AlertRow.group_id == group_id, AlertRow.raised_at < now - ALERTS_KEPT
        )
    )
    row = await tx.scalar(
        select(AlertRow).where(AlertRow.group_id == group_id, AlertRow.text == text)
    )
    if row is None:
        row = AlertRow(group_id=group_id, text=text, raised_at=now)
        tx.add(row)
    elif row.raised_at > unless_since:
        return None
    row.raised_at = now
    await tx.flush()
    return row.id


async def get_alert(tx: Tx, alert_id: int) -> Alert | None:
    """The trouble, None when it is forgotten."""
    row = await tx.get(AlertRow, alert_id)
    return None if row is None else Alert(group_id=row.group_id, text=row.text)
