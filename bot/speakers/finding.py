"""The talk that somebody means, with its session and group, and what may be done to it."""

from dataclasses import dataclass
from datetime import datetime

from bot.database import Tx
from bot.errors import Refusal
from bot.groups.model import Group
from bot.groups.store import get_group, lock_group
from bot.members.model import Actor
from bot.sessions import store as session_store
from bot.sessions import talks
from bot.sessions.model import SEATED, Session, Talk


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A talk with its session and group, as they are now."""

    group: Group
    session: Session
    talk: Talk


async def find_talk(tx: Tx, actor: Actor, talk_id: int) -> Found:
    """The talk; refuses one that is not in the actor's server."""
    talk = await talks.get_talk(tx, talk_id)
    session = await session_store.get_session(tx, talk.session_id) if talk else None
    group = await get_group(tx, actor.server_id, session.group_id) if session else None
    if talk is None or session is None or group is None:
        raise Refusal("That talk is not here (any more).")
    return Found(group=group, session=session, talk=talk)


async def lock_talk(tx: Tx, actor: Actor, talk_id: int) -> Found:
    """The same, held: nobody else changes who sits where in the group meanwhile."""
    found = await find_talk(tx, actor, talk_id)
    await lock_group(tx, found.group.id)
    # Read anew: it may have changed while we waited.
    await session_store.lock_session(tx, found.session.id)
    return await find_talk(tx, actor, talk_id)


async def talk_to_come(tx: Tx, actor: Actor, talk_id: int, now: datetime) -> Found:
    """The same for its speaker or a lead; refused to others, and where it is over."""
    found = await lock_talk(tx, actor, talk_id)
    require_speaker(found, actor)
    refuse_what_is_over(found, now)
    return found


def require_speaker(found: Found, actor: Actor) -> None:
    """Refuse everybody but the talk's speaker and the leads."""
    if actor.user_id not in {found.talk.speaker_id, *found.group.lead_ids}:
        raise Refusal(f"Only the speaker of “{found.talk.title}”, or a lead, can do this.")


def refuse_what_is_over(found: Found, now: datetime) -> None:
    """Refuse a talk that has no place to come."""
    talk, session = found.talk, found.session
    if talk.state not in SEATED:
        raise Refusal(f"“{talk.title}” has no place in a session at the moment.")
    if session.starts_at <= now:
        raise Refusal(f"Session #{session.number} has begun: nothing to change any more.")
