"""Which servers we were removed from, and all the work that their groups have."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select, update

from bot.audit.store import ActRow
from bot.ballots.closing import CloseHandler
from bot.ballots.doubts import AskAboutCountHandler, ExtensionHandler, ReopeningHandler
from bot.ballots.following import FollowHandler
from bot.ballots.handlers import AnnounceHandler, PostHandler, RedrawHandler
from bot.ballots.lost import LossHandler
from bot.ballots.model import CALL_TO_VOTE, REMIND_TO_VOTE
from bot.ballots.review import PublishHandler, ReviewHandler
from bot.ballots.store import BallotRow
from bot.database import Tx
from bot.groups.alert_store import AlertRow
from bot.groups.alerts import ALERT
from bot.groups.model import MATERIALISE
from bot.groups.store import GroupRow
from bot.groups.welcome import WELCOME
from bot.jobs.frozen import Work
from bot.jobs.store import JobRow
from bot.pitches.model import PITCH_CARD
from bot.pitches.store import PitchRow
from bot.rescheduling.model import ACT_NOTICE
from bot.sessions.model import (
    ASK_ABOUT_EVENT,
    DISCUSS,
    EVENT,
    INTEREST,
    MENTION,
    NOTICE,
    REMIND,
    WRAP,
)
from bot.sessions.rhythm import RHYTHM
from bot.sessions.store import SessionRow
from bot.sessions.talks import TalkRow
from bot.speakers.model import ASK, ASK_LAPSE, ASK_REDRAW
from bot.speakers.store import AskRow

BALLOT_KINDS = (
    *(handler.kind for handler in (PostHandler, CloseHandler, AnnounceHandler, RedrawHandler)),
    *(one.kind for one in (AskAboutCountHandler, ExtensionHandler, ReopeningHandler, LossHandler)),
    FollowHandler.kind,
    REMIND_TO_VOTE,
    CALL_TO_VOTE,
    ReviewHandler.kind,
    PublishHandler.kind,
)


def work_of(group_ids: Select[Any]) -> Work:
    """Every kind of job, with the subjects that it has in these groups."""
    sessions = select(SessionRow.id).where(SessionRow.group_id.in_(group_ids))
    return {
        (WELCOME, MATERIALISE, RHYTHM): group_ids,
        (ASK, ASK_LAPSE, ASK_REDRAW): select(AskRow.id).where(AskRow.group_id.in_(group_ids)),
        (ALERT,): select(AlertRow.id).where(AlertRow.group_id.in_(group_ids)),
        (PITCH_CARD,): select(PitchRow.id).where(PitchRow.group_id.in_(group_ids)),
        (REMIND, MENTION, EVENT, ASK_ABOUT_EVENT, INTEREST, NOTICE, WRAP): sessions,
        (ACT_NOTICE,): select(ActRow.id).where(ActRow.group_id.in_(group_ids)),
        (DISCUSS,): select(TalkRow.id).where(TalkRow.session_id.in_(sessions)),
        BALLOT_KINDS: select(BallotRow.id).where(BallotRow.group_id.in_(group_ids)),
    }


def groups_in(server_id: int) -> Select[Any]:
    """The ids of the server's groups."""
    return select(GroupRow.id).where(GroupRow.server_id == server_id)


def groups_left() -> Select[Any]:
    """The ids of all groups whose server has removed us."""
    return select(GroupRow.id).where(GroupRow.left_at.is_not(None))


def just(group_id: int) -> Select[Any]:
    """The id of one group, as a query."""
    return select(GroupRow.id).where(GroupRow.id == group_id)


async def mark_left(tx: Tx, server_id: int, now: datetime) -> list[int]:
    """The ids of the server's groups that count as left from now on, and did not before."""
    found = await tx.scalars(
        update(GroupRow)
        .where(GroupRow.server_id == server_id, GroupRow.left_at.is_(None))
        .values(left_at=now)
        .returning(GroupRow.id)
    )
    return sorted(found)


async def mark_back(tx: Tx, server_id: int) -> list[int]:
    """The ids of the server's groups that counted as left, and do no longer."""
    found = await tx.scalars(
        update(GroupRow)
        .where(GroupRow.server_id == server_id, GroupRow.left_at.is_not(None))
        .values(left_at=None)
        .returning(GroupRow.id)
    )
    return sorted(found)


async def forget_groups(tx: Tx, left_before: datetime) -> int:
    """How many groups whose server removed us before then were forgotten, with all they had."""
    old = select(GroupRow.id).where(GroupRow.left_at < left_before)
    for kinds, subjects in work_of(old).items():
        await tx.execute(
            delete(JobRow).where(JobRow.kind.in_(kinds), JobRow.subject_id.in_(subjects))
        )
    gone = await tx.scalars(
        delete(GroupRow).where(GroupRow.left_at < left_before).returning(GroupRow.id)
    )
    return len(gone.all())


async def servers(tx: Tx) -> dict[int, bool]:
    """Every server with a group, and whether it has removed us."""
    rows = await tx.execute(
        select(GroupRow.server_id, func.count(GroupRow.left_at)).group_by(GroupRow.server_id)
    )
    return {server_id: left > 0 for server_id, left in rows}
