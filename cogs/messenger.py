"""The outgoing port, fulfilled with discord.py."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

import discord
from discord.utils import time_snowflake

from bot.cards import Card
from bot.messenger import EventPlan, MessageGone, Need, NotAllowed, PlaceGone, TryLater, Vote
from cogs.faults import discord_call
from cogs.look import carries, draw, files_of
from cogs.permissions import lacking

THREAD_EXISTS = 160004
"""Discord's word for "this message has its thread already": success for us."""

PAGE = 100
KEPT_OPEN_MINUTES: Literal[10080] = 10080

Room: TypeAlias = discord.TextChannel | discord.ForumChannel


def only(user_ids: Iterable[int]) -> discord.AllowedMentions:
    """Leave to ping exactly these people and nobody else."""
    return discord.AllowedMentions(
        everyone=False,
        roles=False,
        replied_user=False,
        users=[discord.Object(user_id) for user_id in user_ids],
    )


class DiscordMessenger:
    """Acts through one logged-in client. See `bot.messenger.Messenger` for the contract."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def say(
        self, channel_id: int, card: Card, *, nonce: str, mentions: Collection[int] = ()
    ) -> int:
        channel = self._client.get_partial_messageable(channel_id)
        async with discord_call("Send Messages"):
            message = await channel.send(
                view=draw(card, nonce=nonce),
                files=files_of(card),
                nonce=nonce,
                allowed_mentions=only(mentions),
            )
        return message.id

    async def edit(
        self, channel_id: int, message_id: int, card: Card, *, nonce: str | None = None
    ) -> None:
        channel = self._client.get_partial_messageable(channel_id)
        async with discord_call("View Channel"):
            await channel.get_partial_message(message_id).edit(
                view=draw(card, nonce=nonce), allowed_mentions=only(())
            )

    async def tell(self, user_id: int, card: Card, *, nonce: str) -> int:
        async with discord_call():
            channel = await self._client.create_dm(discord.Object(user_id))
        return await self.say(channel.id, card, nonce=nonce)

    async def find_message(self, channel_id: int, nonce: str, *, since: datetime) -> int | None:
        self._require_history(channel_id)
        channel = self._client.get_partial_messageable(channel_id)
        after = discord.Object(time_snowflake(since))
        async with discord_call("Read Message History"):
            async for message in channel.history(limit=None, after=after, oldest_first=True):
                if self._is_ours(message.author.id) and carries(message, nonce):
                    return message.id
        return None

    async def find_told(self, user_id: int, nonce: str, *, since: datetime) -> int | None:
        async with discord_call():
            channel = await self._client.create_dm(discord.Object(user_id))
        return await self.find_message(channel.id, nonce, since=since)

    def _require_history(self, channel_id: int) -> None:
        """Raise where we may not read back: Discord then shows an empty past, and no error."""
        channel = self._client.get_channel(channel_id)
        if isinstance(channel, discord.TextChannel | discord.ForumChannel):
            held = channel.permissions_for(channel.guild.me)
            if not held.read_message_history:
                raise NotAllowed(("Read Message History",))

    def _is_ours(self, author_id: int | None) -> bool:
        return self._client.user is not None and author_id == self._client.user.id

    async def open_discussion(
        self,
        channel_id: int,
        title: str,
        card: Card,
        *,
        nonce: str,
        mentions: Collection[int] = (),
    ) -> int:
        room = await self._room(channel_id)
        if isinstance(room, discord.ForumChannel):
            async with discord_call("Create Posts"):
                post = await room.create_thread(
                    name=title, view=draw(card, nonce=nonce), allowed_mentions=only(mentions)
                )
            return post.thread.id
        message_id = await self._announced(room, nonce)
        if message_id is None:
            message_id = await self.say(channel_id, card, nonce=nonce, mentions=mentions)
        try:
            async with discord_call("Create Public Threads"):
                message = room.get_partial_message(message_id)
                await message.create_thread(name=title, auto_archive_duration=KEPT_OPEN_MINUTES)
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise
        return message_id

    async def _announced(self, room: discord.TextChannel, nonce: str) -> int | None:
        """The message that an earlier attempt at the same thread has left, among the last 50."""
        self._require_history(room.id)
        async with discord_call("Read Message History"):
            async for message in room.history(limit=50):
                if self._is_ours(message.author.id) and carries(message, nonce):
                    return message.id
        return None

    async def find_discussion(self, channel_id: int, title: str, *, nonce: str) -> int | None:
        room = await self._room(channel_id)
        if not isinstance(room, discord.ForumChannel):
            return None
        async with discord_call("Read Message History"):
            threads = [t for t in await room.guild.active_threads() if t.parent_id == room.id]
            threads += [t async for t in room.archived_threads(limit=PAGE)]
            for thread in threads:
                if thread.name == title and await self._opens_with(thread, nonce):
                    return thread.id
        return None

    async def _opens_with(self, thread: discord.Thread, nonce: str) -> bool:
        try:
            message = await thread.fetch_message(thread.id)
        except discord.NotFound:
            return False
        return self._is_ours(message.author.id) and carries(message, nonce)

    async def _room(self, channel_id: int) -> Room:
        channel: Any = self._client.get_channel(channel_id)
        if channel is None:
            async with discord_call("View Channel"):
                channel = await self._client.fetch_channel(channel_id)
        if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
            raise PlaceGone(f"{channel_id} is no text channel or forum")
        return channel

    async def _guild(self, server_id: int) -> discord.Guild:
        """The server from the cache; one that is missing there may only be out of order."""
        guild = self._client.get_guild(server_id)
        if guild is None:
            try:
                async with discord_call():
                    await self._client.fetch_guild(server_id)
            except (MessageGone, NotAllowed) as error:
                raise PlaceGone(f"server {server_id}") from error
            raise TryLater("the server is not in the cache yet")
        if guild.unavailable:
            raise TryLater("the server is unavailable")
        return guild

    async def mirror_event(self, server_id: int, event_id: int | None, plan: EventPlan) -> int:
        guild = await self._guild(server_id)
        async with discord_call("Create Events"):
            if event_id is None:
                event = await guild.create_scheduled_event(
                    name=plan.name,
                    description=plan.description,
                    start_time=plan.starts_at,
                    end_time=plan.ends_at,
                    location=plan.location,
                    entity_type=discord.EntityType.external,
                    privacy_level=discord.PrivacyLevel.guild_only,
                )
                return event.id
            event = await guild.fetch_scheduled_event(event_id, with_counts=False)
            await event.edit(
                name=plan.name,
                description=plan.description,
                start_time=plan.starts_at,
                end_time=plan.ends_at,
                location=plan.location,
            )
            return event.id

    async def find_events(self, server_id: int, marker: str) -> tuple[int, ...]:
        guild = await self._guild(server_id)
        async with discord_call("Create Events"):
            events = await guild.fetch_scheduled_events(with_counts=False)
        open_states = (discord.EventStatus.scheduled, discord.EventStatus.active)
        ours = [
            event.id
            for event in events
            if event.status in open_states
            and self._is_ours(event.creator_id)
            and (event.description or "").endswith(marker)
        ]
        return tuple(sorted(ours))

    async def remove_event(self, server_id: int, event_id: int) -> None:
        guild = await self._guild(server_id)
        try:
            async with discord_call("Create Events"):
                event = await guild.fetch_scheduled_event(event_id, with_counts=False)
                await event.delete()
        except MessageGone:
            return

    async def seed_reactions(self, channel_id: int, message_id: int, emojis: Sequence[str]) -> None:
        message = self._client.get_partial_messageable(channel_id).get_partial_message(message_id)
        for emoji in emojis:
            async with discord_call("Add Reactions", "Read Message History"):
                await message.add_reaction(emoji)

    async def own_reactions(self, channel_id: int, message_id: int) -> frozenset[str]:
        channel = self._client.get_partial_messageable(channel_id)
        async with discord_call("Read Message History"):
            message = await channel.fetch_message(message_id)
        return frozenset(bare(str(r.emoji)) for r in message.reactions if r.me)

    async def read_votes(
        self, channel_id: int, message_id: int, emojis: Sequence[str]
    ) -> frozenset[Vote]:
        await self.own_reactions(channel_id, message_id)
        votes: set[Vote] = set()
        for emoji in emojis:
            for reaction_type in (discord.ReactionType.normal, discord.ReactionType.burst):
                people = await self._reactors(channel_id, message_id, emoji, reaction_type)
                votes |= {
                    Vote(user_id=user_id, emoji=emoji, is_bot=is_bot)
                    for user_id, is_bot in people.items()
                }
        return frozenset(votes)

    async def _reactors(
        self, channel_id: int, message_id: int, emoji: str, reaction_type: discord.ReactionType
    ) -> dict[int, bool]:
        """Everybody who reacted so, and whether they are a bot.

        Inside a page people come in descending order, so the next page starts after the highest
        id; a page that brings nobody new is the end (`Reaction.users` stops at a stale count).
        """
        found: dict[int, bool] = {}
        after: int | None = None
        while True:
            async with discord_call("Read Message History"):
                page = await self._client.http.get_reaction_users(
                    channel_id, message_id, emoji, PAGE, after, reaction_type.value
                )
            people = {int(user["id"]): bool(user.get("bot", False)) for user in page}
            is_news = not people.keys() <= found.keys()
            found |= people
            if len(page) < PAGE or not is_news:
                return found
            after = max(people)

    async def present_members(self, server_id: int, user_ids: Collection[int]) -> frozenset[int]:
        guild = await self._guild(server_id)
        wanted = sorted(set(user_ids))
        present: set[int] = set()
        for start in range(0, len(wanted), PAGE):
            async with discord_call():
                members = await guild.query_members(
                    user_ids=wanted[start : start + PAGE], limit=PAGE, cache=False
                )
            present |= {member.id for member in members}
        return frozenset(present)

    async def missing_permissions(
        self, channel_id: int, needs: Collection[Need]
    ) -> tuple[str, ...]:
        try:
            room = await self._room(channel_id)
        except (PlaceGone, MessageGone, NotAllowed):
            return ("View Channel",)
        return lacking(room.permissions_for(room.guild.me), needs)


def bare(emoji: str) -> str:
    """The emoji without its variation selector, with which and without which are one emoji."""
    return emoji.replace("\ufe0f", "")
