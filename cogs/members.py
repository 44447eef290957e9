"""`/follow` and `/me`."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import Card, Option, Pick, Tone, action
from bot.errors import Refusal
from bot.members.model import (
    LEAD_NAMES,
    NO_QUIET,
    QUIET_HOURS,
    Actor,
    Member,
    choice_of,
    find_quiet,
    spoken_leads,
    spoken_quiet,
)
from bot.members.words import away_card, clock_card, place_hint
from bot.places.index import WhichPlace, find_places
from bot.places.spoken import HourCycle, spoken_clock
from bot.places.wall import offset_label
from bot.text import escape
from cogs.answers import actor_of, answers, note, redraw, show, think
from cogs.choosing import choose_group
from cogs.fields import Typed
from cogs.presses import Routes
from cogs.rooms import Rooms

VOTES = "votes"
"""What the list of reminders sends back for the one about votes that end."""

_CLOCKS = {HourCycle.TWENTY_FOUR: "22:00", HourCycle.TWELVE: "10:00 PM"}


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
        await self._follow(interaction, group)

    async def press_follow(
        self, interaction: discord.Interaction, _values: list[str], group_id: str
    ) -> None:
        await self._follow(interaction, group_id)

    async def _follow(self, interaction: discord.Interaction, group: str | None) -> None:
        await think(interaction)
        found, follows = await self.rooms.groups.follow(actor_of(interaction), group)
        name = escape(found.name)
        text = (
            f"You follow {name}. Choose with `/me reminders` whether I write to you before each "
            "session."
            if follows
            else f"You don't follow {name} any more."
        )
        await show(interaction, note(text))

    @me.command(description="Say where you live: every time is then written for you")
    @app_commands.describe(city="A city, or a zone such as Europe/Berlin")
    @answers
    async def timezone(self, interaction: discord.Interaction, city: str) -> None:
        await think(interaction)
        actor = actor_of(interaction)
        try:
            member = await self.rooms.members.live_in(actor.user_id, city, actor.locale)
        except WhichPlace as question:
            await show(interaction, clock_card(city, question.places, self.rooms.clock()))
            return
        await show(interaction, place_card(member, self.rooms.clock()))

    async def press_home(self, interaction: discord.Interaction, values: list[str]) -> None:
        """Live where the list of cities on one clock said."""
        await interaction.response.defer()
        actor = actor_of(interaction)
        member = await self.rooms.members.live_in(actor.user_id, values[0], actor.locale)
        await redraw(interaction, place_card(member, self.rooms.clock()))

    @me.command(description="Say when you are away: no ballot seats you as a speaker then")
    @app_commands.rename(first="from")
    @app_commands.describe(
        first="The first day, like 2026-12-20 or “20 Dec”; leave both out to see your days away",
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
            await self.rooms.members.say_away(
                actor.user_id, actor.locale, typed["from"], typed["until"]
            )
        elif typed["until"]:
            raise Refusal("I need the first day away too: `/me away from: 2026-12-20`.")
        return await self._away_card(actor)

    async def press_back(self, interaction: discord.Interaction, values: list[str]) -> None:
        """Take back the span that begins on the chosen day."""
        await interaction.response.defer()
        actor = actor_of(interaction)
        await self.rooms.members.be_back(actor.user_id, date.fromisoformat(values[0]))
        await redraw(interaction, await self._away_card(actor))

    async def _away_card(self, actor: Actor) -> Card:
        member = await self.rooms.members.get(actor.user_id)
        habit = replace(member, locale=actor.locale).habit("UTC")
        spans = await self.rooms.members.away_spans(actor.user_id)
        return away_card(spans, habit, self.rooms.clock())

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
        clock=[app_commands.Choice(name=name, value=cycle) for cycle, name in _CLOCKS.items()]
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
                interaction, note("I won't write to you any more. `/me reminders` undoes it.")
            )
            return
        if what == "novotes":
            await think(interaction)
            await self.rooms.members.be_reminded(
                actor.user_id, actor.locale, before_votes_end=False
            )
            await show(
                interaction,
                note("I won't write to you about votes any more. `/me reminders` undoes it."),
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


def place_card(member: Member, now: datetime) -> Card:
    """Where the member lives, with the clock there as the proof."""
    return Card(
        title="🏠 Your place",
        body=(_spoken_place(member, now),),
        small="Groups that you follow or go to also spell their times for your city; nobody is "
        "named.",
        tone=Tone.DONE,
    )


def _spoken_place(member: Member, now: datetime) -> str:
    if member.lost_zone:
        return place_hint(member)
    if member.place is None:
        return "I don't know where you live: `/me timezone` tells me."
    clock = spoken_clock(now, member.habit(member.place.zone))
    return (
        f"**{escape(member.place.name)}** ({escape(member.place.zone)}), where it is {clock} now, "
        f"{offset_label(now, member.place.zone)}."
    )


def reminders_card(member: Member) -> Card:
    """The member's wishes, with the lists that change them."""
    chosen = member.lead_minutes if member.wants_direct_messages else ()
    hears_of_votes = member.wants_direct_messages and member.wants_vote_reminders
    if member.has_closed_messages:
        text = (
            "Your direct messages are closed to me, so I mention you in the session's thread: open "
            "them in this server's privacy settings, then choose again."
        )
    elif chosen:
        text = (
            f"I write to you **{spoken_leads(chosen)}** before each session of the groups you "
            "follow, and before those you go to."
        )
        if hears_of_votes:
            text += " Once more where a vote of theirs ends and you have not voted."
    elif hears_of_votes:
        text = (
            "I write to you once where a vote of the groups you follow ends and you have not "
            "voted, and not before sessions."
        )
    else:
        text = "I don't write to you. The group's channel is reminded all the same."
    if member.hour_cycle:
        text += f" Times look like **{_CLOCKS[member.hour_cycle]}**."
    small = "Choose none to be left alone."
    if member.place is None:
        small += " For quiet hours I have to know where you live: `/me timezone` tells me."
    return Card(
        title="🔔 Your reminders",
        body=(text, *_spoken_silence(member)),
        small=small,
        tone=Tone.SESSION,
        picks=(_leads_pick(chosen, hears_of_votes=hears_of_votes), *_quiet_picks(member)),
    )


