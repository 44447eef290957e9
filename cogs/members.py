"""`/follow` and `/me`."""

from datetime import date

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import Card
from bot.errors import Refusal
from bot.members.model import Actor, choice_of, find_home, find_quiet
from bot.members.profile_words import CLOCKS, VOTES, place_card, profile_card, reminders_card
from bot.members.words import which_place_card
from bot.places.index import WhichPlace, find_places
from bot.places.spoken import HourCycle
from cogs.answers import actor_of, answers, has_own_card, note, redraw, show, think
from cogs.choosing import choose_group
from cogs.fields import Typed
from cogs.presses import Routes
from cogs.rooms import Rooms


class MemberCog(commands.Cog):
    me = app_commands.Group(name="me", description="What I know of you")

    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        routes.presses["follow"] = self.press_follow
        routes.presses["remind"] = self.press_remind
        routes.presses["home"] = self.press_home
        routes.presses["back"] = self.press_back
        self.routes = routes
        routes.acts["away"] = self.be_away

    @app_commands.command(description="Hear about a group's sessions, or no longer")
    @app_commands.describe(group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def follow(self, interaction: discord.Interaction, group: str | None = None) -> None:
        await think(interaction)
        await show(interaction, await self.rooms.groups.follow(actor_of(interaction), group))

    async def press_follow(
        self, interaction: discord.Interaction, _values: list[str], group_id: str, wish: str = "on"
    ) -> None:
        is_own_card = has_own_card(interaction)
        await (interaction.response.defer() if is_own_card else think(interaction))
        card = await self.rooms.groups.press_follow(
            actor_of(interaction), group_id, follows=wish == "on"
        )
        await (redraw if is_own_card else show)(interaction, card)

    @me.command(description="Say where you live: every time is then written for you")
    @app_commands.describe(city="A city, or a zone such as Europe/Berlin")
    @answers
    async def timezone(self, interaction: discord.Interaction, city: str) -> None:
        await think(interaction)
        actor = actor_of(interaction)
        try:
            card = await self._live_in(actor, city)
        except WhichPlace as question:
            card = which_place_card(city, question, self.rooms.clock())
        await show(interaction, card)

    async def _live_in(self, actor: Actor, city: str) -> Card:
        member = await self.rooms.members.live_in(actor.user_id, city, actor.locale)
        return place_card(member, self.rooms.clock(), find_home(city).title)

    async def press_home(self, interaction: discord.Interaction, values: list[str]) -> None:
        """Live where the list of cities on one clock said."""
        await interaction.response.defer()
        actor = actor_of(interaction)
        await redraw(interaction, await self._live_in(actor, values[0]))

    @me.command(description="Say when you are away: no ballot seats you as a speaker then")
    @app_commands.rename(first="from")
    @app_commands.describe(
        first="The first day: “20 Dec” or year-month-day; leave both out to see your days away",
        until="The last day; the same day where you leave it out",
    )
    @answers
    async def away(
        self, interaction: discord.Interaction, first: str | None = None, until: str | None = None
    ) -> None:
        await think(interaction)
        await self.routes.act(interaction, "away", {"from": first or "", "until": until or ""})

    async def be_away(self, interaction: discord.Interaction, typed: Typed) -> Card:
        """When the member is away, after what they said."""
        actor = actor_of(interaction)
        if typed["from"]:
            await self.rooms.away.say_away(actor, typed["from"], typed["until"])
        elif typed["until"]:
            raise Refusal("I need the first day away too: `/me away from: 20 Dec`.")
        return await self.rooms.away.card(actor)

    async def press_back(self, interaction: discord.Interaction, values: list[str]) -> None:
        """Take back the span that begins on the chosen day."""
        await interaction.response.defer()
        actor = actor_of(interaction)
        await self.rooms.away.be_back(actor.user_id, date.fromisoformat(values[0]))
        await redraw(interaction, await self.rooms.away.card(actor))

    @timezone.autocomplete("city")
    async def _choose_city(
        self, _interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        now = self.rooms.clock()
        return [
            app_commands.Choice(name=place.label(now), value=choice_of(place))
            for place in find_places(typed)
        ]

    @me.command(description="Choose whether and when I write to you before a session")
    @app_commands.describe(clock="How you read a clock")
    @app_commands.choices(
        clock=[app_commands.Choice(name=name, value=cycle) for cycle, name in CLOCKS.items()]
    )
    @answers
    async def reminders(self, interaction: discord.Interaction, clock: str | None = None) -> None:
        await think(interaction)
        actor = actor_of(interaction)
        if clock is None:
            member = await self.rooms.members.get(actor.user_id)
        else:
            member = await self.rooms.members.be_reminded(
                actor.user_id, actor.locale, hour_cycle=HourCycle(clock)
            )
        await show(interaction, reminders_card(member))

    async def press_remind(
        self, interaction: discord.Interaction, values: list[str], what: str
    ) -> None:
        actor = actor_of(interaction)
        if what == "stop":
            await think(interaction)
            await self.rooms.members.be_reminded(
                actor.user_id, actor.locale, by_direct_message=False
            )
            await show(
                interaction,
                note("I won't write to you any more. `/me reminders` in the server undoes it."),
            )
            return
        if what == "novotes":
            await think(interaction)
            await self.rooms.members.be_reminded(
                actor.user_id, actor.locale, before_votes_end=False
            )
            await show(
                interaction,
                note(
                    "I won't write to you about votes any more. `/me reminders` in the server "
                    "undoes it."
                ),
            )
            return
        await interaction.response.defer()
        if what == "quiet":
            member = await self.rooms.members.be_quiet(
                actor.user_id, actor.locale, find_quiet(values[0])
            )
            await redraw(interaction, reminders_card(member))
            return
        leads = tuple({int(value) for value in values if value != VOTES})
        member = await self.rooms.members.be_reminded(
            actor.user_id,
            actor.locale,
            by_direct_message=bool(values),
            lead_minutes=leads if values else None,
            before_votes_end=VOTES in values if values else None,
        )
        await redraw(interaction, reminders_card(member))

    @me.command(description="See what I know of you")
    @answers
    async def profile(self, interaction: discord.Interaction) -> None:
        await think(interaction)
        member = await self.rooms.members.get(interaction.user.id)
        turns = await self.rooms.history.turns(actor_of(interaction))
        card = profile_card(member, self.rooms.clock())
        await show(interaction, card.with_body(*turns))
