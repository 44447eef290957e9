"""Rows of talks."""

from collections.abc import Collection

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from bot.database import Row, RowId, Tx, add_row
from bot.pitches.model import PitchState
from bot.pitches.store import PitchRow
from bot.sessions.model import SEATED, Talk, TalkState


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
    state: Mapped[TalkState] = mapped_column(Text, default=TalkState.ELECTED)
    reading: Mapped[str] = mapped_column(Text, default="")
    slides: Mapped[str] = mapped_column(Text, default="")
    recording: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (UniqueConstraint("session_id", "position"),)


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
        state=talk.state,
        reading=talk.reading,
        slides=talk.slides,
        recording=talk.recording,
    )
    return await add_row(tx, row)


async def get_talk(tx: Tx, talk_id: int) -> Talk | None:
    """The talk, None where there is none."""
    row = await tx.get(TalkRow, talk_id, populate_existing=True)
    return None if row is None else as_talk(row)


async def note_thread(tx: Tx, talk_id: int, thread_id: int) -> None:
    """Remember where the talk is discussed."""
    await tx.execute(update(TalkRow).where(TalkRow.id == talk_id).values(thread_id=thread_id))


# Read with every session, and made once: making it takes longer than running it.
_SEATED_IN = (
    select(TalkRow)
    .where(TalkRow.session_id.in_(bindparam("session_ids", expanding=True)), TalkRow.position >= 0)
    .order_by(TalkRow.session_id, TalkRow.position)
)


async def talks_of(tx: Tx, session_ids: Collection[int]) -> dict[int, tuple[Talk, ...]]:
    """The talks of those sessions that have any, each session's in their order."""
    found: dict[int, list[Talk]] = {}
    if not session_ids:
        return {}
    for row in await tx.scalars(_SEATED_IN, {"session_ids": list(session_ids)}):
        found.setdefault(row.session_id, []).append(as_talk(row))
    return {session_id: tuple(talks) for session_id, talks in found.items()}


def as_talk(row: TalkRow) -> Talk:
    """The talk that a row tells of."""
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
        state=TalkState(row.state),
        reading=row.reading,
        slides=row.slides,
        recording=row.recording,
    )


async def set_talk_state(tx: Tx, talk_ids: Collection[int], state: TalkState) -> None:
    """Move talks on together; those that are put off or taken back already stay so."""
    await tx.execute(
        update(TalkRow)
        .where(TalkRow.id.in_(talk_ids), TalkRow.state.in_(SEATED))
        .values(state=state)
    )


async def vacate(tx: Tx, talk_id: int, state: TalkState) -> None:
    """Have the talk give its place back, for another to take; it stays known to its session."""
    await tx.execute(
        update(TalkRow).where(TalkRow.id == talk_id).values(position=-talk_id, state=state)
    )


async def exchange(tx: Tx, one: Talk, other: Talk) -> None:
    """Give each talk the other's session and place."""
    await vacate(tx, one.id, TalkState.SWAPPED)
    for talk, place in ((other, one), (one, other)):
        await tx.execute(
            update(TalkRow)
            .where(TalkRow.id == talk.id)
            .values(
                session_id=place.session_id,
                position=place.position,
                minutes=place.minutes,
                state=TalkState.SWAPPED,
            )
        )


async def set_speaker(tx: Tx, talk_id: int, speaker_id: int) -> None:
    """Write who gives the talk."""
    await tx.execute(update(TalkRow).where(TalkRow.id == talk_id).values(speaker_id=speaker_id))


async def save_links(tx: Tx, talk: Talk) -> None:
    """Write the talk's pre-reading, slides and recording."""
    await tx.execute(
        update(TalkRow)
        .where(TalkRow.id == talk.id)
        .values(reading=talk.reading, slides=talk.slides, recording=talk.recording)
    )


async def put_off_before(tx: Tx, session_id: int) -> frozenset[int]:
    """The pitches whose talks have given up a place in the session."""
    rows = await tx.scalars(
        select(TalkRow.pitch_id).where(TalkRow.session_id == session_id, TalkRow.position < 0)
    )
    return frozenset(pitch_id for pitch_id in rows if pitch_id is not None)


async def put_off_talks(tx: Tx, group_id: int) -> list[Talk]:
    """The group's talks that lost their place and are still promised, the latest first."""
    rows = await tx.scalars(
        select(TalkRow)
        .join(PitchRow, PitchRow.id == TalkRow.pitch_id)
        .where(PitchRow.group_id == group_id, PitchRow.state == PitchState.PROMISED)
        .where(TalkRow.state == TalkState.DEFERRED)
        .order_by(TalkRow.id.desc())
    )
    latest: dict[int | None, Talk] = {}
    for row in rows:
        latest.setdefault(row.pitch_id, as_talk(row))
    return list(latest.values())


async def talks_by(tx: Tx, speaker_id: int) -> list[Talk]:
    """A speaker's talks that have a place or a promise, the latest elected first."""
    rows = await tx.scalars(
        select(TalkRow)
        .where(TalkRow.speaker_id == speaker_id)
        .where(TalkRow.state.in_((*SEATED, TalkState.DEFERRED)))
        .order_by(TalkRow.id.desc())
    )
    return [as_talk(row) for row in rows]
