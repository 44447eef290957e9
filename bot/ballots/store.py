"""Rows of ballots and their frozen options."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Named,
    Select,
    Table,
    Text,
    TypedColumns,
    bindparam,
    func,
    insert,
    select,
    update,
)

from bot.ballots.model import (
    LIVE,
    Ballot,
    BallotMode,
    BallotOption,
    BallotState,
    Doubt,
    EarlierTalk,
    Result,
)
from bot.ballots.tally import Ground, Step
from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime
from bot.groups.model import BallotRule
from bot.groups.store import GROUPS


class BallotColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"))
    state: Named[BallotState] = Column(OneOf(BallotState))
    rule: Named[BallotRule] = Column(OneOf(BallotRule))
    mode: Named[BallotMode] = Column(OneOf(BallotMode), default=BallotMode.OPEN)
    is_hidden: Named[bool] = Column(default=False)
    choice_limit: Named[int | None] = Column(BigInt)
    role_id: Named[int | None] = Column(BigInt)
    quorum: Named[int | None] = Column(BigInt)
    is_extended: Named[bool] = Column(default=False)
    voters_before: Named[int | None] = Column(BigInt)
    sessions: Named[int] = Column(BigInt)
    talks_each: Named[int] = Column(BigInt)
    reserved: Named[int] = Column(BigInt, default=0)
    is_reviewed: Named[bool] = Column(default=False)
    publish_at: Named[datetime | None] = Column(UTCDateTime)
    left_out: Named[list[int]] = Column(JSON, default=list)
    swaps: Named[list[list[int]]] = Column(JSON, default=list)
    opened_by: Named[int] = Column(BigInt)
    channel_id: Named[int] = Column(BigInt)
    message_id: Named[int | None] = Column(BigInt)
    opened_at: Named[datetime] = Column(UTCDateTime)
    due_at: Named[datetime] = Column(UTCDateTime)
    closing_at: Named[datetime | None] = Column(UTCDateTime)
    cutoff: Named[int | None] = Column(BigInt)
    is_degraded: Named[bool] = Column(default=False)
    is_recounted: Named[bool] = Column(default=False)
    doubt: Named[Doubt | None] = Column(OneOf(Doubt))
    accepted_by: Named[int | None] = Column(BigInt)
    options_hash: Named[str] = Column(Text, default="")
    tie_order: Named[list[int]] = Column(JSON, default=list)
    result: Named[dict[str, Any] | None] = Column(JSON)


BALLOTS = Table(
    "ballot", METADATA, BallotColumns, Index("ix_ballot_group_id_state", "group_id", "state")
)


class OptionColumns(TypedColumns):
    ballot_id: Named[int] = Column(
        BigInt, ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True
    )
    pitch_id: Named[int] = Column(
        BigInt, ForeignKey("pitch.id", ondelete="CASCADE"), primary_key=True
    )
    position: Named[int] = Column(BigInt)
    emoji: Named[str] = Column(Text)
    title: Named[str] = Column(Text)
    speaker_id: Named[int | None] = Column(BigInt)
    sources: Named[list[str]] = Column(JSON, default=list)
    has_lost: Named[bool] = Column(default=False)


OPTIONS = Table("ballot_option", METADATA, OptionColumns)


# Read all the time, and made once: making it takes longer than running it.
_WHOLE = (
    select(BALLOTS, *(column.label(f"option_{column.name}") for column in OPTIONS.c))
    .outerjoin(OPTIONS, OPTIONS.c.ballot_id == BALLOTS.c.id)
    .order_by(BALLOTS.c.id, OPTIONS.c.position)
)
_THAT = _WHOLE.where(BALLOTS.c.id == bindparam("its_id"))
_OPEN = _WHOLE.join(GROUPS, GROUPS.c.id == BALLOTS.c.group_id).where(
    BALLOTS.c.state == BallotState.OPEN, GROUPS.c.left_at.is_(None)
)


def _latest(*conditions: ColumnElement[bool]) -> Select[Any]:
    found = select(func.max(BALLOTS.c.id)).where(*conditions)
    return _WHOLE.where(BALLOTS.c.id == found.scalar_subquery())


_OF_GROUP = BALLOTS.c.group_id == bindparam("its_group")
_LAST = _latest(_OF_GROUP)
_LIVE = _latest(_OF_GROUP, BALLOTS.c.state.in_(LIVE))
_STOOD_IN = select(OPTIONS.c.ballot_id).where(OPTIONS.c.pitch_id == bindparam("its_pitch"))
_ELECTED_BY = _latest(BALLOTS.c.id.in_(_STOOD_IN), BALLOTS.c.result.is_not(None))
_LOCKING = select(BALLOTS.c.id).where(BALLOTS.c.id == bindparam("its_id")).with_for_update()
_ADDING = insert(BALLOTS).returning(BALLOTS.c.id)
_ADDING_OPTIONS = insert(OPTIONS)
_SETTING = update(BALLOTS).where(BALLOTS.c.id == bindparam("its_id"))


async def add_ballot(tx: Tx, ballot: Ballot) -> int:
    """The new ballot's id: a draft is to be posted from now on."""
    row = {
        "group_id": ballot.group_id,
        "state": BallotState.POSTING,
        "rule": ballot.rule,
        "mode": ballot.mode,
        "is_hidden": ballot.is_hidden,
        "choice_limit": ballot.choice_limit,
        "role_id": ballot.role_id,
        "quorum": ballot.quorum,
        "options_hash": ballot.options_hash,
        "sessions": ballot.sessions,
        "talks_each": ballot.talks_each,
        "reserved": ballot.reserved,
        "is_reviewed": ballot.is_reviewed,
        "opened_by": ballot.opened_by,
        "channel_id": ballot.channel_id,
        "opened_at": ballot.opened_at,
        "due_at": ballot.due_at,
    }
    ballot_id = (await tx.scalars(_ADDING, row)).one()
    options = [
        {
            "ballot_id": ballot_id,
            "pitch_id": option.pitch_id,
            "position": position,
            "emoji": option.emoji,
            "title": option.title,
            "speaker_id": option.speaker_id,
            "sources": list(option.sources),
            "has_lost": option.has_lost,
        }
        for position, option in enumerate(ballot.options)
    ]
    if options:
        await tx.execute(_ADDING_OPTIONS, options)
    return ballot_id


