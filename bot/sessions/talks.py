"""Rows of talks."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)

from bot.database import METADATA, BigInt, OneOf, Tx
from bot.pitches.model import PitchState
from bot.pitches.store import PITCHES
from bot.sessions.model import SEATED, Talk, TalkState


class TalkColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    session_id: Named[int] = Column(BigInt, ForeignKey("session.id", ondelete="CASCADE"))
    position: Named[int] = Column(BigInt)
    title: Named[str] = Column(Text)
    pitch_id: Named[int | None] = Column(BigInt, ForeignKey("pitch.id", ondelete="SET NULL"))
    speaker_id: Named[int | None] = Column(BigInt)
    sources: Named[list[str]] = Column(JSON, default=list)
    minutes: Named[int] = Column(BigInt)
    thread_id: Named[int | None] = Column(BigInt)
    state: Named[TalkState] = Column(OneOf(TalkState), default=TalkState.ELECTED)
    reading: Named[str] = Column(Text, default="")
    slides: Named[str] = Column(Text, default="")
    recording: Named[str] = Column(Text, default="")


TALKS = Table("talk", METADATA, TalkColumns, UniqueConstraint("session_id", "position"))


TALK = tuple(column.label(f"talk_{column.name}") for column in TALKS.c)
"""What `as_talk` reads, by names that stand apart from those of the session beside it."""

_ADDING = insert(TALKS).returning(TALKS.c.id)
_SETTING = update(TALKS).where(TALKS.c.id == bindparam("its_id"))


async def add_talk(tx: Tx, talk: Talk) -> int:
    """The new talk's id."""
    row = {
        "session_id": talk.session_id,
        "position": talk.position,
        "title": talk.title,
        "pitch_id": talk.pitch_id,
        "speaker_id": talk.speaker_id,
        "sources": list(talk.sources),
        "minutes": talk.minutes,
        "state": talk.state,
        "reading": talk.reading,
        "slides": talk.slides,
        "recording": talk.recording,
    }
    return (await tx.scalars(_ADDING, row)).one()


async def set_talk(tx: Tx, talk_id: int, **values: object) -> None:
    """Write these columns of the talk."""
    await tx.execute(_SETTING, {"its_id": talk_id, **values})


_THAT = select(*TALK).where(TALKS.c.id == bindparam("its_id"))


async def get_talk(tx: Tx, talk_id: int) -> Talk | None:
    """The talk, None where there is none."""
    row = (await tx.execute(_THAT, {"its_id": talk_id})).one_or_none()
    return None if row is None else as_talk(row)


async def note_thread(tx: Tx, talk_id: int, thread_id: int) -> None:
    """Remember where the talk is discussed."""
    await set_talk(tx, talk_id, thread_id=thread_id)


def as_talk(row: Any) -> Talk:
    """The talk that a row with the columns of `TALK` tells of."""
    return Talk(
        id=row.talk_id,
        session_id=row.talk_session_id,
        position=row.talk_position,
        title=row.talk_title,
        pitch_id=row.talk_pitch_id,
        speaker_id=row.talk_speaker_id,
        sources=tuple(row.talk_sources),
        minutes=row.talk_minutes,
        thread_id=row.talk_thread_id,
        state=row.talk_state,
        reading=row.talk_reading,
        slides=row.talk_slides,
        recording=row.talk_recording,
    )


_MOVING_ON = (
    update(TALKS)
    .where(TALKS.c.id.in_(bindparam("talk_ids", expanding=True)), TALKS.c.state.in_(SEATED))
    .values(state=bindparam("its_state"))
)


async def set_talk_state(tx: Tx, talk_ids: Collection[int], state: TalkState) -> None:
    """Move talks on together; those that are put off or taken back already stay so."""
    if talk_ids:
        await tx.execute(_MOVING_ON, {"talk_ids": list(talk_ids), "its_state": state})


async def vacate(tx: Tx, talk_id: int, state: TalkState) -> None:
    """Have the talk give its place back, for another to take; it stays known to its session."""
    await set_talk(tx, talk_id, position=-talk_id, state=state)


async def exchange(tx: Tx, one: Talk, other: Talk) -> None:
    """Give each talk the other's session and place."""
    await vacate(tx, one.id, TalkState.SWAPPED)
    for talk, place in ((other, one), (one, other)):
        await set_talk(
            tx,
            talk.id,
            session_id=place.session_id,
            position=place.position,
            minutes=place.minutes,
            state=TalkState.SWAPPED,
        )


async def set_speaker(tx: Tx, talk_id: int, speaker_id: int) -> None:
    """Write who gives the talk."""
    await set_talk(tx, talk_id, speaker_id=speaker_id)


async def save_links(tx: Tx, talk: Talk) -> None:
    """Write the talk's pre-reading, slides and recording."""
    await set_talk(tx, talk.id, reading=talk.reading, slides=talk.slides, recording=talk.recording)


_GIVEN_UP = select(TALKS.c.pitch_id).where(
    TALKS.c.session_id == bindparam("its_session"), TALKS.c.position < 0
)
_PUT_OFF = (
    select(*TALK)
    .join(PITCHES, PITCHES.c.id == TALKS.c.pitch_id)
    .where(PITCHES.c.group_id == bindparam("its_group"), PITCHES.c.state == PitchState.PROMISED)
    .where(TALKS.c.state == TalkState.DEFERRED)
    .order_by(TALKS.c.id.desc())
)
_BY_SPEAKER = (
    select(*TALK)
    .where(TALKS.c.speaker_id == bindparam("its_speaker"))
    .where(TALKS.c.state.in_((*SEATED, TalkState.DEFERRED)))
    .order_by(TALKS.c.id.desc())
)


async def put_off_before(tx: Tx, session_id: int) -> frozenset[int]:
    """The pitches whose talks have given up a place in the session."""
    rows = await tx.scalars(_GIVEN_UP, {"its_session": session_id})
    return frozenset(pitch_id for pitch_id in rows if pitch_id is not None)


async def put_off_talks(tx: Tx, group_id: int) -> list[Talk]:
    """The group's talks that lost their place and are still promised, the latest first."""
    latest: dict[int | None, Talk] = {}
    for row in await tx.execute(_PUT_OFF, {"its_group": group_id}):
        latest.setdefault(row.talk_pitch_id, as_talk(row))
    return list(latest.values())


async def talks_by(tx: Tx, speaker_id: int) -> list[Talk]:
    """A speaker's talks that have a place or a promise, the latest elected first."""
    rows = await tx.execute(_BY_SPEAKER, {"its_speaker": speaker_id})
    return [as_talk(row) for row in rows]
