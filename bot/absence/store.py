"""Which servers we were removed from, and all the work that their groups have."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select, update

from bot.audit.store import ACTS
from bot.ballots.closing import CloseHandler
from bot.ballots.doubts import AskAboutCountHandler, ExtensionHandler, ReopeningHandler
from bot.ballots.following import FollowHandler
from bot.ballots.handlers import AnnounceHandler, PostHandler, RedrawHandler
from bot.ballots.lost import LossHandler
from bot.ballots.model import CALL_TO_VOTE, PROMISE_KEPT, REMIND_TO_VOTE
from bot.ballots.review import PublishHandler, ReviewHandler
from bot.ballots.review_upkeep import ReviewRedrawHandler
from bot.ballots.store import BALLOTS
from bot.database import Tx
from bot.groups.alert_store import ALERTS
from bot.groups.alerts import ALERT
from bot.groups.model import (
    DETAILS,
    LEAD_NEWS,
    LEADS_CHANGED,
    MATERIALISE,
    ON_BALLOT,
    WELCOME_REDRAW,
)
from bot.groups.store import GROUPS
from bot.groups.welcome import WELCOME
from bot.jobs.frozen import Work
from bot.jobs.store import JOBS
from bot.pitches.model import PITCH_CARD
from bot.pitches.store import PITCHES
from bot.rescheduling.model import ACT_NOTICE
from bot.sessions.model import (
    ABSENT,
    ASK_ABOUT_EVENT,
    DISCUSS,
    EVENT,
    INTEREST,
    MENTION,
    NOTICE,
    REMIND,
    REMIND_REDRAW,
    WRAP,
)
from bot.sessions.rhythm import RHYTHM
from bot.sessions.store import SESSIONS
from bot.sessions.talks import TALKS
from bot.speakers.model import ASK, ASK_LAPSE, ASK_REDRAW
from bot.speakers.store import ASKS

BALLOT_KINDS = (
    *(handler.kind for handler in (PostHandler, CloseHandler, AnnounceHandler, RedrawHandler)),
    *(one.kind for one in (AskAboutCountHandler, ExtensionHandler, ReopeningHandler, LossHandler)),
    FollowHandler.kind,
    REMIND_TO_VOTE,
    CALL_TO_VOTE,
    ReviewHandler.kind,
    ReviewRedrawHandler.kind,
    PublishHandler.kind,
)


def work_of(group_ids: Select[Any]) -> Work:
    """Every kind of job, with the subjects that it has in these groups."""
    sessions = select(SESSIONS.c.id).where(SESSIONS.c.group_id.in_(group_ids))
    return {
        (WELCOME, WELCOME_REDRAW, MATERIALISE, RHYTHM, ON_BALLOT, LEADS_CHANGED): group_ids,
        (ASK, ASK_LAPSE, ASK_REDRAW): select(ASKS.c.id).where(ASKS.c.group_id.in_(group_ids)),
        (ALERT,): select(ALERTS.c.id).where(ALERTS.c.group_id.in_(group_ids)),
        (PITCH_CARD,): select(PITCHES.c.id).where(PITCHES.c.group_id.in_(group_ids)),
        (REMIND, REMIND_REDRAW, MENTION): sessions,
        (EVENT, ASK_ABOUT_EVENT, INTEREST, NOTICE, WRAP, ABSENT): sessions,
        (ACT_NOTICE, DETAILS, LEAD_NEWS): select(ACTS.c.id).where(ACTS.c.group_id.in_(group_ids)),
        (DISCUSS, PROMISE_KEPT): select(TALKS.c.id).where(TALKS.c.session_id.in_(sessions)),
        BALLOT_KINDS: select(BALLOTS.c.id).where(BALLOTS.c.group_id.in_(group_ids)),
    }


def groups_in(server_id: int) -> Select[Any]:
    """The ids of the server's groups."""
    return select(GROUPS.c.id).where(GROUPS.c.server_id == server_id)


def groups_left() -> Select[Any]:
    """The ids of all groups whose server has removed us."""
    return select(GROUPS.c.id).where(GROUPS.c.left_at.is_not(None))


def just(group_id: int) -> Select[Any]:
    """The id of one group, as a query."""
    return select(GROUPS.c.id).where(GROUPS.c.id == group_id)


async def mark_left(tx: Tx, server_id: int, now: datetime) -> list[int]:
    """The ids of the server's groups that count as left from now on, and did not before."""
    found = await tx.scalars(
        update(GROUPS)
        .where(GROUPS.c.server_id == server_id, GROUPS.c.left_at.is_(None))
        .values(left_at=now)
        .returning(GROUPS.c.id)
    )
    return sorted(found)


async def mark_back(tx: Tx, server_id: int) -> list[int]:
    """The ids of the server's groups that counted as left, and do no longer."""
    found = await tx.scalars(
        update(GROUPS)
        .where(GROUPS.c.server_id == server_id, GROUPS.c.left_at.is_not(None))
        .values(left_at=None)
        .returning(GROUPS.c.id)
    )
    return sorted(found)


async def forget_groups(tx: Tx, left_before: datetime) -> int:
    """How many groups whose server removed us before then were forgotten, with all they had."""
    old = select(GROUPS.c.id).where(GROUPS.c.left_at < left_before)
    for kinds, subjects in work_of(old).items():
        await tx.execute(
            delete(JOBS).where(JOBS.c.kind.in_(kinds), JOBS.c.subject_id.in_(subjects))
        )
    gone = await tx.scalars(
        delete(GROUPS).where(GROUPS.c.left_at < left_before).returning(GROUPS.c.id)
    )
    return len(gone.all())


async def servers(tx: Tx) -> dict[int, bool]:
    """Every server with a group, and whether it has removed us."""
    rows = await tx.execute(
        select(GROUPS.c.server_id, func.count(GROUPS.c.left_at)).group_by(GROUPS.c.server_id)
    )
    return {server_id: left > 0 for server_id, left in rows}
