"""A server on the loopback Discord, with its channels and its people, and what stands in it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import discord
from simcord.backend import Backend
from simcord.backend.models import Channel, Message
from simcord.components import walk_components
from simcord.enums import ChannelType, MessageType

from cogs.permissions import INVITE_PERMISSIONS

# simcord 3.2.1 asks for these two where Discord, since February 2026, no longer does.
OLD_RULES = discord.Permissions(manage_events=True, manage_messages=True).value


@dataclass(slots=True, kw_only=True)
class World:
    """One server in which the bot holds just the permissions that its invitation asks for."""

    backend: Backend
    guild_id: int
    channel_ids: list[int] = field(default_factory=list)
    forum_ids: list[int] = field(default_factory=list)
    people: list[int] = field(default_factory=list)

    def add_channel(self, name: str) -> int:
        channel = self.backend.create_channel(self.guild_id, name)
        self.channel_ids.append(channel.id)
        return channel.id

    def add_forum(self, name: str) -> int:
        forum = self.backend.create_channel(self.guild_id, name, type=ChannelType.FORUM)
        self.forum_ids.append(forum.id)
        return forum.id

    def add_person(self, name: str) -> int:
        user = self.backend.make_user(name)
        self.backend.add_member(self.guild_id, user.id)
        self.people.append(user.id)
        return user.id

    def messages(self, channel_id: int) -> list[Message]:
        """What the bot has said in a channel, oldest first."""
        found = self.backend.messages.get(channel_id, {}).values()
        ours = [one for one in found if one.author_id == self.backend.bot_user.id]
        return [one for one in ours if one.type == MessageType.DEFAULT]

    def told(self, user_id: int) -> list[Message]:
        """What the bot has told somebody directly, oldest first."""
        channel_id = self.backend.dm_channels.get(user_id)
        return self.messages(channel_id) if channel_id else []

    def titles(self, channel_id: int) -> list[str]:
        """The first lines of the bot's cards in a channel, oldest first."""
        return [title_of(one) for one in self.messages(channel_id)]

    @property
    def event_names(self) -> Counter[str]:
        """How many open native events have each name."""
        guild = self.backend.guilds[self.guild_id]
        return Counter(one.name for one in guild.scheduled_events.values() if one.status in {1, 2})

    def threads(self, parent_id: int) -> list[str]:
        """The names of the threads or posts in a channel or forum, oldest first.

        Without those in which there is nothing to read any more: whoever may not delete a thread
        can only empty and close it.
        """
        threads = [one for one in self.backend.channels.values() if one.parent_id == parent_id]
        readable = [one for one in threads if not (is_archived(one) and self._is_empty(one))]
        return [str(one.name) for one in sorted(readable, key=lambda one: one.id)]

    def _is_empty(self, thread: Channel) -> bool:
        return not self.backend.messages[thread.id]

    def vote(self, message: Message, user_id: int, *emojis: str) -> None:
        """Let somebody react to a message, as they do in Discord."""
        for emoji in emojis:
            self.backend.add_reaction(message.channel_id, message.id, emoji, user_id)


def is_archived(thread: Channel) -> bool:
    return thread.thread_metadata is not None and thread.thread_metadata.archived


def add_world(backend: Backend, *, channels: int = 1, forums: int = 0, people: int = 0) -> World:
    """A new server."""
    guild = backend.create_guild("Open Theory")
    world = World(backend=backend, guild_id=guild.id)
    role = next(one for one in guild.roles.values() if one.managed)
    backend.edit_role(guild.id, role.id, {"permissions": INVITE_PERMISSIONS | OLD_RULES})
    for number in range(channels):
        world.add_channel(f"theory-{number}")
    for number in range(forums):
        world.add_forum(f"talks-{number}")
    for number in range(people):
        world.add_person(f"reader{number}")
    return world


def texts_of(message: Message) -> list[str]:
    """Every text of a card in reading order."""
    parts: list[Any] = list(walk_components(message.components))
    return [str(part["content"]) for part in parts if "content" in part]


def title_of(message: Message) -> str:
    """The first line of a card, or the text of a plain message."""
    texts = texts_of(message)
    return texts[0].removeprefix("### ") if texts else message.content
