"""Telling the channel once that a group meets at other times."""

from datetime import datetime

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Job, Outcome
from bot.messenger import Messenger
from bot.sessions.answers import answers_to_all
from bot.sessions.model import Answer, SessionState
from bot.sessions.rhythm import RHYTHM
from bot.sessions.rhythm_words import rhythm_card
from bot.sessions.store import calendar_of
from bot.sessions.telling import ChannelTeller


class RhythmHandler:
    """Posts the next dates, and pings those who said that they are going to what has changed."""

    kind = RHYTHM

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._teller = ChannelTeller(messenger, courier, clock)

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            group = await group_of(tx, delivery.subject_id)
            sessions = await calendar_of(tx, group.id, delivery.due_at)
            # The edit's own instant: sessions that changed with it, not those that it added.
            changed = [
                one for one in sessions if one.changed_at == delivery.due_at and one.sequence
            ]
            answers = await answers_to_all(tx, [one.id for one in changed])
        people = frozenset().union(*(one[Answer.GOING] for one in answers.values()))
        dropped = [one for one in changed if one.state is SessionState.CANCELLED]
        now = self._clock()
        ahead = [
            one for one in sessions if one.state is SessionState.PLANNED and one.starts_at > now
        ]
        card = rhythm_card(group, ahead, dropped, now)
        return await self._teller.tell(delivery, group, card, people, "the group has new dates")
