"""Who is to be told of a session, chosen by one statement however many they are."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    union,
    values,
)

from bot.database import RowId, Tx, UTCDateTime
from bot.groups.store import FollowRow
from bot.members.model import QuietHours
from bot.members.store import MemberRow
from bot.places.zones import zone_names
from bot.reminders.model import LATEST, PERSON, Slot, lane_of_lead
from bot.sessions.answers import RsvpRow
from bot.sessions.model import Answer, Session


async def quiet_nights(tx: Tx, session: Session, lead_minutes: int) -> list[tuple[str, QuietHours]]:
    """The zones and quiet hours that occur among those who asked to be told."""
    night = (MemberRow.zone, MemberRow.quiet_from, MemberRow.quiet_until)
    chosen = _choose(tx, session, lead_minutes, *night).distinct()
    rows = await tx.execute(chosen.where(*(part.is_not(None) for part in night)))
    return [
        (zone, QuietHours(from_hour=first, until_hour=last))
        for zone, first, last in rows
        if zone in zone_names()
    ]


def choose_people(
    tx: Tx, session: Session, lead_minutes: int, nights: Sequence[Slot], rest: Slot | None
) -> Select[Any]:
    """The deliveries of people in each of the `nights`, and in `rest` of all others.

    Where `rest` is None, of nobody else.
    """
    told_at: Any = literal(rest.told_at, UTCDateTime) if rest else None
    overtaken_from: Any = literal(rest.overtaken_from, RowId) if rest else None
    table = table_of(nights) if nights else None
    if table is not None:
        told_at = func.coalesce(table.c.told_at, told_at)
        overtaken_from = func.coalesce(table.c.overtaken_from, overtaken_from)
    chosen = _choose(
        tx,
        session,
        lead_minutes,
        (literal(PERSON, Text) + cast(MemberRow.user_id, Text)).label("target"),
        literal(int(lane_of_lead(lead_minutes)), RowId).label("lane"),
        told_at.label("not_before"),
        literal(session.starts_at + LATEST, UTCDateTime).label("expires_at"),
    )
    if table is not None:
        chosen = chosen.join(table, lives_by(table), isouter=rest is not None)
    return chosen.where(~_wishes(tx, overtaken_from, lead_minutes - 1))


async def followers_among(
    tx: Tx, group_ids: Collection[int], user_ids: Collection[int]
) -> frozenset[tuple[int, int]]:
    """Which of these people follow which of these groups: (group, person)."""
    rows = await tx.execute(
        select(FollowRow.group_id, FollowRow.user_id).where(
            FollowRow.group_id.in_(group_ids), FollowRow.user_id.in_(user_ids)
        )
    )
    return frozenset((group_id, user_id) for group_id, user_id in rows)


def _choose(
    tx: Tx, session: Session, lead_minutes: int, *columns: ColumnElement[Any] | Any
) -> Select[Any]:
    """`columns` of members who asked for a message of their own at this lead time.

    They follow the group or are going, and did not say that they can't come.
    """
    followers = select(FollowRow.user_id).where(FollowRow.group_id == session.group_id)
    answered = select(RsvpRow.user_id).where(RsvpRow.session_id == session.id)
    going = answered.where(RsvpRow.answer == Answer.GOING)
    people = union(followers, going).subquery("people")
    return (
        select(*columns)
        .select_from(people)
        .join(MemberRow, MemberRow.user_id == people.c.user_id)
        .where(MemberRow.user_id.not_in(answered.where(RsvpRow.answer == Answer.NOT_GOING)))
        .where(MemberRow.wants_direct_messages, _wishes(tx, lead_minutes, lead_minutes))
    )


def _wishes(tx: Tx, least: Any, most: int) -> ColumnElement[bool]:
    """True for members who wish for a reminder from `least` to `most` minutes before."""
    is_sqlite = tx.get_bind().dialect.name == "sqlite"
    unpack = func.json_each if is_sqlite else func.json_array_elements_text
    leads = unpack(MemberRow.lead_minutes).table_valued("value")
    minutes = cast(leads.c.value, Integer)
    return exists(select(1).select_from(leads).where(minutes >= least, minutes <= most))


def table_of(nights: Sequence[Slot]) -> CTE:
    """The nights' slots as a table: zones are reckoned with in Python alone."""
    columns = (
        column("zone", Text),
        column("quiet_from", RowId),
        column("quiet_until", RowId),
        column("told_at", UTCDateTime),
        column("overtaken_from", RowId),
    )
    rows = [
        (
            slot.zone,
            slot.quiet.from_hour,
            slot.quiet.until_hour,
            slot.told_at,
            slot.overtaken_from,
        )
        for slot in nights
        if slot.quiet is not None
    ]
    return values(*columns, name="night").data(rows).cte("night")


def lives_by(night: CTE) -> ColumnElement[bool]:
    """True for members whose zone and quiet hours are the night's."""
    return and_(
        night.c.zone == MemberRow.zone,
        night.c.quiet_from == MemberRow.quiet_from,
        night.c.quiet_until == MemberRow.quiet_until,
    )
