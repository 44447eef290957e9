"""`/next`, `/sessions`, `/session` and the RSVP buttons."""

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import Card
from bot.groups.model import Group
from bot.sessions.model import Answer
from cogs.answers import actor_of, answers, note, redraw, show, think
from cogs.choosing import choose_group, choose_session
from cogs.presses import Routes
from cogs.rooms import Rooms


class SessionCog(commands.Cog):
    # No default_permissions: leads are often plain members; the service decides.
    session = app_commands.Group(name="session", description="Change a session")

    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        routes.presses["rsvp"] = self.press_rsvp
        routes.presses["move"] = self.press_move

    @app_commands.command(name="next", description="See the next session in your own time")
    @app_commands.describe(group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def next_session(
        self, interaction: discord.Interaction, group: str | None = None
    ) -> None:
        await think(interaction)
        found, card = await self.rooms.sessions.next_card(actor_of(interaction), group)
        await show(interaction, await self._with_file(found, card))

    @app_commands.command(description="See the sessions ahead, or the last ones")
    @app_commands.describe(group="Which group", past="Yes for those that were held")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def sessions(
        self, interaction: discord.Interaction, group: str | None = None, past: bool = False
    ) -> None:
        await think(interaction)
        found, card = await self.rooms.sessions.calendar_card(
            actor_of(interaction), group, past=past
        )
        await show(interaction, card if past else await self._with_file(found, card))

    async def _with_file(self, group: Group, card: Card) -> Card:
        return replace(card, files=(await self.rooms.calendars.group_file(group),))

    @session.command(description="Move a session to another time")
    @app_commands.describe(
        to="Its new date and time in the group's city: 2026-12-05 14:00",
        number="Which session (the next one)",
        group="Which group",
    )
    @app_commands.autocomplete(group=choose_group)
    @app_commands.autocomplete(number=choose_session)
    @answers
    async def move(
        self,
        interaction: discord.Interaction,
        to: str,
        number: int | None = None,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        card = await self.rooms.sessions.move(actor_of(interaction), group, number, to)
        await show(interaction, card)

    async def press_move(
        self,
        interaction: discord.Interaction,
        _values: list[str],
        wall: str,
        fold: str,
        number: str,
        group: str,
    ) -> None:
        await interaction.response.defer()
        when = f"{wall[:4]}-{wall[4:6]}-{wall[6:8]} {wall[9:11]}:{wall[11:]}"
        card = await self.rooms.sessions.move(
            actor_of(interaction), group, int(number), when, int(fold)
        )
        await redraw(interaction, card)

    @session.command(description="Cancel a session: everybody who is going hears of it")
    @app_commands.describe(
        number="Which session (the next one)", reason="What people are told", group="Which group"
    )
    @app_commands.autocomplete(group=choose_group)
    @app_commands.autocomplete(number=choose_session)
    @answers
    async def cancel(
        self,
        interaction: discord.Interaction,
        number: int | None = None,
        reason: str = "",
        group: str | None = None,
    ) -> None:
        await think(interaction)
        found, session = await self.rooms.sessions.cancel(
            actor_of(interaction), group, number, reason
        )
        text = f"Session #{session.number} of {found.name} is cancelled; its talks are back."
        await show(interaction, note(text))

    async def press_rsvp(
        self, interaction: discord.Interaction, _values: list[str], answer: str, session_id: str
    ) -> None:
        await think(interaction)
        told = await self.rooms.sessions.answer(
            actor_of(interaction), int(session_id), Answer(answer)
        )
        await show(interaction, note(told))
