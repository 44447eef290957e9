"""`/session`, `/audit`, and the buttons under what they show."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import Card
from bot.rescheduling.model import Way
from cogs.answers import actor_of, answers, redraw, show, think
from cogs.choosing import choose_group, choose_session
from cogs.fields import Typed
from cogs.presses import Routes
from cogs.rooms import Rooms


class ReschedulingCog(commands.Cog):
    # No default_permissions: leads are often plain members; the service decides.
    session = app_commands.Group(name="session", description="Change a session")

    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        self.routes = routes
        routes.acts["move"] = self.propose_move
        routes.acts["add"] = self.propose_add
        routes.presses["bend"] = self.press_bend
        routes.presses["undo"] = self.press_undo
        routes.presses["acts"] = self.press_acts

    @session.command(description="Move a session, alone or with all that follow")
    @app_commands.describe(
        to="Its new date and time in the group's city: “Sat 14:00”, or year-month-day and the hour",
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
        typed = {"to": to, "number": str(number or ""), "group": group or ""}
        await self.routes.act(interaction, "move", typed)

    async def propose_move(self, interaction: discord.Interaction, typed: Typed) -> Card:
        """What moving a session would change."""
        number = int(typed["number"]) if typed["number"] else None
        return await self.rooms.rescheduling.propose_move(
            actor_of(interaction), typed["group"] or None, number, typed["to"]
        )

    @session.command(description="Skip a session: a speaker is away, or there is no meeting")
    @app_commands.describe(number="Which session (the next one)", group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @app_commands.autocomplete(number=choose_session)
    @answers
    async def skip(
        self,
        interaction: discord.Interaction,
        number: int | None = None,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        card = await self.rooms.rescheduling.propose_skip(actor_of(interaction), group, number)
        await show(interaction, card)

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
        card = await self.rooms.rescheduling.propose_cancel(
            actor_of(interaction), group, number, reason
        )
        await show(interaction, card)

    @session.command(description="Add an extra session, outside of the pattern")
    @app_commands.describe(
        when="Its day, and its hour if not the usual one: “Sat”, “5 Dec 14:00”, year-month-day",
        minutes="How long it is (as long as the others)",
        group="Which group",
    )
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def add(
        self,
        interaction: discord.Interaction,
        when: str,
        minutes: int | None = None,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        length = "" if minutes is None else str(minutes)
        typed = {"when": when, "minutes": length, "group": group or ""}
        await self.routes.act(interaction, "add", typed)

    async def propose_add(self, interaction: discord.Interaction, typed: Typed) -> Card:
        """What one session more would change."""
        minutes = int(typed["minutes"]) if typed["minutes"] else None
        return await self.rooms.rescheduling.propose_add(
            actor_of(interaction), typed["group"] or None, typed["when"], minutes
        )

    async def press_bend(
        self,
        interaction: discord.Interaction,
        _values: list[str],
        proposal: str,
        what: str,
        way: str,
        talk: str,
    ) -> None:
        await interaction.response.defer()
        actor, rescheduling = actor_of(interaction), self.rooms.rescheduling
        if what == "do":
            card = await rescheduling.confirm(actor, int(proposal), Way(way), int(talk))
        elif what == "show":
            card = await rescheduling.show(actor, int(proposal), Way(way), int(talk))
        else:
            card = await rescheduling.leave(actor, int(proposal))
        await redraw(interaction, card)

    @app_commands.command(description="See what leads did, who and when, and take it back")
    @app_commands.describe(group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def audit(self, interaction: discord.Interaction, group: str | None = None) -> None:
        await think(interaction)
        await show(interaction, await self.rooms.acts.acts_card(actor_of(interaction), group))

    async def press_undo(
        self, interaction: discord.Interaction, _values: list[str], act: str
    ) -> None:
        await interaction.response.defer()
        await redraw(interaction, await self.rooms.acts.undo(actor_of(interaction), int(act)))

    async def press_acts(
        self, interaction: discord.Interaction, _values: list[str], group: str, page: str
    ) -> None:
        """Leaf through what leads did."""
        await interaction.response.defer()
        card = await self.rooms.acts.acts_card(actor_of(interaction), group, int(page))
        await redraw(interaction, card)
