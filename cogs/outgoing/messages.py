"""Saying, changing and finding messages."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

import discord
from discord.utils import time_snowflake

from bot.cards import Card
from bot.messenger import MessageGone, NotAllowed
from cogs.look import carries, draw, files_of
from cogs.outgoing.line import PAGE, Line


def only(user_ids: Iterable[int]) -> discord.AllowedMentions:
    """Leave to ping exactly these people and nobody else."""
    return discord.AllowedMentions(
        everyone=False,
        roles=False,
        replied_user=False,
        users=[discord.Object(user_id) for user_id in user_ids],
    )


class Messages(Line):
    """In channels and threads, and in the direct messages with one person."""

    async def say(
        self, channel_id: int, card: Card, *, nonce: str, mentions: Collection[int] = ()
    ) -> int | None:
        try:
            return await self._send(channel_id, card, nonce, mentions)
        except NotAllowed:
            if not card.pictures:
                raise
            # Discord does not say which permission it was: it may have been Attach Files.
            return await self._send(channel_id, replace(card, pictures=()), nonce, mentions)

    async def _send(
        self, channel_id: int, card: Card, nonce: str, mentions: Collection[int]
    ) -> int | None:
        channel = self._client.get_partial_messageable(channel_id)
        try:
            async with self._call("Send Messages"):
                message = await channel.send(
                    view=draw(card, nonce=nonce),
                    files=files_of(card),
                    nonce=nonce,
                    allowed_mentions=only(mentions),
                )
        except MessageGone:
            # Inside the nonce's window Discord answers with the first message, even a deleted one
            # (discord.py's issue 10116).
            return None
        return message.id

    async def edit(
        self, channel_id: int, message_id: int, card: Card, *, nonce: str | None = None
    ) -> None:
        channel = self._client.get_partial_messageable(channel_id)
        async with self._call("View Channel"):
            await channel.get_partial_message(message_id).edit(
                view=draw(card, nonce=nonce), allowed_mentions=only(())
            )

    async def open_direct(self, user_id: int) -> int:
        # Not `create_dm`: it answers from a cache, also when Discord has forgotten the channel.
        async with self._call():
            opened = await self._client.http.start_private_message(user_id)
        return int(opened["id"])

    async def find_message(self, channel_id: int, nonce: str, *, since: datetime) -> int | None:
        channel = self._client.get_partial_messageable(channel_id)
        after = discord.Object(time_snowflake(since))
        page = await self._page(channel, after)
        if not page:
            await self._require_history(channel_id)
        while page:
            for message in page:
                if self._is_ours(message.author.id) and carries(message, nonce):
                    return message.id
            after = discord.Object(page[-1].id)
            page = await self._page(channel, after) if len(page) == PAGE else []
        return None

    async def _page(
        self, channel: discord.PartialMessageable, after: discord.Object
    ) -> list[discord.Message]:
        """The next messages after an id, oldest first."""
        async with self._call("Read Message History"):
            history = channel.history(limit=PAGE, after=after, oldest_first=True)
            return [message async for message in history]
