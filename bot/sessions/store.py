"""Rows of sessions, talks and RSVPs."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    JSON,
    DateTime,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, UTCDateTime
from bot.groups.model import HORIZON
from bot.groups.store import FollowRow
from bot.members.store import MemberRow
from bot.sessions.model import Answer, Session, SessionState, SessionView, Talk

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

    __table_args__ = (
        UniqueConstraint("group_id", "occurrence"),
        UniqueConstraint("group_id", "number"),
        Index("ix_session_group_id_starts_at", "group_id", "starts_at"),
    )


class TalkRow(Row):
    __tablename__ = "talk"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    pitch_id: Mapped[int | None] = mapped_column(ForeignKey("pitch.id", ondelete="SET NULL"))
    speaker_id: Mapped[int | None] = mapped_column(RowId)
    sources: Mapped[list[str]] = mapped_column(JSON, default=list)
    minutes: Mapped[int]
    thread_id: Mapped[int | None] = mapped_column(RowId)

    __table_args__ = (UniqueConstraint("session_id", "position"),)


class RsvpRow(Row):
    __tablename__ = "rsvp"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    answer: Mapped[Answer] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)


async def add_session(tx: Tx, session: Session, occurrence: datetime, zone_data: str) -> int:
    """The new session's id; `occurrence` is the pattern's own date, kept through moves."""
    row = SessionRow(
        group_id=session.group_id,
        number=session.number,
        occurrence=occurrence,
        wall_start=session.wall_start,
        zone=session.zone,
        starts_at=session.starts_at,
        zone_data=zone_data,
        minutes=session.minutes,
        changed_at=session.changed_at,
    )
    tx.add(row)
    await tx.flush()
    return row.id


async def known_occurrences(tx: Tx, group_id: int) -> tuple[frozenset[datetime], int]:
    """The pattern's dates that have a session already, and the highest number given."""
    rows = await tx.execute(
        select(SessionRow.occurrence, SessionRow.number).where(SessionRow.group_id == group_id)
    )
    pairs = [(occurrence, number) for occurrence, number in rows]
    return frozenset(o for o, _ in pairs), max((n for _, n in pairs), default=0)


async def get_session(tx: Tx, session_id: int) -> Session | None:
    """The session with its talks, None where there is none."""
    row = await tx.get(SessionRow, session_id)
    return None if row is None else (await _as_sessions(tx, [row]))[0]


async def lock_session(tx: Tx, session_id: int) -> Session | None:
    """The same as it is now, held against other writers until the transaction ends."""
    found = select(SessionRow).where(SessionRow.id == session_id).with_for_update()
    row = await tx.scalar(found.execution_options(populate_existing=True))
    return None if row is None else (await _as_sessions(tx, [row]))[0]


async def sessions_ahead(tx: Tx, group_id: int, now: datetime, limit: int) -> list[Session]:
    """Planned sessions that have not ended, soonest first."""
    rows = await tx.scalars(
        select(SessionRow)
        .where(SessionRow.group_id == group_id, SessionRow.state == SessionState.PLANNED)
        .where(SessionRow.starts_at > now - LONGEST)
        .order_by(SessionRow.starts_at)
    )
    ahead = [row for row in rows if _has_not_ended(row, now)]
    return await _as_sessions(tx, ahead[:limit])


def _has_not_ended(row: SessionRow, now: datetime) -> bool:
    return row.starts_at + timedelta(minutes=row.minutes) > now


async def sessions_past(tx: Tx, group_id: int, now: datetime, limit: int) -> list[Session]:
    """Sessions that were held, latest first."""
    rows = await tx.scalars(
        select(SessionRow)
        .where(SessionRow.group_id == group_id, SessionRow.state != SessionState.CANCELLED)
        .where(SessionRow.starts_at < now)
        .order_by(SessionRow.starts_at.desc())
        .limit(limit + HORIZON)
    )
    past = [row for row in rows if not _has_not_ended(row, now)]
    return await _as_sessions(tx, past[:limit])


async def calendar_of(tx: Tx, group_id: int, since: datetime) -> list[Session]:
    """Every session from `since` on, cancelled ones included, soonest first."""
    rows = await tx.scalars(
        select(SessionRow)
        .where(SessionRow.group_id == group_id, SessionRow.starts_at >= since)
        .order_by(SessionRow.starts_at)
    )
    return await _as_sessions(tx, list(rows))


async def session_before(tx: Tx, session: Session) -> Session | None:
    """The last session of the group that was not cancelled before this one."""
    row = await tx.scalar(
        select(SessionRow)
        .where(SessionRow.group_id == session.group_id)
        .where(SessionRow.starts_at < session.starts_at)
        .where(SessionRow.state != SessionState.CANCELLED)
        .order_by(SessionRow.starts_at.desc())
        .limit(1)
    )
    return None if row is None else (await _as_sessions(tx, [row]))[0]


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


