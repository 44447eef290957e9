"""What speakers, and leads for them, do with an elected talk."""

from collections.abc import Mapping
from dataclasses import replace

from bot.ballots.store import elected_by
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group
from bot.groups.model import Group
from bot.jobs.store import cancel_jobs, put_jobs
from bot.members.model import Actor
from bot.members.store import get_member
from bot.pitches.model import PitchState, check_sources
from bot.pitches.moving import move_pitches, promise_pitches, redraw_pitches
from bot.pitches.store import get_pitches, save_pitch
from bot.sessions import store as session_store
from bot.sessions import talks
from bot.sessions.away import read_days_away
from bot.sessions.calendar import arm_talks, redrawing
from bot.sessions.model import DISCUSS, Talk, TalkState
from bot.speakers import words
from bot.speakers.acts import note_for_speaker, spoken_step_back, spoken_talk
from bot.speakers.away import StepIn, make_sure
from bot.speakers.away_words import sure_buttons
from bot.speakers.finding import (
    Found,
    find_talk,
    lock_talk,
    refuse_what_is_over,
    require_speaker,
    talk_to_come,
)
from bot.speakers.offers import Seat, drop_swaps, follow, offer_seat
from bot.text import quote

HELD_SHOWN = 6
LINKS = ("reading", "slides", "recording")


