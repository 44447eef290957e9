"""Telling leads that something of theirs is broken: privately, and at most once a day."""

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups import store, words
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Fanout, Job, Outcome, Planned, Skipped
from bot.jobs.store import put_job

ALERT = "alert"
QUIET = timedelta(days=1)


async def raise_alert(tx: Tx, group_id: int, text: str, now: datetime) -> None:
    """Have the group's leads told of `text` (a sentence that says what to do)."""
    await store.lock_group(tx, group_id)
    _, told_at = await store.get_alert(tx, group_id)
    if told_at is not None and now - told_at < QUIET:
        return
    await store.set_alert(tx, group_id, text, now)
    await put_job(tx, ALERT, group_id, now)


def alerting(group_id: int, text: str, clock: Clock) -> Skipped:
    """The outcome of a delivery that can't be made: the group's leads hear of it by `text`."""

    async def record(tx: Tx) -> None:
        await raise_alert(tx, group_id, text, clock())

    return Skipped(reason=text, record=record)


class AlertHandler:
    """Sends a group's alert to each of its leads."""

    kind = ALERT

    def __init__(self, db: Database, clock: Clock, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, _now: datetime) -> Fanout:
        group = await store.group_of(tx, job.subject_id)
        return Fanout(planned=[Planned(target=str(user_id)) for user_id in sorted(group.lead_ids)])

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            group = await store.group_of(tx, delivery.subject_id)
            alert, _ = await store.get_alert(tx, group.id)
        if alert is None:
            return Skipped(reason="settled")
        card = words.alert_card(group, alert)
        return Done(message_id=await self._courier.tell(delivery, int(delivery.target), card))
