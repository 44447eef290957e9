"""Telling the channel that a session has moved or will not take place."""

from collections.abc import Sequence
from datetime import datetime

from bot.database import Database, Tx
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.sessions import store, words
from bot.sessions.model import NOTICE


class NoticeHandler:
    """Posts the change once, and pings those who said that they are going."""

    kind = NOTICE

    def __init__(self, db: Database, courier: Courier) -> None:
        self._db = db
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Sequence[Planned]:
        return [Planned()]

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            session = await store.get_session(tx, delivery.subject_id)
            if session is None:
                return Skipped(reason="no such session")
            group = await group_of(tx, session.group_id)
            view = await store.view_of(tx, session)
        card = words.notice_card(group, view)
        if view.going:
            card = card.with_body(words.mention_line(view.going))
        message_id = await self._courier.say(delivery, group.channel_id, card, mentions=view.going)
        return Done(message_id=message_id)
