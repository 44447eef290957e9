"""Forum posts, and threads under a message where there is no forum."""

from collections.abc import Collection
from contextlib import suppress
from typing import Literal

import discord

from bot.cards import Card
from bot.messenger import MessageGone, NotAllowed, PlaceGone
from cogs.look import carries, draw
from cogs.outgoing.line import PAGE
from cogs.outgoing.messages import Messages, only

THREAD_EXISTS = 160004
"""Discord's word for "this message has its thread already": success for us."""

KEPT_OPEN_MINUTES: Literal[10080] = 10080
LOOKED_THROUGH = 50
"""Messages among which the one of an earlier attempt at the same thread is looked for."""


def _tags_for(forum: discord.ForumChannel) -> list[discord.ForumTag]:
    """The tag of a post where the forum wants one: the first that everybody may choose.

    Raises NotAllowed where all of them are kept for those who may manage threads.
    """
    if not forum.flags.require_tag:
        return []
    usable = [tag for tag in forum.available_tags if not tag.moderated]
    if not usable and not forum.permissions_for(forum.guild.me).manage_threads:
        raise NotAllowed(("Manage Threads",))
    return (usable or list(forum.available_tags))[:1]


class Discussions(Messages):
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
            async with self._call("Create Posts"):
                post = await room.create_thread(
                    name=title,
                    view=draw(card, nonce=nonce),
                    allowed_mentions=only(mentions),
                    applied_tags=_tags_for(room),
                )
            return post.thread.id
        message_id = await self._announced(room, nonce)
        if message_id is None:
            message_id = await self.say(channel_id, card, nonce=nonce, mentions=mentions)
        if message_id is None:
            raise MessageGone("the announcement was deleted")
        await self._open_thread(room, message_id, title)
        return message_id

    async def open_thread(self, channel_id: int, message_id: int, title: str) -> int:
        room = await self._room(channel_id)
        if isinstance(room, discord.ForumChannel):
            raise PlaceGone(f"{channel_id} is no text channel")
        await self._open_thread(room, message_id, title)
        return message_id

    async def _announced(self, room: discord.TextChannel, nonce: str) -> int | None:
        """The message that an earlier attempt at the same thread has left."""
        async with self._call("Read Message History"):
            latest = [message async for message in room.history(limit=LOOKED_THROUGH)]
        if not latest:
            await self._require_history(room.id)
        for message in latest:
            if self._is_ours(message.author.id) and carries(message, nonce):
                return message.id
        return None

    async def _open_thread(self, room: discord.TextChannel, message_id: int, title: str) -> None:
        message = room.get_partial_message(message_id)
        async with self._call("Create Public Threads"):
            try:
                await message.create_thread(name=title, auto_archive_duration=KEPT_OPEN_MINUTES)
            except discord.HTTPException as error:
                if error.code != THREAD_EXISTS:
                    raise

    async def find_discussions(self, channel_id: int, title: str, *, nonce: str) -> tuple[int, ...]:
        room = await self._room(channel_id)
        if not isinstance(room, discord.ForumChannel):
            return ()
        async with self._call("Read Message History"):
            threads = [t for t in await room.guild.active_threads() if t.parent_id == room.id]
        # Afterwards: a post that is archived meanwhile is seen twice rather than not at all.
        async with self._call("Read Message History"):
            threads += [t async for t in room.archived_threads(limit=PAGE)]
        ids = sorted({t.id for t in threads if t.name == title and self._is_ours(t.owner_id)})
        return tuple([one for one in ids if await self._opens_with(one, nonce)])

    async def _opens_with(self, thread_id: int, nonce: str) -> bool:
        """True when the thread's first message is a card of ours that carries `nonce`."""
        thread = self._client.get_partial_messageable(thread_id)
        try:
            async with self._call("Read Message History"):
                message = await thread.fetch_message(thread_id)
        except (MessageGone, PlaceGone):
            return False
        return self._is_ours(message.author.id) and carries(message, nonce)

    async def remove_discussion(self, discussion_id: int) -> None:
        try:
            async with self._call("Manage Threads"):
                await self._client.http.delete_channel(discussion_id)
        except NotAllowed:
            await self._empty(discussion_id)
        except (PlaceGone, MessageGone):
            return

    async def _empty(self, thread_id: int) -> None:
        """Leave nothing to read, and close it where whoever made a thread may do that."""
        thread = self._client.get_partial_messageable(thread_id)
        with suppress(MessageGone):
            async with self._call("View Channel"):
                await thread.get_partial_message(thread_id).delete()
        with suppress(NotAllowed):
            async with self._call("Manage Threads"):
                await self._client.http.edit_channel(thread_id, archived=True)