def _leads_pick(chosen: Collection[int], *, hears_of_votes: bool) -> Pick:
    leads = (
        Option(label=f"{name} before", value=str(minutes), is_chosen=minutes in chosen)
        for minutes, name in LEAD_NAMES.items()
    )
    votes = Option(label="When a vote ends soon", value=VOTES, is_chosen=hears_of_votes)
    options = (*leads, votes)
    return Pick(
        action=action("remind", "choose"),
        prompt="Write to me…",
        options=options,
        least=0,
        most=len(options),
    )


def _quiet_picks(member: Member) -> list[Pick]:
    """The list of quiet hours, for somebody whose clock we know."""
    if member.place is None:
        return []
    habit = member.habit(member.place.zone)
    none = Option(label="No quiet hours", value=NO_QUIET, is_chosen=member.quiet is None)
    offered = (
        Option(
            label=f"Quiet from {spoken_quiet(quiet, habit)}",
            value=quiet.choice,
            is_chosen=quiet == member.quiet,
        )
        for quiet in QUIET_HOURS
    )
    pick = Pick(action=action("remind", "quiet"), prompt="Quiet hours…", options=(none, *offered))
    return [pick]


def _spoken_silence(member: Member) -> list[str]:
    if member.quiet is None or member.place is None:
        return []
    span = spoken_quiet(member.quiet, member.habit(member.place.zone))
    return [
        f"From **{span}** your time I stay silent: what would come then comes afterwards, or "
        "before, where afterwards would be too late."
    ]


def profile_card(member: Member, now: datetime) -> Card:
    """All that is kept of the member, in words."""
    if member.wants_direct_messages and member.lead_minutes:
        wish = f"I write to you {spoken_leads(member.lead_minutes)} before a session."
        if member.wants_vote_reminders:
            wish += " Once when a vote ends and you have not voted."
    elif member.wants_direct_messages and member.wants_vote_reminders:
        wish = "I write to you once when a vote ends and you have not voted, not before sessions."
    else:
        wish = "I don't write to you before sessions: `/me reminders` changes that."
    if member.hour_cycle:
        wish += f" Times look like **{_CLOCKS[member.hour_cycle]}**."
    return Card(
        title="👤 What I know of you",
        body=(_spoken_place(member, now), wish, *_spoken_silence(member)),
        small="Besides: your Discord language, your days away, your pitches, your answers to "
        "sessions, what counted of your votes, and the groups you follow or lead.",
    )
