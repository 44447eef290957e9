"""Rows of groups, their leads and followers."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Named,
    Select,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime, insert_new
from bot.groups.model import BallotRule, Group, GroupState
from bot.groups.pattern import Pattern
from bot.groups.rhythm import Rhythm
from bot.groups.rhythms import (
    EARLIER,
    EARLIER_RHYTHM,
    PatternColumns,
    add_earlier,
    earlier_rhythm_of,
    pattern_of,
    pattern_values,
    save_earlier,
)
from bot.members.model import STANDARD_LEADS

_NAME_IS_TAKEN = ("uq_reading_group_server_id_name_key", "reading_group.name_key")
"""How PostgreSQL and SQLite name the constraint that keeps names apart within a server."""


def is_name_taken(error: IntegrityError) -> bool:
    """True when the database refused a group because its name is taken in the server."""
    return any(name in str(error.orig) for name in _NAME_IS_TAKEN)


class GroupColumns(PatternColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    server_id: Named[int] = Column(BigInt)
    name: Named[str] = Column(Text)
    name_key: Named[str] = Column(Text)
    about: Named[str] = Column(Text, default="")
    state: Named[GroupState] = Column(OneOf(GroupState))
    creator_id: Named[int] = Column(BigInt)
    talks_per_session: Named[int] = Column(BigInt)
    channel_id: Named[int] = Column(BigInt)
    forum_id: Named[int | None] = Column(BigInt)
    meeting_place: Named[str] = Column(Text, default="")
    locale: Named[str] = Column(Text, default="en-US")
    lead_minutes: Named[list[int]] = Column(JSON, default=lambda: list(STANDARD_LEADS))
    rule: Named[BallotRule] = Column(OneOf(BallotRule), default=BallotRule.FAIR_TURNS)
    created_at: Named[datetime] = Column(UTCDateTime)
    left_at: Named[datetime | None] = Column(UTCDateTime)


# A discarded draft's number is never given again: buttons of its card are still about.
GROUPS = Table(
    "reading_group",
    METADATA,
    GroupColumns,
    UniqueConstraint("server_id", "name_key"),
    sqlite_autoincrement=True,
)


class LeadColumns(TypedColumns):
    group_id: Named[int] = Column(
        BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Named[int] = Column(BigInt, primary_key=True, autoincrement=False)


LEADS = Table("group_lead", METADATA, LeadColumns)


class FollowColumns(TypedColumns):
    group_id: Named[int] = Column(
        BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Named[int] = Column(BigInt, primary_key=True, autoincrement=False)
    since: Named[datetime] = Column(UTCDateTime)


FOLLOWS = Table("follow", METADATA, FollowColumns)


_ADDING = insert(GROUPS).returning(GROUPS.c.id)
_SETTING = update(GROUPS).where(GROUPS.c.id == bindparam("its_id"))


async def add_group(tx: Tx, group: Group, now: datetime) -> int:
    """The new group's id; raises IntegrityError where its name is taken in the server."""
    new = {"server_id": group.server_id, "creator_id": group.creator_id, "created_at": now}
    group_id = (await tx.scalars(_ADDING, new | _saved(group))).one()
    await add_earlier(tx, group_id, group.pattern.earlier)
    await add_lead(tx, group_id, group.creator_id)
    return group_id


async def save_group(tx: Tx, group: Group) -> None:
    """Write the group's own columns (leads and followers have their own calls)."""
    await tx.execute(_SETTING, {"its_id": group.id, **_saved(group)})
    await save_earlier(tx, group.id, group.pattern)


async def save_pattern(tx: Tx, group_id: int, pattern: Pattern) -> None:
    """Write when the group meets, with every rhythm; sessions in the calendar are not touched."""
    await tx.execute(_SETTING, {"its_id": group_id, **pattern_values(pattern)})
    await save_earlier(tx, group_id, pattern)


def _saved(group: Group) -> dict[str, object]:
    return {
        "name": group.name,
        "name_key": name_key(group.name),
        "about": group.about,
        "state": group.state,
        **pattern_values(group.pattern),
        "talks_per_session": group.talks_per_session,
        "channel_id": group.channel_id,
        "forum_id": group.forum_id,
        "meeting_place": group.meeting_place,
        "locale": group.locale,
        "lead_minutes": list(group.lead_minutes),
        "rule": group.rule,
    }


