"""`/group`: setting up and running a reading group."""

from dataclasses import asdict

import discord
from discord import app_commands
from discord.ext import commands

from bot.ballots.words import RULE_NAMES, rule_sentence
from bot.cards import action, person_link, spoken_list
from bot.errors import Refusal
from bot.groups.edit_words import NAME_PLACE_WORDS
from bot.groups.edits import WORDS, marks_of, retyped
from bot.groups.model import BallotRule, GroupChange, SetupChange, SetupForm
from bot.groups.revising import Revision
from bot.messenger import Need
from bot.text import escape
from cogs.answers import actor_of, answers, note, redraw, show, think
from cogs.ballots import RULES
from cogs.choosing import choose_group
from cogs.fields import Field, Typed
from cogs.permissions import lacking
from cogs.presses import Form, Routes
from cogs.rhythm import RhythmDesk, rhythm_fields
from cogs.rooms import Rooms


def only_forum(guild: discord.Guild | None) -> int | None:
    """The server's forum where it has one alone that the bot may post in: proposed for talks."""
    forums = guild.forums if guild else []
    open_ones = [
        one for one in forums if not lacking(one.permissions_for(one.guild.me), [Need.POSTS])
    ]
    return open_ones[0].id if len(forums) == len(open_ones) == 1 else None


