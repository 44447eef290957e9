"""The group's first words in its home channel."""

from collections.abc import Sequence
from datetime import datetime

from bot.database import Database, Tx
from bot.groups import store, words
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned

WELCOME = "welcome"


class WelcomeHandler:
    kind = WELCOME

    def __init__(self, db: Database, courier: Courier) -> None:
        self._db = db
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Sequence[Planned]:
        return [Planned()]

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            group = await store.group_of(tx, delivery.subject_id)
        card = words.welcome_card(group)
        return Done(message_id=await self._courier.say(delivery, group.channel_id, card))
