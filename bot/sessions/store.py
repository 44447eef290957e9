"""Rows of sessions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    Named,
    Select,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    and_,
    bindparam,
    insert,
    select,
    update,
)

from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime
from bot.groups.model import HORIZON
from bot.places.segments import Meeting
from bot.sessions.model import Session, SessionState, Talk
from bot.sessions.talks import TALK, TALKS, as_talk

LONGEST = timedelta(days=1)
"""No session is longer, so one that began before that has ended, marked held or not."""


class SessionColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"))
    number: Named[int] = Column(BigInt)
    occurrence: Named[datetime] = Column(DateTime(timezone=False))
    wall_start: Named[datetime] = Column(DateTime(timezone=False))
    fold: Named[int] = Column(BigInt, default=0)
    zone: Named[str] = Column(Text)
    starts_at: Named[datetime] = Column(UTCDateTime)
    zone_data: Named[str] = Column(Text)
    minutes: Named[int] = Column(BigInt)
    state: Named[SessionState] = Column(OneOf(SessionState), default=SessionState.PLANNED)
    sequence: Named[int] = Column(BigInt, default=0)
    changed_at: Named[datetime] = Column(UTCDateTime)
    event_id: Named[int | None] = Column(BigInt)
    thread_id: Named[int | None] = Column(BigInt)
    moved_from: Named[datetime | None] = Column(UTCDateTime)
    reason: Named[str] = Column(Text, default="")
    is_dropped: Named[bool] = Column(default=False)
    place: Named[str] = Column(Text, default="")


SESSIONS = Table(
    "session",
    METADATA,
    SessionColumns,
    UniqueConstraint("group_id", "occurrence"),
    UniqueConstraint("group_id", "number"),
    Index("ix_session_group_id_starts_at", "group_id", "starts_at"),
)


# Read all the time, and made once: making it takes longer than running it.
_WITH_TALKS = select(SESSIONS, *TALK).outerjoin(
    TALKS, and_(TALKS.c.session_id == SESSIONS.c.id, TALKS.c.position >= 0)
)
_THIS = _WITH_TALKS.where(SESSIONS.c.id == bindparam("its_id")).order_by(TALKS.c.position)
_THESE = _WITH_TALKS.where(SESSIONS.c.id.in_(bindparam("session_ids", expanding=True))).order_by(
    SESSIONS.c.id, TALKS.c.position
)
_ALL_OF = _WITH_TALKS.where(SESSIONS.c.group_id == bindparam("its_group")).order_by(
    SESSIONS.c.starts_at, SESSIONS.c.number, TALKS.c.position
)
_ALL_SINCE = _ALL_OF.where(SESSIONS.c.starts_at >= bindparam("its_moment"))
_PLANNED_SINCE = _ALL_OF.where(
    SESSIONS.c.starts_at > bindparam("its_moment"), SESSIONS.c.state == SessionState.PLANNED
)
_PAST = (
    select(SESSIONS.c.id, SESSIONS.c.starts_at, SESSIONS.c.minutes)
    .where(SESSIONS.c.group_id == bindparam("its_group"))
    .where(SESSIONS.c.state != SessionState.CANCELLED)
    .where(SESSIONS.c.starts_at < bindparam("its_moment"))
    .order_by(SESSIONS.c.starts_at.desc(), SESSIONS.c.number.desc())
    .limit(bindparam("most"))
)
_LOCKING = select(SESSIONS.c.id).where(SESSIONS.c.id == bindparam("its_id")).with_for_update()
_KNOWN = select(SESSIONS.c.occurrence, SESSIONS.c.number, SESSIONS.c.state).where(
    SESSIONS.c.group_id == bindparam("its_group")
)
_ADDING = insert(SESSIONS).returning(SESSIONS.c.number, SESSIONS.c.id)
_SETTING = update(SESSIONS).where(SESSIONS.c.id == bindparam("its_id"))
_TOUCHING = _SETTING.values(sequence=SESSIONS.c.sequence + 1, changed_at=bindparam("its_moment"))


async def add_session(
    tx: Tx, session: Session, occurrence: datetime, zone_data: str, fold: int = 0
) -> int:
    """The new session's id; `occurrence` is the pattern's own date, kept through moves."""
    [(_, session_id)] = await tx.execute(_ADDING, _new_row(session, occurrence, zone_data, fold))
    return session_id


async def add_sessions(tx: Tx, sessions: Sequence[Session], zone_data: str) -> list[int]:
    """The ids of a group's new sessions in their order, each on the pattern's own date."""
    if not sessions:
        return []
    rows = [_new_row(one, one.wall_start, zone_data) for one in sessions]
    ids: dict[int, int] = dict((await tx.execute(_ADDING, rows)).all())
    return [ids[one.number] for one in sessions]


def _new_row(
    session: Session, occurrence: datetime, zone_data: str, fold: int = 0
) -> dict[str, object]:
    return {
        "group_id": session.group_id,
        "number": session.number,
        "occurrence": occurrence,
        "wall_start": session.wall_start,
        "fold": fold,
        "zone": session.zone,
        "starts_at": session.starts_at,
        "zone_data": zone_data,
        "minutes": session.minutes,
        "changed_at": session.changed_at,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """The dates (naive walls) that have a session, those whose session is `planned`, and the
    highest number given, 0 for none.
    """

    dates: frozenset[datetime]
    planned: frozenset[datetime]
    highest: int


async def known_occurrences(tx: Tx, group_id: int) -> Occurrences:
    """What the group's calendar has already."""
    rows = (await tx.execute(_KNOWN, {"its_group": group_id})).all()
    planned = [one.occurrence for one in rows if one.state is SessionState.PLANNED]
    return Occurrences(
        dates=frozenset(one.occurrence for one in rows),
        planned=frozenset(planned),
        highest=max((one.number for one in rows), default=0),
    )


