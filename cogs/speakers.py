"""`/talk`, and what speakers press when they are elected or asked."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import action
from bot.sessions.model import TalkState
from bot.speakers.away import AwayThatDay
from cogs.answers import actor_of, answers, redraw, refuse_with, show, think
from cogs.choosing import choose_group, choose_talk
from cogs.fields import Field, Typed
from cogs.presses import Form, Routes
from cogs.rooms import Rooms


class SpeakerCog(commands.Cog):
    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        self.routes = routes
        routes.presses["talk"] = self.press
        routes.presses["elected"] = self.press_elected
        routes.presses["ask"] = self.press_ask
        routes.forms["links"] = Form(title="Links of a talk", fields=link_fields, take=self.take)

    @app_commands.command(description="See a talk; its speaker confirms, swaps or can't")
    @app_commands.describe(talk="Which talk (your own next one)", group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @app_commands.autocomplete(talk=choose_talk)
    @answers
    async def talk(
        self,
        interaction: discord.Interaction,
        talk: int | None = None,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        card = await self.rooms.speakers.card(actor_of(interaction), group, talk)
        await show(interaction, card)

    async def press_elected(
        self, interaction: discord.Interaction, values: list[str], what: str, ballot_id: str
    ) -> None:
        """A press on a result that everybody sees: it is about the presser's own talk."""
        await think(interaction)
        talk_id = await self.rooms.speakers.talk_of(actor_of(interaction), int(ballot_id))
        await self._act(interaction, values, what, talk_id)

    async def press(
        self, interaction: discord.Interaction, values: list[str], what: str, *subject: str
    ) -> None:
        """A press on a card that only the presser sees: the talk, and what else it names."""
        talk_id, *chosen = subject
        if what == "links":
            typed = await self.rooms.speakers.links_of(actor_of(interaction), int(talk_id))
            await self.routes.ask(interaction, action("links", talk_id), typed)
            return
        await interaction.response.defer()
        await self._act(interaction, values or chosen, what, int(talk_id))

    async def _act(
        self, interaction: discord.Interaction, values: list[str], what: str, talk_id: int
    ) -> None:
        actor, speakers, swaps = actor_of(interaction), self.rooms.speakers, self.rooms.swaps
        acts = {
            "show": lambda: speakers.show(actor, talk_id),
            "confirm": lambda: speakers.confirm(actor, talk_id),
            "confirm_sure": lambda: speakers.confirm(actor, talk_id, is_sure=True),
            "speak": lambda: speakers.take_on(actor, talk_id),
            "speak_sure": lambda: speakers.take_on(actor, talk_id, is_sure=True),
            "cant": lambda: speakers.ask_why_not(actor, talk_id),
            "defer": lambda: speakers.step_back(actor, talk_id, TalkState.DEFERRED),
            "withdraw": lambda: speakers.step_back(actor, talk_id, TalkState.WITHDRAWN),
            "swap": lambda: swaps.offer(actor, talk_id),
            "swap_with": lambda: swaps.ask(actor, talk_id, int(values[0])),
            "swap_with_sure": lambda: swaps.ask(actor, talk_id, int(values[0]), is_sure=True),
        }
        try:
            card = await acts[what]()
        except AwayThatDay as question:
            card = question.card
        await redraw(interaction, card)

    async def press_ask(
        self, interaction: discord.Interaction, _values: list[str], answer: str, ask_id: str
    ) -> None:
        await interaction.response.defer()
        is_sure = answer == "sure"
        try:
            card = await self.rooms.speaker_answers.answer(
                actor_of(interaction),
                int(ask_id),
                is_yes=is_sure or answer == "yes",
                is_sure=is_sure,
            )
        except AwayThatDay as question:
            # Days away are nobody else's business: the question in the channel stays as it is.
            await refuse_with(interaction, question.card)
            return
        await redraw(interaction, card)

    async def take(self, interaction: discord.Interaction, typed: Typed, talk_id: str) -> None:
        await think(interaction)
        card = await self.rooms.speakers.save_links(actor_of(interaction), int(talk_id), typed)
        await show(interaction, card)


def link_fields(typed: Typed) -> list[Field]:
    """The three links of a talk."""
    return [
        Field("reading", "Pre-reading (optional)", typed, hint="A link, an arXiv id or a DOI."),
        Field("slides", "Slides (optional)", typed),
        Field("recording", "Recording (optional)", typed),
    ]
