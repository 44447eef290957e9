"""What leads do for a speaker, for `/audit`: only told, since seats are offered to others then."""

from datetime import datetime

from bot.audit.model import ActKind
from bot.audit.store import record_act
from bot.cards import person_link
from bot.database import Tx
from bot.groups.model import Group
from bot.members.model import Actor
from bot.sessions.model import Session, Talk, TalkState
from bot.speakers.finding import Found
from bot.speakers.model import Ask, AskKind
from bot.text import escape, shorten


async def note_act(tx: Tx, group: Group, actor: Actor, what: str, now: datetime) -> None:
    """Note what the lead did, `what` to follow their name."""
    await record_act(
        tx, group_id=group.id, user_id=actor.user_id, kind=ActKind.TALK, what=what, now=now
    )


async def note_for_speaker(tx: Tx, found: Found, actor: Actor, what: str, now: datetime) -> None:
    """The same where somebody else is the talk's speaker: what speakers do is nobody's act."""
    if actor.user_id != found.talk.speaker_id:
        await note_act(tx, found.group, actor, what, now)


def spoken_talk(talk: Talk) -> str:
    """ "**Qubits** of @ben"."""
    speaker = f" of {person_link(talk.speaker_id)}" if talk.speaker_id else ""
    return f"**{escape(shorten(talk.title, 60))}**{speaker}"


def spoken_step_back(talk: Talk, session: Session, state: TalkState) -> str:
    """Whose talk has no seat any more; DEFERRED keeps a promise, WITHDRAWN none."""
    if talk.state is TalkState.DEFERRED:
        return f"gave back the promised seat of {spoken_talk(talk)}"
    if state is TalkState.DEFERRED:
        return f"put {spoken_talk(talk)} off: it was in #{session.number}"
    return f"took {spoken_talk(talk)} out of #{session.number} for good"


def spoken_no(ask: Ask) -> str:
    """For whom a question was answered."""
    what = "take a free seat" if ask.kind is AskKind.SEAT else "change places"
    return f"said no for {person_link(ask.person_id)}, who was asked to {what}"
