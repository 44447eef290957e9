"""What members and leads do with sessions."""

from dataclasses import replace

from bot.cards import Card
from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.groups.access import find_group
from bot.groups.model import Group
from bot.groups.store import get_group
from bot.members.model import Actor
from bot.members.store import get_member
from bot.sessions import store, words
from bot.sessions.answers import save_answer
from bot.sessions.model import (
    Answer,
    SessionState,
)
from bot.sessions.views import view_of, views_of

SHOWN = 6
REASON_LIMIT = 300


class SessionService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def next_card(self, actor: Actor, typed_group: str | None) -> tuple[Group, Card]:
        """The group and a card of its next session, in the actor's own time."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            now = self._clock()
            ahead = await store.sessions_ahead(tx, group.id, now, 1)
            member = await get_member(tx, actor.user_id)
            if not ahead:
                return group, words.no_session_card(group, member, now)
            view = await view_of(tx, group, ahead[0])
        return group, words.session_card(group, view, member, now)

    async def calendar_card(
        self, actor: Actor, typed_group: str | None, *, past: bool
    ) -> tuple[Group, Card]:
        """The group and a list of its sessions: those ahead, or the last ones held."""
        now = self._clock()
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            read = store.sessions_past if past else store.sessions_ahead
            sessions = await read(tx, group.id, now, SHOWN)
            views = await views_of(tx, [group], sessions)
            member = await get_member(tx, actor.user_id)
        ordered = [views[session.id] for session in sessions]
        return group, words.sessions_card(group, ordered, member, now, past=past)

    async def choices(self, actor: Actor, typed_group: str | None) -> list[tuple[int, str]]:
        """(number, label) of the sessions that a lead can mean, soonest first."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            ahead = await store.sessions_ahead(tx, group.id, self._clock(), SHOWN)
            member = replace(await get_member(tx, actor.user_id), locale=actor.locale)
        return [(one.number, words.spoken_choice(group, one, member)) for one in ahead]

    async def card(self, actor: Actor, session_id: int) -> tuple[Group, Card]:
        """That session's group, and its card as `next_card` shows it."""
        async with self._db.read() as tx:
            session = await store.get_session(tx, session_id)
            group = await get_group(tx, actor.server_id, session.group_id) if session else None
            if session is None or group is None:
                raise Refusal("That session is not here any more.")
            view = await view_of(tx, group, session)
            member = await get_member(tx, actor.user_id)
        return group, words.session_card(group, view, member, self._clock())

    async def answer(self, actor: Actor, session_id: int, answer: Answer) -> str:
        """What the member is told after pressing an RSVP button."""
        now = self._clock()
        async with self._db.begin() as tx:
            session = await store.lock_session(tx, session_id)
            group = await get_group(tx, actor.server_id, session.group_id) if session else None
            if session is None or (group is None and actor.server_id):
                raise Refusal("That session is not here any more.")
            if session.state is SessionState.CANCELLED:
                raise Refusal(f"Session #{session.number} is cancelled: nothing to answer.")
            if session.ends_at <= now:
                raise Refusal(f"Session #{session.number} is over.")
            await save_answer(tx, session_id, actor.user_id, answer, now)
        return words.answered(session, answer, now)
