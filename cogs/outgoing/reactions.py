"""Reactions: putting our own, and reading everybody's."""

from collections.abc import Sequence

import discord

from bot.messenger import Vote
from cogs.outgoing.line import PAGE, Line


class Reactions(Line):
    async def seed_reactions(self, channel_id: int, message_id: int, emojis: Sequence[str]) -> None:
        message = self._client.get_partial_messageable(channel_id).get_partial_message(message_id)
        for emoji in emojis:
            async with self._call("Add Reactions", "Read Message History"):
                await message.add_reaction(emoji)

    async def own_reactions(self, channel_id: int, message_id: int) -> frozenset[str]:
        channel = self._client.get_partial_messageable(channel_id)
        async with self._call("Read Message History"):
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
                    Vote(
                        user_id=user_id,
                        emoji=emoji,
                        is_bot=is_bot,
                        is_super=reaction_type is discord.ReactionType.burst,
                    )
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
            async with self._call("Read Message History"):
                page = await self._client.http.get_reaction_users(
                    channel_id, message_id, emoji, PAGE, after, reaction_type.value
                )
            people = {int(user["id"]): bool(user.get("bot", False)) for user in page}
            is_news = not people.keys() <= found.keys()
            found |= people
            if len(page) < PAGE or not is_news:
                return found
            after = max(people)


def bare(emoji: str) -> str:
    """The emoji without its variation selector, with which and without which are one emoji."""
    return emoji.replace("\ufe0f", "")
