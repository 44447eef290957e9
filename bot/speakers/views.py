"""What a question's card shows beside it: the session and the talks."""

from bot.database import Tx
from bot.groups.model import Group
from bot.pitches.store import get_pitches
from bot.sessions.store import get_sessions
from bot.sessions.talks import get_talk
from bot.speakers.model import Ask
from bot.speakers.words import AskView


async def view_of_ask(tx: Tx, group: Group, ask: Ask) -> AskView:
    """The question with its sessions and titles."""
    ids = [one for one in (ask.session_id, ask.other_session_id) if one is not None]
    sessions = await get_sessions(tx, ids)
    pitch = (await get_pitches(tx, [ask.pitch_id])).get(ask.pitch_id) if ask.pitch_id else None
    talk = await get_talk(tx, ask.talk_id) if ask.talk_id else None
    other = await get_talk(tx, ask.other_talk_id) if ask.other_talk_id else None
    shown = pitch or talk
    return AskView(
        ask=ask,
        group=group,
        session=sessions[ask.session_id],
        title=shown.title if shown else "",
        other_title=other.title if other else "",
        other_session=sessions.get(ask.other_session_id) if ask.other_session_id else None,
    )
