"""Two chat systems that a messenger can act on, arranged and looked at in the same words."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

import discord
import simcord
from simcord._dpy_internals import install_http
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType
from simcord.http.client import FakeHTTPClient

from bot.cards import Picture
from bot.messenger import EventPlan, Membership, Messenger, TryLater
from cogs.client import INTENTS
from cogs.messenger import DiscordMessenger
from cogs.permissions import INVITE_PERMISSIONS
from tests.fakes.clock import HandClock
from tests.fakes.messenger import Event, FakeMessenger

NAMES = ("ann", "ben", "robot", "stranger")
"""Two people and another bot are in the server; the stranger is not."""
ROLE = 2**41

# simcord 3.2.1 asks for these two where Discord, since February 2026, no longer does.
OLD_RULES = discord.Permissions(manage_events=True, manage_messages=True).value

# What simcord has to take from the bot so that it can't do what the name says.
FLAGS = {
    "View Channel": "view_channel",
    "Send Messages": "send_messages",
    "Create Posts": "send_messages",
    "Read Message History": "read_message_history",
    "Add Reactions": "add_reactions",
    "Create Public Threads": "create_public_threads",
    "Attach Files": "attach_files",
}


# simcord has none of Discord's limits.
FULL = {
    "events": ("POST", "/guilds/*/scheduled-events", 30038),
    "threads": ("POST", "*/threads", 160006),
    "reactions": ("PUT", "*/reactions/*", 30010),
}


class World(Protocol):
    """One server with a channel and a forum. Times and ids are the world's own."""

    messenger: Messenger
    server_id: int
    channel_id: int
    forum_id: int
    people: Mapping[str, int]

    def now(self) -> datetime: ...
    async def wait(self, span: timedelta) -> None: ...

    async def react(self, who: str, message_id: int, emoji: str) -> None: ...
    async def leave(self, who: str) -> None: ...
    async def give_role(self, who: str) -> int: ...
    async def close_messages(self, who: str) -> None: ...
    async def deny(self, place_id: int, permission: str) -> None: ...
    async def deny_events(self) -> None: ...
    async def delete_message(self, channel_id: int, message_id: int) -> None: ...
    async def delete_place(self, place_id: int) -> None: ...
    async def delete_server(self) -> None: ...
    async def archive(self, thread_id: int) -> None: ...
    async def add_event_of(self, who: str, plan: EventPlan) -> int: ...
    async def show_interest(self, who: str, event_id: int) -> None: ...
    def meet_a_thread_that_exists(self) -> None: ...
    def meet_a_message_that_was_deleted(self) -> None: ...
    def fill(self, what: str) -> None: ...
    def fail(self, status: int) -> None: ...

    def titles(self, place_id: int) -> list[str]: ...
    def pictures(self, place_id: int) -> list[Picture]: ...
    def pings(self, place_id: int) -> list[set[int]]: ...
    def threads(self, parent_id: int) -> dict[int, str]: ...
    def direct_titles(self, who: str) -> list[str]: ...
    def events(self) -> dict[int, EventPlan]: ...


