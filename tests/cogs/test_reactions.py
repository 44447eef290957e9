"""What the gateway says is taken in through discord.py's own dispatch, and keeps its order."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from backstage import BEN, CHANNEL, CLARA, DEVI, START, Backstage, actor
from ballotbox import A, B, close, counts, latest, meanwhile, opened
from discord.ext import commands

from bot.ballots.listening import WHILE_DEAF
from bot.ballots.machine import EventKind, Key, Standing
from bot.ballots.turnout import Turnout
from bot.ballots.votes import logged_events
from bot.database import Database
from cogs.reactions import ReactionCog

TURNS = 20
"""Of the event loop, in which an event that was dispatched has been taken in."""


@pytest.fixture
def house(db: Database) -> Backstage:
    return Backstage(db=db)


@pytest.fixture
async def gateway(house: Backstage) -> AsyncIterator[commands.Bot]:
    """A bot without a connection: what is dispatched to it reaches the cog."""
    async with commands.Bot("!", intents=discord.Intents.none()) as bot:
        await bot.add_cog(ReactionCog(bot, house.rooms.listener, house.rooms.upkeep))
        yield bot


async def tell(gateway: commands.Bot, event: str, *payload: Any) -> None:
    gateway.dispatch(event, *payload)
    for _ in range(TURNS):
        await asyncio.sleep(0)


def clicked(
    message_id: int, user_id: int, emoji: str, kind: str = "ADD", *, is_super: bool = False
) -> discord.RawReactionActionEvent:
    """Discord's word that somebody clicked."""
    data: Any = {
        "message_id": message_id,
        "channel_id": CHANNEL,
        "user_id": user_id,
        "burst": is_super,
        "type": int(is_super),
    }
    letter = discord.PartialEmoji(name=emoji)
    return discord.RawReactionActionEvent(data, letter, f"REACTION_{kind}")  # type: ignore[arg-type]


async def test_clicks_are_told_apart_by_person_letter_and_kind(
    house: Backstage, gateway: commands.Bot
) -> None:
    ballot, message_id = await opened(house)
    await tell(gateway, "raw_reaction_add", clicked(message_id, BEN, f"{A}\ufe0f"))
    await tell(gateway, "raw_reaction_add", clicked(message_id, BEN, A, is_super=True))
    await tell(gateway, "raw_reaction_add", clicked(message_id, CLARA, B))
    await tell(gateway, "raw_reaction_remove", clicked(message_id, CLARA, B, "REMOVE"))
    await tell(gateway, "raw_reaction_add", clicked(message_id + 1, DEVI, A))
    live = house.rooms.listener.follow(ballot.id, message_id).stand()
    people = {key for key in live.votes if key.user_id in (BEN, CLARA, DEVI)}
    assert people == {Key(BEN, A), Key(BEN, A, is_super=True)}


async def test_a_bot_that_reacts_after_the_last_read_is_nobody_who_voted(
    house: Backstage, gateway: commands.Bot
) -> None:
    _, message_id = await opened(house)
    state = gateway._connection
    guild = discord.Guild(data={"id": "1", "name": "Server"}, state=state)  # type: ignore[typeddict-item]
    for user_id, is_bot in ((BEN, False), (DEVI, True)):
        user: Any = {"id": str(user_id), "username": "u", "discriminator": "0", "bot": is_bot}
        member: Any = {"user": {**user, "avatar": None}, "roles": [], "flags": 0}
        payload = clicked(message_id, user_id, A)
        payload.member = discord.Member(data=member, guild=guild, state=state)
        await tell(gateway, "raw_reaction_add", payload)
    turnout = Turnout(house.db, house.clock, house.messenger, house.rooms.listener)
    reads = house.messenger.calls.count("read_votes")
    assert await turnout.of(await latest(house)) == 1
    assert house.messenger.calls.count("read_votes") == reads


async def test_a_clear_takes_the_votes_and_brings_the_letters_back(
    house: Backstage, gateway: commands.Bot
) -> None:
    ballot, message_id = await opened(house)
    await tell(gateway, "raw_reaction_add", clicked(message_id, BEN, A))
    house.messenger.message(message_id).reactions.clear()
    data: Any = {"message_id": message_id, "channel_id": CHANNEL}
    payload = discord.RawReactionClearEvent(data)
    await gateway.cogs["ReactionCog"].on_raw_reaction_clear(payload)  # type: ignore[attr-defined]
    assert await house.messenger.own_reactions(CHANNEL, message_id) == set(ballot.emojis)
    await house.rooms.listener.write_log()
    async with house.db.read() as tx:
        events = [event.kind for _, event in await logged_events(tx, ballot.id)]
    assert events == [EventKind.ADD, EventKind.CLEAR]


async def test_a_count_waits_for_the_gateway_and_goes_on_when_it_resumes(
    house: Backstage, gateway: commands.Bot
) -> None:
    _, message_id = await opened(house)
    house.messenger.vote(message_id, BEN, A)
    await tell(gateway, "disconnect")
    assert (await close(house)).result is None
    await tell(gateway, "resumed")
    await house.advance_to(START + WHILE_DEAF)
    assert counts(await latest(house)) == [1, 0, 0]


async def test_votes_told_after_a_resume_in_the_middle_of_a_count_are_put_back(
    house: Backstage, gateway: commands.Bot
) -> None:
    _, message_id = await opened(house)

    async def drop_and_resume() -> None:
        await tell(gateway, "disconnect")
        house.messenger.vote(message_id, BEN, A)
        await tell(gateway, "raw_reaction_add", clicked(message_id, BEN, A))
        await tell(gateway, "resumed")

    house.messenger.meanwhile["before read_votes"] = drop_and_resume
    closed = await close(house)
    assert (counts(closed), closed.is_recounted) == ([0, 0, 0], False)


async def test_a_new_session_in_the_middle_of_a_count_begins_it_anew(
    house: Backstage, gateway: commands.Bot
) -> None:
    _, message_id = await opened(house)
    meanwhile(house, lambda: house.messenger.vote(message_id, BEN, A))
    await house.rooms.ballots.close(actor(), None)
    read = house.messenger.meanwhile["before read_votes"]

    async def lose_session() -> None:
        await tell(gateway, "disconnect")
        await read()
        await tell(gateway, "connect")

    house.messenger.meanwhile["before read_votes"] = lose_session
    await house.runner.run_due()
    house.messenger.meanwhile.clear()
    await house.advance_to(START + WHILE_DEAF)
    closed = await latest(house)
    assert (counts(closed), closed.is_recounted) == ([1, 0, 0], True)


async def test_a_new_session_knows_nothing_of_what_was_before_until_it_is_read(
    house: Backstage, gateway: commands.Bot
) -> None:
    ballot, message_id = await opened(house)
    live = house.rooms.listener.follow(ballot.id, message_id)
    before = live.stand()
    assert before.is_trusted
    await tell(gateway, "connect")
    assert live.stand() == Standing(known={}, is_trusted=False)
    await house.rooms.upkeep.look_after_all()
    assert live.stand() == before
