"""From winners to talks: who sits where, and what becomes of the rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.ballots.allocation import allocate, exchange, fill_up
from bot.ballots.model import PROMISE_KEPT, Ballot, EarlierTalk, Result
from bot.database import Tx
from bot.jobs.store import Due, put_jobs
from bot.pitches.model import PitchState
from bot.pitches.moving import move_pitches, promise_pitches
from bot.pitches.store import promised
from bot.sessions import store as session_store
from bot.sessions.away import sessions_missed
from bot.sessions.calendar import arm_talks
from bot.sessions.model import Session, Talk
from bot.sessions.talks import add_talk


async def free_sessions(tx: Tx, group_id: int, after: datetime, talks_each: int) -> list[Session]:
    """Planned sessions that start after `after` and have room for another talk."""
    ahead = await session_store.sessions_ahead(tx, group_id, after, 100)
    return [one for one in ahead if one.starts_at > after and len(one.talks) < talks_each]


async def sessions_to_fill(tx: Tx, ballot: Ballot) -> list[Session]:
    """The sessions that an open ballot would fill, as they are planned now; fewer than it has seats
    for where the calendar has no more.
    """
    closes_at = ballot.closing_at or ballot.due_at
    free = await free_sessions(tx, ballot.group_id, closes_at, ballot.talks_each)
    return free[: ballot.sessions]


async def plan_seats(tx: Tx, ballot: Ballot, result: Result, now: datetime) -> Result:
    """The result with its winners seated as the calendar and their days away are now.

    Reserves take the seats of winners who can't come, or whom a lead has left out; then those
    change places whom a lead has swapped.
    """
    sessions = await free_sessions(tx, ballot.group_id, now, ballot.talks_each)
    sessions = sessions[: ballot.sessions]
    away = await sessions_missed(tx, {o.pitch_id: o.speaker_id for o in ballot.options}, sessions)
    places = {one.id: len(one.free_positions(ballot.talks_each)) for one in sessions}
    seated = allocate([one for one in result.winners if one not in ballot.left_out], places, away)
    unserved = len(result.winners) - len(seated)
    seated |= dict(list(fill_up(seated, result.reserves, places, away).items())[:unserved])
    absent = tuple(one for one in result.winners if one not in seated and away.get(one))
    earlier = tuple(
        EarlierTalk(session_id=one.id, title=talk.title, speaker_id=talk.speaker_id)
        for one in sessions
        for talk in one.talks
    )
    seated = exchange(seated, ballot.swaps, away)
    return replace(result, seated=seated, absent=absent, earlier=earlier)


async def seat(tx: Tx, ballot: Ballot, result: Result, now: datetime) -> Result:
    """The result with its seats, its talks in the calendar.

    A winner who fits nowhere is promised the next free seat; the others go back to the backlog,
    first among equals next time.
    """
    result = await plan_seats(tx, ballot, result, now)
    seated = result.seated
    sessions = await free_sessions(tx, ballot.group_id, now, ballot.talks_each)
    unserved = [one for one in result.winners if one not in seated]
    talks = {
        one.pitch_id: Talk(
            id=0,
            session_id=seated[one.pitch_id],
            position=0,
            title=one.title,
            pitch_id=one.pitch_id,
            speaker_id=one.speaker_id,
            sources=one.sources,
            minutes=0,
        )
        for one in ballot.options
        if one.pitch_id in seated
    }
    await _add_talks(tx, [talks[one] for one in seated], sessions, ballot.talks_each, now)
    waiting = [o.pitch_id for o in ballot.options if o.pitch_id not in (*seated, *unserved)]
    await promise_pitches(tx, unserved, now)
    await move_pitches(tx, waiting, PitchState.OPEN, now, has_lost=True)
    return result


async def seat_promised(
    tx: Tx, group_id: int, after: datetime, talks_each: int, now: datetime
) -> list[tuple[Talk, Session]]:
    """The promised talks that have a seat now, each in turn in the earliest session it can take.

    Their speakers, and the channel, are told.
    """
    waiting = await promised(tx, group_id)
    if not waiting:
        return []
    sessions = await free_sessions(tx, group_id, after, talks_each)
    away = await sessions_missed(tx, {pitch.id: pitch.speaker_id for pitch in waiting}, sessions)
    places = {one.id: len(one.free_positions(talks_each)) for one in sessions}
    seated = allocate([pitch.id for pitch in waiting], places, away)
    talks = [
        Talk(
            id=0,
            session_id=seated[pitch.id],
            position=0,
            title=pitch.title,
            pitch_id=pitch.id,
            speaker_id=pitch.speaker_id,
            sources=pitch.sources,
            minutes=0,
        )
        for pitch in waiting
        if pitch.id in seated
    ]
    talk_ids = await _add_talks(tx, talks, sessions, talks_each, now)
    await put_jobs(tx, [Due(kind=PROMISE_KEPT, subject_id=one, due_at=now) for one in talk_ids])
    by_id = {one.id: one for one in sessions}
    return [(talk, by_id[talk.session_id]) for talk in talks]


async def _add_talks(
    tx: Tx, talks: Sequence[Talk], sessions: Sequence[Session], talks_each: int, now: datetime
) -> list[int]:
    """The ids of the talks, each now in its session's next free place; what shows them follows."""
    by_id = {session.id: session for session in sessions}
    free = {session.id: session.free_positions(talks_each) for session in sessions}
    talk_ids = []
    for talk in talks:
        session = by_id[talk.session_id]
        position, minutes = free[session.id].pop(0), session.minutes // talks_each
        placed = replace(talk, position=position, minutes=minutes)
        talk_ids.append(await add_talk(tx, placed))
    pitch_ids = [talk.pitch_id for talk in talks if talk.pitch_id is not None]
    await move_pitches(tx, pitch_ids, PitchState.SCHEDULED, now, has_lost=False)
    seated = {talk.session_id for talk in talks}
    for session_id in sorted(seated):
        await session_store.touch(tx, session_id, now)
    await arm_talks(tx, seated, now)
    return talk_ids