class SpeakerService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def card(self, actor: Actor, typed_group: str | None, talk_id: int | None) -> Card:
        """The talk's card; without a talk that of the actor's own next one, else of the next.

        Where none is to come, of the one given last, which is when its recording is there.
        """
        async with self._db.read() as tx:
            if talk_id is None:
                group = await find_group(tx, actor, typed_group)
                talk_id = await self._next_talk(tx, actor, group)
            found = await find_talk(tx, actor, talk_id)
            return await self._show(tx, actor, found)

    async def choices(self, actor: Actor, typed_group: str | None) -> list[tuple[str, int]]:
        """(label, id) of the talks to choose from: to come, put off, and the last ones given."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            now = self._clock()
            ahead = await session_store.sessions_ahead(tx, group.id, now, 100)
            past = await session_store.sessions_past(tx, group.id, now, HELD_SHOWN)
            put_off = await talks.put_off_talks(tx, group.id)
        seated = [
            (f"#{session.number} · {talk.title}", talk.id)
            for session in (*ahead, *past)
            for talk in session.talks
        ]
        waiting = [(f"Promised · {talk.title}", talk.id) for talk in put_off]
        return [*seated[:1], *waiting, *seated[1:]] if seated else waiting

    async def _next_talk(self, tx: Tx, actor: Actor, group: Group) -> int:
        now = self._clock()
        sessions = await session_store.sessions_ahead(tx, group.id, now, 100)
        if not any(session.talks for session in sessions):
            sessions = await session_store.sessions_past(tx, group.id, now, HELD_SHOWN)
        near = [talk for session in sessions for talk in session.talks]
        near = near or await talks.put_off_talks(tx, group.id)
        own = [talk for talk in near if talk.speaker_id == actor.user_id]
        if not near:
            why = "pauses, and its talks wait until it goes on"
            none = "has no talks in its calendar yet: `/pitch` one"
            raise Refusal(f"{group.name} {why if group.pattern.open_break else none}.")
        return (own or near)[0].id

    async def talk_of(self, actor: Actor, ballot_id: int) -> int:
        """The actor's own talk of those that the ballot elected, for a press on its result."""
        async with self._db.read() as tx:
            for talk in await talks.talks_by(tx, actor.user_id):
                ballot = await elected_by(tx, talk.pitch_id) if talk.pitch_id else None
                if ballot is not None and ballot.id == ballot_id:
                    return talk.id
        raise Refusal("None of these talks is yours: `/talk` shows any of them.")

    async def show(self, actor: Actor, talk_id: int) -> Card:
        """The talk's card."""
        return await self.card(actor, None, talk_id)

    async def confirm(self, actor: Actor, talk_id: int, *, is_sure: bool = False) -> Card:
        """The card of the talk that its speaker is sure to give.

        This, and whatever else lets somebody speak, asks (AwayThatDay) about a day away.
        """
        async with self._db.begin() as tx:
            found = await talk_to_come(tx, actor, talk_id, self._clock())
            await make_sure(tx, actor, _step(found, actor, "confirm"), is_sure=is_sure)
            if found.talk.state is TalkState.ELECTED:
                await talks.set_talk_state(tx, [talk_id], TalkState.CONFIRMED)
                await put_jobs(tx, [redrawing(found.session.id, self._clock())])
                what = f"confirmed {spoken_talk(found.talk)} in #{found.session.number}"
                await note_for_speaker(tx, found, actor, what, self._clock())
            return await self._show(tx, actor, await find_talk(tx, actor, talk_id))

    async def take_on(self, actor: Actor, talk_id: int, *, is_sure: bool = False) -> Card:
        """The card of a talk that wanted a speaker and has one now: the actor."""
        async with self._db.begin() as tx:
            found = await lock_talk(tx, actor, talk_id)
            refuse_what_is_over(found, self._clock())
            if found.talk.speaker_id is not None:
                raise Refusal(f"“{found.talk.title}” has a speaker already.")
            await make_sure(tx, actor, _step(found, actor, "speak"), is_sure=is_sure)
            await talks.set_speaker(tx, talk_id, actor.user_id)
            await talks.set_talk_state(tx, [talk_id], TalkState.CONFIRMED)
            pitch_id = found.talk.pitch_id
            if pitch_id is not None:
                pitch = (await get_pitches(tx, [pitch_id]))[pitch_id]
                await save_pitch(tx, replace(pitch, speaker_id=actor.user_id))
                await redraw_pitches(tx, [pitch_id], self._clock())
            # Calendars name no speakers: they have nothing to hear of.
            await arm_talks(tx, [found.session.id], self._clock())
            return await self._show(tx, actor, await find_talk(tx, actor, talk_id))

    async def ask_why_not(self, actor: Actor, talk_id: int) -> Card:
        """What a speaker who can't is asked."""
        async with self._db.read() as tx:
            found = await find_talk(tx, actor, talk_id)
            require_speaker(found, actor)
            refuse_what_is_over(found, self._clock())
        is_own = found.talk.speaker_id == actor.user_id
        return words.cant_card(found.talk, found.session, is_own=is_own)

    async def step_back(self, actor: Actor, talk_id: int, state: TalkState) -> Card:
        """What came of it: the seat is offered to the next; DEFERRED keeps a promise, WITHDRAWN
        none.
        """
        now = self._clock()
        async with self._db.begin() as tx:
            found = await lock_talk(tx, actor, talk_id)
            require_speaker(found, actor)
            talk = found.talk
            what = spoken_step_back(talk, found.session, state)
            if talk.state is TalkState.DEFERRED and state is TalkState.WITHDRAWN:
                await self._give_promise_back(tx, talk)
                await note_for_speaker(tx, found, actor, what, now)
                return words.withdrawn_card(talk)
            refuse_what_is_over(found, self._clock())
            await talks.vacate(tx, talk.id, state)
            await cancel_jobs(tx, talk.id, [DISCUSS])
            ballot = None
            if talk.pitch_id is not None:
                ballot = await elected_by(tx, talk.pitch_id)
                if state is TalkState.DEFERRED:
                    await promise_pitches(tx, [talk.pitch_id], now)
                else:
                    await move_pitches(tx, [talk.pitch_id], PitchState.WITHDRAWN, now)
            await follow(tx, found.session.id, now)
            await drop_swaps(tx, found.group, talk.id, now)
            session = await session_store.lock_session(tx, found.session.id) or found.session
            seat = Seat(
                session=session, position=talk.position, ballot_id=ballot.id if ballot else None
            )
            asked_id = await offer_seat(tx, found.group, seat, now)
            await note_for_speaker(tx, found, actor, what, now)
        return words.stepped_back_card(replace(talk, state=state), session, asked_id)

    async def _give_promise_back(self, tx: Tx, talk: Talk) -> None:
        pitch = (await get_pitches(tx, [talk.pitch_id or 0])).get(talk.pitch_id or 0)
        if pitch is None or pitch.state is not PitchState.PROMISED:
            raise Refusal(f"“{talk.title}” is not on the promised list any more.")
        await move_pitches(tx, [pitch.id], PitchState.WITHDRAWN, self._clock())
        await talks.vacate(tx, talk.id, TalkState.WITHDRAWN)

    async def links_of(self, actor: Actor, talk_id: int) -> dict[str, str]:
        """The talk's links as they were typed, to be typed over."""
        async with self._db.read() as tx:
            found = await find_talk(tx, actor, talk_id)
            require_speaker(found, actor)
        return {name: getattr(found.talk, name) for name in LINKS}

    async def save_links(self, actor: Actor, talk_id: int, typed: Mapping[str, str]) -> Card:
        """The talk's card with its new links."""
        reading, slides, recording = (_check_link(typed.get(name, "")) for name in LINKS)
        async with self._db.begin() as tx:
            found = await lock_talk(tx, actor, talk_id)
            require_speaker(found, actor)
            linked = replace(found.talk, reading=reading, slides=slides, recording=recording)
            await talks.save_links(tx, linked)
            if linked != found.talk:
                what = f"changed the links of {spoken_talk(linked)}"
                await note_for_speaker(tx, found, actor, what, self._clock())
            return await self._show(tx, actor, await find_talk(tx, actor, talk_id))

    async def _show(self, tx: Tx, actor: Actor, found: Found) -> Card:
        talk, session = found.talk, found.session
        away = await read_days_away(tx, [talk.speaker_id])
        view = words.TalkView(
            group=found.group,
            session=session,
            talk=talk,
            member=await get_member(tx, actor.user_id),
            now=self._clock(),
            may_change=actor.user_id in {talk.speaker_id, *found.group.lead_ids},
            is_away=away.misses(talk.speaker_id, session.starts_at, session.zone),
        )
        return words.talk_card(view)


def _step(found: Found, actor: Actor, what: str) -> StepIn:
    """That the talk's speaker, or the actor where it has none, gives it."""
    return StepIn(
        person_id=found.talk.speaker_id or actor.user_id,
        title=found.talk.title,
        session=found.session,
        buttons=sure_buttons(found.talk.id, what),
    )


def _check_link(text: str) -> str:
    links = check_sources(text)
    if len(links) > 1:
        raise Refusal(f"{quote(text)} is more than one link: give one for each.")
    return links[0] if links else ""
