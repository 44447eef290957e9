"""Rows of credits: how much each member of a group has received, in millionths of a talk."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ForeignKey,
    Named,
    Table,
    TypedColumns,
    bindparam,
    delete,
    select,
    update,
)

from bot.database import METADATA, BigInt, Tx, UTCDateTime, insert_for
from bot.groups.store import GROUPS

LEAVERS_KEPT = timedelta(days=365)
"""How long the credits of somebody who left wait for their return."""


class CreditColumns(TypedColumns):
    """`micro_talks` talks received, in millionths; set aside while the member is away."""

    group_id: Named[int] = Column(
        BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Named[int] = Column(BigInt, primary_key=True, autoincrement=False)
    micro_talks: Named[int] = Column(BigInt)
    set_aside_at: Named[datetime | None] = Column(UTCDateTime)


CREDITS = Table("credit", METADATA, CreditColumns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a member has received, in millionths of a talk; `set_aside_at` where they had left."""

    micro_talks: int
    set_aside_at: datetime | None = None


# Each statement is made once: making it takes longer than running it.
_HERE = CREDITS.c.group_id == bindparam("its_group")
_IN_USE = (
    select(CREDITS.c.user_id, CREDITS.c.micro_talks)
    .where(_HERE, CREDITS.c.set_aside_at.is_(None))
    .order_by(CREDITS.c.user_id)
)
_KNOWN = select(CREDITS.c.user_id).where(_HERE)
_THESE = CREDITS.c.user_id.in_(bindparam("user_ids", expanding=True))
_SETTING_ASIDE = (
    update(CREDITS)
    .where(_HERE, _THESE, CREDITS.c.set_aside_at.is_(None))
    .values(set_aside_at=bindparam("its_moment"))
)
_DROPPING = delete(CREDITS).where(_HERE, CREDITS.c.set_aside_at < bindparam("its_moment"))
_BRINGING_BACK = update(CREDITS).where(_HERE, _THESE).values(set_aside_at=None)


async def credits_in(tx: Tx, group_id: int) -> dict[int, int]:
    """Everybody's entry but those that are set aside, by user id."""
    rows = await tx.execute(_IN_USE, {"its_group": group_id})
    return {row.user_id: row.micro_talks for row in rows}


async def entries_of(tx: Tx, user_id: int, server_id: int) -> dict[int, Entry]:
    """One member's entries in the groups of a server, by group id."""
    rows = await tx.execute(
        select(CREDITS.c.group_id, CREDITS.c.micro_talks, CREDITS.c.set_aside_at)
        .join(GROUPS, GROUPS.c.id == CREDITS.c.group_id)
        .where(CREDITS.c.user_id == user_id, GROUPS.c.server_id == server_id)
    )
    return {
        row.group_id: Entry(micro_talks=row.micro_talks, set_aside_at=row.set_aside_at)
        for row in rows
    }


async def known_members(tx: Tx, group_id: int) -> frozenset[int]:
    """Everybody who has an entry, here or set aside."""
    return frozenset(await tx.scalars(_KNOWN, {"its_group": group_id}))


async def save_credits(tx: Tx, group_id: int, numbers: Mapping[int, int]) -> None:
    """Write new numbers for some members."""
    if not numbers:
        return
    statement = insert_for(tx)(CREDITS)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["group_id", "user_id"],
            set_={"micro_talks": statement.excluded.micro_talks, "set_aside_at": None},
        ),
        [
            {"group_id": group_id, "user_id": user_id, "micro_talks": micro_talks}
            for user_id, micro_talks in numbers.items()
        ],
    )


async def set_aside(
    tx: Tx, group_id: int, present: Collection[int], absent: Collection[int], now: datetime
) -> None:
    """Put the entries of those who left aside, drop old ones, bring back those of who returned."""
    here = {"its_group": group_id}
    await tx.execute(_SETTING_ASIDE, {**here, "user_ids": list(absent), "its_moment": now})
    # Before anybody is brought back: who returns too late starts anew, whenever the next vote is.
    await tx.execute(_DROPPING, {**here, "its_moment": now - LEAVERS_KEPT})
    await tx.execute(_BRINGING_BACK, {**here, "user_ids": list(present)})
