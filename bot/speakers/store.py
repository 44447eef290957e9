"""Rows of what speakers are asked."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Named,
    Table,
    TypedColumns,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime
from bot.speakers.model import Ask, AskKind, AskState


class AskColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"))
    kind: Named[AskKind] = Column(OneOf(AskKind))
    state: Named[AskState] = Column(OneOf(AskState))
    person_id: Named[int] = Column(BigInt)
    session_id: Named[int] = Column(BigInt, ForeignKey("session.id", ondelete="CASCADE"))
    position: Named[int] = Column(BigInt)
    pitch_id: Named[int | None] = Column(BigInt, ForeignKey("pitch.id", ondelete="CASCADE"))
    ballot_id: Named[int | None] = Column(BigInt, ForeignKey("ballot.id", ondelete="SET NULL"))
    asked_by: Named[int | None] = Column(BigInt)
    talk_id: Named[int | None] = Column(BigInt, ForeignKey("talk.id", ondelete="CASCADE"))
    other_talk_id: Named[int | None] = Column(BigInt, ForeignKey("talk.id", ondelete="CASCADE"))
    other_session_id: Named[int | None] = Column(
        BigInt, ForeignKey("session.id", ondelete="CASCADE")
    )
    asked_at: Named[datetime] = Column(UTCDateTime)
    expires_at: Named[datetime] = Column(UTCDateTime)
    channel_id: Named[int | None] = Column(BigInt)
    message_id: Named[int | None] = Column(BigInt)


# Numbers are never given again: buttons in the channel and jobs name them.
ASKS = Table(
    "ask",
    METADATA,
    AskColumns,
    Index("ix_ask_group_id_state", "group_id", "state"),
    sqlite_autoincrement=True,
)


# Each statement is made once: making it takes longer than running it.
_IT = ASKS.c.id == bindparam("its_id")
_ADDING = insert(ASKS).returning(ASKS.c.id)
_THAT = select(ASKS).where(_IT)
_ABOUT = (
    select(ASKS)
    .where(ASKS.c.session_id == bindparam("its_session"), ASKS.c.kind == AskKind.SEAT)
    .order_by(ASKS.c.id)
)
_OPEN = (
    select(ASKS)
    .where(ASKS.c.group_id == bindparam("its_group"), ASKS.c.state == AskState.OPEN)
    .order_by(ASKS.c.id)
)
_WAITING_ON = (
    select(ASKS.c.id)
    .where(ASKS.c.state == AskState.OPEN)
    .where(
        or_(
            ASKS.c.session_id.in_(bindparam("session_ids", expanding=True)),
            ASKS.c.other_session_id.in_(bindparam("session_ids", expanding=True)),
        )
    )
    .order_by(ASKS.c.id)
)
_OFFERED = select(ASKS.c.session_id).where(
    ASKS.c.person_id == bindparam("its_person"),
    ASKS.c.state == AskState.OPEN,
    ASKS.c.kind == AskKind.SEAT,
)
_STATES = select(ASKS.c.id, ASKS.c.state).where(ASKS.c.id.in_(bindparam("ask_ids", expanding=True)))
_SETTING = update(ASKS).where(_IT)
_SETTLING = _SETTING.where(ASKS.c.state == AskState.OPEN).returning(ASKS.c.id)

_FIXED = tuple(name for name in Ask.__slots__ if name != "id")


async def add_ask(tx: Tx, ask: Ask) -> int:
    """The new question's id."""
    row = {name: getattr(ask, name) for name in _FIXED}
    return (await tx.scalars(_ADDING, row)).one()


async def get_ask(tx: Tx, ask_id: int) -> Ask | None:
    """The question as it is now, None where there is none."""
    row = (await tx.execute(_THAT, {"its_id": ask_id})).one_or_none()
    return None if row is None else Ask(**row._asdict())


async def asks_about(tx: Tx, session_id: int) -> list[Ask]:
    """Every question about a free seat of the session, the first one first."""
    rows = await tx.execute(_ABOUT, {"its_session": session_id})
    return [Ask(**row._asdict()) for row in rows]


async def open_asks(tx: Tx, group_id: int) -> list[Ask]:
    """The group's questions that wait for an answer, the first one first."""
    rows = await tx.execute(_OPEN, {"its_group": group_id})
    return [Ask(**row._asdict()) for row in rows]


async def asks_waiting(tx: Tx, session_ids: Collection[int]) -> list[int]:
    """The questions about a place in these sessions that wait for an answer, the first first."""
    return list(await tx.scalars(_WAITING_ON, {"session_ids": list(session_ids)}))


async def sessions_offered(tx: Tx, person_id: int) -> set[int]:
    """The sessions in which a free seat is offered to that person, who has not answered yet."""
    return set(await tx.scalars(_OFFERED, {"its_person": person_id}))


async def settle_ask(tx: Tx, ask_id: int, state: AskState) -> bool:
    """Whether the question is settled by this: one that is settled already stays so."""
    return await tx.scalar(_SETTLING, {"its_id": ask_id, "state": state}) is not None


async def note_ask(tx: Tx, ask_id: int, channel_id: int, message_id: int | None) -> None:
    """Remember where the question was put."""
    where = {"channel_id": channel_id, "message_id": message_id}
    await tx.execute(_SETTING, {"its_id": ask_id, **where})


async def states_of(tx: Tx, ask_ids: Sequence[int]) -> dict[int, AskState]:
    """How each of the questions stands."""
    if not ask_ids:
        return {}
    rows = await tx.execute(_STATES, {"ask_ids": list(ask_ids)})
    return dict(rows.all())
