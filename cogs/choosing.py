"""Autocompletion that several commands share."""

from typing import Any

import discord
from discord import app_commands

from bot.errors import Refusal
from bot.text import shorten
from cogs.answers import actor_of

MOST_CHOICES = 25
CHOICE_LIMIT = 100


async def choose_group(
    interaction: discord.Interaction[Any], typed: str
) -> list[app_commands.Choice[str]]:
    """The server's groups whose names contain what was typed; those at home here come first."""
    groups = await interaction.client.rooms.groups.groups_in(interaction.guild_id or 0)
    here, key = actor_of(interaction).channel_id, typed.casefold()
    groups = sorted(groups, key=lambda group: here not in (group.channel_id, group.forum_id))
    return [
        app_commands.Choice(name=shorten(group.name, CHOICE_LIMIT), value=str(group.id))
        for group in groups
        if key in group.name.casefold()
    ][:MOST_CHOICES]


async def choose_ballot(
    interaction: discord.Interaction[Any], typed: str
) -> list[app_commands.Choice[int]]:
    """The group's ballots that are over, newest first."""
    group = getattr(interaction.namespace, "group", None)
    try:
        choices = await interaction.client.rooms.history.choices(actor_of(interaction), group)
    except Refusal:
        # As below: the command itself says which group it needs to know.
        return []
    return [
        app_commands.Choice(name=shorten(label, CHOICE_LIMIT), value=ballot_id)
        for label, ballot_id in choices
        if str(typed).casefold() in label.casefold()
    ][:MOST_CHOICES]


async def choose_session(
    interaction: discord.Interaction[Any], typed: str
) -> list[app_commands.Choice[int]]:
    """The group's planned sessions, soonest first."""
    group = getattr(interaction.namespace, "group", None)
    try:
        choices = await interaction.client.rooms.sessions.choices(actor_of(interaction), group)
    except Refusal:
        # Nothing to choose from before a group is chosen; the command itself says so.
        return []
    return [
        app_commands.Choice(name=shorten(label, CHOICE_LIMIT), value=number)
        for number, label in choices
        if str(typed).casefold() in label.casefold()
    ][:MOST_CHOICES]


async def choose_talk(
    interaction: discord.Interaction[Any], typed: str
) -> list[app_commands.Choice[int]]:
    """The group's talks: to come, promised, and the last ones given."""
    group = getattr(interaction.namespace, "group", None)
    try:
        choices = await interaction.client.rooms.speakers.choices(actor_of(interaction), group)
    except Refusal:
        # As above: the command itself says which group it needs to know.
        return []
    return [
        app_commands.Choice(name=shorten(label, CHOICE_LIMIT), value=talk_id)
        for label, talk_id in choices
        if str(typed).casefold() in label.casefold()
    ][:MOST_CHOICES]
