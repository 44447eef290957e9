"""From winners to talks: who sits where, and what becomes of the rest."""

from dataclasses import replace
from datetime import datetime

from bot.ballots.model import Ballot, Result
from bot.database import Tx
from bot.pitches.model import PitchState
from bot.pitches.store import set_state
from bot.sessions import store as session_store
from bot.sessions.calendar import arm_talks
from bot.sessions.model import Session, Talk, seats_in
from bot.sessions.talks import add_talk


async def free_sessions(tx: Tx, group_id: int, after: datetime, talks_each: int) -> list[Session]:
    """Planned sessions that start after `after` and have room for another talk."""
    ahead = await session_store.sessions_ahead(tx, group_id, after, 100)
    return [one for one in ahead if one.starts_at > after and len(one.talks) < talks_each]


async def seat(tx: Tx, ballot: Ballot, result: Result, now: datetime) -> Result:
    """The result with its winners placed, in election order, in the earliest free places.

    Winners without a place and runner-ups go back to the backlog, first among equals next time.
    """
    sessions = await free_sessions(tx, ballot.group_id, now, ballot.talks_each)
    sessions = sessions[: ballot.sessions]
    seated: dict[int, int] = {}
    places = seats_in(sessions, ballot.talks_each)
    for pitch_id, (session, position) in zip(result.winners, places, strict=False):
        option = ballot.option_of(pitch_id)
        talk = Talk(
            id=0,
            session_id=session.id,
            position=position,
            title=option.title,
            pitch_id=pitch_id,
            speaker_id=option.speaker_id,
            sources=option.sources,
            minutes=session.minutes // ballot.talks_each,
        )
        await add_talk(tx, talk)
        seated[pitch_id] = session.id
    waiting = [o.pitch_id for o in ballot.options if o.pitch_id not in seated]
    await set_state(tx, list(seated), PitchState.SCHEDULED, has_lost=False)
    await set_state(tx, waiting, PitchState.OPEN, has_lost=True)
    for session_id in dict.fromkeys(seated.values()):
        await session_store.touch(tx, session_id, now)
        await arm_talks(tx, session_id, now)
    return replace(result, seated=seated)