class FakeWorld:
    """The fake that the engine's tests use."""

    def __init__(self) -> None:
        self.now = HandClock()
        self.chat = FakeMessenger(self.now)
        self.messenger: Messenger = self.chat
        self.people: Mapping[str, int] = {
            name: number for number, name in enumerate(NAMES, start=11)
        }
        self.server_id = self.chat.add_server([self.people[name] for name in NAMES[:3]])
        self.chat.robots.add(self.people["robot"])
        self.channel_id = self.chat.add_channel(self.server_id)
        self.forum_id = self.chat.add_channel(self.server_id, is_forum=True)

    async def wait(self, span: timedelta) -> None:
        self.now.move(span)

    async def react(self, who: str, message_id: int, emoji: str) -> None:
        self.chat.react(self.people[who], self.channel_id, message_id, emoji)

    async def leave(self, who: str) -> None:
        self.chat.servers[self.server_id].members.discard(self.people[who])

    async def give_role(self, who: str) -> int:
        user_id = self.people[who]
        self.chat.servers[self.server_id].known[user_id] = Membership(
            joined_at=self.now(), role_ids=frozenset({ROLE}), is_bot=user_id in self.chat.robots
        )
        return ROLE

    async def close_messages(self, who: str) -> None:
        self.chat.closed.add(self.people[who])

    async def deny(self, place_id: int, permission: str) -> None:
        self.chat.places[place_id].denied.add(permission)

    async def deny_events(self) -> None:
        self.chat.servers[self.server_id].denied.add("Create Events")

    async def delete_message(self, channel_id: int, message_id: int) -> None:
        self.chat.delete(channel_id, message_id)

    async def delete_place(self, place_id: int) -> None:
        del self.chat.places[place_id]

    async def delete_server(self) -> None:
        del self.chat.servers[self.server_id]

    async def archive(self, thread_id: int) -> None:
        """The fake's threads are found whether archived or not."""

    async def add_event_of(self, who: str, plan: EventPlan) -> int:
        event = Event(plan=plan, creator_id=self.people[who])
        self.chat.servers[self.server_id].events[2**40] = event
        return 2**40

    async def show_interest(self, who: str, event_id: int) -> None:
        event = self.chat.servers[self.server_id].events[event_id]
        event.interested.add(self.people[who])

    def meet_a_thread_that_exists(self) -> None:
        """The fake knows by itself that a message has its thread already."""

    def meet_a_message_that_was_deleted(self) -> None:
        """The fake knows by itself which message a nonce was used for."""

    def fill(self, what: str) -> None:
        server = self.chat.servers[self.server_id]
        server.most_events = 0 if what == "events" else server.most_events
        server.most_threads = 0 if what == "threads" else server.most_threads
        for message in self.chat.places[self.channel_id].messages.values():
            if what == "reactions":
                message.reactions |= {(f"{number}", False): {11} for number in range(20)}

    def fail(self, status: int) -> None:
        self.chat.fail(TryLater(str(status)))

    def titles(self, place_id: int) -> list[str]:
        return [one.card.title for one in self.chat.places[place_id].messages.values()]

    def pictures(self, place_id: int) -> list[Picture]:
        messages = self.chat.places[place_id].messages.values()
        return [picture for one in messages for picture in one.card.pictures]

    def pings(self, place_id: int) -> list[set[int]]:
        return [set(one.pings) for one in self.chat.places[place_id].messages.values()]

    def threads(self, parent_id: int) -> dict[int, str]:
        places = self.chat.places.values()
        return {place.id: place.title for place in places if place.parent_id == parent_id}

    def direct_titles(self, who: str) -> list[str]:
        return self.titles(self.chat.direct[self.people[who]])

    def events(self) -> dict[int, EventPlan]:
        events = self.chat.servers[self.server_id].events
        return {event_id: event.plan for event_id, event in events.items()}


