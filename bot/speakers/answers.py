"""What becomes of a speaker's yes or no."""

from dataclasses import replace

from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.model import Group
from bot.groups.store import get_group, lock_group
from bot.members.model import Actor
from bot.pitches.model import Pitch, PitchState
from bot.pitches.store import get_pitches
from bot.sessions import store as session_store
from bot.sessions import talks
from bot.sessions.model import SEATED, SessionState
from bot.speakers import store, words
from bot.speakers.acts import note_act, spoken_no
from bot.speakers.away import StepIn, make_sure
from bot.speakers.away_words import sure_answers
from bot.speakers.model import Ask, AskKind, AskState
from bot.speakers.offers import drop_swaps, follow, is_free, pass_on, settle, take_seat
from bot.speakers.views import view_of_ask

_SETTLED = {
    AskState.ACCEPTED: "This was answered with yes already.",
    AskState.DECLINED: "This was answered with no already.",
    AskState.LAPSED: "The time for an answer is over.",
    AskState.OVERTAKEN: "This is settled otherwise already.",
}


class AnswerService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def answer(
        self, actor: Actor, ask_id: int, *, is_yes: bool, is_sure: bool = False
    ) -> Card:
        """The question's card, settled. A lead may say no for somebody who does not answer.

        Asks (AwayThatDay) who says yes to a day away, unless they are sure.
        """
        async with self._db.begin() as tx:
            group, ask = await self._lock_open(tx, actor, ask_id)
            is_lead = actor.user_id in group.lead_ids
            if actor.user_id != ask.person_id and (is_yes or not is_lead):
                raise Refusal("This question is for somebody else.")
            if is_yes:
                settled = await self._accept(tx, group, ask, actor, is_sure=is_sure)
            else:
                await pass_on(tx, group, ask, AskState.DECLINED, self._clock())
                settled = AskState.DECLINED
                if actor.user_id != ask.person_id:
                    await note_act(tx, group, actor, spoken_no(ask), self._clock())
            view = await view_of_ask(tx, group, replace(ask, state=settled))
        return words.ask_card(view)

    async def _lock_open(self, tx: Tx, actor: Actor, ask_id: int) -> tuple[Group, Ask]:
        ask = await store.get_ask(tx, ask_id)
        group = await get_group(tx, actor.server_id, ask.group_id) if ask else None
        if ask is None or group is None:
            raise Refusal("That question is not here any more.")
        await lock_group(tx, group.id)
        ask = await store.get_ask(tx, ask_id)
        if ask is None or ask.state is not AskState.OPEN:
            raise Refusal(_SETTLED[ask.state] if ask else "That question is not here any more.")
        return group, ask

    async def _accept(
        self, tx: Tx, group: Group, ask: Ask, actor: Actor, *, is_sure: bool
    ) -> AskState:
        accept = self._accept_seat if ask.kind is AskKind.SEAT else self._accept_swap
        settled = await accept(tx, group, ask)
        if settled is AskState.ACCEPTED:
            view = await view_of_ask(tx, group, ask)
            step = StepIn(
                person_id=ask.person_id,
                title=view.own_title,
                session=view.session,
                buttons=sure_answers(ask),
            )
            await make_sure(tx, actor, step, is_sure=is_sure)
        return settled

    async def _accept_seat(self, tx: Tx, group: Group, ask: Ask) -> AskState:
        now = self._clock()
        session = await session_store.lock_session(tx, ask.session_id)
        pitch = await self._free_pitch(tx, ask)
        if session is None or not is_free(session, ask.position, now):
            await settle(tx, ask, AskState.OVERTAKEN, now)
            return AskState.OVERTAKEN
        if pitch is None:
            await pass_on(tx, group, ask, AskState.OVERTAKEN, now)
            return AskState.OVERTAKEN
        await take_seat(tx, ask, session, pitch, now)
        await settle(tx, ask, AskState.ACCEPTED, now)
        return AskState.ACCEPTED

    async def _free_pitch(self, tx: Tx, ask: Ask) -> Pitch | None:
        """The pitch that was asked for, None where it is on a ballot or seated meanwhile."""
        found = await get_pitches(tx, [ask.pitch_id or 0])
        pitch = found.get(ask.pitch_id or 0)
        is_free = pitch is not None and pitch.state in (PitchState.OPEN, PitchState.PROMISED)
        return pitch if is_free else None

    async def _accept_swap(self, tx: Tx, group: Group, ask: Ask) -> AskState:
        now = self._clock()
        one = await talks.get_talk(tx, ask.talk_id or 0)
        other = await talks.get_talk(tx, ask.other_talk_id or 0)
        places = [one.session_id, other.session_id] if one and other else []
        sessions = [await session_store.lock_session(tx, one_id) for one_id in sorted(places)]
        is_as_asked = (
            one is not None
            and other is not None
            and places == [ask.session_id, ask.other_session_id]
            and one.state in SEATED
            and other.state in SEATED
            and all(
                session is not None
                and session.state is SessionState.PLANNED
                and session.starts_at > now
                for session in sessions
            )
        )
        if not is_as_asked or one is None or other is None:
            await settle(tx, ask, AskState.OVERTAKEN, now)
            return AskState.OVERTAKEN
        await talks.exchange(tx, one, other)
        for session_id in sorted(places):
            await follow(tx, session_id, now)
        await settle(tx, ask, AskState.ACCEPTED, now)
        for talk in (one, other):
            await drop_swaps(tx, group, talk.id, now)
        return AskState.ACCEPTED
