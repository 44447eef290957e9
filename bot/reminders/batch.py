"""What a batch of reminders needs to know, read in a handful of queries for all of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.database import Tx
from bot.groups.model import Group
from bot.groups.store import groups_of
from bot.jobs.model import Delivery
from bot.members.model import Member
from bot.members.store import get_members
from bot.reminders.model import person_of
from bot.reminders.store import followers_among
from bot.sessions.answers import answers_among
from bot.sessions.model import Answer, Session, SessionView
from bot.sessions.store import get_sessions
from bot.sessions.views import bare_views_of, views_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Sessions and their groups by the session's id, members by their own.

    `answers` and `follows` are of the batch's people alone: (session, person).
    """

    sessions: Mapping[int, Session]
    groups: Mapping[int, Group]
    members: Mapping[int, Member]
    answers: Mapping[tuple[int, int], Answer]
    follows: frozenset[tuple[int, int]]

    def is_interested(self, session_id: int, user_id: int) -> bool:
        """True for those going, and for followers who did not say that they can't come."""
        answer = self.answers.get((session_id, user_id))
        is_following = (session_id, user_id) in self.follows
        return answer is Answer.GOING or (is_following and answer is not Answer.NOT_GOING)


async def read_people(tx: Tx, session_ids: Collection[int], user_ids: Collection[int]) -> Batch:
    """These sessions and people, as they are now."""
    sessions = await get_sessions(tx, session_ids)
    groups = await groups_of(tx, {session.group_id for session in sessions.values()})
    follows = await followers_among(tx, groups, user_ids)
    return Batch(
        sessions=sessions,
        groups={session.id: groups[session.group_id] for session in sessions.values()},
        members=await get_members(tx, user_ids),
        answers=await answers_among(tx, sessions, user_ids),
        follows=frozenset(
            (session.id, user_id)
            for session in sessions.values()
            for group_id, user_id in follows
            if group_id == session.group_id
        ),
    )


async def read_batch(
    tx: Tx, deliveries: Sequence[Delivery]
) -> tuple[Batch, dict[int, SessionView]]:
    """What these deliveries are about, with views by the session's id.

    A view is whole where the channel is to be told, and bare elsewhere.
    """
    people = {user_id for one in deliveries if (user_id := person_of(one.target)) is not None}
    batch = await read_people(tx, {one.subject_id for one in deliveries}, people)
    public = {one.subject_id for one in deliveries if person_of(one.target) is None}
    groups = batch.groups.values()
    whole = [session for session in batch.sessions.values() if session.id in public]
    bare = [session for session in batch.sessions.values() if session.id not in public]
    views = await views_of(tx, groups, whole)
    return batch, views | await bare_views_of(tx, groups, bare)
