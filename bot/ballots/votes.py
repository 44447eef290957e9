"""Rows of votes: private choices, the log of reaction events, and who counted in the end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
    delete,
    func,
    insert,
    select,
)

from bot.ballots.machine import EventKind, VoteEvent
from bot.ballots.model import LIVE
from bot.ballots.store import BALLOTS
from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime, insert_for


class PrivateVoteColumns(TypedColumns):
    """What a member has chosen in a ballot without letters, as it stands now; or in one with, as it
    was read, while a lead has to decide about the count.
    """

    ballot_id: Named[int] = Column(
        BigInt, ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Named[int] = Column(BigInt, primary_key=True, autoincrement=False)
    pitch_ids: Named[list[int]] = Column(JSON)
    voted_at: Named[datetime] = Column(UTCDateTime)


PRIVATE_VOTES = Table("private_vote", METADATA, PrivateVoteColumns)


class VoteEventColumns(TypedColumns):
    """One event as it was received; clears name nobody, and events never say who did it."""

    id: Named[int] = Column(BigInt, primary_key=True)
    ballot_id: Named[int] = Column(BigInt, ForeignKey("ballot.id", ondelete="CASCADE"))
    kind: Named[EventKind] = Column(OneOf(EventKind))
    user_id: Named[int | None] = Column(BigInt)
    emoji: Named[str | None] = Column(Text)
    is_super: Named[bool] = Column(default=False)
    received_at: Named[datetime] = Column(UTCDateTime)


EVENTS = Table(
    "vote_event", METADATA, VoteEventColumns, Index("ix_vote_event_ballot_id", "ballot_id")
)


class RecordColumns(TypedColumns):
    """What one member meant for a closed ballot: what they chose, or why it did not count, and
    their credits before and after; all that replaying the tally takes.
    """

    ballot_id: Named[int] = Column(
        BigInt, ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Named[int] = Column(BigInt, primary_key=True, autoincrement=False)
    pitch_ids: Named[list[int]] = Column(JSON)
    exclusion: Named[str | None] = Column(Text)
    credits_before: Named[int | None] = Column(BigInt)
    credits_after: Named[int | None] = Column(BigInt)
    dropped: Named[list[int]] = Column(JSON, default=list)


RECORDS = Table("ballot_record", METADATA, RecordColumns)


# Each statement is made once: making it takes longer than running it.
_VOTES_IN = PRIVATE_VOTES.c.ballot_id == bindparam("its_ballot")
_FORGETTING = delete(PRIVATE_VOTES).where(_VOTES_IN)
_VOTES = select(PRIVATE_VOTES.c.user_id, PRIVATE_VOTES.c.pitch_ids).where(_VOTES_IN)
_VOTE_OF = _VOTES.where(PRIVATE_VOTES.c.user_id == bindparam("its_user"))
_COUNTING = select(func.count()).select_from(PRIVATE_VOTES).where(_VOTES_IN)
_THERE = select(BALLOTS.c.id).where(BALLOTS.c.id.in_(bindparam("ballot_ids", expanding=True)))
_HEARD_IN = EVENTS.c.ballot_id == bindparam("its_ballot")
_HEARD = select(EVENTS).where(_HEARD_IN).order_by(EVENTS.c.id)
_LAST_HEARD = select(func.max(EVENTS.c.id)).where(_HEARD_IN)
_LINES_IN = RECORDS.c.ballot_id == bindparam("its_ballot")
_LINES = select(RECORDS).where(_LINES_IN).order_by(RECORDS.c.user_id)
_LINE_OF = _LINES.where(RECORDS.c.user_id == bindparam("its_user"))
_ANY_LINE = select(RECORDS.c.user_id).where(_LINES_IN).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A member in a closed ballot's record; `exclusion` says why their choices did not count,
    `dropped` which were over the limit.
    """

    user_id: int
    pitch_ids: tuple[int, ...] = ()
    exclusion: str | None = None
    credits_before: int | None = None
    credits_after: int | None = None
    dropped: tuple[int, ...] = ()


async def save_private_vote(
    tx: Tx, ballot_id: int, user_id: int, pitch_ids: Collection[int], now: datetime
) -> None:
    """Write what a member chooses in a list; choosing nothing takes the vote back."""
    if not pitch_ids:
        one = _FORGETTING.where(PRIVATE_VOTES.c.user_id == bindparam("its_user"))
        await tx.execute(one, {"its_ballot": ballot_id, "its_user": user_id})
        return
    values = {"pitch_ids": list(pitch_ids), "voted_at": now}
    statement = insert_for(tx)(PRIVATE_VOTES).values(ballot_id=ballot_id, user_id=user_id, **values)
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["ballot_id", "user_id"], set_=values)
    )


async def private_vote_of(tx: Tx, ballot_id: int, user_id: int) -> tuple[int, ...]:
    """What a member has chosen, as pitch ids."""
    found = await tx.execute(_VOTE_OF, {"its_ballot": ballot_id, "its_user": user_id})
    row = found.one_or_none()
    return () if row is None else tuple(row.pitch_ids)


