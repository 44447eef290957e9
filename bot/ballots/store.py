"""Rows of ballots and their frozen options."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.ballots.model import LIVE, Ballot, BallotMode, BallotOption, BallotState, Doubt, Result
from bot.ballots.tally import Ground, Step
from bot.database import Row, RowId, Tx, UTCDateTime
from bot.groups.model import BallotRule
from bot.groups.store import GroupRow


class BallotRow(Row):
    __tablename__ = "ballot"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("reading_group.id", ondelete="CASCADE"))
    state: Mapped[BallotState] = mapped_column(Text)
    rule: Mapped[BallotRule] = mapped_column(Text)
    mode: Mapped[BallotMode] = mapped_column(Text, default=BallotMode.OPEN)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    choice_limit: Mapped[int | None]
    role_id: Mapped[int | None] = mapped_column(RowId)
    quorum: Mapped[int | None]
    is_extended: Mapped[bool] = mapped_column(default=False)
    sessions: Mapped[int]
    talks_each: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    is_reviewed: Mapped[bool] = mapped_column(default=False)
    publish_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    left_out: Mapped[list[int]] = mapped_column(JSON, default=list)
    swaps: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    opened_by: Mapped[int] = mapped_column(RowId)
    channel_id: Mapped[int] = mapped_column(RowId)
    message_id: Mapped[int | None] = mapped_column(RowId)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closing_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cutoff: Mapped[int | None]
    is_degraded: Mapped[bool] = mapped_column(default=False)
    is_recounted: Mapped[bool] = mapped_column(default=False)
    doubt: Mapped[Doubt | None] = mapped_column(Text)
    accepted_by: Mapped[int | None] = mapped_column(RowId)
    options_hash: Mapped[str] = mapped_column(Text, default="")
    tie_order: Mapped[list[int]] = mapped_column(JSON, default=list)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    __table_args__ = (Index("ix_ballot_group_id_state", "group_id", "state"),)


class OptionRow(Row):
    __tablename__ = "ballot_option"

    ballot_id: Mapped[int] = mapped_column(
        ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True
    )
    pitch_id: Mapped[int] = mapped_column(
        ForeignKey("pitch.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int]
    emoji: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    speaker_id: Mapped[int | None] = mapped_column(RowId)
    sources: Mapped[list[str]] = mapped_column(JSON, default=list)
    has_lost: Mapped[bool] = mapped_column(default=False)


async def add_ballot(tx: Tx, ballot: Ballot) -> int:
    """The new ballot's id: a draft is to be posted from now on."""
    row = BallotRow(
        group_id=ballot.group_id,
        state=BallotState.POSTING,
        rule=ballot.rule,
        mode=ballot.mode,
        is_hidden=ballot.is_hidden,
        choice_limit=ballot.choice_limit,
        role_id=ballot.role_id,
        quorum=ballot.quorum,
        options_hash=ballot.options_hash,
        sessions=ballot.sessions,
        talks_each=ballot.talks_each,
        reserved=ballot.reserved,
        is_reviewed=ballot.is_reviewed,
        opened_by=ballot.opened_by,
        channel_id=ballot.channel_id,
        opened_at=ballot.opened_at,
        due_at=ballot.due_at,
    )
    tx.add(row)
    await tx.flush()
    tx.add_all(
        OptionRow(
            ballot_id=row.id,
            pitch_id=option.pitch_id,
            position=position,
            emoji=option.emoji,
            title=option.title,
            speaker_id=option.speaker_id,
            sources=list(option.sources),
            has_lost=option.has_lost,
        )
        for position, option in enumerate(ballot.options)
    )
    await tx.flush()
    return row.id


async def get_ballot(tx: Tx, ballot_id: int) -> Ballot | None:
    """The ballot with its options, None where there is none."""
    row = await tx.get(BallotRow, ballot_id)
    return None if row is None else await _as_ballot(tx, row)


async def lock_ballot(tx: Tx, ballot_id: int) -> Ballot | None:
    """The same as it is now, held against other writers until the transaction ends."""
    found = select(BallotRow).where(BallotRow.id == ballot_id).with_for_update()
    row = await tx.scalar(found.execution_options(populate_existing=True))
    return None if row is None else await _as_ballot(tx, row)


