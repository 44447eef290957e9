"""Work without meaning, and a chat system that swallows it: what is left is the engine."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import func, select

from bot.cards import Card
from bot.clock import Clock, utc_now
from bot.database import Database, Tx
from bot.jobs.courier import Courier
from bot.jobs.handler import Act, Fanout
from bot.jobs.model import Delivery, DeliveryState, Done, Job, Lane, Outcome, Planned
from bot.jobs.planning import expand, lock_due_job
from bot.jobs.store import DELIVERIES, put_job
from bot.messenger import Messenger

ERRAND = "errand"
PLACES = 20
"""How many places each errand goes to: a small group's channel and followers."""

AHEAD = timedelta(minutes=1)
"""Errands are planned this long before they are due, as reminders are."""

CARD = Card(title="Session #1 in 10 minutes", body=("Meta-learning, presented by Maya.",))

Said = Callable[[int], object]
Pace = Callable[[], Awaitable[None]]


async def at_once() -> None:
    """The pace of who need not wait."""


class NullMessenger:
    """Takes every message as soon as `pace` gives leave; `said` hears of its place."""

    def __init__(self, said: Said, pace: Pace) -> None:
        self._said = said
        self._pace = pace
        self._sent = 0

    async def say(self, channel_id: int, _card: Card, **_how: Any) -> int:
        await self._pace()
        self._said(channel_id)
        self._sent += 1
        return self._sent


def null_messenger(said: Said, pace: Pace = at_once) -> Messenger:
    """A messenger for all who only let it say something, as errands do."""
    return cast("Messenger", NullMessenger(said, pace))


NOBODY = null_messenger(lambda _place: None)
"""For benches that send nothing."""


class ErrandHandler:
    """Says one card in each of an errand's places; prepares a whole batch at once."""

    kind = ERRAND

    def __init__(
        self, messenger: Messenger, *, lane: Lane = Lane.NOW, places: int = PLACES
    ) -> None:
        self.courier = Courier(messenger)
        self._lane = lane
        self._places = places

    async def plan(self, _tx: Tx, job: Job, _now: datetime) -> Fanout:
        first = job.subject_id * self._places
        return Fanout(
            planned=[
                Planned(target=str(place), lane=self._lane)
                for place in range(first, first + self._places)
            ]
        )

    async def deliver(self, delivery: Delivery) -> Outcome:
        return Done(message_id=await self.courier.say(delivery, int(delivery.target), CARD))

    async def prepare(self, deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
        def act_of(delivery: Delivery) -> Act:
            return lambda: self.deliver(delivery)

        return {one.id: act_of(one) for one in deliveries}


class Tally:
    """Hears when each of `count` places is spoken to, and how late that is."""

    def __init__(
        self, clock: Clock, due_at: Sequence[datetime], count: int, places: int = PLACES
    ) -> None:
        self._clock = clock
        self._due_at = due_at
        self._count = count
        self._places = places
        self.seconds: dict[int, float] = {}
        self.doubled = 0
        self._all_said = asyncio.Event()

    def __call__(self, place: int) -> None:
        late = self._clock() - self._due_at[place // self._places]
        self.doubled += place in self.seconds
        self.seconds[place] = late.total_seconds()
        if len(self.seconds) == self._count:
            self._all_said.set()

    async def all_said(self, limit: timedelta) -> bool:
        """True as soon as every place was spoken to, False `limit` after the last was due."""
        left = self._due_at[-1] + limit - self._clock()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_said.wait(), left.total_seconds())
        return self._all_said.is_set()


async def put_errands(db: Database, due_at: Sequence[datetime]) -> None:
    """Put one errand for each instant; its subject is its place in the row."""
    async with db.begin() as tx:
        for subject_id, moment in enumerate(due_at):
            await put_job(tx, ERRAND, subject_id, moment, ahead=AHEAD)


async def plan_all(db: Database, handler: ErrandHandler) -> None:
    """Leave everything of the handler's kind that is due ready to be claimed."""
    async with db.begin() as tx:
        while job := await lock_due_job(tx, utc_now(), (handler.kind,)):
            await expand(tx, job, await handler.plan(tx, job, utc_now()))


async def count_sent(db: Database) -> int:
    """How many deliveries are marked as sent."""
    async with db.read() as tx:
        found = select(func.count()).where(DELIVERIES.c.state == DeliveryState.SENT)
        return await tx.scalar(found) or 0
