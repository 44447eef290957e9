"""The server's native events."""

import discord

from bot.messenger import EventPlan, MessageGone
from cogs.outgoing.line import Line

OPEN_STATES = (discord.EventStatus.scheduled, discord.EventStatus.active)


class Events(Line):
    async def mirror_event(self, server_id: int, event_id: int | None, plan: EventPlan) -> int:
        guild = await self._guild(server_id)
        if event_id is None:
            return await self._make_event(guild, plan)
        async with self._call("Create Events"):
            event = await guild.fetch_scheduled_event(event_id, with_counts=False)
        async with self._call("Create Events"):
            await event.edit(
                name=plan.name,
                description=plan.description,
                start_time=plan.starts_at,
                end_time=plan.ends_at,
                location=plan.location,
            )
        return event_id

    async def _make_event(self, guild: discord.Guild, plan: EventPlan) -> int:
        async with self._call("Create Events"):
            event = await guild.create_scheduled_event(
                name=plan.name,
                description=plan.description,
                start_time=plan.starts_at,
                end_time=plan.ends_at,
                location=plan.location,
                entity_type=discord.EntityType.external,
                privacy_level=discord.PrivacyLevel.guild_only,
            )
        return event.id

    async def find_events(self, server_id: int, marker: str) -> tuple[int, ...]:
        guild = await self._guild(server_id)
        async with self._call("Create Events"):
            events = await guild.fetch_scheduled_events(with_counts=False)
        ours = [
            event.id
            for event in events
            if event.status in OPEN_STATES
            and self._is_ours(event.creator_id)
            and (event.description or "").endswith(marker)
        ]
        return tuple(sorted(ours))

    async def remove_event(self, server_id: int, event_id: int) -> None:
        await self._guild(server_id)
        try:
            async with self._call("Create Events"):
                await self._client.http.delete_scheduled_event(server_id, event_id)
        except MessageGone:
            return
