"""`/pitch` and `/topics`."""

from dataclasses import asdict

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import OVERRULED, action
from bot.pitches.model import PitchForm, is_link
from bot.text import escape
from cogs.answers import actor_of, answers, note, redraw, show, think
from cogs.choosing import choose_group
from cogs.fields import Field, PersonField, Typed, require_people
from cogs.presses import Form, Routes
from cogs.rooms import Rooms


class PitchCog(commands.Cog):
    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        self.routes = routes
        routes.forms["pitch"] = Form(
            title="Pitch a topic",
            fields=pitch_fields,
            take=self.take,
            titles={"edit": "Edit your pitch"},
        )
        routes.presses["pitch"] = self.press

    @app_commands.command(description="Pitch a topic for a future session")
    @app_commands.describe(link="A link, arXiv id, DOI or a title", group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def pitch(
        self, interaction: discord.Interaction, link: str | None = None, group: str | None = None
    ) -> None:
        found = await self.rooms.groups.find(actor_of(interaction), group)
        text = link or ""
        typed = {"sources": text} if is_link(text) else {"title": text}
        await self.routes.ask(interaction, action("pitch", "new", found.id), typed)

    async def take(
        self, interaction: discord.Interaction, typed: Typed, what: str, subject: str
    ) -> None:
        await think(interaction)
        require_people(interaction)
        actor, form = actor_of(interaction), form_of(typed)
        is_sure = OVERRULED in typed
        if what == "new":
            card = await self.rooms.pitches.submit(actor, subject, form, is_sure=is_sure)
        else:
            pitch = await self.rooms.pitches.edit(actor, int(subject), form, is_sure=is_sure)
            card = note(f"Your pitch reads **{escape(pitch.title)}** now.")
        await show(interaction, card)

    async def press(
        self, interaction: discord.Interaction, values: list[str], what: str, pitch_id: str
    ) -> None:
        actor = actor_of(interaction)
        if what == "edit":
            form = await self.rooms.pitches.form_of(actor, int(pitch_id))
            typed = {key: str(value or "") for key, value in asdict(form).items()}
            typed["speaker"] = typed.pop("speaker_id")
            await self.routes.ask(interaction, action("pitch", "edit", pitch_id), typed)
            return
        pitches = self.rooms.pitches
        settled = {"restore": pitches.restore, "remove": pitches.remove}
        if settle := settled.get(what):
            await interaction.response.defer()
            await redraw(interaction, await settle(actor, int(pitch_id)))
            return
        await think(interaction)
        if what == "pick":
            await show(interaction, await pitches.ask_removal(actor, int(values[0])))
            return
        await show(interaction, await pitches.withdraw(actor, int(pitch_id)))

    @app_commands.command(description="See the topics that wait for a ballot")
    @app_commands.describe(search="Only topics that contain this", group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def topics(
        self, interaction: discord.Interaction, search: str | None = None, group: str | None = None
    ) -> None:
        await think(interaction)
        await show(
            interaction, await self.rooms.pitches.topics(actor_of(interaction), group, search)
        )


def pitch_fields(typed: Typed) -> list[Field]:
    """The four questions of `/pitch`."""
    return [
        Field("title", "Title", typed, hint="May stay empty where there is a link."),
        Field("why", "Why is it worth an hour? (optional)", typed, is_long=True),
        Field(
            "sources",
            "Links, arXiv ids or DOIs (optional)",
            typed,
            is_long=True,
            example="2207.13443",
        ),
        PersonField("speaker", "Who would speak? Nobody: speaker wanted", typed),
    ]


def form_of(typed: Typed) -> PitchForm:
    """What was typed, for the pitches' room."""
    speaker = typed.get("speaker", "")
    return PitchForm(
        title=typed.get("title", ""),
        why=typed.get("why", ""),
        sources=typed.get("sources", ""),
        speaker_id=int(speaker) if speaker.isdigit() else None,
    )
