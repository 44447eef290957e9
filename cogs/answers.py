"""Answering a member: who asks, the card they get, and what they see when something fails."""

import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import discord
import structlog
from discord import app_commands

from bot.cards import Card, Tone
from bot.database import is_refusing_writes
from bot.errors import Refusal
from bot.members.model import Actor
from bot.text import escape
from cogs.look import draw, files_of

log = structlog.get_logger()

PRIVATE_PRESS = "vote:"
"""How the ids of presses begin that no log may connect with a person."""

Cog = TypeVar("Cog")
Rest = ParamSpec("Rest")

_SAFE = re.compile(r"(`/?[a-z][a-zA-Z0-9 .:=-]*`|<#\d+>|<t:\d+:[A-Za-z]>)")
"""What a Refusal may say in Markdown; even where a member typed it, it can do no harm."""

Callback = Callable[Concatenate[Cog, discord.Interaction, Rest], Coroutine[Any, Any, None]]


def actor_of(interaction: discord.Interaction) -> Actor:
    """Who presses or types, where, and what the server lets them do there."""
    channel = interaction.channel
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    return Actor(
        user_id=interaction.user.id,
        server_id=interaction.guild_id or 0,
        channel_id=parent_id or interaction.channel_id or 0,
        locale=str(interaction.locale),
        manages_server=interaction.permissions.manage_guild,
    )


async def think(interaction: discord.Interaction) -> None:
    """Take the command in before the database is touched: Discord waits for 3 s only."""
    await interaction.response.defer(ephemeral=True, thinking=True)


async def show(interaction: discord.Interaction, card: Card) -> None:
    """Answer with a card that only the asker sees.

    An answer that was taken in by `think` is edited, never posted anew: a repeated edit is
    harmless where a repeated post is a second message.
    """
    if interaction.response.is_done():
        await interaction.edit_original_response(view=draw(card), attachments=files_of(card))
    else:
        await interaction.response.send_message(
            view=draw(card), files=files_of(card), ephemeral=True
        )


async def redraw(interaction: discord.Interaction, card: Card) -> None:
    """Put the card in place of the one whose button or list was used."""
    view, files = draw(card), files_of(card)
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view, attachments=files)
    else:
        await interaction.response.edit_message(view=view, attachments=files)


def has_own_card(interaction: discord.Interaction) -> bool:
    """True where a button was pressed on a card that only the presser sees."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def note(text: str) -> Card:
    """One sentence that went well."""
    return Card(title="✅ Done", body=(text,), tone=Tone.DONE)


def refusal_card(refusal: Refusal) -> Card:
    """A rule's no, in the words of the rule; what the member typed in it can do no harm."""
    return Card(title="That doesn't work", body=(_harmless(str(refusal)),), tone=Tone.WARNING)


def _harmless(text: str) -> str:
    """The sentence with its `commands`, channels and times kept and everything else escaped."""
    pieces = _SAFE.split(text)
    return "".join(escape(piece) if n % 2 == 0 else piece for n, piece in enumerate(pieces))


async def refuse(interaction: discord.Interaction, refusal: Refusal) -> None:
    """Say no, to the asker alone."""
    await refuse_with(interaction, refusal_card(refusal))


async def report(interaction: discord.Interaction, error: BaseException) -> None:
    """Log a bug with an incident number and tell the asker that number."""
    incident = secrets.token_hex(4)
    data: Any = interaction.data or {}
    pressed = str(data.get("custom_id", ""))
    log.error(
        "interaction.failed",
        incident=incident,
        user_id=None if pressed.startswith(PRIVATE_PRESS) else interaction.user.id,
        guild_id=interaction.guild_id,
        exc_info=error,
    )
    try:
        await refuse_with(interaction, _sorry_card(error, incident))
    except discord.HTTPException:
        log.warning("interaction.not_told", incident=incident)


def _sorry_card(error: BaseException, incident: str) -> Card:
    if is_refusing_writes(error):
        return Card(
            title="I can't save anything at the moment",
            body=(
                "Nothing was changed. What only shows something still works. Try again later, "
                f"and if it stays, tell whoever runs this bot: incident `{incident}`.",
            ),
            tone=Tone.WARNING,
        )
    return Card(
        title="Something went wrong",
        body=(
            "That is a fault of mine, not yours; nothing was changed by halves. Try again, and "
            f"if it stays, tell whoever runs this bot: incident `{incident}`.",
        ),
        tone=Tone.WARNING,
    )


async def refuse_with(interaction: discord.Interaction, card: Card) -> None:
    """Say no on a card of its own: the one whose button was pressed stays as it is."""
    is_press = interaction.message is not None
    if is_press and interaction.response.is_done() and not _is_thinking(interaction):
        await interaction.followup.send(view=draw(card), ephemeral=True)
    else:
        await show(interaction, card)


def _is_thinking(interaction: discord.Interaction) -> bool:
    """True when the answer was begun as a new message, which has to be filled."""
    kind = interaction.response.type
    return kind is discord.InteractionResponseType.deferred_channel_message


def answers(callback: Callback[Cog, Rest]) -> Callback[Cog, Rest]:
    """Wrap a command so that a `Refusal` becomes its answer; bugs go to the tree's handler."""

    @wraps(callback)
    async def answered(
        cog: Cog, interaction: discord.Interaction, *args: Rest.args, **kwargs: Rest.kwargs
    ) -> None:
        try:
            await callback(cog, interaction, *args, **kwargs)
        except Refusal as refusal:
            await refuse(interaction, refusal)

    return cast("Callback[Cog, Rest]", answered)


async def guard(interaction: discord.Interaction, work: Awaitable[None]) -> None:
    """Do what a press or a form asks for; every way it may end is an answer to the asker."""
    try:
        await work
    except Refusal as refusal:
        await refuse(interaction, refusal)
    except Exception as error:  # noqa: BLE001 - the error handler of presses and forms
        await report(interaction, error)


class Tree(app_commands.CommandTree[Any]):
    """The command tree with our one error handler."""

    async def on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        await report(interaction, getattr(error, "original", error))
