"""Reactions: putting our own, and reading everybody's, one call after the other."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import discord

from bot.messenger import RECONCILE, RouteLimited, Turn, Vote
from cogs.faults import discord_call
from cogs.outgoing.line import PAGE, Line

T = TypeVar("T")

MOST_REPEATS = 2
"""So many pages in a row without anybody new come from a server that does not turn them."""


class Reactions(Line):
    async def seed_reactions(
        self, channel_id: int, message_id: int, emojis: Sequence[str], *, turn: Turn = RECONCILE
    ) -> None:
        message = self._client.get_partial_messageable(channel_id).get_partial_message(message_id)
        for emoji in emojis:
            put = partial(message.add_reaction, emoji)
            await self._in_turn(turn, message_id, put, "Add Reactions", "Read Message History")

    async def own_reactions(
        self, channel_id: int, message_id: int, *, turn: Turn = RECONCILE
    ) -> frozenset[str]:
        channel = self._client.get_partial_messageable(channel_id)
        fetch = partial(channel.fetch_message, message_id)
        message = await self._in_turn(turn, message_id, fetch, "Read Message History")
        return frozenset(bare(str(r.emoji)) for r in message.reactions if r.me)

    async def read_votes(
        self, channel_id: int, message_id: int, emojis: Sequence[str], *, turn: Turn = RECONCILE
    ) -> frozenset[Vote]:
        await self.own_reactions(channel_id, message_id, turn=turn)
        votes: set[Vote] = set()
        for emoji in emojis:
            for reaction_type in (discord.ReactionType.normal, discord.ReactionType.burst):
                read = partial(
                    self._client.http.get_reaction_users,
                    channel_id,
                    message_id,
                    emoji,
                    PAGE,
                    type=reaction_type.value,
                )
                people = await self._reactors(turn, message_id, read)
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
        self, turn: Turn, message_id: int, read: Callable[..., Awaitable[Sequence[Any]]]
    ) -> dict[int, bool]:
        """Everybody who reacted so, and whether they are a bot.

        Inside a page people come in descending order, so the next page starts after the highest
        id; an empty page is the end (`Reaction.users` stops at a stale count), and a short one is
        not: Discord does not say that it fills them. One that only repeats is asked for again.
        """
        found: dict[int, bool] = {}
        repeats = 0
        while repeats < MOST_REPEATS:
            more = partial(read, after=max(found, default=None))
            page = await self._in_turn(turn, message_id, more, "Read Message History")
            if not page:
                break
            people = {int(user["id"]): bool(user.get("bot", False)) for user in page}
            repeats = repeats + 1 if people.keys() <= found.keys() else 0
            found |= people
        return found

    async def _in_turn(
        self,
        turn: Turn,
        message_id: int,
        call: Callable[[], Awaitable[T]],
        *permissions: str,
    ) -> T:
        """Make exactly one REST call when it is its turn, again where Discord says it was too soon.

        A rate limit holds up the whole line, so that it costs time and nothing that was read.
        """
        while True:
            async with self._turns.taken(turn, message_id):
                try:
                    async with discord_call(
                        *permissions,
                        worth_waiting=timedelta(),
                        on_start=self._turns.note_start,
                    ):
                        return await call()
                except RouteLimited as limit:
                    self._turns.put_off(limit.delay or timedelta())


def bare(emoji: str) -> str:
    """The emoji without its variation selector, with which and without which are one emoji."""
    return emoji.replace("\ufe0f", "")