async def live_ballot(tx: Tx, group_id: int) -> Ballot | None:
    """The group's ballot that is not closed yet, None where there is none."""
    row = await tx.scalar(
        select(BallotRow)
        .where(BallotRow.group_id == group_id, BallotRow.state.in_(LIVE))
        .order_by(BallotRow.id.desc())
        .limit(1)
    )
    return None if row is None else await _as_ballot(tx, row)


async def last_ballot(tx: Tx, group_id: int) -> Ballot | None:
    """The group's latest ballot in whatever state."""
    row = await tx.scalar(
        select(BallotRow)
        .where(BallotRow.group_id == group_id)
        .order_by(BallotRow.id.desc())
        .limit(1)
    )
    return None if row is None else await _as_ballot(tx, row)


async def open_ballots(tx: Tx) -> list[Ballot]:
    """Every ballot that collects votes now, in any server that has not removed us."""
    rows = await tx.scalars(
        select(BallotRow)
        .join(GroupRow, GroupRow.id == BallotRow.group_id)
        .where(BallotRow.state == BallotState.OPEN, GroupRow.left_at.is_(None))
    )
    return [await _as_ballot(tx, row) for row in rows.all()]


async def _as_ballot(tx: Tx, row: BallotRow) -> Ballot:
    options = await tx.scalars(
        select(OptionRow).where(OptionRow.ballot_id == row.id).order_by(OptionRow.position)
    )
    return Ballot(
        id=row.id,
        group_id=row.group_id,
        state=BallotState(row.state),
        rule=BallotRule(row.rule),
        mode=BallotMode(row.mode),
        is_hidden=row.is_hidden,
        choice_limit=row.choice_limit,
        role_id=row.role_id,
        quorum=row.quorum,
        is_extended=row.is_extended,
        sessions=row.sessions,
        talks_each=row.talks_each,
        reserved=row.reserved,
        is_reviewed=row.is_reviewed,
        publish_at=row.publish_at,
        left_out=tuple(row.left_out),
        swaps=tuple((one, other) for one, other in row.swaps),
        opened_by=row.opened_by,
        channel_id=row.channel_id,
        message_id=row.message_id,
        opened_at=row.opened_at,
        due_at=row.due_at,
        closing_at=row.closing_at,
        cutoff=row.cutoff,
        is_degraded=row.is_degraded,
        is_recounted=row.is_recounted,
        doubt=Doubt(row.doubt) if row.doubt else None,
        accepted_by=row.accepted_by,
        options_hash=row.options_hash,
        tie_order=tuple(row.tie_order),
        result=_as_result(row.result) if row.result else None,
        options=tuple(
            BallotOption(
                pitch_id=option.pitch_id,
                emoji=option.emoji,
                title=option.title,
                speaker_id=option.speaker_id,
                sources=tuple(option.sources),
                has_lost=option.has_lost,
            )
            for option in options
        ),
    )


def _as_result(stored: dict[str, Any]) -> Result:
    return Result(
        winners=tuple(stored["winners"]),
        runners_up=tuple(stored["runners_up"]),
        counts={int(pitch_id): count for pitch_id, count in stored["counts"].items()},
        voters=stored["voters"],
        tied=tuple(stored["tied"]),
        seated={int(pitch_id): number for pitch_id, number in stored["seated"].items()},
        steps=tuple(
            Step(
                pitch_id=step["pitch_id"],
                ground=Ground(step["ground"]),
                approvals=step["approvals"],
                level=step["level"],
                equals=tuple(step["equals"]),
            )
            for step in stored.get("steps", ())
        ),
        exclusions=stored.get("exclusions", {}),
        misses_quorum=stored.get("misses_quorum", False),
        salt=stored.get("salt", ""),
        fingerprint=stored.get("fingerprint", ""),
    )


async def elected_by(tx: Tx, pitch_id: int) -> Ballot | None:
    """The closed ballot in which the pitch last stood, None where there is none."""
    row = await tx.scalar(
        select(BallotRow)
        .join(OptionRow, OptionRow.ballot_id == BallotRow.id)
        .where(OptionRow.pitch_id == pitch_id, BallotRow.result.is_not(None))
        .order_by(BallotRow.id.desc())
        .limit(1)
    )
    return None if row is None else await _as_ballot(tx, row)