async def get_session(tx: Tx, session_id: int) -> Session | None:
    """The session with its talks, None where there is none."""
    found = await _read(tx, _THIS, {"its_id": session_id})
    return found[0] if found else None


async def get_sessions(tx: Tx, session_ids: Collection[int]) -> dict[int, Session]:
    """Those of the sessions that there are by their ids, in that order, with their talks."""
    if not session_ids:
        return {}
    found = await _read(tx, _THESE, {"session_ids": list(session_ids)})
    return {session.id: session for session in found}


async def lock_session(tx: Tx, session_id: int) -> Session | None:
    """The same as it is now, held against other writers until the transaction ends."""
    locked = await tx.scalar(_LOCKING, {"its_id": session_id})
    return None if locked is None else await get_session(tx, session_id)


async def sessions_ahead(tx: Tx, group_id: int, now: datetime, limit: int) -> list[Session]:
    """Planned sessions that have not ended, soonest first."""
    found = await _read(tx, _PLANNED_SINCE, {"its_group": group_id, "its_moment": now - LONGEST})
    return [session for session in found if session.ends_at > now][:limit]


async def sessions_to_come(tx: Tx, group_id: int, now: datetime, limit: int) -> list[Session]:
    """Planned sessions that have not begun, soonest first."""
    begun_too = await sessions_ahead(tx, group_id, now, limit + HORIZON)
    return [session for session in begun_too if session.starts_at > now][:limit]


async def sessions_past(tx: Tx, group_id: int, now: datetime, limit: int) -> list[Session]:
    """Sessions that were held, latest first."""
    asked = {"its_group": group_id, "its_moment": now, "most": limit + HORIZON}
    begun = await tx.execute(_PAST, asked)
    past = [one.id for one in begun if one.starts_at + timedelta(minutes=one.minutes) <= now]
    sessions = await get_sessions(tx, past[:limit])
    return [sessions[session_id] for session_id in past[:limit]]


async def calendar_of(tx: Tx, group_id: int, since: datetime) -> list[Session]:
    """Every session from `since` on, cancelled ones included, soonest first."""
    return await _read(tx, _ALL_SINCE, {"its_group": group_id, "its_moment": since})


