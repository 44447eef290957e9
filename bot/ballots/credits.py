"""Rows of credits: how much each member of a group has received, in millionths of a talk."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime, insert_for
from bot.groups.store import GroupRow

LEAVERS_KEPT = timedelta(days=365)
"""How long the credits of somebody who left wait for their return."""


class CreditRow(Row):
    """`micro_talks` talks received, in millionths; set aside while the member is away."""

    __tablename__ = "credit"

    group_id: Mapped[int] = mapped_column(
        ForeignKey("reading_group.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    micro_talks: Mapped[int]
    set_aside_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a member has received, in millionths of a talk; `set_aside_at` where they had left."""

    micro_talks: int
    set_aside_at: datetime | None = None


async def credits_in(tx: Tx, group_id: int) -> dict[int, int]:
    """Everybody's entry but those that are set aside, by user id."""
    rows = await tx.execute(
        select(CreditRow.user_id, CreditRow.micro_talks)
        .where(CreditRow.group_id == group_id, CreditRow.set_aside_at.is_(None))
        .order_by(CreditRow.user_id)
    )
    return {row.user_id: row.micro_talks for row in rows}


async def entries_of(tx: Tx, user_id: int, server_id: int) -> dict[int, Entry]:
    """One member's entries in the groups of a server, by group id."""
    rows = await tx.execute(
        select(CreditRow.group_id, CreditRow.micro_talks, CreditRow.set_aside_at)
        .join(GroupRow, GroupRow.id == CreditRow.group_id)
        .where(CreditRow.user_id == user_id, GroupRow.server_id == server_id)
    )
    return {
        row.group_id: Entry(micro_talks=row.micro_talks, set_aside_at=row.set_aside_at)
        for row in rows
    }


async def known_members(tx: Tx, group_id: int) -> frozenset[int]:
    """Everybody who has an entry, here or set aside."""
    rows = await tx.scalars(select(CreditRow.user_id).where(CreditRow.group_id == group_id))
    return frozenset(rows)


async def save_credits(tx: Tx, group_id: int, numbers: Mapping[int, int]) -> None:
    """Write new numbers for some members."""
    if not numbers:
        return
    statement = insert_for(tx)(CreditRow)
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
    here = CreditRow.group_id == group_id
    entries = update(CreditRow).where(here)
    gone = entries.where(CreditRow.user_id.in_(absent), CreditRow.set_aside_at.is_(None))
    await tx.execute(gone.values(set_aside_at=now))
    # Before anybody is brought back: who returns too late starts anew, whenever the next vote is.
    old = CreditRow.set_aside_at < now - LEAVERS_KEPT
    await tx.execute(delete(CreditRow).where(here, old))
    await tx.execute(entries.where(CreditRow.user_id.in_(present)).values(set_aside_at=None))
