"""Rows about native events: what we wrote, what leads were asked, how many are interested."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Named,
    Table,
    Text,
    TypedColumns,
    bindparam,
    select,
    update,
)

from bot.database import METADATA, BigInt, Tx, insert_new
from bot.groups.model import GroupState
from bot.groups.store import GROUPS
from bot.jobs.store import Due, put_jobs
from bot.messenger import EventPlan
from bot.sessions.mirror import Mirror, Question, choose_mirrored
from bot.sessions.model import EVENT, SessionState
from bot.sessions.store import SESSIONS


class MirrorColumns(TypedColumns):
    session_id: Named[int] = Column(
        BigInt, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    written: Named[list[dict[str, str]]] = Column(JSON, default=list)
    question: Named[dict[str, Any] | None] = Column(JSON(none_as_null=True))
    number: Named[int] = Column(BigInt, default=0)
    name: Named[str] = Column(Text, default="")
    about: Named[str] = Column(Text, default="")
    interested: Named[int] = Column(BigInt, default=0)
    undecided: Named[int] = Column(BigInt, default=0)


MIRRORS = Table("session_event", METADATA, MirrorColumns)


async def get_mirror(tx: Tx, session_id: int) -> Mirror:
    """What is known of the session's event."""
    return (await get_mirrors(tx, [session_id]))[session_id]


async def get_mirrors(tx: Tx, session_ids: Collection[int]) -> dict[int, Mirror]:
    """The same for many, by their sessions' ids."""
    rows = await tx.execute(_THESE, {"session_ids": list(session_ids)}) if session_ids else ()
    known = {row.session_id: _as_mirror(row) for row in rows}
    return {one: known.get(one) or Mirror(session_id=one) for one in session_ids}


async def lock_mirror(tx: Tx, session_id: int) -> Mirror:
    """The same as it is now, held against other writers until the transaction ends."""
    asked = {"its_session": session_id}
    row = (await tx.execute(_LOCKING, asked)).one_or_none()
    if row is None and await insert_new(tx, MIRRORS, session_id=session_id):
        return Mirror(session_id=session_id)
    return _as_mirror(row or (await tx.execute(_LOCKING, asked)).one())


async def save_mirror(tx: Tx, mirror: Mirror) -> None:
    """Write what is known of the event; whoever calls has locked it in this transaction."""
    question = mirror.question
    await tx.execute(
        _SAVING,
        {
            "its_session": mirror.session_id,
            "its_written": [_as_json(plan) for plan in mirror.written],
            "its_question": None if question is None else _question_json(question),
            "its_number": mirror.number,
            "its_name": mirror.name,
            "its_about": mirror.about,
            "its_interested": mirror.interested,
            "its_undecided": mirror.undecided,
        },
    )


_SAVED = ("written", "question", "number", "name", "about", "interested", "undecided")
_SAVING = (
    update(MIRRORS)
    .where(MIRRORS.c.session_id == bindparam("its_session"))
    .values({name: bindparam(f"its_{name}") for name in _SAVED})
)

_THESE = select(MIRRORS).where(MIRRORS.c.session_id.in_(bindparam("session_ids", expanding=True)))
_LOCKING = select(MIRRORS).where(MIRRORS.c.session_id == bindparam("its_session")).with_for_update()
_MIRRORED = (
    select(SESSIONS.c.group_id, SESSIONS.c.starts_at, SESSIONS.c.id)
    .join(GROUPS, GROUPS.c.id == SESSIONS.c.group_id)
    .where(GROUPS.c.server_id == bindparam("its_server"), GROUPS.c.left_at.is_(None))
    .where(SESSIONS.c.state == SessionState.PLANNED)
    .where(SESSIONS.c.starts_at > bindparam("its_moment"))
)
_WITHOUT_EVENT = select(SESSIONS.c.id).where(
    SESSIONS.c.id.in_(bindparam("session_ids", expanding=True)), SESSIONS.c.event_id.is_(None)
)
_UNDECIDED = select(MIRRORS.c.session_id, MIRRORS.c.undecided).where(
    MIRRORS.c.session_id.in_(bindparam("session_ids", expanding=True))
)


async def mirrored_ids(tx: Tx, server_id: int, now: datetime) -> list[int]:
    """The ids of the server's sessions that get a native event, the soonest first."""
    rows = await tx.execute(_MIRRORED, {"its_server": server_id, "its_moment": now})
    ahead: dict[int, list[tuple[datetime, int]]] = {}
    for group_id, starts_at, session_id in rows:
        ahead.setdefault(group_id, []).append((starts_at, session_id))
    return choose_mirrored(ahead)


async def put_missing_events(tx: Tx, server_id: int, now: datetime) -> None:
    """Have the events made that the server's sessions are to have and do not have."""
    wanted = await mirrored_ids(tx, server_id, now)
    if wanted:
        missing = await tx.scalars(_WITHOUT_EVENT, {"session_ids": wanted})
        await put_jobs(tx, [Due(kind=EVENT, subject_id=one, due_at=now) for one in missing])


async def session_of_event(tx: Tx, server_id: int, event_id: int) -> int | None:
    """The id of the server's session that this event is known to show."""
    found: int | None = await tx.scalar(
        select(SESSIONS.c.id)
        .join(GROUPS, GROUPS.c.id == SESSIONS.c.group_id)
        .where(GROUPS.c.server_id == server_id, SESSIONS.c.event_id == event_id)
    )
    return found


async def servers_with_sessions(tx: Tx) -> list[int]:
    """Every server whose published groups we look after, in a fixed order."""
    found = await tx.scalars(
        select(GROUPS.c.server_id)
        .where(GROUPS.c.left_at.is_(None), GROUPS.c.state != GroupState.DRAFT)
        .distinct()
        .order_by(GROUPS.c.server_id)
    )
    return list(found)


async def forget_events(tx: Tx, group_id: int) -> None:
    """Take the group's events for lost with the server, not for deleted by somebody."""
    ours = select(SESSIONS.c.id).where(SESSIONS.c.group_id == group_id)
    await tx.execute(update(SESSIONS).where(SESSIONS.c.group_id == group_id).values(event_id=None))
    await tx.execute(update(MIRRORS).where(MIRRORS.c.session_id.in_(ours)).values(question=None))


async def undecided_of(tx: Tx, session_ids: Collection[int]) -> dict[int, int]:
    """How many are interested in each session's event and have not answered to Lectern."""
    rows = await tx.execute(_UNDECIDED, {"session_ids": list(session_ids)})
    return {row.session_id: row.undecided for row in rows}


def _as_mirror(row: Any) -> Mirror:
    asked = row.question
    shows = asked["shows"] if asked else None
    return Mirror(
        session_id=row.session_id,
        written=tuple(_as_plan(one) for one in row.written),
        question=Question(shows=shows and _as_plan(shows)) if asked else None,
        number=row.number,
        name=row.name,
        about=row.about,
        interested=row.interested,
        undecided=row.undecided,
    )


def _question_json(question: Question) -> dict[str, Any]:
    return {"shows": None if question.shows is None else _as_json(question.shows)}


def _as_json(plan: EventPlan) -> dict[str, str]:
    return {
        "name": plan.name,
        "description": plan.description,
        "starts_at": plan.starts_at.isoformat(),
        "ends_at": plan.ends_at.isoformat(),
        "location": plan.location,
    }


def _as_plan(written: Mapping[str, str]) -> EventPlan:
    return EventPlan(
        name=written["name"],
        description=written["description"],
        starts_at=datetime.fromisoformat(written["starts_at"]),
        ends_at=datetime.fromisoformat(written["ends_at"]),
        location=written["location"],
    )
