"""The server's native events."""

import re
from typing import Any

import discord

from bot.messenger import EventPlan, MessageGone, NativeEvent
from cogs.outgoing.line import PAGE, Line

OPEN_STATES = (discord.EventStatus.scheduled, discord.EventStatus.active)

_HOST = re.compile(r"<#(\d{1,20})>")
"""A location that is a channel's link and nothing else."""


def native_event(event: discord.ScheduledEvent, our_id: int | None) -> NativeEvent:
    """Discord's event as the port knows it; `our_id` is our own account's."""
    is_hosted = event.entity_type is not discord.EntityType.external
    return NativeEvent(
        id=event.id,
        shows=EventPlan(
            name=event.name,
            description=event.description or "",
            starts_at=event.start_time,
            ends_at=event.end_time or event.start_time,
            location=f"<#{event.channel_id}>" if is_hosted else event.location or "",
        ),
        is_ours=event.creator_id is not None and event.creator_id == our_id,
        is_running=event.status is discord.EventStatus.active,
        interested=event.user_count,
    )


class Events(Line):
    async def mirror_event(self, server_id: int, event_id: int | None, plan: EventPlan) -> int:
        guild = await self._guild(server_id)
        shown: dict[str, Any] = {
            "name": plan.name,
            "description": plan.description,
            "scheduled_start_time": plan.starts_at.isoformat(),
            "scheduled_end_time": plan.ends_at.isoformat(),
        }
        elsewhere: dict[str, Any] = {
            "entity_type": discord.EntityType.external.value,
            "entity_metadata": {"location": plan.location},
        }
        if event_id is None:
            level = discord.PrivacyLevel.guild_only.value
            async with self._call("Create Events"):
                made = await self._client.http.create_guild_scheduled_event(
                    server_id, **shown, **elsewhere, privacy_level=level
                )
            return int(made["id"])
        if not await self._is_hosted(guild, event_id, plan.location):
            shown |= {**elsewhere, "channel_id": None}
        # Not `ScheduledEvent.edit`: it takes an event that would have to be fetched first.
        async with self._call("Create Events"):
            await self._client.http.edit_scheduled_event(server_id, event_id, **shown)
        return event_id

    async def _is_hosted(self, guild: discord.Guild, event_id: int, location: str) -> bool:
        """Whether the location is a channel's link and that channel hosts the event already.

        Only leads can have put it there: to host an event takes permissions that we never ask for.
        """
        found = _HOST.fullmatch(location)
        if found is None:
            return False
        async with self._call("Create Events"):
            event = await guild.fetch_scheduled_event(event_id, with_counts=False)
        return event.channel_id == int(found[1])

    async def list_events(self, server_id: int) -> tuple[NativeEvent, ...]:
        guild = await self._guild(server_id)
        async with self._call("View Channel"):
            events = await guild.fetch_scheduled_events(with_counts=True)
        our_id = self._client.user.id if self._client.user else None
        open_events = [one for one in events if one.status in OPEN_STATES]
        return tuple(
            native_event(one, our_id) for one in sorted(open_events, key=lambda one: one.id)
        )

    async def interested_in(self, server_id: int, event_id: int) -> frozenset[int]:
        await self._guild(server_id)
        found: set[int] = set()
        after: int | None = None
        while True:
            async with self._call("View Channel"):
                page = await self._client.http.get_scheduled_event_users(
                    server_id, event_id, PAGE, with_member=False, after=after
                )
            people = {int(one["user"]["id"]) for one in page}
            is_news = not people <= found
            found |= people
            if len(page) < PAGE or not is_news:
                return frozenset(found)
            after = max(people)

    async def remove_event(self, server_id: int, event_id: int) -> None:
        await self._guild(server_id)
        try:
            async with self._call("Create Events"):
                await self._client.http.delete_scheduled_event(server_id, event_id)
        except MessageGone:
            return
