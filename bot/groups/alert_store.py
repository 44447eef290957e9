"""Rows of troubles that a group's leads were told of."""

from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ForeignKey,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from bot.database import METADATA, BigInt, Tx, UTCDateTime
from bot.groups.model import Alert

ALERTS_KEPT = timedelta(days=30)
"""Long after the last lead was told, or could not be."""


class AlertColumns(TypedColumns):
    """A trouble that the group's leads were told of, and when."""

    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"))
    text: Named[str] = Column(Text)
    raised_at: Named[datetime] = Column(UTCDateTime)


ALERTS = Table("alert", METADATA, AlertColumns, UniqueConstraint("group_id", "text"))


# Each statement is made once: making it takes longer than running it.
_OF_GROUP = ALERTS.c.group_id == bindparam("its_group")
_FORGETTING = delete(ALERTS).where(_OF_GROUP, ALERTS.c.raised_at < bindparam("its_moment"))
_KNOWN = select(ALERTS.c.id, ALERTS.c.raised_at).where(
    _OF_GROUP, ALERTS.c.text == bindparam("its_text")
)
_ADDING = insert(ALERTS).returning(ALERTS.c.id)
_RAISING_AGAIN = update(ALERTS).where(ALERTS.c.id == bindparam("its_id"))
_THAT = select(ALERTS.c.group_id, ALERTS.c.text).where(ALERTS.c.id == bindparam("its_id"))


async def note_alert(
    tx: Tx, group_id: int, text: str, now: datetime, *, unless_since: datetime
) -> int | None:
    """The trouble's id, None where it was noted later than `unless_since` already.

    Old troubles of the group are forgotten. Whoever calls holds the group's lock.
    """
    old = {"its_group": group_id, "its_moment": now - ALERTS_KEPT}
    await tx.execute(_FORGETTING, old)
    known = (await tx.execute(_KNOWN, {"its_group": group_id, "its_text": text})).one_or_none()
    if known is None:
        new = {"group_id": group_id, "text": text, "raised_at": now}
        return (await tx.scalars(_ADDING, new)).one()
    alert_id, raised_at = known
    if raised_at > unless_since:
        return None
    await tx.execute(_RAISING_AGAIN, {"its_id": alert_id, "raised_at": now})
    return alert_id


async def get_alert(tx: Tx, alert_id: int) -> Alert | None:
    """The trouble, None when it is forgotten."""
    row = (await tx.execute(_THAT, {"its_id": alert_id})).one_or_none()
    return None if row is None else Alert(group_id=row.group_id, text=row.text)
