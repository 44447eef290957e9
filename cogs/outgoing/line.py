"""The line to Discord: one place that every call passes, and what all calls have to know."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import discord

from bot.messenger import MessageGone, NotAllowed, PlaceGone, TryLater
from cogs.faults import discord_call
from cogs.outgoing.turns import Turns, at_once

PAGE = 100
"""How much Discord tells at once, of most things."""

Room: TypeAlias = discord.TextChannel | discord.ForumChannel


class Line:
    """One logged-in client, with or without a gateway.

    `pace` gives leave for each REST call, `turns` for each that is about reactions.
    """

    def __init__(
        self,
        client: discord.Client,
        pace: Callable[[], Awaitable[None]] = at_once,
        turns: Turns | None = None,
    ) -> None:
        self._client = client
        self._pace = pace
        self._turns = turns or Turns(pace)

    @asynccontextmanager
    async def _call(self, *permissions: str) -> AsyncIterator[None]:
        """Run exactly one REST call when it is its turn."""
        await self._pace()
        async with discord_call(*permissions):
            yield

    @property
    def _is_connected(self) -> bool:
        """True while a gateway keeps the cache true; a process on standby has none."""
        socket: Any = self._client.ws
        return socket is not None and socket.open and self._client.is_ready()

    def _is_ours(self, author_id: int | None) -> bool:
        return self._client.user is not None and author_id == self._client.user.id

    async def _room(self, channel_id: int) -> Room:
        channel: Any = self._client.get_channel(channel_id)
        if channel is None:
            async with self._call("View Channel"):
                channel = await self._client.fetch_channel(channel_id)
        if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
            raise PlaceGone(f"{channel_id} is no text channel or forum")
        return channel

    async def _guild(self, server_id: int) -> discord.Guild:
        """The server; one that a connected client doesn't know may only be out of order."""
        known = self._client.get_guild(server_id) if self._is_connected else None
        if known is None:
            fetched = await self._fetch_guild(server_id)
            if self._is_connected:
                raise TryLater("the server is not in the cache yet")
            return fetched
        if known.unavailable:
            raise TryLater("the server is unavailable")
        return known

    async def _fetch_guild(self, server_id: int) -> discord.Guild:
        try:
            async with self._call():
                return await self._client.fetch_guild(server_id, with_counts=False)
        except (MessageGone, NotAllowed) as error:
            raise PlaceGone(f"server {server_id}") from error

    async def _held(self, channel_id: int) -> discord.Permissions | None:
        """Our permissions there; None in direct messages, where none are needed."""
        channel: Any = self._client.get_channel(channel_id) if self._is_connected else None
        if channel is None:
            async with self._call("View Channel"):
                channel = await self._client.fetch_channel(channel_id)
        if isinstance(channel, discord.abc.PrivateChannel):
            return None
        place_id = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
        guild = await self._guild(channel.guild.id)
        place: Any = guild.get_channel(place_id)
        me = guild.me
        if place is None:
            async with self._call():
                me = await guild.fetch_member(self._client.user.id if self._client.user else 0)
            async with self._call("View Channel"):
                place = await guild.fetch_channel(place_id)
        held: discord.Permissions = place.permissions_for(me)
        return held

    async def _require_history(self, channel_id: int) -> None:
        """Raise where we may not read back: Discord then shows an empty past, and no error."""
        held = await self._held(channel_id)
        if held is not None and not held.read_message_history:
            raise NotAllowed(("Read Message History",))