def name_key(name: str) -> str:
    """What two names share that people would take for one."""
    return " ".join(name.casefold().split())


# Read all the time, and made once: making it takes longer than running it. A group comes with each
# of its leads and each of its earlier rhythms: both are few.
_WHOLE = (
    select(GROUPS, LEADS.c.user_id.label("lead_id"), *EARLIER_RHYTHM)
    .outerjoin(LEADS, LEADS.c.group_id == GROUPS.c.id)
    .outerjoin(EARLIER, EARLIER.c.group_id == GROUPS.c.id)
)
_IN_SERVER = GROUPS.c.server_id == bindparam("its_server")
_THAT_IN_SERVER = _WHOLE.where(GROUPS.c.id == bindparam("its_id"), _IN_SERVER)
# One alone is read more often than all else; a list of unknown length is spelled out each time.
_THIS = _WHOLE.where(GROUPS.c.id == bindparam("its_id"))
_THESE = _WHOLE.where(GROUPS.c.id.in_(bindparam("group_ids", expanding=True)))
_PUBLISHED = _WHOLE.where(GROUPS.c.state != GroupState.DRAFT)
_PUBLISHED_IN = _PUBLISHED.where(_IN_SERVER).order_by(GROUPS.c.name_key)
_LOCKING = select(GROUPS.c.id).where(GROUPS.c.id == bindparam("its_id")).with_for_update()
_LOCKING_IN_SERVER = _LOCKING.where(_IN_SERVER)
_LEFT_AT = select(GROUPS.c.left_at).where(GROUPS.c.id == bindparam("its_id"))


async def get_group(tx: Tx, server_id: int, group_id: int) -> Group | None:
    """The server's group, None where it has none of that id."""
    found = await _read(tx, _THAT_IN_SERVER, {"its_id": group_id, "its_server": server_id})
    return found[0] if found else None


async def group_of(tx: Tx, group_id: int) -> Group:
    """The group that a session, pitch or ballot of ours belongs to."""
    return (await _read(tx, _THIS, {"its_id": group_id}))[0]


async def groups_of(tx: Tx, group_ids: Collection[int]) -> dict[int, Group]:
    """The same for many, by their ids."""
    if not group_ids:
        return {}
    found = await _read(tx, _THESE, {"group_ids": list(group_ids)})
    return {group.id: group for group in found}


async def has_left(tx: Tx, group_id: int) -> bool:
    """Whether the group's server has removed us."""
    return await tx.scalar(_LEFT_AT, {"its_id": group_id}) is not None


async def lock_group(tx: Tx, group_id: int) -> Group:
    """The same as it is now, held against other writers until the transaction ends."""
    await tx.execute(_LOCKING, {"its_id": group_id})
    # Read after the lock: what the statement that waited for it has seen may be old.
    return await group_of(tx, group_id)


async def lock_group_in(tx: Tx, server_id: int, group_id: int) -> Group | None:
    """The server's group held likewise, None where it has none of that id."""
    asked = {"its_id": group_id, "its_server": server_id}
    locked = await tx.scalar(_LOCKING_IN_SERVER, asked)
    return None if locked is None else await group_of(tx, group_id)


async def groups_in(tx: Tx, server_id: int) -> list[Group]:
    """The server's published groups by name."""
    return await _read(tx, _PUBLISHED_IN, {"its_server": server_id})


async def groups_named(tx: Tx, named: str) -> list[Group]:
    """Published groups of every server with that name or number, for the operator."""
    is_meant = GROUPS.c.name_key == name_key(named)
    if named.isdecimal() and len(named) < 19:
        is_meant |= GROUPS.c.id == int(named)
    return await _read(tx, _PUBLISHED.where(is_meant).order_by(GROUPS.c.id), {})