# No default_permissions: they would hide the whole of `/group` from leads who are plain members.
class GroupCog(commands.GroupCog, group_name="group", group_description="Run a reading group"):
    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        self.routes = routes
        routes.forms["setup"] = Form(
            title="Set up a reading group", fields=setup_fields, take=self.take_setup
        )
        routes.forms["draft"] = Form(
            title="When the group meets", fields=draft_fields, take=self.take_draft
        )
        routes.presses["setup"] = self.press_setup
        routes.presses["edit"] = self.press_edit
        routes.forms["words"] = Form(
            title=NAME_PLACE_WORDS, fields=words_fields, take=self.take_words
        )
        self.rhythm = RhythmDesk(rooms, routes)

    @app_commands.command(description="Start a reading group here: nothing is public until you say")
    @answers
    async def setup(self, interaction: discord.Interaction) -> None:
        self.rooms.setup.may_start(actor_of(interaction))
        await self.routes.ask(interaction, action("setup", "new"))

    async def take_setup(
        self, interaction: discord.Interaction, typed: Typed, what: str, group_id: str = ""
    ) -> None:
        form = SetupForm(**typed)
        actor = actor_of(interaction)
        if what == "edit":
            await interaction.response.defer()
            await redraw(interaction, await self.rooms.setup.retype(actor, int(group_id), form))
            return
        await think(interaction)
        forum_id = only_forum(interaction.guild)
        await show(interaction, await self.rooms.setup.start(actor, form, forum_id))

    async def take_draft(
        self, interaction: discord.Interaction, typed: Typed, group_id: str
    ) -> None:
        await interaction.response.defer()
        card = await self.rooms.setup.retype_rhythm(
            actor_of(interaction), int(group_id), typed.get("rhythm", "")
        )
        await redraw(interaction, card)

    async def press_setup(
        self,
        interaction: discord.Interaction,
        values: list[str],
        what: str,
        group_id: str,
        _chosen: str = "",
    ) -> None:
        actor, number = actor_of(interaction), int(group_id)
        setup = self.rooms.setup
        if what == "edit":
            form = await setup.form(actor, number)
            await self.routes.ask(interaction, action("setup", "edit", number), asdict(form))
            return
        if what == "rhythm":
            line = await setup.rhythm(actor, number)
            await self.routes.ask(interaction, action("draft", number), {"rhythm": line})
            return
        await interaction.response.defer()
        if what == "publish":
            card = await setup.publish(actor, number)
        elif what == "check":
            card = await setup.check(actor, number)
        elif what == "discard":
            await setup.discard(actor, number)
            card = note("The draft is gone; nothing was public.")
        else:
            chosen = int(values[0]) if values else 0
            card = await setup.change(actor, number, _CHANGES[what](chosen))
        await redraw(interaction, card)

    @app_commands.command(
        description="Change a group's name, place, words, rhythm, city, channel or reminders"
    )
    @app_commands.describe(
        channel="Its home channel",
        forum="Where talks are discussed",
        rule="How winners are found in its next ballots",
        group="Which group",
    )
    @app_commands.choices(rule=RULES)
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def edit(
        self,
        interaction: discord.Interaction,
        channel: discord.TextChannel | None = None,
        forum: discord.ForumChannel | None = None,
        rule: str | None = None,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        chosen = BallotRule(rule) if rule else None
        change = GroupChange(
            channel_id=channel.id if channel else None,
            forum_id=forum.id if forum else None,
            rule=chosen,
        )
        card = await self.rooms.groups.edit(actor_of(interaction), group, change)
        if chosen:
            card = card.with_body(
                f"⚖️ From its next ballot on: **{RULE_NAMES[chosen]}**. {rule_sentence(chosen, 2)}"
            )
        await show(interaction, card)

    async def press_edit(
        self, interaction: discord.Interaction, values: list[str], what: str, group_id: str
    ) -> None:
        if what == "words":
            form = await self.rooms.groups.edit_form(actor_of(interaction), group_id)
            typed = {name: getattr(form, name) or "" for name in WORDS}
            marks = marks_of([*typed.values()])
            await self.routes.ask(interaction, action("words", group_id, marks), typed)
            return
        await interaction.response.defer()
        if what == "threads":
            change = GroupChange(forum_id=0)
        else:
            change = GroupChange(lead_minutes=tuple(int(value) for value in values))
        await redraw(
            interaction, await self.rooms.groups.edit(actor_of(interaction), group_id, change)
        )

    async def take_words(
        self, interaction: discord.Interaction, typed: Typed, group_id: str, marks: str
    ) -> None:
        await interaction.response.defer()
        name, about, place = retyped([typed.get(column, "") for column in WORDS], marks)
        change = GroupChange(name=name, about=about, meeting_place=place)
        await redraw(
            interaction, await self.rooms.groups.edit(actor_of(interaction), group_id, change)
        )

    @app_commands.command(description="Leave days out: a break, or a pause until you say so")
    @app_commands.describe(
        until="Its last day: “8 Jan” or year-month-day; none for until you resume",
        since="Its first day: “20 Dec” or year-month-day (today)",
        tentative="Yes if the end is not sure: nothing after it is planned until you resume",
        group="Which group",
    )
    @app_commands.rename(since="from")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def pause(
        self,
        interaction: discord.Interaction,
        until: str = "",
        since: str = "",
        tentative: bool = False,
        group: str | None = None,
    ) -> None:
        typed = {"until": until, "from": since, "tentative": "yes" if tentative else ""}
        await self.rhythm.propose_as_typed(
            interaction, Revision.PAUSE, {**typed, "group": group or ""}
        )

    @app_commands.command(description="Go on after a pause, or end a break early")
    @app_commands.describe(
        since="The first day on which you may meet again: “9 Jan” or year-month-day",
        group="Which group",
    )
    @app_commands.rename(since="from")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def resume(
        self, interaction: discord.Interaction, since: str = "", group: str | None = None
    ) -> None:
        typed = {"from": since, "group": group or ""}
        await self.rhythm.propose_as_typed(interaction, Revision.RESUME, typed)

    @app_commands.command(description="Let somebody lead the group, or no longer")
    @app_commands.describe(person="Who", leads="Yes to appoint, no to remove", group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def leads(
        self,
        interaction: discord.Interaction,
        person: discord.User,
        leads: bool = True,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        if leads and (person.bot or not isinstance(person, discord.Member)):
            raise Refusal(f"{person.display_name} can't lead: choose a person in this server.")
        found = await self.rooms.groups.appoint_lead(
            actor_of(interaction), group, person.id, is_lead=leads
        )
        names = spoken_list([person_link(user_id) for user_id in sorted(found.lead_ids)])
        await show(interaction, note(f"{escape(found.name)} is led by {names}."))

    @app_commands.command(description="See what a group is, when it meets and who is awake then")
    @app_commands.describe(group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def about(self, interaction: discord.Interaction, group: str | None = None) -> None:
        await think(interaction)
        await show(interaction, await self.rooms.about.about(actor_of(interaction), group))

    @app_commands.command(description="See whether the group has every permission it needs")
    @app_commands.describe(group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def check(self, interaction: discord.Interaction, group: str | None = None) -> None:
        await think(interaction)
        await show(interaction, await self.rooms.groups.check(actor_of(interaction), group))


def draft_fields(typed: Typed) -> list[Field]:
    """How a draft meets, from its first session's day on."""
    return rhythm_fields(typed)[:1]


def words_fields(typed: Typed) -> list[Field]:
    """What the group is called, where it meets and what it is about."""
    return [
        Field("name", "Name of the group", typed, example="ML Theory"),
        Field(
            "meeting_place",
            "Where you meet (optional)",
            typed,
            hint="A voice channel or a room. Everybody sees it: keep private links out.",
        ),
        Field("about", "What it is about (optional)", typed, is_long=True),
    ]


def setup_fields(typed: Typed) -> list[Field]:
    """The five questions of `/group setup`."""
    name, meeting_place, about = words_fields(typed)
    return [
        name,
        Field(
            "city",
            "City whose clock the group keeps",
            typed,
            hint="Meetings stay at the same hour there, summer and winter.",
            example="Denver",
        ),
        Field(
            "first_session",
            "First session: date and time there",
            typed,
            hint="“Sat 14:00”, “5 Dec 14:00” or year-month-day and the hour.",
            example="Sat 14:00",
        ),
        meeting_place,
        about,
    ]


_CHANGES = {
    "weeks": lambda chosen: SetupChange(every_weeks=chosen),
    "minutes": lambda chosen: SetupChange(minutes=chosen),
    "talks": lambda chosen: SetupChange(talks_per_session=chosen),
    "channel": lambda chosen: SetupChange(channel_id=chosen),
    "forum": lambda chosen: SetupChange(forum_id=chosen),
}
