"""A Discord on loopback with as many channels as it takes, and its limits on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.wire.discord_server import TOKEN, DiscordServer
from tests.wire.launch import redirected
from tests.wire.world import add_world

__all__ = ["TOKEN", "discord_on_loopback"]

MOST_CHANNELS = 400
"""Discord allows 500 in a server, those that it makes by itself included."""


@asynccontextmanager
async def discord_on_loopback(channels: int) -> AsyncIterator[tuple[DiscordServer, list[int]]]:
    """The server that this process's discord.py speaks to meanwhile, and its channels' ids."""
    server = DiscordServer()
    channel_ids: list[int] = []
    while len(channel_ids) < channels:
        count = min(MOST_CHANNELS, channels - len(channel_ids))
        channel_ids += add_world(server.backend, channels=count).channel_ids
    async with server.serving():
        with redirected(server.port):
            yield server, channel_ids
