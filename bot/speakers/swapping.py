"""A speaker asks another to change places."""

from dataclasses import replace

from bot.cards import Card, person_link
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.members.model import Actor
from bot.members.store import get_member
from bot.sessions import store as session_store
from bot.sessions.away import read_days_away
from bot.sessions.model import SEATED, Session, Talk
from bot.sessions.words import spoken_at_home
from bot.speakers import store, words
from bot.speakers.acts import note_for_speaker, spoken_talk
from bot.speakers.away import StepIn, make_sure
from bot.speakers.away_words import sure_buttons
from bot.speakers.finding import (
    Found,
    find_talk,
    refuse_what_is_over,
    require_speaker,
    talk_to_come,
)
from bot.speakers.model import Ask, AskKind, AskState, answer_by
from bot.speakers.offers import put_question, settle


class SwapService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def offer(self, actor: Actor, talk_id: int) -> Card:
        """The talks of other sessions that the actor may ask to change places with."""
        async with self._db.read() as tx:
            found = await find_talk(tx, actor, talk_id)
            require_speaker(found, actor)
            refuse_what_is_over(found, self._clock())
            others = await self._exchangeable(tx, found)
            away = await read_days_away(tx, [found.talk.speaker_id])
            member = replace(await get_member(tx, actor.user_id), locale=actor.locale)
        if not others:
            raise Refusal("There is no other talk to change places with at the moment.")
        whose = found.talk.speaker_id
        spoken = {
            one.id: spoken_at_home(found.group, one, member)
            + (" · 🏝️ a day away" if away.misses(whose, one.starts_at, one.zone) else "")
            for one, _ in others
        }
        return words.swap_card(found.talk, [(one, talk, spoken[one.id]) for one, talk in others])

    async def _exchangeable(self, tx: Tx, found: Found) -> list[tuple[Session, Talk]]:
        now = self._clock()
        ahead = await session_store.sessions_ahead(tx, found.group.id, now, 100)
        return [
            (session, talk)
            for session in ahead
            for talk in session.talks
            if session.id != found.session.id
            and session.starts_at > now
            and talk.state in SEATED
            and talk.speaker_id not in (None, found.talk.speaker_id)
        ]

    async def ask(
        self, actor: Actor, talk_id: int, other_id: int, *, is_sure: bool = False
    ) -> Card:
        """What the asker is told; the other speaker is asked in the channel."""
        now = self._clock()
        async with self._db.begin() as tx:
            found = await talk_to_come(tx, actor, talk_id, now)
            others = await self._exchangeable(tx, found)
            chosen = [(one, talk) for one, talk in others if talk.id == other_id]
            if not chosen or found.talk.speaker_id is None:
                raise Refusal("You can't change places with that talk (any more).")
            [(session, other)] = chosen
            step = StepIn(
                person_id=found.talk.speaker_id,
                title=found.talk.title,
                session=session,
                buttons=sure_buttons(talk_id, "swap_with", other_id),
            )
            await make_sure(tx, actor, step, is_sure=is_sure)
            until = answer_by(now, min(session.starts_at, found.session.starts_at))
            if until is None:
                raise Refusal(
                    "It is too late to ask for a swap: one of the two sessions begins soon. Talk "
                    "to the leads."
                )
            for ask in await store.open_asks(tx, found.group.id):
                if ask.kind is AskKind.SWAP and ask.talk_id == talk_id:
                    await settle(tx, ask, AskState.OVERTAKEN, now)
            ask = Ask(
                id=0,
                group_id=found.group.id,
                kind=AskKind.SWAP,
                person_id=other.speaker_id or 0,
                session_id=found.session.id,
                asked_by=found.talk.speaker_id,
                talk_id=talk_id,
                other_talk_id=other.id,
                other_session_id=session.id,
                asked_at=now,
                expires_at=until,
            )
            await put_question(tx, ask, now)
            asked = person_link(ask.person_id)
            what = f"asked {asked} to change places with {spoken_talk(found.talk)}"
            await note_for_speaker(tx, found, actor, what, now)
        return words.asked_card(ask.person_id)