_MEETINGS = select(
    SESSIONS.c.group_id,
    SESSIONS.c.occurrence,
    SESSIONS.c.zone,
    SESSIONS.c.wall_start,
    SESSIONS.c.starts_at,
    SESSIONS.c.state,
).where(
    SESSIONS.c.group_id.in_(bindparam("group_ids", expanding=True)),
    SESSIONS.c.starts_at >= bindparam("its_moment"),
)


async def meetings_of(
    tx: Tx, group_ids: Collection[int], since: datetime
) -> dict[int, list[tuple[datetime, str, Meeting | None]]]:
    """Each group's sessions from `since` on: the pattern's date, zone, and when they meet.

    None stands for one that was cancelled.
    """
    rows = await tx.execute(_MEETINGS, {"group_ids": list(group_ids), "its_moment": since})
    found: dict[int, list[tuple[datetime, str, Meeting | None]]] = {}
    for group_id, occurrence, zone, wall, starts_at, state in rows:
        meeting = None if state == SessionState.CANCELLED else (wall, starts_at)
        found.setdefault(group_id, []).append((occurrence, zone, meeting))
    return found


async def set_session(tx: Tx, session_id: int, **values: object) -> None:
    """Write these columns of the session."""
    await tx.execute(_SETTING, {"its_id": session_id, **values})


async def save_time(tx: Tx, session: Session, zone_data: str, fold: int) -> None:
    """Write when the session is, and that calendars must hear of it."""
    await set_session(
        tx,
        session.id,
        wall_start=session.wall_start,
        fold=fold,
        starts_at=session.starts_at,
        zone_data=zone_data,
        moved_from=session.moved_from,
        sequence=session.sequence,
        changed_at=session.changed_at,
    )


async def save_state(tx: Tx, session: Session) -> None:
    """Write whether the session takes place, and that calendars must hear of it."""
    await set_session(
        tx,
        session.id,
        state=session.state,
        reason=session.reason,
        sequence=session.sequence,
        changed_at=session.changed_at,
    )


async def save_place(tx: Tx, session: Session) -> None:
    """Write where the session meets and for how long, and that calendars must hear of it."""
    await set_session(
        tx,
        session.id,
        place=session.place,
        minutes=session.minutes,
        sequence=session.sequence,
        changed_at=session.changed_at,
    )


async def touch(tx: Tx, session_id: int, now: datetime) -> None:
    """Note that what calendars show of the session has changed."""
    await tx.execute(_TOUCHING, {"its_id": session_id, "its_moment": now})


async def note_event(tx: Tx, session_id: int, event_id: int | None) -> None:
    """Remember the session's native event."""
    await set_session(tx, session_id, event_id=event_id)


async def note_session_thread(tx: Tx, session_id: int, thread_id: int) -> None:
    """Remember where the session's people are called."""
    await set_session(tx, session_id, thread_id=thread_id)


async def mark_held(tx: Tx, session_id: int) -> None:
    """Note that the session took place."""
    await set_session(tx, session_id, state=SessionState.HELD)


async def _read(tx: Tx, chosen: Select[Any], asked: Mapping[str, object]) -> list[Session]:
    found: dict[int, tuple[Any, list[Talk]]] = {}
    for row in await tx.execute(chosen, asked):
        talks = found.setdefault(row.id, (row, []))[1]
        if row.talk_id is not None:
            talks.append(as_talk(row))
    return [_as_session(row, tuple(talks)) for row, talks in found.values()]


def _as_session(row: Any, talks: tuple[Talk, ...]) -> Session:
    return Session(
        id=row.id,
        group_id=row.group_id,
        number=row.number,
        wall_start=row.wall_start,
        zone=row.zone,
        starts_at=row.starts_at,
        minutes=row.minutes,
        state=row.state,
        sequence=row.sequence,
        changed_at=row.changed_at,
        event_id=row.event_id,
        thread_id=row.thread_id,
        moved_from=row.moved_from,
        reason=row.reason,
        place=row.place,
        talks=talks,
    )
