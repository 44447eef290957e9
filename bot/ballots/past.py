"""Queries on ballots that are over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.ballots.model import BallotMode, BallotState
from bot.ballots.store import BALLOTS, OPTIONS
from bot.ballots.votes import EVENTS
from bot.database import Tx
from bot.groups.model import BallotRule

OVER = (BallotState.CLOSED, BallotState.ANNOUNCED, BallotState.VOID)

MOST_LISTED = 200
"""So many of a group's ballots can be found by their topics: years of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBallot:
    """A ballot that is over, as a list shows it; `winners` are the titles of those
    elected, in their order, and of those who moved up.
    """

    id: int
    state: BallotState
    ended_at: datetime
    titles: Sequence[str]
    winners: Sequence[str]


async def past_ballots(tx: Tx, group_id: int) -> list[PastBallot]:
    """The group's ballots that were closed or called off, newest first; none that is held."""
    found = await tx.execute(
        select(BALLOTS)
        .where(BALLOTS.c.group_id == group_id, BALLOTS.c.state.in_(OVER))
        .where(BALLOTS.c.publish_at.is_(None))
        .order_by(BALLOTS.c.id.desc())
        .limit(MOST_LISTED)
    )
    rows = found.all()
    titles: dict[int, dict[int, str]] = {row.id: {} for row in rows}
    options = await tx.execute(
        select(OPTIONS.c.ballot_id, OPTIONS.c.pitch_id, OPTIONS.c.title)
        .where(OPTIONS.c.ballot_id.in_(titles))
        .order_by(OPTIONS.c.ballot_id, OPTIONS.c.position)
    )
    for ballot_id, pitch_id, title in options:
        titles[ballot_id][pitch_id] = title
    return [
        PastBallot(
            id=row.id,
            state=row.state,
            ended_at=row.closing_at or row.opened_at,
            titles=tuple(titles[row.id].values()),
            winners=tuple(
                titles[row.id][pitch_id]
                for pitch_id in _named(row.result or {})
                if pitch_id in titles[row.id]
            ),
        )
        for row in rows
    ]


def _named(stored: Mapping[str, Any]) -> list[int]:
    """The pitches of a stored result that were elected, and those that sit for one of them."""
    elected, seated = stored.get("winners", ()), map(int, stored.get("seated", ()))
    return list(dict.fromkeys((*elected, *seated)))


async def holds_private(tx: Tx, group_id: int, before_id: int) -> bool:
    """Whether an earlier private ballot has moved the group's credits."""
    found = await tx.scalar(
        select(BALLOTS.c.id)
        .where(
            BALLOTS.c.group_id == group_id,
            BALLOTS.c.id < before_id,
            BALLOTS.c.mode == BallotMode.PRIVATE,
            BALLOTS.c.rule == BallotRule.FAIR_TURNS,
            BALLOTS.c.result.is_not(None),
        )
        .limit(1)
    )
    return found is not None


async def late_letters(tx: Tx, ballot_id: int, user_id: int, cutoff: int | None) -> list[str]:
    """The emoji that the member pressed after the moment at which the votes counted."""
    if cutoff is None:
        return []
    found = await tx.scalars(
        select(EVENTS.c.emoji)
        .where(
            EVENTS.c.ballot_id == ballot_id,
            EVENTS.c.user_id == user_id,
            EVENTS.c.id > cutoff,
            EVENTS.c.kind == "add",
        )
        .order_by(EVENTS.c.id)
    )
    return [emoji for emoji in dict.fromkeys(found) if emoji is not None]
