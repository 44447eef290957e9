"""Deliveries are claimed by one worker at a time, and ready again when it did not end them.

All of it is set-based and without row objects: 10,000 deliveries may fall due in one second.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import structlog
from sqlalchemy import (
    CursorResult,
    Executable,
    bindparam,
    func,
    null,
    select,
    update,
)

from bot.database import Tx, UTCDateTime
from bot.jobs.agenda import Agenda, read_agenda
from bot.jobs.model import LEASE, Delivery, DeliveryState, Lane
from bot.jobs.store import DELIVERIES, JOBS, ONE, among, as_it_is

log = structlog.get_logger()

MOST_GONE = 500
"""How many are looked at at once after some were found that are overtaken or late."""

_SERVER_TIME = select(func.clock_timestamp(type_=UTCDateTime))


@cache
def _ready(kinds: tuple[str, ...], lane: Lane) -> Executable:
    return (
        select(
            DELIVERIES.c.id,
            DELIVERIES.c.rev,
            DELIVERIES.c.target,
            DELIVERIES.c.not_before,
            DELIVERIES.c.expires_at,
            DELIVERIES.c.attempts,
            DELIVERIES.c.failures,
            DELIVERIES.c.first_attempt_at,
            JOBS.c.kind,
            JOBS.c.subject_id,
            JOBS.c.lead_minutes,
            JOBS.c.due_at,
            JOBS.c.rev.label("job_rev"),
        )
        .join_from(DELIVERIES, JOBS, JOBS.c.id == DELIVERIES.c.job_id)
        .where(
            DELIVERIES.c.state == as_it_is(DeliveryState.READY), DELIVERIES.c.lane == as_it_is(lane)
        )
        .where(DELIVERIES.c.not_before <= bindparam("until"))
        .where(among(JOBS.c.kind, kinds))
        .order_by(DELIVERIES.c.not_before, DELIVERIES.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=DELIVERIES)
    )


_CHOSEN = DELIVERIES.c.id.in_(bindparam("ids", expanding=True))
_FIRST = bindparam("its_first", type_=UTCDateTime)  # A function says nothing of its own type.
_LEASE = (
    update(DELIVERIES)
    .where(_CHOSEN)
    .values(
        state=as_it_is(DeliveryState.LEASED),
        owner=bindparam("its_owner"),
        lease_until=bindparam("its_end"),
        attempts=DELIVERIES.c.attempts + ONE,
        first_attempt_at=func.coalesce(DELIVERIES.c.first_attempt_at, _FIRST),
    )
)
_REAP = (
    update(DELIVERIES)
    .where(DELIVERIES.c.state == as_it_is(DeliveryState.LEASED))
    .where(DELIVERIES.c.lease_until <= bindparam("its_moment"))
    .values(state=as_it_is(DeliveryState.READY), owner=null(), lease_until=null())
)
_CLOSE = (
    update(DELIVERIES)
    .where(_CHOSEN)
    .values(state=bindparam("its_state"), done_at=bindparam("its_end"))
)


async def claim(  # noqa: PLR0913 - what a claim depends on
    tx: Tx,
    now: datetime,
    owner: str,
    kinds: Sequence[str],
    limit: int,
    *,
    agenda: Agenda | None = None,
    ahead: timedelta = timedelta(),
    is_restored: bool = False,
    on_server_time: bool = False,
    skew: timedelta = timedelta(),
) -> list[Delivery]:
    """Deliveries that are `owner`'s alone until their lease ends, most urgent first.

    `agenda` is what waits, for those who have just read it in the transaction.
    `skew` is how far `now` is ahead of the chat system's clock, by which attempts are dated.
    Those that are due within `ahead` are claimed too. Those that came too late or were overtaken
    by a newer revision are marked so, not returned. What another worker claimed and did not end
    before its lease did is made ready again.
    """
    claimed: list[Delivery] = []
    agenda = agenda or await read_agenda(tx, kinds)
    # A lease ends by the server's clock, and ours may be behind it.
    may_be_lost = agenda.lease_until is not None if on_server_time else agenda.has_lost(now)
    if may_be_lost and await reap(tx, now, on_server_time=on_server_time):
        agenda = await read_agenda(tx, kinds)
    for lane in agenda.lanes_due(now + ahead):
        # A query for each lane walks the index over (lane, not_before) from its first ready row;
        # one over all lanes would pass every row of the lower lanes that waits for the future.
        ready = _ready(tuple(kinds), lane)
        asked = {"until": now + ahead, "most": limit - len(claimed)}
        found = (await tx.execute(ready, asked)).all()
        while gone := await _close_gone(tx, found, now):
            # Many are overtaken or late at once: those after them must not wait for ever.
            found = [row for row in found if row.id not in gone]
            if len(claimed) + len(found) < limit:
                found = (await tx.execute(ready, {**asked, "most": MOST_GONE})).all()
        room = limit - len(claimed)
        claimed += [_as_delivery(row, now - skew, is_restored=is_restored) for row in found[:room]]
        if len(claimed) >= limit:
            break
    if claimed:
        begun = await _lease_time(tx, now, on_server_time=on_server_time)
        ids = [one.id for one in claimed]
        lease = {"ids": ids, "its_owner": owner, "its_end": begun + LEASE, "its_first": now - skew}
        await tx.execute(_LEASE, lease)
    return claimed


async def _lease_time(tx: Tx, now: datetime, *, on_server_time: bool) -> datetime:
    """Now on the clock of leases: those of the workers' machines may differ."""
    if not on_server_time:
        return now
    moment: datetime = (await tx.scalars(_SERVER_TIME)).one()
    return moment


