"""Asking a group's leads what to do about a native event that somebody else changed."""

from dataclasses import replace
from datetime import datetime

from bot.cards import Card, person_link
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.store import has_left
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.messenger import DirectMessagesClosed
from bot.sessions.away import read_days_away, talks_missed
from bot.sessions.event import Scene, read_scene
from bot.sessions.event_words import question_card
from bot.sessions.mirror import Mirror
from bot.sessions.model import ASK_ABOUT_EVENT, Session, SessionState
from bot.sessions.preview import spoken_absence


def is_open(session: Session, mirror: Mirror, now: datetime) -> bool:
    """Whether there is still something to decide."""
    is_ahead = session.state is SessionState.PLANNED and session.starts_at > now
    return is_ahead and mirror.question is not None


class QuestionHandler:
    """Asks each lead by a direct message with buttons; whoever answers first decides."""

    kind = ASK_ABOUT_EVENT

    def __init__(self, db: Database, clock: Clock, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        scene = await read_scene(tx, job.subject_id, now)
        if scene is None or not is_open(scene.session, scene.mirror, now):
            return NOTHING
        if await has_left(tx, scene.group.id):
            return NOTHING
        until = scene.session.starts_at
        return Fanout(
            planned=[
                Planned(target=str(user_id), expires_at=until)
                for user_id in sorted(scene.group.lead_ids)
            ]
        )

    async def deliver(self, delivery: Delivery) -> Outcome:
        now = self._clock()
        async with self._db.read() as tx:
            scene = await read_scene(tx, delivery.subject_id, now)
            absent = await _absent(tx, scene) if scene else []
        if scene is None or not is_open(scene.session, scene.mirror, now):
            return Skipped(reason="it is settled")
        card = question_card(scene.group, scene.session, scene.mirror)
        # Days away are for leads alone: not for the channel.
        known = card.with_body("\n".join(absent)) if absent else card
        try:
            return Done(message_id=await self._courier.tell(delivery, int(delivery.target), known))
        except DirectMessagesClosed:
            return await self._ask_in_channel(delivery, scene, card)

    async def _ask_in_channel(self, delivery: Delivery, scene: Scene, card: Card) -> Outcome:
        """Where a lead can't be written to, their group's channel: an open question waits there."""
        lead_id = int(delivery.target)
        called = card.with_body(person_link(lead_id))
        message_id = await self._courier.say(
            delivery, scene.group.channel_id, called, mentions=[lead_id]
        )
        return Done(message_id=message_id)


async def _absent(tx: Tx, scene: Scene) -> list[str]:
    """Who would be away on the day that the event shows."""
    session, question = scene.session, scene.mirror.question
    if question is None or question.shows is None or question.shows.starts_at == session.starts_at:
        return []
    away = await read_days_away(tx, {talk.speaker_id for talk in session.talks})
    moved = replace(session, starts_at=question.shows.starts_at)
    return [spoken_absence(talk, "on its new day") for talk in talks_missed(away, moved)]
