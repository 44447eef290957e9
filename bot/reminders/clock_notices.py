"""Who has been told of which clock change: everybody once, by the first reminder that gets out.

A reminder takes a change before it says so, and another may take it over only when that one is
known never to have been sent: so nobody is told twice, also by two reminders at once, and nobody
is forgotten because a message did not get through.
"""

from collections.abc import Collection, Sequence
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
    select,
    update,
)

from bot.database import METADATA, BigInt, Database, Tx, UTCDateTime, insert_new
from bot.jobs.model import Delivery, DeliveryState
from bot.jobs.store import DELIVERIES
from bot.sessions.change_words import Told, changes_in
from bot.sessions.model import SessionView
from bot.sessions.radar import HourChange

THE_CHANNEL = 0
"""Stands for everybody in the group's channel, where a member's id stands for one."""

MOST_TOLD = 12
"""How many zones one message tells of (chosen); the next reminder tells of the others."""

Key = tuple[str, int, datetime]
"""What a change is known by: the zone, the minute of the day that it is from, and when."""

KEPT = timedelta(days=400)
"""How long it is remembered: clocks that change every year are told of every year."""

_UNSENT = (
    DeliveryState.SKIPPED,
    DeliveryState.EXPIRED,
    DeliveryState.SUPERSEDED,
    DeliveryState.PARKED,
)


class ClockNoticeColumns(TypedColumns):
    """A change that one member, or the channel, is told of, and the delivery that does it."""

    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"))
    user_id: Named[int] = Column(BigInt)
    zone: Named[str] = Column(Text)
    slot_minute: Named[int] = Column(BigInt)
    changed_at: Named[datetime] = Column(UTCDateTime)
    delivery_id: Named[int] = Column(BigInt)


NOTICES = Table(
    "clock_notice",
    METADATA,
    ClockNoticeColumns,
    UniqueConstraint("group_id", "user_id", "zone", "slot_minute", "changed_at"),
)


# Each statement is made once: making it takes longer than running it.
_OF_GROUP = NOTICES.c.group_id == bindparam("its_group")
_OF_USER = NOTICES.c.user_id == bindparam("its_user")
_FORGETTING = delete(NOTICES).where(_OF_GROUP, NOTICES.c.changed_at < bindparam("its_moment"))
# Deliveries that ended without a message; one that is forgotten by now did send it.
_UNSENT_ONES = select(DELIVERIES.c.id).where(DELIVERIES.c.state.in_(_UNSENT))
_OURS = NOTICES.c.delivery_id == bindparam("its_delivery")
_KNOWN = select(NOTICES.c.zone, NOTICES.c.slot_minute, NOTICES.c.changed_at).where(
    _OF_GROUP, _OF_USER, ~_OURS, NOTICES.c.delivery_id.not_in(_UNSENT_ONES)
)
_TAKING_OVER = (
    update(NOTICES)
    .where(_OF_GROUP, _OF_USER)
    .where(NOTICES.c.zone == bindparam("its_zone"))
    .where(NOTICES.c.slot_minute == bindparam("its_minute"))
    .where(NOTICES.c.changed_at == bindparam("its_moment"))
    .where(_OURS | NOTICES.c.delivery_id.in_(_UNSENT_ONES))
    .values(delivery_id=bindparam("its_delivery"))
    .returning(NOTICES.c.id)
)
_TOLD_BY = select(
    NOTICES.c.delivery_id, NOTICES.c.zone, NOTICES.c.slot_minute, NOTICES.c.changed_at
).where(NOTICES.c.delivery_id.in_(bindparam("delivery_ids", expanding=True)))


async def told_by(tx: Tx, delivery_ids: Collection[int]) -> dict[int, frozenset[Key]]:
    """The keys of the changes that each of these deliveries has told of."""
    found: dict[int, set[Key]] = {}
    for row in await tx.execute(_TOLD_BY, {"delivery_ids": list(delivery_ids)}):
        key = (row.zone, row.slot_minute, row.changed_at)
        found.setdefault(row.delivery_id, set()).add(key)
    return {delivery_id: frozenset(keys) for delivery_id, keys in found.items()}


async def claim_changes(
    db: Database,
    delivery: Delivery,
    view: SessionView,
    user_id: int,
    homes: Sequence[tuple[str, str]],
) -> list[Told]:
    """What the delivery is to tell people in these (city, zone): what they don't know yet."""
    found = changes_in(view, homes)
    if not found:
        return []
    group_id = view.session.group_id
    async with db.read() as tx:
        known = await _known(tx, group_id, user_id, delivery.id)
    unknown = [one for one in found if one[1].key not in known][:MOST_TOLD]
    if not unknown:
        return []
    async with db.begin() as tx:
        before = view.session.starts_at - KEPT
        await tx.execute(_FORGETTING, {"its_group": group_id, "its_moment": before})
        return [one for one in unknown if await _claim(tx, group_id, user_id, one[1], delivery.id)]


async def _known(tx: Tx, group_id: int, user_id: int, delivery_id: int) -> set[object]:
    """The keys of what they were told of, or are about to be, by another delivery."""
    asked = {"its_group": group_id, "its_user": user_id, "its_delivery": delivery_id}
    rows = await tx.execute(_KNOWN, asked)
    return {tuple(row) for row in rows}


async def _claim(tx: Tx, group_id: int, user_id: int, change: HourChange, delivery_id: int) -> bool:
    """Whether this delivery is the one that tells of it."""
    zone, slot_minute, changed_at = change.key
    is_new = await insert_new(
        tx,
        NOTICES,
        group_id=group_id,
        user_id=user_id,
        zone=zone,
        slot_minute=slot_minute,
        changed_at=changed_at,
        delivery_id=delivery_id,
    )
    if is_new:
        return True
    key = {"its_zone": zone, "its_minute": slot_minute, "its_moment": changed_at}
    asked = {"its_group": group_id, "its_user": user_id, "its_delivery": delivery_id, **key}
    return await tx.scalar(_TAKING_OVER, asked) is not None
