"""Rows of sessions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    DateTime,
    ForeignKey,
    Index,
    Select,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime, add_row
from bot.groups.model import HORIZON
from bot.places.segments import Meeting
from bot.sessions.model import Session, SessionState, Talk
from bot.sessions.talks import TalkRow, as_talk, talks_of

LONGEST = timedelta(days=1)
"""No session is longer, so one that began before that has ended, marked held or not."""


class SessionRow(Row):
    __tablename__ = "session"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("reading_group.id", ondelete="CASCADE"))
    number: Mapped[int]
    occurrence: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    wall_start: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    fold: Mapped[int] = mapped_column(default=0)
    zone: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    zone_data: Mapped[str] = mapped_column(Text)
    minutes: Mapped[int]
    state: Mapped[SessionState] = mapped_column(Text, default=SessionState.PLANNED)
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    event_id: Mapped[int | None] = mapped_column(RowId)
    thread_id: Mapped[int | None] = mapped_column(RowId)
    moved_from: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    is_dropped: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        UniqueConstraint("group_id", "occurrence"),
        UniqueConstraint("group_id", "number"),
        Index("ix_session_group_id_starts_at", "group_id", "starts_at"),
    )


# Read all the time, and made once: making it takes longer than running it.
_WITH_TALKS = select(SessionRow, TalkRow).outerjoin(
    TalkRow, and_(TalkRow.session_id == SessionRow.id, TalkRow.position >= 0)
)
_THESE = _WITH_TALKS.where(SessionRow.id.in_(bindparam("session_ids", expanding=True))).order_by(
    TalkRow.position
)
_ALL_OF = _WITH_TALKS.where(SessionRow.group_id == bindparam("its_group")).order_by(
    SessionRow.starts_at, SessionRow.number, TalkRow.position
)
_ALL_SINCE = _ALL_OF.where(SessionRow.starts_at >= bindparam("its_moment"))
_PLANNED_SINCE = _ALL_OF.where(
    SessionRow.starts_at > bindparam("its_moment"), SessionRow.state == SessionState.PLANNED
)


async def add_session(
    tx: Tx, session: Session, occurrence: datetime, zone_data: str, fold: int = 0
) -> int:
    """The new session's id; `occurrence` is the pattern's own date, kept through moves."""
    return await add_row(tx, _new_row(session, occurrence, zone_data, fold))


async def add_sessions(tx: Tx, sessions: Sequence[Session], zone_data: str) -> list[int]:
    """The ids of new sessions in their order, each on the pattern's own date."""
    rows = [_new_row(one, one.wall_start, zone_data) for one in sessions]
    tx.add_all(rows)
    await tx.flush()
    return [row.id for row in rows]


def _new_row(session: Session, occurrence: datetime, zone_data: str, fold: int = 0) -> SessionRow:
    return SessionRow(
        group_id=session.group_id,
        number=session.number,
        occurrence=occurrence,
        wall_start=session.wall_start,
        fold=fold,
        zone=session.zone,
        starts_at=session.starts_at,
        zone_data=zone_data,
        minutes=session.minutes,
        changed_at=session.changed_at,
    )


async def known_occurrences(tx: Tx, group_id: int) -> tuple[frozenset[datetime], int]:
    """The pattern's dates that have a session already, and the highest number given."""
    rows = await tx.execute(
        select(SessionRow.occurrence, SessionRow.number).where(SessionRow.group_id == group_id)
    )
    pairs = [(occurrence, number) for occurrence, number in rows]
    return frozenset(o for o, _ in pairs), max((n for _, n in pairs), default=0)


async def get_session(tx: Tx, session_id: int) -> Session | None:
    """The session with its talks, None where there is none."""
    return (await get_sessions(tx, [session_id])).get(session_id)


async def get_sessions(tx: Tx, session_ids: Collection[int]) -> dict[int, Session]:
    """Those of the sessions that there are, with their talks."""
    if not session_ids:
        return {}
    found = await _read(tx, _THESE, {"session_ids": list(session_ids)})
    return {row.id: _as_session(row, talks) for row, talks in found}


async def lock_session(tx: Tx, session_id: int) -> Session | None:
    """The same as it is now, held against other writers until the transaction ends."""
    found = select(SessionRow).where(SessionRow.id == session_id).with_for_update()
    row = await tx.scalar(found.execution_options(populate_existing=True))
    return None if row is None else (await _as_sessions(tx, [row]))[0]


async def sessions_ahead(tx: Tx, group_id: int, now: datetime, limit: int) -> list[Session]:
    """Planned sessions that have not ended, soonest first."""
    found = await _read(tx, _PLANNED_SINCE, {"its_group": group_id, "its_moment": now - LONGEST})
    ahead = [_as_session(row, talks) for row, talks in found if _has_not_ended(row, now)]
    return ahead[:limit]


