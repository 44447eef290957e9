"""Rows of members: written when somebody tells us something, read with defaults."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Named,
    Table,
    Text,
    TypedColumns,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime, insert_new
from bot.members.away import Away
from bot.members.model import STANDARD_LEADS, Member, Place, QuietHours
from bot.places.spoken import HourCycle
from bot.places.zones import zone_names


class MemberColumns(TypedColumns):
    user_id: Named[int] = Column(BigInt, primary_key=True, autoincrement=False)
    place_name: Named[str | None] = Column(Text)
    zone: Named[str | None] = Column(Text)
    locale: Named[str] = Column(Text, default="en-US")
    hour_cycle: Named[HourCycle | None] = Column(OneOf(HourCycle))
    wants_direct_messages: Named[bool] = Column(default=False)
    lead_minutes: Named[list[int]] = Column(JSON, default=lambda: list(STANDARD_LEADS))
    wants_vote_reminders: Named[bool] = Column(default=True)
    has_closed_messages: Named[bool] = Column(default=False)
    direct_channel_id: Named[int | None] = Column(BigInt)
    quiet_from: Named[int | None] = Column(BigInt)
    quiet_until: Named[int | None] = Column(BigInt)


MEMBERS = Table("member", METADATA, MemberColumns)


class AwayColumns(TypedColumns):
    user_id: Named[int] = Column(
        BigInt, ForeignKey("member.user_id", ondelete="CASCADE"), primary_key=True
    )
    first_day: Named[date] = Column(Date, primary_key=True)
    last_day: Named[date] = Column(Date)


AWAY = Table("away", METADATA, AwayColumns)


class UnsentFormColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    user_id: Named[int] = Column(BigInt)
    form_id: Named[str] = Column(Text)
    fields: Named[dict[str, str]] = Column(JSON)
    kept_at: Named[datetime] = Column(UTCDateTime)


# A forgotten form's number is never given again: buttons with it are still about.
UNSENT_FORMS = Table("unsent_form", METADATA, UnsentFormColumns, sqlite_autoincrement=True)


# Each statement is made once: making it takes longer than running it.
_THESE = select(MEMBERS).where(MEMBERS.c.user_id.in_(bindparam("user_ids", expanding=True)))
_LOCKING = select(MEMBERS).where(MEMBERS.c.user_id == bindparam("its_user")).with_for_update()
_SETTING = update(MEMBERS).where(MEMBERS.c.user_id == bindparam("its_user"))
_DIRECT_CHANNEL = select(MEMBERS.c.direct_channel_id).where(
    MEMBERS.c.user_id == bindparam("its_user")
)
_DIRECT_CHANNELS = select(MEMBERS.c.user_id, MEMBERS.c.direct_channel_id).where(
    MEMBERS.c.user_id.in_(bindparam("user_ids", expanding=True)),
    MEMBERS.c.direct_channel_id.is_not(None),
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
    await insert_new(tx, MEMBERS, user_id=user_id)
    return _as_member((await tx.execute(_LOCKING, {"its_user": user_id})).one())


async def save_member(tx: Tx, member: Member) -> None:
    """Write all that is known of the member."""
    await insert_new(tx, MEMBERS, user_id=member.user_id)
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
    return await tx.scalar(_DIRECT_CHANNEL, {"its_user": user_id})


async def direct_channels(tx: Tx, user_ids: Collection[int]) -> dict[int, int]:
    """The channels for direct messages with those of these people who have one."""
    if not user_ids:
        return {}
    rows = await tx.execute(_DIRECT_CHANNELS, {"user_ids": list(user_ids)})
    return {user_id: channel_id for user_id, channel_id in rows if channel_id is not None}


async def note_direct_channel(tx: Tx, user_id: int, channel_id: int) -> None:
    """Remember the channel for direct messages, also with somebody we do not know yet."""
    await insert_new(tx, MEMBERS, user_id=user_id)
    await _set(tx, user_id, direct_channel_id=channel_id)


def _as_member(row: Any) -> Member:
    place = Place(name=row.place_name, zone=row.zone) if row.place_name and row.zone else None
    is_lost = place is not None and place.zone not in zone_names()
    return Member(
        user_id=row.user_id,
        place=None if is_lost else place,
        lost_zone=place.zone if place and is_lost else "",
        locale=row.locale,
        hour_cycle=row.hour_cycle,
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
