"""Rows of RSVPs."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, ForeignKey, Named, Table, TypedColumns, bindparam, select

from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime, insert_for
from bot.sessions.model import Answer


class RsvpColumns(TypedColumns):
    session_id: Named[int] = Column(
        BigInt, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Named[int] = Column(BigInt, primary_key=True, autoincrement=False)
    answer: Named[Answer] = Column(OneOf(Answer))
    answered_at: Named[datetime] = Column(UTCDateTime)


RSVPS = Table("rsvp", METADATA, RsvpColumns)


_THESE = RSVPS.c.session_id.in_(bindparam("session_ids", expanding=True))

# Each statement is made once: making it takes longer than running it.
_ALL = select(RSVPS.c.session_id, RSVPS.c.answer, RSVPS.c.user_id).where(_THESE)
_AMONG = select(RSVPS.c.session_id, RSVPS.c.user_id, RSVPS.c.answer).where(
    _THESE, RSVPS.c.user_id.in_(bindparam("user_ids", expanding=True))
)


async def save_answer(tx: Tx, session_id: int, user_id: int, answer: Answer, now: datetime) -> None:
    """Write or change one person's answer."""
    row = {"session_id": session_id, "user_id": user_id, "answer": answer, "answered_at": now}
    await tx.execute(_saving(insert_for(tx)), row)


@cache
def _saving(insert: Any) -> Any:
    row = insert(RSVPS)
    return row.on_conflict_do_update(
        index_elements=RSVPS.primary_key,
        set_={"answer": row.excluded.answer, "answered_at": row.excluded.answered_at},
    )


async def answers_to_all(
    tx: Tx, session_ids: Collection[int]
) -> dict[int, dict[Answer, frozenset[int]]]:
    """Who answered what to each of the sessions."""
    rows = await tx.execute(_ALL, {"session_ids": list(session_ids)})
    found: dict[int, dict[Answer, set[int]]] = {
        session_id: {answer: set() for answer in Answer} for session_id in session_ids
    }
    for session_id, answer, user_id in rows:
        found[session_id][answer].add(user_id)
    return {
        session_id: {answer: frozenset(user_ids) for answer, user_ids in answers.items()}
        for session_id, answers in found.items()
    }


async def answers_among(
    tx: Tx, session_ids: Collection[int], user_ids: Collection[int]
) -> dict[tuple[int, int], Answer]:
    """What these people answered to these sessions, by (session, person)."""
    if not session_ids or not user_ids:
        return {}
    asked = {"session_ids": list(session_ids), "user_ids": list(user_ids)}
    rows = await tx.execute(_AMONG, asked)
    return {(session_id, user_id): answer for session_id, user_id, answer in rows}


async def answers_to(tx: Tx, session_id: int) -> dict[Answer, frozenset[int]]:
    """Who answered what."""
    return (await answers_to_all(tx, [session_id]))[session_id]
