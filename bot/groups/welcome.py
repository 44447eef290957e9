"""The group's first words in its home channel."""

from datetime import datetime

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups import store, words
from bot.groups.alerts import alerting
from bot.jobs.courier import Courier
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome
from bot.messenger import NotAllowed, PlaceGone

WELCOME = "welcome"


class WelcomeHandler:
    kind = WELCOME

    def __init__(self, db: Database, clock: Clock, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            group = await store.group_of(tx, delivery.subject_id)
        card = words.welcome_card(group)
        try:
            return Done(message_id=await self._courier.say(delivery, group.channel_id, card))
        except PlaceGone:
            trouble = "The group's channel was deleted. Choose another with `/group edit`."
        except NotAllowed as problem:
            trouble = f"I can't write in the group's channel: I need {problem}."
        return alerting(group.id, trouble, self._clock)
