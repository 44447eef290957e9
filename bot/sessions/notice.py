"""Telling the channel that a session has moved or will not take place."""

from datetime import datetime

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.messenger import Messenger, NotAllowed, PlaceGone
from bot.sessions import store, words
from bot.sessions.model import NOTICE, Session
from bot.sessions.views import view_of


class NoticeHandler:
    """Posts the change once, and pings those who said that they are going."""

    kind = NOTICE

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

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
            view = await view_of(tx, session)
        going = await self._messenger.present_members(group.server_id, view.going)
        card = words.notice_card(group, view)
        if going:
            card = card.with_body(words.mention_line(going))
        try:
            message_id = await self._courier.say(
                delivery, group.channel_id, card, mentions=words.mentioned(going)
            )
        except PlaceGone:
            return self._untold(group, session, "the group's channel was deleted")
        except NotAllowed as problem:
            return self._untold(group, session, f"in the group's channel I need {problem}")
        return Done(message_id=message_id)

    def _untold(self, group: Group, session: Session, why: str) -> Outcome:
        async def record(tx: Tx) -> None:
            text = f"Nobody heard from me that session #{session.number} has changed: {why}."
            await raise_alert(tx, group.id, text, self._clock())

        return Skipped(reason="the channel can't be written to", record=record)