async def add_talk(tx: Tx, talk: Talk) -> int:
    """The new talk's id."""
    row = TalkRow(
        session_id=talk.session_id,
        position=talk.position,
        title=talk.title,
        pitch_id=talk.pitch_id,
        speaker_id=talk.speaker_id,
        sources=list(talk.sources),
        minutes=talk.minutes,
    )
    tx.add(row)
    await tx.flush()
    return row.id


async def get_talk(tx: Tx, talk_id: int) -> Talk | None:
    """The talk, None where there is none."""
    row = await tx.get(TalkRow, talk_id)
    return None if row is None else _as_talk(row)


async def note_thread(tx: Tx, talk_id: int, thread_id: int) -> None:
    """Remember where the talk is discussed."""
    await tx.execute(update(TalkRow).where(TalkRow.id == talk_id).values(thread_id=thread_id))


async def save_answer(tx: Tx, session_id: int, user_id: int, answer: Answer, now: datetime) -> None:
    """Write or change one person's answer."""
    row = await tx.get(RsvpRow, (session_id, user_id), with_for_update=True)
    if row is None:
        tx.add(RsvpRow(session_id=session_id, user_id=user_id, answer=answer, answered_at=now))
    else:
        row.answer, row.answered_at = answer, now
    await tx.flush()


async def answers_to(tx: Tx, session_id: int) -> dict[Answer, frozenset[int]]:
    """Who answered what."""
    rows = await tx.execute(
        select(RsvpRow.answer, RsvpRow.user_id).where(RsvpRow.session_id == session_id)
    )
    found: dict[Answer, set[int]] = {answer: set() for answer in Answer}
    for answer, user_id in rows:
        found[Answer(answer)].add(user_id)
    return {answer: frozenset(ids) for answer, ids in found.items()}


async def view_of(tx: Tx, session: Session) -> SessionView:
    """The session with its answers and its people's clocks."""
    answers = await answers_to(tx, session.id)
    before = await session_before(tx, session)
    return SessionView(
        session=session,
        answers=answers,
        clocks=await _clocks(tx, session, answers[Answer.GOING]),
        last_starts_at=before.starts_at if before else None,
    )


MOST_CLOCKS = 8


async def _clocks(tx: Tx, session: Session, going: frozenset[int]) -> tuple[tuple[str, str], ...]:
    """(city, zone) of followers and of those going, the commonest first, home left out.

    One city stands for a zone: the one that most of its people named.
    """
    followers = select(FollowRow.user_id).where(FollowRow.group_id == session.group_id)
    rows = await tx.execute(
        select(MemberRow.place_name, MemberRow.zone)
        .where(MemberRow.zone.is_not(None))
        .where(MemberRow.user_id.in_(followers) | MemberRow.user_id.in_(going))
    )
    people: Counter[tuple[str, str]] = Counter(
        (zone, city) for city, zone in rows if zone and city and zone != session.zone
    )
    zones: Counter[str] = Counter()
    for (zone, _), count in people.items():
        zones[zone] += count
    named = []
    for zone, _ in sorted(zones.items(), key=lambda pair: (-pair[1], pair[0])):
        cities = [(city, count) for (z, city), count in people.items() if z == zone]
        named.append((min(cities, key=lambda pair: (-pair[1], pair[0]))[0], zone))
    return tuple(named[:MOST_CLOCKS])


async def _as_sessions(tx: Tx, rows: Sequence[SessionRow]) -> list[Session]:
    talks = await tx.scalars(
        select(TalkRow)
        .where(TalkRow.session_id.in_([row.id for row in rows]))
        .order_by(TalkRow.session_id, TalkRow.position)
    )
    by_session: dict[int, list[Talk]] = {}
    for talk in talks:
        by_session.setdefault(talk.session_id, []).append(_as_talk(talk))
    return [_as_session(row, tuple(by_session.get(row.id, ()))) for row in rows]


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
        moved_from=row.moved_from,
        reason=row.reason,
        talks=talks,
    )


def _as_talk(row: TalkRow) -> Talk:
    return Talk(
        id=row.id,
        session_id=row.session_id,
        position=row.position,
        title=row.title,
        pitch_id=row.pitch_id,
        speaker_id=row.speaker_id,
        sources=tuple(row.sources),
        minutes=row.minutes,
        thread_id=row.thread_id,
    )


async def mark_held(tx: Tx, session_id: int) -> None:
    """Note that the session took place."""
    await tx.execute(
        update(SessionRow).where(SessionRow.id == session_id).values(state=SessionState.HELD)
    )
