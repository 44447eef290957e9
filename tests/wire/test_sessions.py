"""The loopback gateway keeps Discord's rules: intents, resuming, new sessions, member look-ups."""

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest

from cogs.client import INTENTS
from tests.wire.clocks import hurried
from tests.wire.desk import until
from tests.wire.discord_server import TOKEN, DiscordServer
from tests.wire.world import World

HURRY = 20


class Listener(discord.Client):
    """Keeps who has voted."""

    def __init__(self) -> None:
        super().__init__(intents=INTENTS, guild_ready_timeout=0.05)
        self.heard: list[int] = []

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.heard.append(payload.user_id)


@pytest.fixture
async def online(server: DiscordServer, world: World) -> AsyncIterator[Listener]:
    """A client that is connected."""
    listener = Listener()
    running = asyncio.create_task(listener.start(TOKEN))
    await until(listener.is_ready)
    yield listener
    await listener.close()
    await running


async def test_client_knows_its_servers_and_hears_of_reactions(
    world: World, online: Listener
) -> None:
    message = world.backend.create_message(world.channel_ids[0], world.people[0], "vote")
    world.vote(message, world.people[1], "🇦")
    await until(lambda: bool(online.heard))
    guild = online.get_guild(world.guild_id)
    assert guild is not None
    assert [one.id for one in guild.forums] == world.forum_ids
    assert online.heard == [world.people[1]]


async def test_members_are_looked_up_by_their_ids(world: World, online: Listener) -> None:
    guild = online.get_guild(world.guild_id)
    assert guild is not None
    found = await guild.query_members(user_ids=[*world.people[:2], 123_456], cache=False)
    assert {one.id for one in found} == set(world.people[:2])


async def miss_a_vote(server: DiscordServer, world: World) -> None:
    """Somebody votes while nobody is connected."""
    server.gateway.is_refusing = True
    message = world.backend.create_message(world.channel_ids[0], world.people[0], "vote")
    await until(lambda: not server.gateway.sockets)
    world.vote(message, world.people[2], "🇦")
    server.gateway.is_refusing = False


async def test_dropped_client_resumes_and_hears_what_it_missed(
    server: DiscordServer, world: World, online: Listener
) -> None:
    await server.gateway.drop(4000)
    await miss_a_vote(server, world)
    await until(lambda: bool(online.heard))
    assert online.heard == [world.people[2]]
    assert (server.gateway.identifies, server.gateway.resumes) == (1, 1)


async def test_client_that_is_asked_to_reconnect_resumes(
    server: DiscordServer, world: World, online: Listener
) -> None:
    server.gateway.ask_to_reconnect()
    await miss_a_vote(server, world)
    await until(lambda: bool(online.heard))
    assert (server.gateway.identifies, server.gateway.resumes) == (1, 1)


async def test_client_whose_session_is_over_identifies_anew(
    server: DiscordServer,
    online: Listener,
) -> None:
    with hurried(HURRY):
        server.gateway.invalidate()
        await until(lambda: server.gateway.identifies == 2)
    assert server.gateway.resumes == 0


async def test_client_that_says_too_much_is_disconnected(
    server: DiscordServer, world: World, online: Listener
) -> None:
    """discord.py itself keeps to the limit, so this goes behind its back."""
    socket = online.ws
    for _ in range(121):
        await socket.socket.send_str('{"op": 1, "d": null}')
    await until(lambda: online.ws is not socket)
    assert server.gateway.resumes == 1