class DiscordWorld:
    """discord.py in simcord's simulated Discord, behind the real messenger."""

    def __init__(self, env: simcord.Env) -> None:
        self.env = env
        self.backend = env.backend
        self.messenger: Messenger = DiscordMessenger(env.bot)
        self.guild = env.create_guild("Open Theory")
        self.server_id = self.guild.id
        self.backend.edit_role(
            self.server_id,
            self.guild.roles["TestBot"].id,
            {"permissions": INVITE_PERMISSIONS | OLD_RULES},
        )
        self.channel_id = self.guild.create_text_channel("ml-theory").id
        self.forum_id = self.guild.create_forum_channel("talks").id
        self.users = {name: env.create_user(name, bot=name == "robot") for name in NAMES}
        self.members = {name: self.guild.add_member(self.users[name]) for name in NAMES[:3]}
        self.people: Mapping[str, int] = {name: user.id for name, user in self.users.items()}

    def now(self) -> datetime:
        return self.env.now()

    async def wait(self, span: timedelta) -> None:
        await self.env.advance_time(span.total_seconds())

    async def react(self, who: str, message_id: int, emoji: str) -> None:
        self.backend.add_reaction(self.channel_id, message_id, emoji, self.people[who])
        await self.env.settle()

    async def leave(self, who: str) -> None:
        self.guild.remove_member(self.members[who])
        await self.env.settle()

    async def give_role(self, who: str) -> int:
        role = self.guild.create_role("Readers")
        self.backend.add_member_role(self.server_id, self.people[who], role.id)
        await self.env.settle()
        return role.id

    async def close_messages(self, who: str) -> None:
        channel_id = self.backend.get_dm_channel(self.people[who]).id
        self.env.inject_error(
            "POST", f"/channels/{channel_id}/messages", status=403, code=50007, times=None
        )

    async def deny(self, place_id: int, permission: str) -> None:
        if permission == "Attach Files":
            # simcord 3.2.1 lets bots attach files anywhere.
            self.env.inject_error("POST", f"/channels/{place_id}/messages", status=403, code=50013)
        flag = discord.Permissions(**{FLAGS[permission]: True}).value
        mine = Overwrite(self.backend.bot_user.id, OverwriteType.MEMBER, deny=flag)
        self.backend.set_overwrite(place_id, mine)
        await self.env.settle()

    async def deny_events(self) -> None:
        role_id = self.guild.roles["TestBot"].id
        self.backend.edit_role(self.server_id, role_id, {"permissions": 0})
        await self.env.settle()

    async def delete_message(self, channel_id: int, message_id: int) -> None:
        self.backend.delete_message(channel_id, message_id)
        await self.env.settle()

    async def delete_place(self, place_id: int) -> None:
        self.backend.delete_channel(place_id)
        await self.env.settle()

    async def delete_server(self) -> None:
        self.backend.remove_guild(self.server_id)
        await self.env.settle()

    async def archive(self, thread_id: int) -> None:
        metadata = self.backend.channels[thread_id].thread_metadata
        assert metadata is not None
        metadata.archived = True
        self.backend.announce_channel_update(thread_id)
        await self.env.settle()

    async def add_event_of(self, who: str, plan: EventPlan) -> int:
        event = self.backend.create_scheduled_event(
            self.server_id,
            name=plan.name,
            entity_type=3,
            scheduled_start_time=plan.starts_at.isoformat(),
            scheduled_end_time=plan.ends_at.isoformat(),
            description=plan.description,
            entity_metadata={"location": plan.location},
            creator_id=self.people[who],
        )
        return int(event.id)

    async def show_interest(self, who: str, event_id: int) -> None:
        event = self.backend.get_scheduled_event(self.server_id, event_id)
        event.user_ids.add(self.people[who])

    def meet_a_thread_that_exists(self) -> None:
        self.env.inject_error("POST", "*/threads", status=400, code=160004)

    def meet_a_message_that_was_deleted(self) -> None:
        self.env.inject_error("POST", "/channels/*/messages", status=404, code=10008)

    def fill(self, what: str) -> None:
        method, path, code = FULL[what]
        self.env.inject_error(method, path, status=400, code=code, times=None)

    def fail(self, status: int) -> None:
        self.env.inject_error("*", "*", status=status)

    def titles(self, place_id: int) -> list[str]:
        return [_title(one) for one in self._cards(place_id)]

    def pictures(self, place_id: int) -> list[Picture]:
        """What the galleries show: each names a file that is attached, with the same words."""
        found = []
        for message in self._cards(place_id):
            files = {one["url"]: one for one in message.attachments}
            for item in _gallery(message):
                file = files[item["media"]["url"]]
                assert file["description"] == item["description"]
                content = self.backend.cdn.get(file["url"])
                found.append(
                    Picture(name=file["filename"], content=content, alt=item["description"])
                )
        return found

    def pings(self, place_id: int) -> list[set[int]]:
        return [set(one.ping_user_ids) for one in self._cards(place_id)]

    def _cards(self, place_id: int) -> list[Any]:
        return [one for one in self.backend.messages[place_id].values() if one.components]

    def threads(self, parent_id: int) -> dict[int, str]:
        channels = self.backend.channels.values()
        return {one.id: str(one.name) for one in channels if one.parent_id == parent_id}

    def direct_titles(self, who: str) -> list[str]:
        return self.titles(self.backend.dm_channels[self.people[who]])

    def events(self) -> dict[int, EventPlan]:
        return {
            event.id: EventPlan(
                name=event.name,
                description=event.description or "",
                starts_at=datetime.fromisoformat(event.scheduled_start_time),
                ends_at=datetime.fromisoformat(str(event.scheduled_end_time)),
                location=(event.entity_metadata or {})["location"],
            )
            for event in self.backend.guilds[self.server_id].scheduled_events.values()
        }


def _gallery(message: Any) -> list[Any]:
    parts = message.components[0]["components"]
    return [item for part in parts if part["type"] == 12 for item in part["items"]]


def _title(message: Any) -> str:
    """A stored card's title: the first text in its container."""
    return str(message.components[0]["components"][0]["content"]).removeprefix("### ")


def new_client() -> discord.Client:
    """A client with Lectern's intents and nothing else in the bot's place."""
    return discord.Client(
        intents=INTENTS,
        allowed_mentions=discord.AllowedMentions.none(),
        max_messages=None,
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
    )


@asynccontextmanager
async def discord_world() -> AsyncIterator[DiscordWorld]:
    """Discord as a logged-in and connected client sees it."""
    env = simcord.Env(new_client(), settle_timeout=9)
    let_posts_begin_as_on_discord(env)
    await env.start()
    try:
        world = DiscordWorld(env)
        await env.settle()
        yield world
    finally:
        await env.shutdown()
    env.raise_errors()


@asynccontextmanager
async def standby_world() -> AsyncIterator[DiscordWorld]:
    """The same world through a second client, which is logged in but has no gateway."""
    async with discord_world() as world:
        client = new_client()
        install_http(client, FakeHTTPClient(world.backend, asyncio.get_running_loop()))
        await client.login("a.token.of-simcord")
        world.messenger = DiscordMessenger(client)
        yield world
        await client.close()


def let_posts_begin_as_on_discord(env: simcord.Env) -> None:
    """Give a forum post's first message the post's own id, which simcord 3.2.1 does not."""
    create = env.backend.create_forum_post

    def create_alike(*args: Any, **options: Any) -> tuple[Any, Any]:
        thread, first = create(*args, **options)
        env.backend.messages[thread.id] = {thread.id: first}
        first.id = thread.id
        return thread, first

    env.backend.create_forum_post = create_alike  # type: ignore[method-assign]
