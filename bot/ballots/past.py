"""Queries on ballots that are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.ballots.model import BallotMode, BallotState
from bot.ballots.store import BallotRow, OptionRow
from bot.ballots.votes import VoteEventRow
from bot.database import Tx
from bot.groups.model import BallotRule

OVER = (BallotState.CLOSED, BallotState.ANNOUNCED, BallotState.VOID)

MOST_LISTED = 200
"""So many of a group's ballots can be found by their topics: years of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBallot:
    """A ballot that is over, as a list shows it; `winners` are titles in election order."""

    id: int
    state: BallotState
    ended_at: datetime
    titles: Sequence[str]
    winners: Sequence[str]


async def past_ballots(tx: Tx, group_id: int) -> list[PastBallot]:
    """The group's ballots that were closed or called off, newest first; none that is held."""
    found = await tx.scalars(
        select(BallotRow)
        .where(BallotRow.group_id == group_id, BallotRow.state.in_(OVER))
        .where(BallotRow.publish_at.is_(None))
        .order_by(BallotRow.id.desc())
        .limit(MOST_LISTED)
    )
    rows = found.all()
    titles: dict[int, dict[int, str]] = {row.id: {} for row in rows}
    options = await tx.execute(
        select(OptionRow.ballot_id, OptionRow.pitch_id, OptionRow.title)
        .where(OptionRow.ballot_id.in_(titles))
        .order_by(OptionRow.ballot_id, OptionRow.position)
    )
    for ballot_id, pitch_id, title in options:
        titles[ballot_id][pitch_id] = title
    return [
        PastBallot(
            id=row.id,
            state=BallotState(row.state),
            ended_at=row.closing_at or row.opened_at,
            titles=tuple(titles[row.id].values()),
            winners=tuple(
                titles[row.id][pitch_id]
                for pitch_id in (row.result or {}).get("winners", ())
                if pitch_id in titles[row.id]
            ),
        )
        for row in rows
    ]


async def holds_private(tx: Tx, group_id: int, before_id: int) -> bool:
    """Whether an earlier private ballot has moved the group's credits."""
    found = await tx.scalar(
        select(BallotRow.id)
        .where(
            BallotRow.group_id == group_id,
            BallotRow.id < before_id,
            BallotRow.mode == BallotMode.PRIVATE,
            BallotRow.rule == BallotRule.FAIR_TURNS,
            BallotRow.result.is_not(None),
        )
        .limit(1)
    )
    return found is not None


async def late_letters(tx: Tx, ballot_id: int, user_id: int, cutoff: int | None) -> list[str]:
    """The emoji that the member pressed after the moment at which the votes counted."""
    if cutoff is None:
        return []
    found = await tx.scalars(
        select(VoteEventRow.emoji)
        .where(
            VoteEventRow.ballot_id == ballot_id,
            VoteEventRow.user_id == user_id,
            VoteEventRow.id > cutoff,
            VoteEventRow.kind == "add",
        )
        .order_by(VoteEventRow.id)
    )
    return [emoji for emoji in dict.fromkeys(found) if emoji is not None]
