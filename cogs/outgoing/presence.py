"""Who is in a server, and what we may do there."""

from collections.abc import Collection, Mapping

import discord

from bot.messenger import Membership, MessageGone, Need, NotAllowed, PlaceGone
from cogs.faults import discord_call
from cogs.outgoing.line import PAGE, Line
from cogs.permissions import lacking

FEW = 3
"""So many people are asked after one by one: REST answers for certain, the gateway may not."""

NOT_THERE = frozenset({10007, 10013})
"""Discord's words for an account that is no member here, and for one that is no more."""


class Presence(Line):
    async def present_members(self, server_id: int, user_ids: Collection[int]) -> frozenset[int]:
        return frozenset(await self.memberships(server_id, user_ids))

    async def memberships(
        self, server_id: int, user_ids: Collection[int]
    ) -> Mapping[int, Membership]:
        wanted = sorted(set(user_ids))
        if not self._is_connected:
            return await self._found_by_rest(server_id, wanted)
        guild = await self._guild(server_id)
        if len(wanted) <= FEW:
            return await self._found_by_rest(server_id, wanted)
        found: dict[int, Membership] = {}
        for start in range(0, len(wanted), PAGE):
            # No REST call, so it needs no leave.
            async with discord_call():
                members = await guild.query_members(
                    user_ids=wanted[start : start + PAGE], limit=PAGE, cache=False
                )
            for member in members:
                # REST doesn't name the role that everybody has; discord.py does.
                role_ids = frozenset(role.id for role in member.roles if not role.is_default())
                found[member.id] = Membership(
                    joined_at=member.joined_at, role_ids=role_ids, is_bot=member.bot
                )
        return found

    async def _found_by_rest(
        self, server_id: int, user_ids: Collection[int]
    ) -> Mapping[int, Membership]:
        try:
            asked = {one: await self._membership(server_id, one) for one in user_ids}
        except NotAllowed as error:
            raise PlaceGone(f"server {server_id}") from error
        return {user_id: member for user_id, member in asked.items() if member is not None}

    async def _membership(self, server_id: int, user_id: int) -> Membership | None:
        async with self._call():
            try:
                member = await self._client.http.get_member(server_id, user_id)
            except discord.NotFound as error:
                if error.code not in NOT_THERE:
                    raise
                return None
        return Membership(
            joined_at=discord.utils.parse_time(member["joined_at"]),
            role_ids=frozenset(int(role_id) for role_id in member["roles"]),
            is_bot=member["user"].get("bot", False),
        )

    async def missing_permissions(
        self, channel_id: int, needs: Collection[Need]
    ) -> tuple[str, ...]:
        try:
            await self._room(channel_id)
            held = await self._held(channel_id)
        except NotAllowed:
            return ("View Channel",)
        except MessageGone as error:
            raise PlaceGone(f"channel {channel_id}") from error
        return lacking(held or discord.Permissions.none(), needs)
