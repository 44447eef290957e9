"""The simulated server: its rooms, its members, and how the bot joins it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.demo.people import PEOPLE
from cogs.permissions import INVITE_PERMISSIONS

SERVER_NAME = "Open Theory Reading Room"
GROUP_CHANNEL = "ml-theory"
FORUM = "talk-discussions"
TEXT_CHANNELS = {
    GROUP_CHANNEL: "Pitches, ballots and reminders of the ML theory group",
    "general": "Everything else",
}
# MANAGE_EVENTS and MANAGE_MESSAGES: simcord 3.2.1 asks for them where Discord, since February
# 2026, no longer does.
OLD_RULES = 1 << 33 | 1 << 13


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Handles to what was built; people and channels by key. The visitor comes at `opens_at`."""

    env: Env
    opens_at: datetime
    guild: GuildHandle
    members: Mapping[str, MemberActor]
    channels: Mapping[str, ChannelHandle]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How the world stood when the visitor came in; what differs later is the visitor's doing.

    Whatever came later has an id above `since_id`.
    """

    since_id: int


def build_world(env: Env, opens_at: datetime) -> World:
    """A server with its channels and members; the lead owns it. Nothing has been said yet."""
    users = {person.key: env.create_user(person.key, global_name=person.name) for person in PEOPLE}
    guild = env.create_guild(SERVER_NAME, owner=users["maya"])
    role = next(role for name, role in guild.roles.items() if name == env.backend.bot_user.name)
    env.backend.edit_role(guild.id, role.id, {"permissions": INVITE_PERMISSIONS | OLD_RULES})
    channels = {
        name: guild.create_text_channel(name, topic=topic) for name, topic in TEXT_CHANNELS.items()
    }
    channels[FORUM] = guild.create_forum_channel(FORUM)
    members = {
        key: MemberActor(env, guild, user) if key == "maya" else guild.add_member(user)
        for key, user in users.items()
    }
    return World(env=env, opens_at=opens_at, guild=guild, members=members, channels=channels)
