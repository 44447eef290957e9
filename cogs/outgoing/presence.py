"""Who is in a server, and what we may do there."""

from collections.abc import Collection

import discord

from bot.messenger import MessageGone, Need, NotAllowed, PlaceGone
from cogs.faults import discord_call
from cogs.outgoing.line import PAGE, Line
from cogs.permissions import lacking

FEW = 3
"""So many people are asked after one by one: REST answers for certain, the gateway may not."""

NOT_THERE = frozenset({10007, 10013})
"""Discord's words for an account that is no member here, and for one that is no more."""


class Presence(Line):
    async def present_members(self, server_id: int, user_ids: Collection[int]) -> frozenset[int]:
        wanted = sorted(set(user_ids))
        if not self._is_connected:
            return await self._present_by_rest(server_id, wanted)
        guild = await self._guild(server_id)
        if len(wanted) <= FEW:
            return await self._present_by_rest(server_id, wanted)
        present: set[int] = set()
        for start in range(0, len(wanted), PAGE):
            # No REST call, so it needs no leave.
            async with discord_call():
                members = await guild.query_members(
                    user_ids=wanted[start : start + PAGE], limit=PAGE, cache=False
                )
            present |= {member.id for member in members}
        return frozenset(present)

    async def _present_by_rest(self, server_id: int, user_ids: Collection[int]) -> frozenset[int]:
        try:
            return frozenset([one for one in user_ids if await self._is_member(server_id, one)])
        except NotAllowed as error:
            raise PlaceGone(f"server {server_id}") from error

    async def _is_member(self, server_id: int, user_id: int) -> bool:
        async with self._call():
            try:
                await self._client.http.get_member(server_id, user_id)
            except discord.NotFound as error:
                if error.code not in NOT_THERE:
                    raise
                return False
        return True

    async def missing_permissions(
        self, channel_id: int, needs: Collection[Need]
    ) -> tuple[str, ...]:
        try:
            await self._room(channel_id)
            held = await self._held(channel_id)
        except (PlaceGone, MessageGone, NotAllowed):
            return ("View Channel",)
        return lacking(held or discord.Permissions.none(), needs)
