"""One process of the bot: staying connected, stopping in good order, publishing commands."""

import asyncio
import hashlib
import json
from contextlib import suppress

import discord
import structlog

from bot.errors import Refusal
from bot.settings import Settings
from cogs.client import LecternBot, create_bot
from cogs.permissions import INVITE_PERMISSIONS

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
TOKEN_REFUSED = "Discord refuses the token in DISCORD_TOKEN: copy it anew from the bot's page."  # noqa: S105
_DISCONNECTIONS = (OSError, AttributeError, discord.DiscordException)
"""discord.py ends with an AttributeError when its first connection fails (its issue 10520)."""


async def stay_connected(
    settings: Settings,
    token: str,
    stopped: asyncio.Event,
    *,
    first_pause: float = FIRST_PAUSE_SECONDS,
) -> None:
    """Run the bot until `stopped` is set, connecting anew after a pause that doubles.

    Raises Refusal for what trying again can't mend.
    """
    pause = first_pause
    while not stopped.is_set():
        await _connect(settings, token, stopped)
        if stopped.is_set():
            return
        log.warning("run.reconnecting", seconds=pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _connect(settings: Settings, token: str, stopped: asyncio.Event) -> None:
    bot = create_bot(settings)
    running = asyncio.create_task(bot.start(token))
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not stopped.is_set():
            running.result()
    except discord.LoginFailure:
        raise Refusal(TOKEN_REFUSED) from None
    except _DISCONNECTIONS as error:
        log.warning("run.disconnected", error=repr(error))
    finally:
        await bot.close()
        for task in (running, waiting):
            task.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)


async def publish_commands(settings: Settings, token: str, *, if_changed: bool) -> str:
    """What was done about the slash commands, in a sentence or two.

    With `if_changed` nothing is sent when the commands are those that were sent last: Discord
    lets a bot create 200 commands a day in a server.
    """
    bot = create_bot(settings)
    try:
        await bot.login(token)
        stamp = settings.data_dir / "commands.sha256"
        digest = commands_digest(bot)
        if if_changed and stamp.is_file() and stamp.read_text() == digest:
            return "The slash commands are published already."
        published = await bot.tree.sync()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)
        link = invitation(bot.application_id or 0)
        return f"Published {len(published)} slash commands. Invite the bot with\n{link}"
    except discord.LoginFailure:
        raise Refusal(TOKEN_REFUSED) from None
    except (OSError, discord.HTTPException) as error:
        raise Refusal(f"Discord could not be reached or refused the commands: {error}") from error
    finally:
        await bot.close()


def commands_digest(bot: LecternBot) -> str:
    """What is published, in short: differs when a command or the application does."""
    commands = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
    text = json.dumps([bot.application_id, commands], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def invitation(application_id: int) -> str:
    """The link that adds the bot to a server with just the permissions it needs."""
    return discord.utils.oauth_url(
        application_id,
        permissions=discord.Permissions(INVITE_PERMISSIONS),
        scopes=("bot", "applications.commands"),
    )
