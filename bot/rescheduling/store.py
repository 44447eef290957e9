"""Rows of proposals, the calendar they are about, and how a plan becomes rows and jobs."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Named,
    Table,
    Text,
    TypedColumns,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from bot.audit.model import Change
from bot.audit.store import decoded, is_row, number_column
from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime
from bot.groups.model import Group
from bot.rescheduling.model import Bend, Ground, Proposal
from bot.sessions.away import read_days_away
from bot.sessions.model import SessionState
from bot.sessions.store import LONGEST, SESSIONS, sessions_ahead, set_session
from bot.sessions.talks import TALKS, set_talk
from bot.sessions.watched import TABLES

PROPOSALS_KEPT = timedelta(days=7)
"""How long a preview can be confirmed; its calendar has changed long before."""

MOST_AHEAD = 100

_ASIDE = timedelta(days=200_000)
"""Where an occurrence waits while others change places: no calendar reaches that far back."""


class ProposalColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"))
    user_id: Named[int] = Column(BigInt)
    bend: Named[Bend] = Column(OneOf(Bend))
    made_at: Named[datetime] = Column(UTCDateTime)
    session_id: Named[int | None] = Column(BigInt, ForeignKey("session.id", ondelete="CASCADE"))
    wall: Named[datetime | None] = Column(DateTime(timezone=False))
    fold: Named[int] = Column(BigInt, default=0)
    zone: Named[str] = Column(Text, default="")
    minutes: Named[int] = Column(BigInt, default=0)
    reason: Named[str] = Column(Text, default="")
    ground: Named[str] = Column(Text)
    act_id: Named[int | None] = Column(BigInt)


# Buttons of old previews are still about: their number must not become another proposal's.
PROPOSALS = Table("proposal", METADATA, ProposalColumns, sqlite_autoincrement=True)


# Each statement is made once: making it takes longer than running it.
_FORGETTING = delete(PROPOSALS).where(
    PROPOSALS.c.group_id == bindparam("its_group"), PROPOSALS.c.made_at < bindparam("its_moment")
)
_ADDING = insert(PROPOSALS).returning(PROPOSALS.c.id)
_THAT = select(PROPOSALS).where(PROPOSALS.c.id == bindparam("its_id"))
_SETTING = update(PROPOSALS).where(PROPOSALS.c.id == bindparam("its_id"))
_OCCURRENCES = select(SESSIONS.c.id, SESSIONS.c.occurrence).where(
    SESSIONS.c.group_id == bindparam("its_group"), SESSIONS.c.starts_at > bindparam("its_moment")
)
_AS_THEY_ARE = select(SESSIONS.c.id, SESSIONS.c.starts_at, SESSIONS.c.sequence).where(
    SESSIONS.c.id.in_(bindparam("session_ids", expanding=True))
)
_SEATS = select(TALKS.c.id, TALKS.c.session_id, TALKS.c.position).where(
    TALKS.c.session_id.in_(bindparam("session_ids", expanding=True)), TALKS.c.position >= 0
)


async def add_proposal(tx: Tx, proposal: Proposal) -> int:
    """The new proposal's id; the group's old ones are forgotten."""
    old = {"its_group": proposal.group_id, "its_moment": proposal.made_at - PROPOSALS_KEPT}
    await tx.execute(_FORGETTING, old)
    row = {
        "group_id": proposal.group_id,
        "user_id": proposal.user_id,
        "bend": proposal.bend,
        "made_at": proposal.made_at,
        "session_id": proposal.session_id,
        "wall": proposal.wall,
        "fold": proposal.fold,
        "zone": proposal.zone,
        "minutes": proposal.minutes,
        "reason": proposal.reason,
        "ground": proposal.ground,
    }
    return (await tx.scalars(_ADDING, row)).one()


async def get_proposal(tx: Tx, proposal_id: int) -> Proposal | None:
    """The proposal as it is now, None where it is forgotten."""
    row = (await tx.execute(_THAT, {"its_id": proposal_id})).one_or_none()
    return None if row is None else Proposal(**row._asdict())


async def note_shown(tx: Tx, proposal_id: int, ground: str) -> None:
    """Remember which calendar the lead has been shown."""
    await tx.execute(_SETTING, {"its_id": proposal_id, "ground": ground})


async def note_done(tx: Tx, proposal_id: int, act_id: int) -> None:
    """Remember what the proposal became: it is not done twice."""
    await tx.execute(_SETTING, {"its_id": proposal_id, "act_id": act_id})


async def read_ground(tx: Tx, group: Group, now: datetime) -> Ground:
    """The group's calendar as it stands."""
    sessions = await sessions_ahead(tx, group.id, now, MOST_AHEAD)
    rows = await tx.execute(_OCCURRENCES, {"its_group": group.id, "its_moment": now - LONGEST})
    speakers = {talk.speaker_id for session in sessions for talk in session.talks}
    return Ground(
        group=group,
        sessions=tuple(sessions),
        occurrences={one.id: one.occurrence for one in rows},
        now=now,
        away=await read_days_away(tx, speakers),
    )


