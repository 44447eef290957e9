"""Who is to be told of a session, chosen by one statement however many they are."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    union,
    values,
)

from bot.database import BigInt, Tx, UTCDateTime, is_sqlite
from bot.groups.store import FOLLOWS
from bot.members.model import QuietHours
from bot.members.store import MEMBERS
from bot.places.zones import zone_names
from bot.reminders.model import LATEST, PERSON, Slot, lane_of_lead
from bot.sessions.answers import RSVPS
from bot.sessions.model import Answer, Session


async def quiet_nights(tx: Tx, session: Session, lead_minutes: int) -> list[tuple[str, QuietHours]]:
    """The zones and quiet hours that occur among those who asked to be told."""
    asked = {
        "its_group": session.group_id,
        "its_session": session.id,
        "its_lead": lead_minutes,
    }
    rows = await tx.execute(_nights(is_sqlite(tx)), asked)
    return [
        (zone, QuietHours(from_hour=first, until_hour=last))
        for zone, first, last in rows
        if zone in zone_names()
    ]


@cache
def _nights(is_sqlite: bool) -> Select[Any]:
    night = (MEMBERS.c.zone, MEMBERS.c.quiet_from, MEMBERS.c.quiet_until)
    chosen = _choose(
        is_sqlite,
        bindparam("its_group", type_=BigInt),
        bindparam("its_session", type_=BigInt),
        bindparam("its_lead", type_=BigInt),
        *night,
    )
    return chosen.where(*(part.is_not(None) for part in night)).distinct()


def choose_people(
    tx: Tx, session: Session, lead_minutes: int, nights: Sequence[Slot], rest: Slot | None
) -> Select[Any]:
    """The deliveries of people in each of the `nights`, and in `rest` of all others.

    Where `rest` is None, of nobody else.
    """
    told_at: Any = literal(rest.told_at, UTCDateTime) if rest else None
    overtaken_from: Any = literal(rest.overtaken_from, BigInt) if rest else None
    table = table_of(nights) if nights else None
    if table is not None:
        told_at = func.coalesce(table.c.told_at, told_at)
        overtaken_from = func.coalesce(table.c.overtaken_from, overtaken_from)
    chosen = _choose(
        is_sqlite(tx),
        session.group_id,
        session.id,
        lead_minutes,
        (literal(PERSON, Text) + cast(MEMBERS.c.user_id, Text)).label("target"),
        literal(int(lane_of_lead(lead_minutes)), BigInt).label("lane"),
        told_at.label("not_before"),
        literal(session.starts_at + LATEST, UTCDateTime).label("expires_at"),
    )
    if table is not None:
        chosen = chosen.join(table, lives_by(table), isouter=rest is not None)
    return chosen.where(~_wishes(is_sqlite(tx), overtaken_from, lead_minutes - 1))


_FOLLOWERS = select(FOLLOWS.c.group_id, FOLLOWS.c.user_id).where(
    FOLLOWS.c.group_id.in_(bindparam("group_ids", expanding=True)),
    FOLLOWS.c.user_id.in_(bindparam("user_ids", expanding=True)),
)


async def followers_among(
    tx: Tx, group_ids: Collection[int], user_ids: Collection[int]
) -> frozenset[tuple[int, int]]:
    """Which of these people follow which of these groups: (group, person)."""
    if not group_ids or not user_ids:
        return frozenset()
    asked = {"group_ids": list(group_ids), "user_ids": list(user_ids)}
    rows = await tx.execute(_FOLLOWERS, asked)
    return frozenset((group_id, user_id) for group_id, user_id in rows)


def _choose(
    is_sqlite: bool, group_id: Any, session_id: Any, lead_minutes: Any, *columns: Any
) -> Select[Any]:
    """`columns` of members who asked for a message of their own at this lead time.

    They follow the group or are going, and did not say that they can't come.
    """
    followers = select(FOLLOWS.c.user_id).where(FOLLOWS.c.group_id == group_id)
    answered = select(RSVPS.c.user_id).where(RSVPS.c.session_id == session_id)
    going = answered.where(RSVPS.c.answer == Answer.GOING)
    people = union(followers, going).subquery("people")
    return (
        select(*columns)
        .select_from(people)
        .join(MEMBERS, MEMBERS.c.user_id == people.c.user_id)
        .where(MEMBERS.c.user_id.not_in(answered.where(RSVPS.c.answer == Answer.NOT_GOING)))
        .where(MEMBERS.c.wants_direct_messages, _wishes(is_sqlite, lead_minutes, lead_minutes))
    )


def _wishes(is_sqlite: bool, least: Any, most: Any) -> ColumnElement[bool]:
    """True for members who wish for a reminder from `least` to `most` minutes before."""
    unpack = func.json_each if is_sqlite else func.json_array_elements_text
    leads = unpack(MEMBERS.c.lead_minutes).table_valued("value")
    minutes = cast(leads.c.value, Integer)
    return exists(select(1).select_from(leads).where(minutes >= least, minutes <= most))


def table_of(nights: Sequence[Slot]) -> CTE:
    """The nights' slots as a table: zones are reckoned with in Python alone."""
    columns = (
        column("zone", Text),
        column("quiet_from", BigInt),
        column("quiet_until", BigInt),
        column("told_at", UTCDateTime),
        column("overtaken_from", BigInt),
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
        night.c.zone == MEMBERS.c.zone,
        night.c.quiet_from == MEMBERS.c.quiet_from,
        night.c.quiet_until == MEMBERS.c.quiet_until,
    )
