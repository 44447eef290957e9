"""Moving a session that ten thousand follow, against a row in advance for every one of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import insert, select, text, update

from bot.bench.errands import ERRAND
from bot.bench.filling import fill, settle
from bot.bench.ground import Ground
from bot.bench.model import Figures, Trial, ratio
from bot.bench.scene import FIRST_FOLLOWER, Scene, set_scene
from bot.clock import utc_now
from bot.database import Database
from bot.jobs.model import DeliveryState, Lane
from bot.jobs.store import DELIVERIES, JOBS, put_job
from bot.rescheduling.model import Way
from bot.rescheduling.service import ReschedulingService
from bot.sessions.calendar import arm

LEADS = (10, 60, 1_440, 10_080)
MEMBER_ROWS = "member rows"
EACH_COUNTED = 180_000
"""Since PostgreSQL 18 each connection's share of the write-ahead log is counted."""

LOGGED_BY_US = (
    "SELECT sum(wal_bytes) FROM pg_stat_activity, pg_stat_get_backend_wal(pid) "
    "WHERE datname = current_database() AND backend_type = 'client backend'"
)
LOGGED_BY_ALL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
NOTES = (
    "time_ratio and wal_ratio: the transaction that puts a session's jobs anew, against one UPDATE "
    "of a delivery made in advance for each follower and lead, in the same table with its indexes",
    "whole_move_ms: all of `/session move` as a lead uses it, preview and answers included, which "
    "would come on top of either",
    "medians, so that the first write to each page after a checkpoint does not count",
)

Move = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a move costs: the medians of its seconds and of PostgreSQL's write-ahead log."""

    seconds: float
    wal_bytes: float


def measure(trial: Trial, ground: Ground) -> Figures:
    """How many times as long, and as much log, the rows per member take."""
    fill(ground, trial.pending, utc_now(), ERRAND)
    return asyncio.run(_measure(trial, ground))


async def _measure(trial: Trial, ground: Ground) -> Figures:
    db = Database(ground.url)
    try:
        scene = await set_scene(db, trial)
        await _add_member_rows(db, trial)
        settle(ground)
        moved = await _price(db, trial, _by_service(db, scene))
        armed = await _price(db, trial, _by_calendar(db, scene))
        rows = await _price(db, trial, _by_member_rows(db))
    finally:
        await db.close()
    figures: dict[str, Any] = {
        "time_ratio": ratio(rows.seconds, armed.seconds),
        "wal_ratio": None,
        "move_ms": round(armed.seconds * 1e3, 2),
        "rows_per_member_ms": round(rows.seconds * 1e3, 1),
        "whole_move_ms": round(moved.seconds * 1e3, 2),
        "whole_move_time_ratio": ratio(rows.seconds, moved.seconds),
        "rows": trial.load.followers * len(LEADS),
    }
    if not db.is_sqlite:
        figures |= {
            "wal_ratio": ratio(rows.wal_bytes, armed.wal_bytes),
            "move_wal_bytes": round(armed.wal_bytes),
            "rows_per_member_wal_bytes": round(rows.wal_bytes),
            "whole_move_wal_bytes": round(moved.wal_bytes),
        }
    return figures


async def _price(db: Database, trial: Trial, move: Move) -> Price:
    seconds, wal = [], []
    for turn in range(trial.load.repeats):
        before = await _wal_bytes(db)
        begun = time.monotonic()
        await move(turn)
        seconds.append(time.monotonic() - begun)
        wal.append(await _wal_bytes(db) - before)
    return Price(seconds=median(seconds), wal_bytes=median(wal))


async def _wal_bytes(db: Database) -> int:
    """What our connections have logged; everybody's where PostgreSQL does not tell them apart."""
    if db.is_sqlite:
        return 0
    async with db.read() as tx:
        version = int(await tx.scalar(text("SHOW server_version_num")))
        if version < EACH_COUNTED:
            return int(await tx.scalar(text(LOGGED_BY_ALL)))
        await tx.execute(text("SELECT pg_stat_force_next_flush()"))  # as this transaction ends
    async with db.read() as tx:
        return int(await tx.scalar(text(LOGGED_BY_US)))


def _by_service(db: Database, scene: Scene) -> Move:
    service = ReschedulingService(db, utc_now)
    start = scene.session.wall_start

    async def move(turn: int) -> None:
        wall = start + timedelta(minutes=15 * (turn + 1))
        number, when = scene.session.number, f"{wall:%Y-%m-%d %H:%M}"
        shown = await service.propose_move(scene.actor, None, number, when)
        proposal_id = int((shown.buttons[0].action or "").split(":")[1])
        await service.confirm(scene.actor, proposal_id, Way.ONE, 0)

    return move


def _by_calendar(db: Database, scene: Scene) -> Move:
    async def move(turn: int) -> None:
        async with db.begin() as tx:
            now = utc_now() + timedelta(seconds=turn)
            await arm(tx, scene.group, scene.session, now)

    return move


async def _add_member_rows(db: Database, trial: Trial) -> None:
    """A delivery in advance for each follower and each lead, all of them waiting."""
    due_at = utc_now() + timedelta(days=3)
    async with db.begin() as tx:
        for lead in LEADS:
            await put_job(tx, MEMBER_ROWS, 1, due_at, lead_minutes=lead)
        jobs = await tx.scalars(select(JOBS.c.id).where(JOBS.c.kind == MEMBER_ROWS))
        await tx.execute(
            insert(DELIVERIES),
            [
                {
                    "job_id": job_id,
                    "rev": 1,
                    "target": f"person:{FIRST_FOLLOWER + number}",
                    "lane": Lane.DAY,
                    "not_before": due_at,
                    "state": DeliveryState.READY,
                    "attempts": 0,
                }
                for job_id in jobs.all()
                for number in range(trial.load.followers)
            ],
        )


def _by_member_rows(db: Database) -> Move:
    jobs = select(JOBS.c.id).where(JOBS.c.kind == MEMBER_ROWS)

    async def move(turn: int) -> None:
        due_at = utc_now() + timedelta(days=3, minutes=15 * (turn + 1))
        async with db.begin() as tx:
            await tx.execute(
                update(DELIVERIES)
                .where(DELIVERIES.c.job_id.in_(jobs), DELIVERIES.c.state == DeliveryState.READY)
                .values(not_before=due_at)
            )

    return move
