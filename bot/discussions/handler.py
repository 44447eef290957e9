"""Opens each talk's discussion when the talk is over."""

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.discussions import words
from bot.groups.alerts import alert_leads, alerting
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.jobs.second_look import is_second_look, look_again
from bot.messenger import Messenger, NotAllowed, PlaceFull, PlaceGone, TryLater
from bot.sessions import store as session_store
from bot.sessions.answers import answers_to
from bot.sessions.model import DISCUSS, Answer, Session, SessionState, Talk
from bot.sessions.talks import get_talk, note_thread
from bot.sessions.words import mentioned
from bot.text import escape

WHILE_BARRED = timedelta(hours=1)
"""How long to wait for a lead who has to choose a place or grant a permission."""

PATIENCE = timedelta(days=7)
"""How long after a talk its discussion is still worth opening."""


class DiscussHandler:
    """A post in the group's forum, or a thread in its channel where there is no forum."""

    kind = DISCUSS

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, _tx: Tx, job: Job, _now: datetime) -> Fanout:
        return Fanout(planned=(Planned(expires_at=job.due_at + PATIENCE),))

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            talk = await get_talk(tx, delivery.subject_id)
            session = await session_store.get_session(tx, talk.session_id) if talk else None
            if talk is None or session is None or session.state is SessionState.CANCELLED:
                return Skipped(reason="the talk did not take place")
            group = await group_of(tx, session.group_id)
            answers = await answers_to(tx, session.id)
        if is_second_look(delivery):
            return await self._look_again(delivery, group, session, talk)
        if talk.thread_id is not None:
            return Skipped(reason="it is open already")
        return await self._open(delivery, group, session, talk, answers[Answer.GOING])

    async def _look_again(
        self, delivery: Delivery, group: Group, session: Session, talk: Talk
    ) -> Outcome:
        if talk.thread_id is None:
            return Skipped(reason="it is not open yet")
        title = words.discussion_title(group, session, talk)
        await self._courier.sweep_discussions(delivery, _place_of(group), title, talk.thread_id)
        return Done(message_id=talk.thread_id)

    async def _open(
        self,
        delivery: Delivery,
        group: Group,
        session: Session,
        talk: Talk,
        going: frozenset[int],
    ) -> Outcome:
        speaker = {talk.speaker_id} if talk.speaker_id else set()
        present = await self._messenger.present_members(group.server_id, going | speaker)
        going &= present
        try:
            thread_id = await self._courier.open_discussion(
                delivery,
                _place_of(group),
                words.discussion_title(group, session, talk),
                words.discussion_card(group, session, talk, going),
                mentions={*mentioned(going - speaker), *(present & speaker)},
            )
        except PlaceGone as problem:
            await self._alert(group, "is gone: choose another with `/group edit`")
            raise TryLater("there is no place for it", WHILE_BARRED) from problem
        except NotAllowed as problem:
            await self._alert(group, f"won't let me: I need {problem}")
            raise TryLater("it is not allowed", WHILE_BARRED) from problem

        except PlaceFull:
            return alerting(group.id, _words_of_no_room(talk), self._clock)

        async def record(tx: Tx) -> None:
            await note_thread(tx, talk.id, thread_id)
            if delivery.is_repeated:
                await look_again(tx, delivery, self._clock())

        return Done(message_id=thread_id, record=record)

    async def _alert(self, group: Group, what: str) -> None:
        place = "forum" if group.forum_id else "channel"
        text = (
            f"I could not open a talk's discussion: the group's {place} {what}. I go on trying "
            f"every hour for {PATIENCE.days} days."
        )
        await alert_leads(self._db, group.id, text, self._clock())


def _place_of(group: Group) -> int:
    return group.forum_id or group.channel_id


def _words_of_no_room(talk: Talk) -> str:
    return (
        f"“{escape(talk.title)}” has no discussion: the server has as many open threads as Discord "
        "allows. Close some of them, and open one for the talk by hand."
    )
