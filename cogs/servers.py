"""Which servers we are in: told by events, and asked over REST before one is believed lost."""

import asyncio
from collections.abc import Awaitable, Callable

import discord
import structlog
from discord.ext import commands

from bot.absence.service import AbsenceService
from bot.messenger import DeliveryProblem, MessageGone, NotAllowed, PlaceGone
from cogs.faults import discord_call

log = structlog.get_logger()


class ServerCog(commands.Cog):
    """Freezes the groups of servers that remove us, and thaws them when we are back.

    An outage removes nobody: Discord then calls the server unavailable, and it stays in the cache.
    """

    def __init__(
        self,
        client: discord.Client,
        absence: AbsenceService,
        pace: Callable[[], Awaitable[None]],
    ) -> None:
        self._client = client
        self._pace = pace
        self._absence = absence
        self._away: set[int] = set()
        self._turn = asyncio.Lock()

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """We were thrown out, or the server is no more."""
        async with self._turn:
            await self._leave(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """We were invited, perhaps again."""
        async with self._turn:
            await self._rejoin(guild.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is there again: after an outage, at our start, or when we had been away."""
        async with self._turn:
            if guild.id in self._away:
                await self._rejoin(guild.id)

    async def call_roll(self) -> None:
        """Bring what we know up to date: much may have happened while no process ran."""
        async with self._turn:
            roll = await self._absence.call_roll({guild.id for guild in self._client.guilds})
            self._away = set(roll.away)
            for server_id in sorted(roll.missing):
                if await self._is_lost(server_id):
                    await self._leave(server_id)

    async def _is_lost(self, server_id: int) -> bool:
        """Whether Discord says that we are not in the server; a fault says nothing."""
        try:
            await self._pace()
            async with discord_call():
                await self._client.fetch_guild(server_id, with_counts=False)
        except (PlaceGone, MessageGone, NotAllowed):
            return True
        except DeliveryProblem as problem:
            log.warning("servers.not_asked", server_id=server_id, problem=repr(problem))
        return False

    async def _leave(self, server_id: int) -> None:
        self._away.add(server_id)
        await self._absence.leave(server_id)

    async def _rejoin(self, server_id: int) -> None:
        await self._absence.rejoin(server_id)
        self._away.discard(server_id)
