"""Telling the channel that a session has moved or will not take place."""

from datetime import datetime

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Job, Outcome, Planned, Skipped
from bot.messenger import Messenger
from bot.sessions import store
from bot.sessions.model import NOTICE
from bot.sessions.notice_words import notice_card
from bot.sessions.telling import ChannelTeller
from bot.sessions.views import view_of


class NoticeHandler:
    """Posts the change once, and pings those who said that they are going, and the speakers."""

    kind = NOTICE

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._teller = ChannelTeller(messenger, courier, clock)

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        session = await store.get_session(tx, job.subject_id)
        if session is None or session.ends_at <= now:
            return NOTHING
        return Fanout(planned=(Planned(expires_at=session.ends_at),))

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            session = await store.get_session(tx, delivery.subject_id)
            if session is None:
                return Skipped(reason="no such session")
            group = await group_of(tx, session.group_id)
            view = await view_of(tx, group, session)
        what = f"session #{session.number} has changed"
        speakers = {one.speaker_id for one in session.talks if one.speaker_id is not None}
        card = notice_card(group, view)
        return await self._teller.tell(delivery, group, card, view.going | speakers, what)