async def private_votes(tx: Tx, ballot_id: int) -> dict[int, frozenset[int]]:
    """Everybody's choices in a ballot without letters, by user id."""
    rows = await tx.execute(_VOTES, {"its_ballot": ballot_id})
    return {user_id: frozenset(pitch_ids) for user_id, pitch_ids in rows}


async def count_private_votes(tx: Tx, ballot_id: int) -> int:
    """How many members have chosen something in a ballot without letters."""
    return await tx.scalar(_COUNTING, {"its_ballot": ballot_id}) or 0


async def forget_private_votes(tx: Tx, ballot_id: int) -> None:
    """Drop the choices of a ballot that is over: what counted is in its record."""
    await tx.execute(_FORGETTING, {"its_ballot": ballot_id})


async def keep_votes(
    tx: Tx, ballot_id: int, chosen: Mapping[int, Collection[int]], now: datetime
) -> None:
    """Write what a count of letters has read, where a lead has to decide about it."""
    await forget_private_votes(tx, ballot_id)
    rows = [
        {
            "ballot_id": ballot_id,
            "user_id": user_id,
            "pitch_ids": sorted(pitch_ids),
            "voted_at": now,
        }
        for user_id, pitch_ids in chosen.items()
    ]
    if rows:
        await tx.execute(insert(PRIVATE_VOTES), rows)


async def log_events(tx: Tx, events: Sequence[tuple[int, VoteEvent]]) -> None:
    """Write reaction events, each with its ballot's id, in the order in which they were received.

    Those of ballots that are no more are left out.
    """
    asked = {ballot_id for ballot_id, _ in events}
    there = set(await tx.scalars(_THERE, {"ballot_ids": list(asked)}))
    rows = [
        {
            "ballot_id": ballot_id,
            "kind": one.kind,
            "user_id": one.user_id,
            "emoji": one.emoji,
            "is_super": one.is_super,
            "received_at": one.received_at,
        }
        for ballot_id, one in events
        if ballot_id in there
    ]
    if rows:
        await tx.execute(insert(EVENTS), rows)


async def forget_events(tx: Tx, before: datetime) -> None:
    """Drop what was logged earlier of ballots that are over: the record says what counted."""
    over = select(BALLOTS.c.id).where(BALLOTS.c.state.not_in(LIVE))
    old = EVENTS.c.received_at < before
    await tx.execute(delete(EVENTS).where(old, EVENTS.c.ballot_id.in_(over)))


async def logged_events(tx: Tx, ballot_id: int) -> list[tuple[int, VoteEvent]]:
    """What was heard of a ballot's reactions, with its numbers, in order."""
    rows = await tx.execute(_HEARD, {"its_ballot": ballot_id})
    return [
        (
            row.id,
            VoteEvent(
                kind=row.kind,
                user_id=row.user_id,
                emoji=row.emoji,
                is_super=row.is_super,
                received_at=row.received_at,
            ),
        )
        for row in rows
    ]


async def last_event_id(tx: Tx, ballot_id: int) -> int:
    """The number of the ballot's latest logged event, 0 before the first."""
    return await tx.scalar(_LAST_HEARD, {"its_ballot": ballot_id}) or 0


async def save_record(tx: Tx, ballot_id: int, lines: Sequence[RecordLine]) -> None:
    """Write everybody's line of a ballot that closes."""
    rows = [
        {
            "ballot_id": ballot_id,
            "user_id": line.user_id,
            "pitch_ids": list(line.pitch_ids),
            "exclusion": line.exclusion,
            "credits_before": line.credits_before,
            "credits_after": line.credits_after,
            "dropped": list(line.dropped),
        }
        for line in lines
    ]
    if rows:
        await tx.execute(insert(RECORDS), rows)


async def record_of(tx: Tx, ballot_id: int) -> list[RecordLine]:
    """Everybody's line of a closed ballot, by user id."""
    rows = await tx.execute(_LINES, {"its_ballot": ballot_id})
    return [_as_line(row) for row in rows]


async def has_record(tx: Tx, ballot_id: int) -> bool:
    """Whether anybody has a line in the ballot's record."""
    return await tx.scalar(_ANY_LINE, {"its_ballot": ballot_id}) is not None


async def record_line_of(tx: Tx, ballot_id: int, user_id: int) -> RecordLine | None:
    """One member's line of a closed ballot, None where they have none."""
    found = await tx.execute(_LINE_OF, {"its_ballot": ballot_id, "its_user": user_id})
    row = found.one_or_none()
    return None if row is None else _as_line(row)


def _as_line(row: Any) -> RecordLine:
    return RecordLine(
        user_id=row.user_id,
        pitch_ids=tuple(row.pitch_ids),
        exclusion=row.exclusion,
        credits_before=row.credits_before,
        credits_after=row.credits_after,
        dropped=tuple(row.dropped),
    )
