"""Native events that somebody else changes: heard of at the gateway, decided by buttons."""

from collections.abc import Awaitable, Callable

import discord
from discord.ext import commands

from bot.errors import Refusal
from bot.members.model import Actor
from cogs.answers import actor_of, note, redraw
from cogs.outgoing.events import OPEN_STATES, native_event
from cogs.presses import OUTDATED, Routes
from cogs.rooms import Rooms

Decision = Callable[[Actor, int, int], Awaitable[str]]


class EventCog(commands.Cog):
    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self._events = rooms.events
        edits = rooms.event_edits
        self._decisions: dict[str, Decision] = {
            "take": edits.take_over,
            "back": edits.put_back,
            "again": edits.make_again,
            "cancel": edits.cancel,
        }
        routes.presses["event"] = self.press_event

    async def press_event(
        self,
        interaction: discord.Interaction,
        _values: list[str],
        choice: str,
        session_id: str,
        number: str,
    ) -> None:
        decide = self._decisions.get(choice)
        if decide is None:
            raise Refusal(OUTDATED.format("button"))
        await interaction.response.defer()
        told = await decide(actor_of(interaction), int(session_id), int(number))
        await redraw(interaction, note(told))

    @commands.Cog.listener()
    async def on_scheduled_event_update(
        self, _before: discord.ScheduledEvent, event: discord.ScheduledEvent
    ) -> None:
        """Somebody, perhaps we, has changed, started, ended or cancelled an event."""
        if event.status in OPEN_STATES:
            our_id = event.guild.me.id if event.guild else None
            seen = native_event(event, our_id)
            if seen.is_ours and not seen.is_running:
                await self._events.notice(event.guild_id, event.id, seen)
        elif event.status is discord.EventStatus.canceled:
            await self._events.notice(event.guild_id, event.id, None)

    @commands.Cog.listener()
    async def on_scheduled_event_delete(self, event: discord.ScheduledEvent) -> None:
        """Somebody, perhaps we, has deleted an event."""
        await self._events.notice(event.guild_id, event.id, None)
