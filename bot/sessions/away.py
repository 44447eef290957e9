"""Which sessions a speaker can't come to, by the days that they are away."""

from collections.abc import Mapping, Sequence

from bot.database import Tx
from bot.groups.home import Home
from bot.members.away import is_away
from bot.members.model import Member
from bot.members.store import away_spans, get_members
from bot.sessions.model import Session


async def sessions_missed(
    tx: Tx, speakers: Mapping[int, int | None], sessions: Sequence[Session]
) -> dict[int, frozenset[int]]:
    """For each pitch the sessions that its speaker is away from; `speakers` are by pitch.

    A day is the speaker's own, or home's while it is not known where they live.
    """
    user_ids = {user_id for user_id in speakers.values() if user_id is not None}
    spans, members = await away_spans(tx, user_ids), await get_members(tx, user_ids)
    return {
        pitch_id: frozenset(
            session.id
            for session in sessions
            if is_away(spans[user_id], session.starts_at, _zone_for(members[user_id], session))
        )
        for pitch_id, user_id in speakers.items()
        if user_id is not None
    }


def _zone_for(member: Member, session: Session) -> str:
    return member.habit(Home(city="", zone=session.zone).clock.zone).zone
