"""A simulated Discord with the real bot in it, and members to act as."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from shown import find_id, flat, pinged, text_of
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor
from simcord.backend.models import Overwrite
from simcord.backend.serializers import message_payload
from simcord.enums import ComponentType, InteractionType, OverwriteType
from simcord.interactions import base_payload
from simcord.results import ResponseMessage

from bot.clock import Clock
from bot.groups.model import SetupChange, SetupForm
from bot.members.model import Actor
from bot.sessions.model import EVENT
from bot.settings import Settings
from cogs.client import LecternBot, create_bot
from cogs.permissions import INVITE_PERMISSIONS

START = datetime(2022, 10, 29, 18, 0, tzinfo=UTC)

GROUP = SetupForm(
    name="ML Theory", city="Denver", first_session="2022-11-05 14:00", meeting_place="Stage 1"
)

# Real seconds that moving time may take; meanwhile no timer runs by the wall clock.
ADVANCE_SECONDS = 120.0
SETTLE_SECONDS = 9.0
"""Real ones: a slow machine needs long for one command. Less than the shortest pause of ours, for
simcord waits for timers that ring within this time.
"""

# simcord 3.2.1 asks for these two where Discord, since February 2026, no longer does.
OLD_RULES = discord.Permissions(manage_events=True, manage_messages=True).value


def quicken_simcord() -> None:
    """Let simcord look for idleness every five milliseconds instead of every fifty.

    Looking takes one itself, and the bot does not get on meanwhile.
    """
    Env.settle.__defaults__ = (None, 0.005)
    Env._settle_internal.__kwdefaults__["idle"] = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of the bot: when, where or to whom, its whole text, whom it pings."""

    at: datetime
    place: str
    text: str
    pings: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Stage:
    """Handles to the simulated server; `members` by name, all of them plain people but maya."""

    env: Env
    settings: Settings
    guild: GuildHandle
    channel: ChannelHandle
    forum: ChannelHandle
    members: Mapping[str, MemberActor]
    bot: LecternBot
    is_mirrored: bool = True
    is_running: bool = True
    seen: set[int] = field(default_factory=set)

    def __getitem__(self, name: str) -> MemberActor:
        return self.members[name]

    @property
    def now(self) -> datetime:
        return self.env.now()

    async def advance_to(self, moment: datetime) -> None:
        """Let time pass until `moment`, however slow the machine is; what is due then is done."""
        patience, self.env.settle_timeout = self.env.settle_timeout, ADVANCE_SECONDS
        alarm = await self.next_due_at()
        while self.now < moment:
            stop = min(moment, alarm) if alarm and alarm > self.now else moment
            await self.env.advance_time((stop - self.now).total_seconds())
            alarm = await self.next_due_at()
            if alarm and alarm <= self.now:
                # It was put since the bot last looked: its own alarm clock would ring now.
                with self.env._bot_scope():
                    self.bot.runner.wake()
                await self.env.advance_time(0)
                alarm = await self.next_due_at()
        self.env.settle_timeout = patience

    async def next_due_at(self) -> datetime | None:
        """When the bot has to do something by itself; None for never, or while it is down."""
        return await self.bot.next_due_at() if self.is_running else None

    async def restart(self) -> None:
        """Kill the bot's process and start another on the same database."""
        await self.stop()
        await self.start()

    async def stop(self) -> None:
        """End the bot's process without a goodbye."""
        self.is_running = False
        await self.env._detach_bot()
        self.bot.runner.ticker.stop()  # simcord keeps the alarms of a process that is gone
        self.bot.studio.close()
        await self.bot.db.close()

    async def start(self) -> None:
        """Start a process on the same database, and let it do what is due."""
        self.bot = new_bot(self.settings, self.env.now, is_mirrored=self.is_mirrored)
        await self.env.restart_bot(self.bot)
        self.silence()
        await self.env.settle()
        self.is_running = True

    def silence(self) -> None:
        """Take the bot's alarms away: they would ring in vain, thousands of times a day.

        APScheduler reads the real time, and simcord wakes it by the simulated one, so it always
        finds that nothing is due yet. The stage rings in its place.
        """
        self.bot.runner.ticker.stop()

    async def slash(self, who: str, command: str, **options: Any) -> str:
        """The text that `who` sees after a slash command."""
        return text_of(await self[who].slash(self.channel, command, **options))

    async def bend(self, who: str, command: str, *labels: str, **options: Any) -> InteractionResult:
        """What `who` sees after a `/session` command and the presses that carry it out."""
        result = await self[who].slash(self.channel, f"session {command}", **options)
        shown = result.response
        for label in labels:
            result = await self[who].click(shown, label=label)
        return result

    async def set_up_group(self, name: str = GROUP.name) -> None:
        """Publish maya's group: Saturdays 14:00 in Denver, every second week from 5 November.

        By the service, for tests that only need a group; `draft_group` shows its form and card.
        """
        maya = Actor(
            user_id=self["maya"].id,
            server_id=self.guild.id,
            channel_id=self.channel.id,
            manages_server=True,
        )
        setup = self.bot.rooms.setup
        with self.env._bot_scope():
            draft = await setup.start(maya, replace(GROUP, name=name))
            [publish] = [one.action for one in draft.buttons if one.label == "Publish"]
            group_id = int(str(publish).rpartition(":")[2])
            await setup.change(maya, group_id, SetupChange(forum_id=self.forum.id))
            await setup.publish(maya, group_id)
        await self.env.settle()

    async def draft_group(self, **typed: str) -> InteractionResult:
        """The setup card of maya's group, forum picked, nothing published."""
        shown = await self["maya"].slash(self.channel, "group setup")
        draft = await self["maya"].submit_modal(shown, asdict(GROUP) | typed)
        if draft.response and "New group" in flat(draft.response.components):
            forum_pick = find_id(draft.response.components, "setup:forum")
            await self["maya"].select(draft.response, [self.forum], custom_id=forum_pick)
        return draft

    async def pitch(self, who: str, title: str, **fields: Any) -> str:
        """The receipt that `who` sees after pitching `title`, speaking themselves."""
        shown = await self[who].slash(self.channel, "pitch")
        form = {"title": title, "speaker": [self[who]], **fields}
        return text_of(await self[who].submit_modal(shown, form))

    def deny(self, channel: ChannelHandle, **denied: bool) -> None:
        """Take just these permissions away from the bot in one channel, and give others back."""
        overwrite = Overwrite(
            target_id=self.env.backend.bot_user.id,
            type=OverwriteType.MEMBER,
            deny=discord.Permissions(**denied).value,
        )
        self.env.backend.set_overwrite(channel.id, overwrite)

    async def press_at_once(
        self, who: str, message: ResponseMessage, *custom_ids: str
    ) -> list[InteractionResult]:
        """What `who` sees after pressing buttons in the same instant, even ones not shown."""
        backend = self.env.backend
        stored = backend.get_message(message.channel_id, message.id)
        presses, results = [], []
        for custom_id in custom_ids:
            record, payload = base_payload(
                backend,
                type=InteractionType.MESSAGE_COMPONENT,
                channel_id=message.channel_id,
                guild_id=self.guild.id,
                user_id=self[who].id,
                data={"custom_id": custom_id, "component_type": ComponentType.BUTTON},
            )
            record.source_message_id = message.id
            presses.append(payload | {"message": dict(message_payload(backend, stored))})
            results.append(InteractionResult(self.env, record))
        for press in presses:
            backend.emit("INTERACTION_CREATE", press)
        await self.env.settle()
        return results

    def posted(self) -> list[ResponseMessage]:
        """What stands in the group's channel for everybody, as it reads now."""
        messages = self.env.backend.messages[self.channel.id].values()
        return [ResponseMessage(self.env, one) for one in messages if not one.flags & 64]

    def said(self) -> list[Said]:
        """What the bot has said in public and by direct message since the last call."""
        backend = self.env.backend
        people = {actor.id: name for name, actor in self.members.items()}
        direct = {channel_id: user_id for user_id, channel_id in backend.dm_channels.items()}
        found = []
        for channel_id, messages in backend.messages.items():
            for message in messages.values():
                if message.author_id != backend.bot_user.id or message.id in self.seen:
                    continue
                if message.flags & 64:  # ephemeral
                    continue
                self.seen.add(message.id)
                if channel_id in direct:
                    place = f"@{people[direct[channel_id]]}"
                else:
                    place = f"#{backend.channels[channel_id].name}"
                at = discord.utils.snowflake_time(message.id)
                text = flat(message.components, people)
                pings = tuple(sorted(people[one] for one in pinged(message)))
                said = Said(at=at, place=place, text=text, pings=pings)
                found.append((at, place, message.id, said))
        return [one for *_, one in sorted(found, key=lambda entry: entry[:3])]

    def heard(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Place, text and pings of what was said since the last call.

        Without its times: on a slow machine simcord's clock runs ahead by moments.
        """
        return [(one.place, one.text, one.pings) for one in self.said()]


def new_bot(settings: Settings, clock: Clock, *, is_mirrored: bool) -> LecternBot:
    """A bot that looks at its database once a day and whenever something is due."""
    bot = create_bot(settings, clock=clock, heartbeat=timedelta(days=1))
    if not is_mirrored:
        # Its jobs are put as ever, and wait.
        del bot.runner._duties._handlers[EVENT]
    return bot


@asynccontextmanager
async def staged(settings: Settings, *, is_mirrored: bool) -> AsyncIterator[Stage]:
    """A running stage; the bot holds just the permissions that its invitation asks for.

    Where nobody looks at the native events none are made: they would be most of the work.
    """
    env_of: list[Env] = []
    bot = new_bot(settings, lambda: env_of[0].now() if env_of else START, is_mirrored=is_mirrored)
    env = Env(bot, settle_timeout=SETTLE_SECONDS)
    env.backend.clock._epoch = START
    env_of.append(env)
    await env.start()
    stage = build_stage(env, settings, bot)
    stage.is_mirrored = is_mirrored
    stage.silence()
    await bot.tree.sync()
    await env.settle()
    try:
        yield stage
    finally:
        await env.shutdown()
        await stage.bot.close()
    env._raise_errors_since(env._errors_acknowledged)


def build_stage(env: Env, settings: Settings, bot: LecternBot) -> Stage:
    """A server with a channel, a forum and five people; maya manages it."""
    guild = env.create_guild("Open Theory")
    role = guild.roles["TestBot"]
    permissions = INVITE_PERMISSIONS | OLD_RULES
    env.backend.edit_role(guild.id, role.id, {"permissions": permissions})
    channel = guild.create_text_channel("ml-theory")
    forum = guild.create_forum_channel("talks")
    managers = guild.create_role(
        "Managers", permissions=discord.Permissions(manage_guild=True, manage_events=True)
    )
    names = ("maya", "ben", "clara", "devi", "kenji")
    members = {
        name: guild.add_member(env.create_user(name), roles=[managers] if name == "maya" else [])
        for name in names
    }
    return Stage(
        env=env,
        settings=settings,
        guild=guild,
        channel=channel,
        forum=forum,
        members=members,
        bot=bot,
    )
