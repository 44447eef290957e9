"""Rows of members: written when somebody tells us something, read with defaults."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime, insert_new
from bot.members.away import Away
from bot.members.model import STANDARD_LEADS, Member, Place, QuietHours
from bot.places.spoken import HourCycle
from bot.places.zones import zone_names


class MemberRow(Row):
    __tablename__ = "member"

    user_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    place_name: Mapped[str | None] = mapped_column(Text)
    zone: Mapped[str | None] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text, default="en-US")
    hour_cycle: Mapped[str | None] = mapped_column(Text)
    wants_direct_messages: Mapped[bool] = mapped_column(default=False)
    lead_minutes: Mapped[list[int]] = mapped_column(JSON, default=lambda: list(STANDARD_LEADS))
    wants_vote_reminders: Mapped[bool] = mapped_column(default=True)
    has_closed_messages: Mapped[bool] = mapped_column(default=False)
    direct_channel_id: Mapped[int | None] = mapped_column(RowId)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]


class AwayRow(Row):
    __tablename__ = "away"

    user_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("member.user_id", ondelete="CASCADE"), primary_key=True
    )
    first_day: Mapped[date] = mapped_column(Date, primary_key=True)
    last_day: Mapped[date] = mapped_column(Date)


class UnsentFormRow(Row):
    __tablename__ = "unsent_form"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int]
    form_id: Mapped[str]
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime)

    # A forgotten form's number is never given again: buttons with it are still about.
    __table_args__ = ({"sqlite_autoincrement": True},)


MEMBERS = cast("Table", MemberRow.__table__)
AWAY = cast("Table", AwayRow.__table__)

# Each statement is made once: making it takes longer than running it.
_THESE = select(MEMBERS).where(MEMBERS.c.user_id.in_(bindparam("user_ids", expanding=True)))
_LOCKING = select(MEMBERS).where(MEMBERS.c.user_id == bindparam("its_user")).with_for_update()
_SETTING = update(MEMBERS).where(MEMBERS.c.user_id == bindparam("its_user"))
_DIRECT_CHANNEL = select(MEMBERS.c.direct_channel_id).where(
    MEMBERS.c.user_id == bindparam("its_user")
)
_AWAY = (
    select(AWAY)
    .where(AWAY.c.user_id.in_(bindparam("user_ids", expanding=True)))
    .order_by(AWAY.c.first_day)
)


async def get_member(tx: Tx, user_id: int) -> Member:
    """The member, with defaults for somebody we do not know yet."""
    return (await get_members(tx, [user_id]))[user_id]


async def get_members(tx: Tx, user_ids: Collection[int]) -> dict[int, Member]:
    """Every one of `user_ids`, known or not."""
    if not user_ids:
        return {}
    rows = await tx.execute(_THESE, {"user_ids": list(user_ids)})
    known = {row.user_id: _as_member(row) for row in rows}
    return {user_id: known.get(user_id, Member(user_id=user_id)) for user_id in user_ids}


async def lock_member(tx: Tx, user_id: int) -> Member:
    """The member, known from now on, held against other writers until the transaction ends."""
    await insert_new(tx, MemberRow, user_id=user_id)
    return _as_member((await tx.execute(_LOCKING, {"its_user": user_id})).one())


async def save_member(tx: Tx, member: Member) -> None:
    """Write all that is known of the member."""
    await insert_new(tx, MemberRow, user_id=member.user_id)
    values: dict[str, object] = {
        "locale": member.locale,
        "hour_cycle": member.hour_cycle,
        "wants_direct_messages": member.wants_direct_messages,
        "lead_minutes": list(member.lead_minutes),
        "wants_vote_reminders": member.wants_vote_reminders,
        "has_closed_messages": member.has_closed_messages,
        "quiet_from": member.quiet.from_hour if member.quiet else None,
        "quiet_until": member.quiet.until_hour if member.quiet else None,
    }
    if member.place is not None or not member.lost_zone:
        values["place_name"] = member.place.name if member.place else None
        values["zone"] = member.place.zone if member.place else None
    await _set(tx, member.user_id, **values)


async def _set(tx: Tx, user_id: int, **values: object) -> None:
    await tx.execute(_SETTING, {"its_user": user_id, **values})


async def away_spans(tx: Tx, user_ids: Collection[int]) -> dict[int, tuple[Away, ...]]:
    """When each of `user_ids` is away, soonest first; nobody is left out."""
    spans: dict[int, tuple[Away, ...]] = dict.fromkeys(user_ids, ())
    rows = await tx.execute(_AWAY, {"user_ids": list(user_ids)}) if user_ids else ()
    for row in rows:
        spans[row.user_id] += (Away(first_day=row.first_day, last_day=row.last_day),)
    return spans


async def replace_away_spans(tx: Tx, user_id: int, spans: Collection[Away]) -> None:
    """Keep these spans of a member, and no others; the member is locked by the caller."""
    await tx.execute(delete(AWAY).where(AWAY.c.user_id == user_id))
    rows = [
        {"user_id": user_id, "first_day": span.first_day, "last_day": span.last_day}
        for span in spans
    ]
    if rows:
        await tx.execute(insert(AWAY), rows)


async def note_closed_messages(tx: Tx, user_id: int) -> None:
    """Remember that direct messages do not reach this person."""
    await _set(tx, user_id, has_closed_messages=True)


async def get_direct_channel(tx: Tx, user_id: int) -> int | None:
    """The channel for direct messages with this person, None while none was opened."""
    return cast("int | None", await tx.scalar(_DIRECT_CHANNEL, {"its_user": user_id}))


async def note_direct_channel(tx: Tx, user_id: int, channel_id: int) -> None:
    """Remember the channel for direct messages, also with somebody we do not know yet."""
    await insert_new(tx, MemberRow, user_id=user_id)
    await _set(tx, user_id, direct_channel_id=channel_id)


def _as_member(row: Any) -> Member:
    place = Place(name=row.place_name, zone=row.zone) if row.place_name and row.zone else None
    is_lost = place is not None and place.zone not in zone_names()
    return Member(
        user_id=row.user_id,
        place=None if is_lost else place,
        lost_zone=place.zone if place and is_lost else "",
        locale=row.locale,
        hour_cycle=HourCycle(row.hour_cycle) if row.hour_cycle else None,
        wants_direct_messages=row.wants_direct_messages,
        lead_minutes=tuple(row.lead_minutes),
        wants_vote_reminders=row.wants_vote_reminders,
        has_closed_messages=row.has_closed_messages,
        quiet=_quiet_of(row),
    )


def _quiet_of(row: Any) -> QuietHours | None:
    if row.quiet_from is None or row.quiet_until is None:
        return None
    return QuietHours(from_hour=row.quiet_from, until_hour=row.quiet_until)
