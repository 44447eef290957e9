"""Opens each talk's discussion when the talk is over."""

from collections.abc import Sequence
from datetime import datetime

from bot.clock import Clock
from bot.database import Database, Tx
from bot.discussions import words
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.messenger import Messenger, NotAllowed, PlaceGone
from bot.sessions import store as session_store
from bot.sessions.model import DISCUSS, Answer, Session, SessionState, Talk


class DiscussHandler:
    """A post in the group's forum, or a thread in its channel where there is no forum."""

    kind = DISCUSS

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Sequence[Planned]:
        return [Planned()]

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            talk = await session_store.get_talk(tx, delivery.subject_id)
            session = await session_store.get_session(tx, talk.session_id) if talk else None
            if talk is None or session is None or session.state is SessionState.CANCELLED:
                return Skipped(reason="the talk did not take place")
            if talk.thread_id is not None:
                return Skipped(reason="it is open already")
            group = await group_of(tx, session.group_id)
            answers = await session_store.answers_to(tx, session.id)
        return await self._open(delivery, group, session, talk, answers[Answer.GOING])

    async def _open(
        self,
        delivery: Delivery,
        group: Group,
        session: Session,
        talk: Talk,
        going: frozenset[int],
    ) -> Outcome:
        going = await self._messenger.present_members(group.server_id, going)
        concerned = going | ({talk.speaker_id} if talk.speaker_id else set())
        try:
            thread_id = await self._courier.open_discussion(
                delivery,
                group.forum_id or group.channel_id,
                words.discussion_title(group, session, talk),
                words.discussion_card(group, session, talk, going),
                mentions=concerned,
            )
        except PlaceGone:
            return self._trouble(group, "is gone: choose another with `/group edit`")
        except NotAllowed as problem:
            return self._trouble(group, f"won't let me: I need {problem}")

        async def record(tx: Tx) -> None:
            await session_store.note_thread(tx, talk.id, thread_id)

        return Done(message_id=thread_id, record=record)

    def _trouble(self, group: Group, what: str) -> Outcome:
        place = "forum" if group.forum_id else "channel"

        async def record(tx: Tx) -> None:
            text = f"I could not open a talk's discussion: the group's {place} {what}."
            await raise_alert(tx, group.id, text, self._clock())

        return Skipped(reason="the place can't be written to", record=record)
