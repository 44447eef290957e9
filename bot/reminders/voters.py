"""Who is to be reminded of a vote, chosen by one statement however many they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, select

from bot.ballots.model import Ballot
from bot.ballots.votes import PRIVATE_VOTES
from bot.database import BigInt, Tx, UTCDateTime
from bot.groups.store import FOLLOWS
from bot.jobs.model import lane_of
from bot.members.model import QuietHours
from bot.members.store import MEMBERS
from bot.places.zones import zone_names
from bot.reminders.model import LEAST_LEFT, PERSON, Slot
from bot.reminders.store import lives_by, table_of


async def quiet_nights(tx: Tx, ballot: Ballot) -> list[tuple[str, QuietHours]]:
    """The zones and quiet hours that occur among those who may have to be reminded."""
    night = (MEMBERS.c.zone, MEMBERS.c.quiet_from, MEMBERS.c.quiet_until)
    rows = await tx.execute(
        _choose(ballot, *night).where(*(part.is_not(None) for part in night)).distinct()
    )
    return [
        (zone, QuietHours(from_hour=first, until_hour=last))
        for zone, first, last in rows
        if zone in zone_names()
    ]


def choose_voters(ballot: Ballot, nights: Sequence[Slot], now: datetime) -> Select[Any]:
    """A delivery for each: now, or when the quiet hours of their night end in time."""
    told_at: Any = literal(now, UTCDateTime)
    table = table_of(nights) if nights else None
    if table is not None:
        told_at = func.coalesce(table.c.told_at, told_at)
    chosen = _choose(
        ballot,
        (literal(PERSON, Text) + cast(MEMBERS.c.user_id, Text)).label("target"),
        literal(int(lane_of(ballot.due_at - now)), BigInt).label("lane"),
        told_at.label("not_before"),
        literal(ballot.due_at, UTCDateTime).label("expires_at"),
    )
    if table is None:
        return chosen
    last = literal(ballot.due_at - LEAST_LEFT, UTCDateTime)
    return chosen.join(table, lives_by(table), isouter=True).where(told_at <= last)


def _choose(ballot: Ballot, *columns: ColumnElement[Any] | Any) -> Select[Any]:
    """`columns` of followers who asked for it and, as far as is stored, have not voted."""
    voted = select(PRIVATE_VOTES.c.user_id).where(PRIVATE_VOTES.c.ballot_id == ballot.id)
    return (
        select(*columns)
        .select_from(FOLLOWS)
        .join(MEMBERS, MEMBERS.c.user_id == FOLLOWS.c.user_id)
        .where(FOLLOWS.c.group_id == ballot.group_id)
        .where(MEMBERS.c.wants_direct_messages, MEMBERS.c.wants_vote_reminders)
        .where(MEMBERS.c.user_id.not_in(voted))
    )
