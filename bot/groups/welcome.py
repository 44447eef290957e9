"""The group's first words in its home channel, kept true: they stand there, often pinned."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Named, Table, TypedColumns, bindparam, select

from bot.clock import Clock
from bot.database import METADATA, BigInt, Database, Tx, insert_new
from bot.groups import store, words
from bot.groups.alerts import alerting
from bot.groups.model import WELCOME_REDRAW
from bot.jobs.courier import Courier
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Skipped
from bot.jobs.store import put_job
from bot.messenger import MessageGone, Messenger, NotAllowed, PlaceGone

WELCOME = "welcome"


class WelcomeColumns(TypedColumns):
    """Where the first words of a group stand; nothing is known of those of older versions."""

    group_id: Named[int] = Column(
        BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"), primary_key=True
    )
    channel_id: Named[int] = Column(BigInt)
    message_id: Named[int] = Column(BigInt)


WELCOMES = Table("welcome", METADATA, WelcomeColumns)

_THAT = select(WELCOMES.c.channel_id, WELCOMES.c.message_id).where(
    WELCOMES.c.group_id == bindparam("its_group")
)


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
            message_id = await self._courier.say(delivery, group.channel_id, card)
        except PlaceGone:
            trouble = "The group's channel was deleted. Choose another with `/group edit`."
            return alerting(group.id, trouble, self._clock)
        except NotAllowed as problem:
            trouble = f"I can't write in the group's channel: I need {problem}."
            return alerting(group.id, trouble, self._clock)
        if message_id is None:
            return Done()
        where = {"channel_id": group.channel_id, "message_id": message_id}

        async def record(tx: Tx) -> None:
            await insert_new(tx, WELCOMES, group_id=group.id, **where)
            if words.welcome_card(await store.group_of(tx, group.id)) != card:
                await put_job(tx, WELCOME_REDRAW, group.id, self._clock())

        return Done(message_id=message_id, record=record)


class WelcomeRedrawHandler:
    """Writes anew what the group is called, what it is about, when it meets and where."""

    kind = WELCOME_REDRAW

    def __init__(self, db: Database, messenger: Messenger) -> None:
        self._db = db
        self._messenger = messenger

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            asked = {"its_group": delivery.subject_id}
            where = (await tx.execute(_THAT, asked)).one_or_none()
            group = await store.group_of(tx, delivery.subject_id)
        if where is None:
            return Skipped(reason="nobody knows where it stands")
        try:
            card = words.welcome_card(group)
            await self._messenger.edit(where.channel_id, where.message_id, card)
        except (MessageGone, PlaceGone, NotAllowed):
            return Skipped(reason="it was deleted, or can't be changed")
        return Done(message_id=where.message_id)