def _is_late(row: Any, now: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


async def _close_gone(tx: Tx, found: Sequence[Any], now: datetime) -> frozenset[int]:
    """Those of `found` that were overtaken or came too late, marked so."""
    old = [row.id for row in found if row.rev != row.job_rev]
    late = [row.id for row in found if row.rev == row.job_rev and _is_late(row, now)]
    await _close(tx, old, DeliveryState.SUPERSEDED, now)
    await _close(tx, late, DeliveryState.EXPIRED, now)
    if late:
        log.warning("jobs.expired", first=late[0], count=len(late))
    return frozenset([*old, *late])


async def _close(tx: Tx, ids: Sequence[int], state: DeliveryState, now: datetime) -> None:
    if ids:
        await tx.execute(_CLOSE, {"ids": ids, "its_state": state, "its_end": now})


def _as_delivery(row: Any, tried_at: datetime, *, is_restored: bool) -> Delivery:
    return Delivery(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        lead_minutes=row.lead_minutes,
        target=row.target,
        rev=row.rev,
        due_at=row.due_at,
        not_before=row.not_before,
        attempts=row.attempts + 1,
        failures=row.failures,
        first_attempt_at=row.first_attempt_at or tried_at,
        is_restored=is_restored,
    )


async def reap(tx: Tx, now: datetime, *, on_server_time: bool = False) -> bool:
    """Whether a worker claimed something and did not end it before its lease did; that is made
    ready again.
    """
    moment = await _lease_time(tx, now, on_server_time=on_server_time)
    reaped = await tx.execute(_REAP, {"its_moment": moment})
    return cast("CursorResult[Any]", reaped).rowcount > 0


async def release(tx: Tx, kinds: Sequence[str] | None = None) -> None:
    """Make ready again whatever is claimed, or only what is of these kinds: those who did it are
    known to be dead, or to have given it up.
    """
    claimed = update(DELIVERIES).where(DELIVERIES.c.state == DeliveryState.LEASED)
    if kinds is not None:
        theirs = select(JOBS.c.id).where(JOBS.c.kind.in_(kinds))
        claimed = claimed.where(DELIVERIES.c.job_id.in_(theirs))
    await tx.execute(claimed.values(state=DeliveryState.READY, owner=None, lease_until=None))
