"""`/next`, `/sessions` and the RSVP buttons."""

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import Card
from bot.groups.model import Group
from bot.sessions.model import Answer
from cogs.answers import actor_of, answers, has_own_card, note, redraw, show, think
from cogs.choosing import choose_group
from cogs.presses import Routes
from cogs.rooms import Rooms


class SessionCog(commands.Cog):
    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        routes.presses["rsvp"] = self.press_rsvp

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

    async def press_rsvp(
        self, interaction: discord.Interaction, _values: list[str], answer: str, session_id: str
    ) -> None:
        actor, number = actor_of(interaction), int(session_id)
        if has_own_card(interaction):
            # It says what its reader has answered.
            await interaction.response.defer()
            await self.rooms.sessions.answer(actor, number, Answer(answer))
            found, card = await self.rooms.sessions.card(actor, number)
            await redraw(interaction, await self._with_file(found, card))
            return
        await think(interaction)
        told = await self.rooms.sessions.answer(actor, number, Answer(answer))
        await show(interaction, note(told))
