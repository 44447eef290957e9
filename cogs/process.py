"""One process of the bot: leading or helping out, stopping in good order, publishing commands."""

import asyncio
import hashlib
import json
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import discord
import structlog

from bot.errors import Refusal, WrongSetup
from bot.instance import Leadership, leadership_of
from bot.settings import Settings
from cogs.client import LecternBot, create_bot
from cogs.permissions import INVITE_PERMISSIONS

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
_DISCONNECTIONS = (OSError, AttributeError, discord.DiscordException)
"""discord.py ends with an AttributeError when its first connection fails (its issue 10520)."""


class TokenRefusal(WrongSetup):
    """Discord refuses our token; trying again can't mend it, and is counted against us."""

    def __init__(self) -> None:
        super().__init__(
            "Discord refuses the token in DISCORD_TOKEN: copy it anew from the bot's page."
        )


async def stay_connected(
    settings: Settings,
    token: str,
    stopped: asyncio.Event,
    *,
    first_pause: float = FIRST_PAUSE_SECONDS,
    after_restore: bool = False,
    leadership: Leadership | None = None,
) -> None:
    """Run the bot until `stopped` is set, connecting anew after a pause that doubles.

    Raises TokenRefusal when Discord refuses the token, at the start or later, and other Refusals
    for what trying again can't mend.
    """
    leadership = leadership or leadership_of(settings)
    pause = first_pause
    try:
        while not stopped.is_set():
            is_alone = settings.database_file is not None
            bot = create_bot(settings, after_restore=after_restore, is_alone=is_alone)
            begun = asyncio.get_running_loop().time()
            is_cut_off = await _run(bot, _take_part(bot, token, leadership), stopped)
            if stopped.is_set():
                return
            if not is_cut_off:
                continue
            if asyncio.get_running_loop().time() - begun > LONGEST_PAUSE_SECONDS:
                pause = first_pause  # it was well for long: this is another trouble
            log.warning("run.reconnecting", seconds=pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    finally:
        await leadership.close()


async def _run(bot: LecternBot, part: Coroutine[Any, Any, None], stopped: asyncio.Event) -> bool:
    """Whether the bot was cut off from Discord, before its part ended or `stopped` was set."""
    playing = asyncio.create_task(part)
    waiting = [asyncio.create_task(event.wait()) for event in (stopped, bot.refused)]
    try:
        await asyncio.wait([playing, *waiting], return_when=asyncio.FIRST_COMPLETED)
        if bot.refused.is_set():
            raise TokenRefusal
        if not stopped.is_set():
            playing.result()
    except discord.LoginFailure:
        raise TokenRefusal from None
    except _DISCONNECTIONS as error:
        log.warning("run.disconnected", error=repr(error))
        return True
    finally:
        await bot.close()
        for task in (playing, *waiting):
            task.cancel()
        await asyncio.gather(playing, *waiting, return_exceptions=True)
    return False


async def _take_part(bot: LecternBot, token: str, leadership: Leadership) -> None:
    """Do the jobs, and answer members while this process leads; ends when it leads no more.

    Whoever is cut off from the gateway lets another process try.
    """
    bot.follow(leadership.is_sure)
    await leadership.reach()
    await bot.login(token)
    await leadership.win(bot.begin_work)
    leading = asyncio.create_task(bot.connect())
    losing = asyncio.create_task(leadership.lost())
    try:
        await asyncio.wait([leading, losing], return_when=asyncio.FIRST_COMPLETED)
        if leading.done():
            leading.result()
    finally:
        bot.step_down()
        for task in (leading, losing):
            task.cancel()
        await asyncio.gather(leading, losing, return_exceptions=True)
        await bot.leave_gateway()
        await leadership.close()


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
        raise TokenRefusal from None
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
