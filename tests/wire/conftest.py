"""Fixtures: Discord on loopback, and discord.py's own client logged in to it."""

from collections.abc import AsyncIterator

import discord
import pytest

from cogs.client import INTENTS
from tests.wire.discord_server import TOKEN, DiscordServer
from tests.wire.launch import redirected
from tests.wire.world import World, add_world


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    """A Discord that this process's discord.py speaks to."""
    running = DiscordServer()
    async with running.serving():
        with redirected(running.port):
            yield running


@pytest.fixture
def world(server: DiscordServer) -> World:
    """A server with a channel, a forum and three people."""
    return add_world(server.backend, channels=1, forums=1, people=3)


@pytest.fixture
async def client(server: DiscordServer) -> AsyncIterator[discord.Client]:
    """A client that is logged in and not connected, as settled as the bot's own."""
    logged_in = discord.Client(
        intents=INTENTS,
        allowed_mentions=discord.AllowedMentions.none(),
        max_ratelimit_timeout=30,
    )
    await logged_in.login(TOKEN)
    server.log.clear()
    yield logged_in
    await logged_in.close()
