"""What the gateway says of reactions, and when it may have kept something from us."""

import discord
from discord.ext import commands

from bot.ballots.listening import Listener
from bot.ballots.machine import EventKind
from bot.ballots.upkeep import BallotUpkeep
from cogs.messenger import bare


class ReactionCog(commands.Cog):
    """Events are noted before anything is awaited, so they keep their order."""

    def __init__(self, client: discord.Client, listener: Listener, upkeep: BallotUpkeep) -> None:
        self._client = client
        self._listener = listener
        self._upkeep = upkeep

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """A new session has begun: what happened before it was not told, or not all of it."""
        self._listener.begin_session()

    @commands.Cog.listener()
    async def on_disconnect(self) -> None:
        self._listener.fall_silent()

    @commands.Cog.listener()
    async def on_resumed(self) -> None:
        """Discord has told us all that we missed."""
        self._listener.resume_session()

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self._note(payload, EventKind.ADD)
        # Only this event names the member; who took a reaction back is an id.
        if payload.member is not None and payload.member.bot:
            self._listener.note_robots(payload.message_id, [payload.user_id])

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        self._note(payload, EventKind.REMOVE)
        if self._client.user is not None and payload.user_id == self._client.user.id:
            await self._upkeep.look_after(payload.message_id, is_cleared=False)

    def _note(self, payload: discord.RawReactionActionEvent, kind: EventKind) -> None:
        self._listener.note(
            payload.message_id,
            kind,
            payload.user_id,
            bare(str(payload.emoji)),
            is_super=payload.type is discord.ReactionType.burst,
        )

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, payload: discord.RawReactionClearEvent) -> None:
        self._listener.note(payload.message_id, EventKind.CLEAR)
        await self._upkeep.look_after(payload.message_id)

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(
        self, payload: discord.RawReactionClearEmojiEvent
    ) -> None:
        emoji = bare(str(payload.emoji))
        self._listener.note(payload.message_id, EventKind.CLEAR_EMOJI, emoji=emoji)
        await self._upkeep.look_after(payload.message_id)