async def set_ballot(tx: Tx, ballot_id: int, **values: object) -> None:
    """Write these columns of the ballot, in whatever state it is."""
    await tx.execute(_SETTING, {"its_id": ballot_id, **values})


async def get_ballot(tx: Tx, ballot_id: int) -> Ballot | None:
    """The ballot with its options, None where there is none."""
    return await _read_one(tx, _THAT, {"its_id": ballot_id})


async def lock_ballot(tx: Tx, ballot_id: int) -> Ballot | None:
    """The same as it is now, held against other writers until the transaction ends."""
    locked = await tx.scalar(_LOCKING, {"its_id": ballot_id})
    return None if locked is None else await get_ballot(tx, ballot_id)


async def live_ballot(tx: Tx, group_id: int) -> Ballot | None:
    """The group's ballot that is not closed yet, None where there is none."""
    return await _read_one(tx, _LIVE, {"its_group": group_id})


async def last_ballot(tx: Tx, group_id: int) -> Ballot | None:
    """The group's latest ballot in whatever state."""
    return await _read_one(tx, _LAST, {"its_group": group_id})


async def elected_by(tx: Tx, pitch_id: int) -> Ballot | None:
    """The closed ballot in which the pitch last stood, None where there is none."""
    return await _read_one(tx, _ELECTED_BY, {"its_pitch": pitch_id})


async def open_ballots(tx: Tx) -> list[Ballot]:
    """Every ballot that collects votes now, in any server that has not removed us."""
    return await _read(tx, _OPEN, {})


async def _read_one(tx: Tx, chosen: Select[Any], asked: Mapping[str, object]) -> Ballot | None:
    found = await _read(tx, chosen, asked)
    return found[0] if found else None


async def _read(tx: Tx, chosen: Select[Any], asked: Mapping[str, object]) -> list[Ballot]:
    found: dict[int, tuple[Any, list[BallotOption]]] = {}
    for row in await tx.execute(chosen, asked):
        options = found.setdefault(row.id, (row, []))[1]
        if row.option_pitch_id is not None:
            options.append(_as_option(row))
    return [_as_ballot(row, tuple(options)) for row, options in found.values()]


def _as_option(row: Any) -> BallotOption:
    return BallotOption(
        pitch_id=row.option_pitch_id,
        emoji=row.option_emoji,
        title=row.option_title,
        speaker_id=row.option_speaker_id,
        sources=tuple(row.option_sources),
        has_lost=row.option_has_lost,
    )


def _as_ballot(row: Any, options: tuple[BallotOption, ...]) -> Ballot:
    return Ballot(
        id=row.id,
        group_id=row.group_id,
        state=row.state,
        rule=row.rule,
        mode=row.mode,
        is_hidden=row.is_hidden,
        choice_limit=row.choice_limit,
        role_id=row.role_id,
        quorum=row.quorum,
        is_extended=row.is_extended,
        voters_before=row.voters_before,
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
        doubt=row.doubt,
        accepted_by=row.accepted_by,
        options_hash=row.options_hash,
        tie_order=tuple(row.tie_order),
        result=_as_result(row.result) if row.result else None,
        options=options,
    )


def _as_result(stored: dict[str, Any]) -> Result:
    return Result(
        winners=tuple(stored["winners"]),
        runners_up=tuple(stored["runners_up"]),
        counts={int(pitch_id): count for pitch_id, count in stored["counts"].items()},
        voters=stored["voters"],
        tied=tuple(stored["tied"]),
        seated={int(pitch_id): number for pitch_id, number in stored["seated"].items()},
        absent=tuple(stored.get("absent", ())),
        earlier=tuple(EarlierTalk(**one) for one in stored.get("earlier", ())),
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