async def write_sessions(
    tx: Tx, values_by_id: Mapping[int, Mapping[str, Any]], now: datetime, zone_data: str
) -> None:
    """Write these columns of sessions; calendars are to hear of all but a new occurrence.

    Occurrences may change places: the constraint that keeps them apart sees them one by one.
    """
    if not values_by_id:
        return
    for session_id, values in values_by_id.items():
        if "occurrence" in values:
            await set_session(tx, session_id, occurrence=values["occurrence"] - _ASIDE)
    rows = await tx.execute(_AS_THEY_ARE, {"session_ids": list(values_by_id)})
    for row in rows.all():
        written = dict(values_by_id[row.id])
        if written.keys() - {"occurrence"}:
            written |= {"sequence": row.sequence + 1, "changed_at": now}
        if written.get("starts_at", row.starts_at) != row.starts_at:
            written |= {"moved_from": row.starts_at, "zone_data": zone_data}
        await set_session(tx, row.id, **written)


async def seats_of(tx: Tx, session_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Each talk of these sessions with its (session, position)."""
    rows = await tx.execute(_SEATS, {"session_ids": list(session_ids)})
    return {talk_id: (session_id, position) for talk_id, session_id, position in rows}


async def seat_talks(tx: Tx, places: Mapping[int, tuple[int, int]]) -> None:
    """Put talks at these (session, position); they may change places."""
    for talk_id in places:
        # No seat has a number below 0, and no two talks the same id.
        await set_talk(tx, talk_id, position=-talk_id)
    for talk_id, (session_id, position) in places.items():
        await set_talk(tx, talk_id, session_id=session_id, position=position)


async def remove_talks(tx: Tx, talk_ids: Collection[int]) -> None:
    """Take talks out of the calendar."""
    await tx.execute(delete(TALKS).where(TALKS.c.id.in_(talk_ids)))


async def put_back(tx: Tx, changes: Collection[Change], now: datetime, zone_data: str) -> None:
    """Give every row its earlier values; a session that was new is cancelled, with its number.

    It is dropped, not called off: should a later pattern have its date, it takes place.
    """
    sessions: dict[int, Mapping[str, Any]] = {}
    for one in changes:
        if one.table == "session":
            taken_back = {"state": SessionState.CANCELLED, "reason": "", "is_dropped": True}
            sessions[one.row_id] = (
                taken_back if one.before is None else decoded(SESSIONS, one.before)
            )
    await write_sessions(tx, sessions, now, zone_data)
    await _put_back_talks(tx, [one for one in changes if one.table == "talk"])
    for one in changes:
        if one.table not in ("session", "talk"):
            await _put_back_row(tx, one)


async def _put_back_row(tx: Tx, change: Change) -> None:
    table = TABLES[change.table][0]
    number, is_it = number_column(table), is_row(table, change)
    if change.before is None:
        await tx.execute(delete(table).where(is_it))
    elif change.after is None:
        await tx.execute(
            insert(table).values({number.key: change.row_id, **decoded(table, change.before)})
        )
    else:
        await tx.execute(update(table).where(is_it).values(**decoded(table, change.before)))


async def _put_back_talks(tx: Tx, changes: Collection[Change]) -> None:
    await remove_talks(tx, [one.row_id for one in changes if one.before is None])
    places: dict[int, tuple[int, int]] = {}
    for one in changes:
        if one.before is None:
            continue
        values = decoded(TALKS, one.before)
        talk_id = one.row_id if one.after else await _return_talk(tx, one.row_id, values)
        places[talk_id] = (values["session_id"], values["position"])
        if one.after is not None and one.before.get("state") != one.after.get("state"):
            # What the act left alone may have moved on since: a speaker may have confirmed.
            await set_talk(tx, talk_id, state=values["state"])
    await seat_talks(tx, places)


async def _return_talk(tx: Tx, talk_id: int, values: Mapping[str, Any]) -> int:
    """The id of a removed talk that is back: SQLite may have given its own to another since."""
    is_taken = await tx.scalar(select(TALKS.c.id).where(TALKS.c.id == talk_id)) is not None
    row = {**values, "position": -talk_id} | ({} if is_taken else {"id": talk_id})
    return (await tx.scalars(insert(TALKS).returning(TALKS.c.id), row)).one()