async def zones_of_groups(tx: Tx) -> dict[str, int]:
    """How many published groups meet by the clock of each zone, for the operator."""
    is_public = GROUPS.c.state != GroupState.DRAFT
    counted = select(GROUPS.c.zone, func.count()).where(is_public).group_by(GROUPS.c.zone)
    return dict((await tx.execute(counted)).all())


LEFT_LYING = timedelta(days=1)
"""A draft is seen by its creator alone; older ones must not keep their names from others."""


async def free_name(
    tx: Tx, server_id: int, name: str, now: datetime, creator_id: int | None = None
) -> None:
    """Forget a draft that holds the name: one that was left lying, or the creator's own."""
    await tx.execute(
        delete(GROUPS)
        .where(GROUPS.c.server_id == server_id, GROUPS.c.name_key == name_key(name))
        .where(GROUPS.c.state == GroupState.DRAFT)
        .where(or_(GROUPS.c.creator_id == creator_id, GROUPS.c.created_at < now - LEFT_LYING))
    )


async def delete_group(tx: Tx, group_id: int) -> None:
    """Forget a group with its leads and followers."""
    await tx.execute(delete(GROUPS).where(GROUPS.c.id == group_id))


async def add_lead(tx: Tx, group_id: int, user_id: int) -> None:
    """Let the user run the group; harmless where they do."""
    await insert_new(tx, LEADS, group_id=group_id, user_id=user_id)


async def remove_lead(tx: Tx, group_id: int, user_id: int) -> None:
    """Take the group from the user's hands; harmless where they never ran it."""
    await tx.execute(delete(LEADS).where(LEADS.c.group_id == group_id, LEADS.c.user_id == user_id))


async def toggle_follow(tx: Tx, group_id: int, user_id: int, now: datetime) -> bool:
    """Whether the user follows the group after this call."""
    if await add_follow(tx, group_id, user_id, now):
        return True
    await remove_follow(tx, group_id, user_id)
    return False


async def add_follow(tx: Tx, group_id: int, user_id: int, now: datetime) -> bool:
    """Whether the user did not follow the group before; they do now."""
    return await insert_new(tx, FOLLOWS, group_id=group_id, user_id=user_id, since=now)


_UNFOLLOWING = delete(FOLLOWS).where(
    FOLLOWS.c.group_id == bindparam("its_group"), FOLLOWS.c.user_id == bindparam("its_user")
)


async def remove_follow(tx: Tx, group_id: int, user_id: int) -> None:
    """Let the user hear of the group no longer; harmless where they never did."""
    await tx.execute(_UNFOLLOWING, {"its_group": group_id, "its_user": user_id})


_FOLLOWERS = select(FOLLOWS.c.user_id).where(FOLLOWS.c.group_id == bindparam("its_group"))


async def follower_ids(tx: Tx, group_id: int) -> frozenset[int]:
    """Everybody who follows the group."""
    return frozenset(await tx.scalars(_FOLLOWERS, {"its_group": group_id}))


async def _read(tx: Tx, chosen: Select[Any], asked: Mapping[str, object]) -> list[Group]:
    parts: dict[int, tuple[Any, set[int], dict[int, Rhythm]]] = {}
    for row in await tx.execute(chosen, asked):
        _, lead_ids, rhythms = parts.setdefault(row.id, (row, set(), {}))
        if row.lead_id is not None:
            lead_ids.add(row.lead_id)
        if row.earlier_id is not None and row.earlier_id not in rhythms:
            rhythms[row.earlier_id] = earlier_rhythm_of(row)
    return [
        _as_group(row, frozenset(lead_ids), rhythms.values())
        for row, lead_ids, rhythms in parts.values()
    ]


def _as_group(row: Any, lead_ids: frozenset[int], earlier: Iterable[Rhythm]) -> Group:
    return Group(
        id=row.id,
        server_id=row.server_id,
        name=row.name,
        about=row.about,
        state=row.state,
        creator_id=row.creator_id,
        pattern=pattern_of(row, earlier),
        talks_per_session=row.talks_per_session,
        channel_id=row.channel_id,
        forum_id=row.forum_id,
        meeting_place=row.meeting_place,
        locale=row.locale,
        lead_minutes=tuple(row.lead_minutes),
        rule=row.rule,
        lead_ids=lead_ids,
    )
