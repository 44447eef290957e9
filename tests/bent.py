"""What tests of a bent calendar look at, and how they fill one."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any

import pytest
from backstage import BEN, CHANNEL, CLARA, DEVI, KENJI, START, Backstage, actor
from fakes.messenger import Message
from sqlalchemy import select

from bot.cards import Card
from bot.errors import Refusal
from bot.groups.model import Group
from bot.jobs.model import JobState
from bot.jobs.store import JOBS
from bot.pitches.model import PitchState
from bot.pitches.store import set_state
from bot.sessions.answers import save_answer
from bot.sessions.calendar import arm_talks
from bot.sessions.model import DISCUSS, Answer, Session, Talk
from bot.sessions.store import calendar_of
from bot.sessions.talks import add_talk

Programme = list[list[str]]
SPEAKERS = {"A": BEN, "B": CLARA, "C": DEVI, "D": KENJI, "E": BEN}


async def sessions_of(house: Backstage, group: Group) -> list[Session]:
    async with house.db.read() as tx:
        return await calendar_of(tx, group.id, START)


async def going(house: Backstage, session: Session, *user_ids: int) -> None:
    async with house.db.begin() as tx:
        for user_id in user_ids:
            await save_answer(tx, session.id, user_id, Answer.GOING, house.now)


async def refusal_of(call: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await call
    return str(refused.value)


async def heard(house: Backstage) -> list[Message]:
    """What stands in the channel once everything due is done."""
    await house.runner.run_due()
    return list(house.messenger.places[CHANNEL].messages.values())


def labels(card: Card) -> list[str]:
    return [button.label for button in card.buttons]


def acts_in(card: Card) -> list[str]:
    """Who did what, as the list of acts has it, the newest first; when is left out."""
    lines = [one.splitlines() for one in card.body if one.startswith("**")]
    assert all(when.startswith("-# <t:") for _, when in lines)
    return [what for what, _ in lines]


async def told_acts(house: Backstage, most: int = 8) -> list[str]:
    """The same of the list of acts that Maya sees."""
    return acts_in(await house.rooms.acts.acts_card(actor(), None))[:most]


async def programme(house: Backstage, group: Group, wanted: Programme) -> None:
    """Seat talks of these titles, a pitch behind each; a title's letter names its speaker."""
    for session, titles in zip(await sessions_of(house, group), wanted, strict=False):
        for position, title in enumerate(titles):
            speaker_id = SPEAKERS.get(title)
            [pitch_id] = await house.pitch(
                group, title, speakers=[speaker_id] if speaker_id else []
            )
            talk = Talk(
                id=0,
                session_id=session.id,
                position=position,
                title=title,
                pitch_id=pitch_id,
                speaker_id=speaker_id,
                minutes=30,
            )
            async with house.db.begin() as tx:
                await add_talk(tx, talk)
                await set_state(tx, [pitch_id], PitchState.SCHEDULED)
                await arm_talks(tx, [session.id], house.now)


async def titles_of(house: Backstage, group: Group) -> Programme:
    return [[talk.title for talk in one.talks] for one in await sessions_of(house, group)]


async def discussions(house: Backstage, group: Group) -> dict[str, datetime]:
    """When each talk's discussion opens, by its title."""
    names = {talk.id: talk.title for one in await sessions_of(house, group) for talk in one.talks}
    async with house.db.read() as tx:
        rows = await tx.execute(
            select(JOBS.c.subject_id, JOBS.c.due_at).where(
                JOBS.c.kind == DISCUSS, JOBS.c.state == JobState.WAITING
            )
        )
        return {names.get(talk_id, "gone"): due_at for talk_id, due_at in rows}


async def skip(house: Backstage, number: int, first: str, then: str) -> None:
    """Maya skips a session and confirms what she is shown."""
    card = await house.rooms.rescheduling.propose_skip(actor(), None, number)
    await house.press(await house.press(card, first), then)
