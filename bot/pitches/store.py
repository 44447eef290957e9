"""Rows of pitches."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    bindparam,
    func,
    insert,
    select,
    update,
)

from bot.audit.model import Rows
from bot.audit.store import choose_rows, read_rows
from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime
from bot.pitches.model import Pitch, PitchState


class PitchColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"))
    author_id: Named[int] = Column(BigInt)
    title: Named[str] = Column(Text)
    why: Named[str] = Column(Text, default="")
    sources: Named[list[str]] = Column(JSON, default=list)
    speaker_id: Named[int | None] = Column(BigInt)
    state: Named[PitchState] = Column(OneOf(PitchState), default=PitchState.OPEN)
    submitted_at: Named[datetime] = Column(UTCDateTime)
    has_lost: Named[bool] = Column(default=False)
    channel_id: Named[int | None] = Column(BigInt)
    message_id: Named[int | None] = Column(BigInt)
    promised_at: Named[datetime | None] = Column(UTCDateTime)


PITCHES = Table(
    "pitch", METADATA, PitchColumns, Index("ix_pitch_group_id_state", "group_id", "state")
)


# Each statement is made once: making it takes longer than running it.
_ADDING = insert(PITCHES).returning(PITCHES.c.id)
_SETTING = update(PITCHES).where(PITCHES.c.id == bindparam("its_id"))
_AMONG = PITCHES.c.id.in_(bindparam("pitch_ids", expanding=True))
_SETTING_ALL = update(PITCHES).where(_AMONG)
_PROMISING = _SETTING_ALL.where(PITCHES.c.state != PitchState.PROMISED).values(
    state=PitchState.PROMISED,
    has_lost=False,
    promised_at=func.coalesce(PITCHES.c.promised_at, bindparam("its_moment", type_=UTCDateTime)),
)
_STATE_OF = choose_rows(PITCHES, ("state",), PITCHES.c.id == bindparam("its_id"))
_THESE = select(PITCHES).where(_AMONG)
_SHOWN = (
    select(PITCHES.c.id).where(_AMONG, PITCHES.c.message_id.is_not(None)).order_by(PITCHES.c.id)
)
_OF_GROUP = select(PITCHES).where(PITCHES.c.group_id == bindparam("its_group"))
_BACKLOG = _OF_GROUP.where(PITCHES.c.state == PitchState.OPEN).order_by(
    PITCHES.c.has_lost.desc(), PITCHES.c.submitted_at, PITCHES.c.id
)
_VOTED_ON = _OF_GROUP.where(PITCHES.c.state == PitchState.ON_BALLOT).order_by(PITCHES.c.id)
_STANDING = _OF_GROUP.where(
    PITCHES.c.state.not_in([PitchState.WITHDRAWN, PitchState.TAKEN_OFF])
).order_by(PITCHES.c.submitted_at.desc(), PITCHES.c.id.desc())
_PROMISED = _OF_GROUP.where(PITCHES.c.state == PitchState.PROMISED).order_by(
    PITCHES.c.promised_at, PITCHES.c.submitted_at, PITCHES.c.id
)


async def add_pitch(tx: Tx, pitch: Pitch) -> int:
    """The new pitch's id."""
    row = {
        "group_id": pitch.group_id,
        "author_id": pitch.author_id,
        "submitted_at": pitch.submitted_at,
        **_saved(pitch),
    }
    return (await tx.scalars(_ADDING, row)).one()


async def save_pitch(tx: Tx, pitch: Pitch) -> None:
    """Write what an author may change, and the state."""
    await tx.execute(_SETTING, {"its_id": pitch.id, **_saved(pitch)})


def _saved(pitch: Pitch) -> dict[str, object]:
    return {
        "title": pitch.title,
        "why": pitch.why,
        "sources": list(pitch.sources),
        "speaker_id": pitch.speaker_id,
        "state": pitch.state,
        "has_lost": pitch.has_lost,
    }


async def get_pitches(tx: Tx, pitch_ids: Collection[int]) -> dict[int, Pitch]:
    """Those of the pitches that exist, by id, as they are now."""
    if not pitch_ids:
        return {}
    rows = await tx.execute(_THESE, {"pitch_ids": list(pitch_ids)})
    return {row.id: _as_pitch(row) for row in rows}


async def shown_in_channels(tx: Tx, pitch_ids: Collection[int]) -> list[int]:
    """Those of the pitches whose card was posted."""
    if not pitch_ids:
        return []
    return list(await tx.scalars(_SHOWN, {"pitch_ids": list(pitch_ids)}))


async def backlog(tx: Tx, group_id: int) -> list[Pitch]:
    """The group's open pitches: runners-up first, then by time of pitching."""
    return [_as_pitch(row) for row in await tx.execute(_BACKLOG, {"its_group": group_id})]


async def on_ballot(tx: Tx, group_id: int) -> list[Pitch]:
    """The group's pitches that are voted on now, or counted and not published."""
    return [_as_pitch(row) for row in await tx.execute(_VOTED_ON, {"its_group": group_id})]


async def standing(tx: Tx, group_id: int) -> list[Pitch]:
    """All of the group's pitches that wait, are elected or were presented, newest first."""
    return [_as_pitch(row) for row in await tx.execute(_STANDING, {"its_group": group_id})]


async def set_state(
    tx: Tx, pitch_ids: Collection[int], state: PitchState, *, has_lost: bool | None = None
) -> None:
    """Move pitches on together."""
    if not pitch_ids:
        return
    values: dict[str, object] = {"state": state}
    if has_lost is not None:
        values["has_lost"] = has_lost
    await tx.execute(_SETTING_ALL, {"pitch_ids": list(pitch_ids), **values})


async def read_state(tx: Tx, pitch_id: int) -> Rows:
    """The pitch's state as acts keep it."""
    return await read_rows(tx, PITCHES, _STATE_OF, {"its_id": pitch_id})


async def promise(tx: Tx, pitch_ids: Collection[int], now: datetime) -> None:
    """Put elected pitches that have no seat on the promised list; one that is there keeps its
    place in line.
    """
    if pitch_ids:
        await tx.execute(_PROMISING, {"pitch_ids": list(pitch_ids), "its_moment": now})


async def promised(tx: Tx, group_id: int) -> list[Pitch]:
    """The group's promised pitches, not yet delivered: first come, first served."""
    return [_as_pitch(row) for row in await tx.execute(_PROMISED, {"its_group": group_id})]


async def note_card(tx: Tx, pitch_id: int, channel_id: int, message_id: int) -> None:
    """Remember where the pitch's card is: the group may move on to another channel."""
    where = {"channel_id": channel_id, "message_id": message_id}
    await tx.execute(_SETTING, {"its_id": pitch_id, **where})


def _as_pitch(row: Any) -> Pitch:
    return Pitch(**row._asdict() | {"sources": tuple(row.sources)})
