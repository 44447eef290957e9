"""Telling leads that something of theirs is broken: privately, and each trouble once a day."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups import store, words
from bot.groups.alert_store import ALERTS, get_alert, note_alert
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.jobs.store import put_job

ALERT = "alert"
QUIET = timedelta(days=1)


async def raise_alert(
    tx: Tx, group_id: int, text: str, now: datetime, *, quiet: timedelta = QUIET
) -> None:
    """Have the group's leads told of `text` (a sentence that says what to do).

    The same text is told again after `quiet` at the earliest; another one at once.
    """
    await store.lock_group(tx, group_id)
    alert_id = await note_alert(tx, group_id, text, now, unless_since=now - quiet)
    if alert_id is not None:
        await put_job(tx, ALERT, alert_id, now)


async def alert_leads(db: Database, group_id: int, text: str, now: datetime) -> None:
    """The same in a transaction of its own: for a delivery that goes on trying."""
    async with db.begin() as tx:
        await raise_alert(tx, group_id, text, now)


async def groups_told(tx: Tx, group_ids: Collection[int], text: str) -> list[int]:
    """Those of the groups whose leads were told of `text`, and may be told again only later."""
    found = await tx.scalars(
        select(ALERTS.c.group_id)
        .where(ALERTS.c.group_id.in_(group_ids), ALERTS.c.text == text)
        .order_by(ALERTS.c.group_id)
    )
    return list(found)


async def forget_alerts(tx: Tx, group_ids: Collection[int], text: str) -> None:
    """The trouble is over: should it come back, leads of these groups hear of it at once."""
    await tx.execute(delete(ALERTS).where(ALERTS.c.group_id.in_(group_ids), ALERTS.c.text == text))


def alerting(group_id: int, text: str, clock: Clock) -> Skipped:
    """The outcome of a delivery that can't be made: the group's leads hear of it by `text`."""

    async def record(tx: Tx) -> None:
        await raise_alert(tx, group_id, text, clock())

    return Skipped(reason=text, record=record)


class AlertHandler:
    """Sends an alert to each lead of its group."""

    kind = ALERT

    def __init__(self, db: Database, clock: Clock, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, _now: datetime) -> Fanout:
        alert = await get_alert(tx, job.subject_id)
        if alert is None or await store.has_left(tx, alert.group_id):
            return NOTHING
        group = await store.group_of(tx, alert.group_id)
        return Fanout(planned=[Planned(target=str(user_id)) for user_id in sorted(group.lead_ids)])

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            alert = await get_alert(tx, delivery.subject_id)
            if alert is None:
                return Skipped(reason="it is forgotten")
            group = await store.group_of(tx, alert.group_id)
        card = words.alert_card(group, alert.text)
        return Done(message_id=await self._courier.tell(delivery, int(delivery.target), card))
