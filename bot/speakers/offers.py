"""Whom a free seat is offered to, and how they get it: inside the caller's transaction.

The group is locked by the caller, so that nobody takes a seat while another is asked.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.ballots.store import get_ballot
from bot.database import Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.jobs.store import put_job
from bot.pitches.model import Pitch, PitchState
from bot.pitches.moving import move_pitches
from bot.pitches.store import get_pitches, promised
from bot.sessions import store as session_store
from bot.sessions import talks
from bot.sessions.away import sessions_missed
from bot.sessions.calendar import arm_talks
from bot.sessions.model import Session, SessionState, Talk, TalkState
from bot.speakers import store
from bot.speakers.model import (
    ASK,
    ASK_LAPSE,
    ASK_REDRAW,
    Ask,
    AskKind,
    AskState,
    answer_by,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A place in a session that somebody gave back; `ballot_id` elected the talk that was there."""

    session: Session
    position: int
    ballot_id: int | None


async def offer_seat(tx: Tx, group: Group, seat: Seat, now: datetime) -> int | None:
    """Whom the seat is offered to, None where nobody is left or it is too late.

    First those with a promise, then the reserves of the ballot that elected the talk, in order;
    nobody twice for the same session. The leads are told when nobody is left.
    """
    session, position = seat.session, seat.position
    if not is_free(session, position, now):
        return None
    asked = await store.asks_about(tx, session.id)
    if any(one.position == position and one.state is AskState.OPEN for one in asked):
        return None
    until = answer_by(now, session.starts_at)
    pitch = await _next_in_line(tx, group, seat, asked) if until else None
    if pitch is None or until is None:
        await raise_alert(tx, group.id, _words_of_free_seat(session), now)
        return None
    ask = Ask(
        id=0,
        group_id=group.id,
        kind=AskKind.SEAT,
        person_id=pitch.speaker_id or pitch.author_id,
        session_id=session.id,
        position=position,
        pitch_id=pitch.id,
        ballot_id=seat.ballot_id,
        asked_at=now,
        expires_at=until,
    )
    await put_question(tx, ask, now)
    return ask.person_id


async def put_question(tx: Tx, ask: Ask, now: datetime) -> None:
    """Have the person asked, and the question lapse by itself."""
    ask_id = await store.add_ask(tx, ask)
    await put_job(tx, ASK, ask_id, now)
    await put_job(tx, ASK_LAPSE, ask_id, ask.expires_at)


def is_free(session: Session, position: int, now: datetime) -> bool:
    """True while the place can still be given to somebody."""
    is_ahead = session.state is SessionState.PLANNED and session.starts_at > now
    return is_ahead and position not in {talk.position for talk in session.talks}


async def _next_in_line(tx: Tx, group: Group, seat: Seat, asked: list[Ask]) -> Pitch | None:
    spent = {one.pitch_id for one in asked} | await talks.put_off_before(tx, seat.session.id)
    line = await promised(tx, group.id)
    ballot = await get_ballot(tx, seat.ballot_id) if seat.ballot_id else None
    if ballot is not None and ballot.result is not None:
        reserves = ballot.result.reserves
        found = await get_pitches(tx, reserves)
        waiting = [found[one] for one in reserves if one in found]
        line += [pitch for pitch in waiting if pitch.state is PitchState.OPEN]
    people = {pitch.id: pitch.speaker_id or pitch.author_id for pitch in line}
    missed = await sessions_missed(tx, people, [seat.session])
    return next((one for one in line if one.id not in spent and not missed[one.id]), None)


def _words_of_free_seat(session: Session) -> str:
    return (
        f"Session #{session.number} has a free place, and nobody is left whom I could ask to take "
        "it: ask somebody yourself, or open a ballot for it with `/ballot open`."
    )


async def take_seat(tx: Tx, ask: Ask, session: Session, pitch: Pitch, now: datetime) -> None:
    """Put the accepted talk in its place; events, feeds and discussions follow."""
    talk = Talk(
        id=0,
        session_id=session.id,
        position=ask.position,
        title=pitch.title,
        pitch_id=pitch.id,
        speaker_id=ask.person_id,
        sources=pitch.sources,
        minutes=_share(session),
        state=TalkState.CONFIRMED,
    )
    await talks.add_talk(tx, talk)
    await move_pitches(tx, [pitch.id], PitchState.SCHEDULED, now, has_lost=False)
    await follow(tx, session.id, now)


def _share(session: Session) -> int:
    """As many minutes as the session's other talks have, or all where there is none."""
    return session.talks[0].minutes if session.talks else session.minutes


async def follow(tx: Tx, session_id: int, now: datetime) -> None:
    """Have what shows the session's talks brought up to date."""
    await session_store.touch(tx, session_id, now)
    await arm_talks(tx, [session_id], now)


async def settle(tx: Tx, ask: Ask, state: AskState, now: datetime) -> bool:
    """Whether the question is settled by this; what stands in the channel follows."""
    if not await store.settle_ask(tx, ask.id, state):
        return False
    await put_job(tx, ASK_REDRAW, ask.id, now)
    return True


async def pass_on(tx: Tx, group: Group, ask: Ask, state: AskState, now: datetime) -> int | None:
    """Whom the seat is offered to next, after the one who was asked gave no yes."""
    if not await settle(tx, ask, state, now) or ask.kind is not AskKind.SEAT:
        return None
    session = await session_store.lock_session(tx, ask.session_id)
    if session is None:
        return None
    seat = Seat(session=session, position=ask.position, ballot_id=ask.ballot_id)
    return await offer_seat(tx, group, seat, now)


async def drop_swaps(tx: Tx, group: Group, talk_id: int, now: datetime) -> None:
    """Settle the swaps that were asked for with this talk, or of its speaker."""
    for ask in await store.open_asks(tx, group.id):
        if ask.kind is AskKind.SWAP and talk_id in (ask.talk_id, ask.other_talk_id):
            await settle(tx, ask, AskState.OVERTAKEN, now)