def _has_not_ended(row: SessionRow, now: datetime) -> bool:
    return row.starts_at + timedelta(minutes=row.minutes) > now


async def sessions_past(tx: Tx, group_id: int, now: datetime, limit: int) -> list[Session]:
    """Sessions that were held, latest first."""
    rows = await tx.scalars(
        select(SessionRow)
        .where(SessionRow.group_id == group_id, SessionRow.state != SessionState.CANCELLED)
        .where(SessionRow.starts_at < now)
        .order_by(SessionRow.starts_at.desc(), SessionRow.number.desc())
        .limit(limit + HORIZON)
    )
    past = [row for row in rows if not _has_not_ended(row, now)]
    return await _as_sessions(tx, past[:limit])


async def calendar_of(tx: Tx, group_id: int, since: datetime) -> list[Session]:
    """Every session from `since` on, cancelled ones included, soonest first."""
    found = await _read(tx, _ALL_SINCE, {"its_group": group_id, "its_moment": since})
    return [_as_session(row, talks) for row, talks in found]


_MEETINGS = select(
    SessionRow.group_id,
    SessionRow.occurrence,
    SessionRow.zone,
    SessionRow.wall_start,
    SessionRow.starts_at,
    SessionRow.state,
).where(
    SessionRow.group_id.in_(bindparam("group_ids", expanding=True)),
    SessionRow.starts_at >= bindparam("its_moment"),
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


async def save_time(tx: Tx, session: Session, zone_data: str, fold: int) -> None:
    """Write when the session is, and that calendars must hear of it."""
    row = await tx.get_one(SessionRow, session.id)
    row.wall_start, row.fold, row.starts_at = session.wall_start, fold, session.starts_at
    row.zone_data, row.moved_from = zone_data, session.moved_from
    row.sequence, row.changed_at = session.sequence, session.changed_at
    await tx.flush()


async def save_state(tx: Tx, session: Session) -> None:
    """Write whether the session takes place, and that calendars must hear of it."""
    row = await tx.get_one(SessionRow, session.id)
    row.state, row.reason = session.state, session.reason
    row.sequence, row.changed_at = session.sequence, session.changed_at
    await tx.flush()


async def save_place(tx: Tx, session: Session) -> None:
    """Write where the session meets and for how long, and that calendars must hear of it."""
    row = await tx.get_one(SessionRow, session.id)
    row.place, row.minutes = session.place, session.minutes
    row.sequence, row.changed_at = session.sequence, session.changed_at
    await tx.flush()


async def touch(tx: Tx, session_id: int, now: datetime) -> None:
    """Note that what calendars show of the session has changed."""
    await tx.execute(
        update(SessionRow)
        .where(SessionRow.id == session_id)
        .values(sequence=SessionRow.sequence + 1, changed_at=now)
    )


async def note_event(tx: Tx, session_id: int, event_id: int | None) -> None:
    """Remember the session's native event."""
    await tx.execute(
        update(SessionRow).where(SessionRow.id == session_id).values(event_id=event_id)
    )


async def _read(
    tx: Tx, chosen: Select[SessionRow, TalkRow], asked: Mapping[str, object]
) -> list[tuple[SessionRow, tuple[Talk, ...]]]:
    found: dict[int, tuple[SessionRow, list[Talk]]] = {}
    for row, talk in await tx.execute(chosen, asked):
        talks = found.setdefault(row.id, (row, []))[1]
        if talk is not None:
            talks.append(as_talk(talk))
    return [(row, tuple(talks)) for row, talks in found.values()]


async def _as_sessions(tx: Tx, rows: Sequence[SessionRow]) -> list[Session]:
    talks = await talks_of(tx, [row.id for row in rows])
    return [_as_session(row, talks.get(row.id, ())) for row in rows]


def _as_session(row: SessionRow, talks: tuple[Talk, ...]) -> Session:
    return Session(
        id=row.id,
        group_id=row.group_id,
        number=row.number,
        wall_start=row.wall_start,
        zone=row.zone,
        starts_at=row.starts_at,
        minutes=row.minutes,
        state=SessionState(row.state),
        sequence=row.sequence,
        changed_at=row.changed_at,
        event_id=row.event_id,
        thread_id=row.thread_id,
        moved_from=row.moved_from,
        reason=row.reason,
        place=row.place,
        talks=talks,
    )


async def note_session_thread(tx: Tx, session_id: int, thread_id: int) -> None:
    """Remember where the session's people are called."""
    await tx.execute(
        update(SessionRow).where(SessionRow.id == session_id).values(thread_id=thread_id)
    )


async def mark_held(tx: Tx, session_id: int) -> None:
    """Note that the session took place."""
    await tx.execute(
        update(SessionRow).where(SessionRow.id == session_id).values(state=SessionState.HELD)
    )
