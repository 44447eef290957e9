"""Telling the channel once that a group meets at other times."""

from datetime import datetime

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import alerting
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome
from bot.messenger import Messenger, NotAllowed, PlaceGone
from bot.sessions.answers import answers_to_all
from bot.sessions.model import Answer, SessionState
from bot.sessions.rhythm import RHYTHM
from bot.sessions.rhythm_words import rhythm_card
from bot.sessions.store import calendar_of
from bot.sessions.words import mention_line, mentioned


class RhythmHandler:
    """Posts the next dates, and pings those who said that they are going to what has changed."""

    kind = RHYTHM

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        now = self._clock()
        async with self._db.read() as tx:
            group = await group_of(tx, delivery.subject_id)
            sessions = await calendar_of(tx, group.id, delivery.due_at)
            # The edit's own instant: sessions that changed with it, not those that it added.
            changed = [
                one for one in sessions if one.changed_at == delivery.due_at and one.sequence
            ]
            answers = await answers_to_all(tx, [one.id for one in changed])
        people = frozenset().union(*(one[Answer.GOING] for one in answers.values()))
        going = await self._messenger.present_members(group.server_id, people)
        dropped = [one for one in changed if one.state is SessionState.CANCELLED]
        card = rhythm_card(group, dropped, now)
        if going:
            card = card.with_body(mention_line(going))
        try:
            return Done(
                message_id=await self._courier.say(
                    delivery, group.channel_id, card, mentions=mentioned(going)
                )
            )
        except PlaceGone:
            why = "the group's channel was deleted"
        except NotAllowed as problem:
            why = f"in the group's channel I need {problem}"
        return alerting(
            group.id, f"Nobody heard from me that the group has new dates: {why}.", self._clock
        )
