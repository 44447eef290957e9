"""The loopback Discord itself keeps Discord's rules: limits, nonces, pages, sessions, faults."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import aiohttp
import discord
import pytest

from cogs.client import INTENTS
from tests.fakes.clock import HandClock
from tests.wire.clocks import hurried
from tests.wire.discord_server import TOKEN, DiscordServer
from tests.wire.faults import TROUBLES
from tests.wire.launch import redirected
from tests.wire.world import World, add_world

SAY = r"/channels/\d+/messages"
HURRY = 20


@pytest.fixture
async def raw(server: DiscordServer) -> AsyncIterator[aiohttp.ClientSession]:
    """HTTP without discord.py's manners."""
    headers = {"Authorization": f"Bot {TOKEN}"}
    base = f"http://127.0.0.1:{server.port}"
    async with aiohttp.ClientSession(base, headers=headers) as session:
        yield session


async def test_wrong_token_is_unauthorized(server: DiscordServer) -> None:
    client = discord.Client(intents=INTENTS)
    with pytest.raises(discord.LoginFailure):
        await client.login("wrong")
    await client.close()


# Limits.


async def test_request_fifty_one_of_a_second_is_refused_as_documented(
    server: DiscordServer, raw: aiohttp.ClientSession
) -> None:
    server.limits.seconds = lambda: 100.0
    users = [server.backend.make_user(f"user{number}").id for number in range(51)]
    statuses = []
    for number, user_id in enumerate(users):
        prefix = f"/api/v10/guilds/{10**17 + number}/members"
        async with raw.get(f"{prefix}/{user_id}") as response:
            statuses.append(response.status)
            last, body = response, await response.json()
    assert statuses == [404] * 50 + [429]
    assert body == {
        "message": "You are being rate limited.",
        "retry_after": 1.0,
        "global": True,
    }
    assert last.headers["X-RateLimit-Scope"] == "global"
    assert "Via" in last.headers
    assert server.limits.refused == 1


async def test_sixth_message_of_five_seconds_is_refused_in_its_channel_alone(
    server: DiscordServer, raw: aiohttp.ClientSession
) -> None:
    server.limits.seconds = lambda: 100.0
    world = add_world(server.backend, channels=2)
    first, second = (f"/api/v10/channels/{one}/messages" for one in world.channel_ids)
    statuses = []
    for path in [first] * 6 + [second]:
        async with raw.post(path, json={"content": "hello"}) as response:
            statuses.append(response.status)
            left = response.headers.get("X-RateLimit-Remaining")
    assert statuses == [200] * 5 + [429, 200]
    assert left == "4"


async def test_discord_py_reads_the_headers_and_is_never_refused(
    server: DiscordServer,
    world: World,
    client: discord.Client,
) -> None:
    channel = client.get_partial_messageable(world.channel_ids[0])
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with hurried(HURRY):
        await asyncio.gather(*(channel.send(f"{number}") for number in range(7)))
        assert loop.time() - begun > 4.5
    assert (len(server.asked("POST", SAY)), server.limits.refused) == (7, 0)


# What simcord does not do.


async def test_nonce_makes_one_message_within_its_window() -> None:
    clock = HandClock()
    server = DiscordServer(clock)
    world = add_world(server.backend)
    async with server.serving():
        with redirected(server.port):
            client = discord.Client(intents=INTENTS)
            await client.login(TOKEN)
            channel = client.get_partial_messageable(world.channel_ids[0])
            first = await channel.send("hello", nonce="a" * 24)
            again = await channel.send("hello", nonce="a" * 24)
            other = await channel.send("hello", nonce="b" * 24)
            clock.move(timedelta(minutes=5))
            late = await channel.send("hello", nonce="a" * 24)
            await client.close()
    assert first.id == again.id
    assert len({first.id, other.id, late.id}) == 3


async def test_history_is_read_in_pages(world: World, client: discord.Client) -> None:
    backend, channel_id = world.backend, world.channel_ids[0]
    said = [
        backend.create_message(channel_id, world.people[0], f"{number}").id for number in range(250)
    ]
    channel = client.get_partial_messageable(channel_id)
    after = discord.Object(said[20])
    oldest_first = [one.id async for one in channel.history(limit=None, after=after)]
    newest_first = [one.id async for one in channel.history(limit=120)]
    assert oldest_first == said[21:]
    assert newest_first == said[:-121:-1]


async def test_reactions_are_read_in_pages_and_by_kind(
    server: DiscordServer, world: World, client: discord.Client
) -> None:
    message = world.backend.create_message(world.channel_ids[0], world.people[0], "vote")
    people = [world.backend.make_user(f"voter{number}").id for number in range(101)]
    for user_id in people:
        world.vote(message, user_id, "🇦")
    server.routes.supers[message.id, "🇦"] = set(people[:3])

    async def read(after: int | None, kind: int) -> list[int]:
        page = await client.http.get_reaction_users(
            message.channel_id, message.id, "🇦", 100, after, kind
        )
        return [int(user["id"]) for user in page]

    assert await read(None, 0) == people[99::-1]
    assert await read(people[99], 0) == [people[100]]
    assert await read(None, 1) == people[2::-1]


async def test_message_has_one_thread(world: World, client: discord.Client) -> None:
    message = await client.get_partial_messageable(world.channel_ids[0]).send("talk about it")

    async def open_thread(name: str) -> int:
        thread = await client.http.start_thread_with_message(
            message.channel.id, message.id, name=name, auto_archive_duration=1440
        )
        return int(thread["id"])

    assert await open_thread("first") == message.id
    with pytest.raises(discord.HTTPException) as refused:
        await open_thread("second")
    assert refused.value.code == 160004
    assert world.threads(world.channel_ids[0]) == ["first"]


async def test_post_begins_with_the_message_of_its_own_id(
    world: World, client: discord.Client
) -> None:
    forum = await client.fetch_channel(world.forum_ids[0])
    assert isinstance(forum, discord.ForumChannel)
    post = await forum.create_thread(name="Kernels", content="Slides?")
    found = await client.get_partial_messageable(post.thread.id).fetch_message(post.thread.id)
    assert found.content == "Slides?"


async def test_own_thread_may_be_closed_and_not_deleted(
    world: World, client: discord.Client
) -> None:
    message = await client.get_partial_messageable(world.channel_ids[0]).send("talk about it")
    await client.http.start_thread_with_message(
        message.channel.id, message.id, name="talk", auto_archive_duration=1440
    )
    with pytest.raises(discord.Forbidden):
        await client.http.delete_channel(message.id)
    await client.http.edit_channel(message.id, archived=True)
    assert world.threads(world.channel_ids[0]) == []


async def test_hundred_and_first_event_and_one_in_the_past_are_refused(
    world: World, client: discord.Client
) -> None:
    guild = await client.fetch_guild(world.guild_id)

    async def create(starts_at: datetime) -> None:
        await guild.create_scheduled_event(
            name="Session",
            start_time=starts_at,
            end_time=starts_at + timedelta(hours=1),
            location="here",
            entity_type=discord.EntityType.external,
            privacy_level=discord.PrivacyLevel.guild_only,
        )

    now = discord.utils.utcnow()
    with pytest.raises(discord.HTTPException) as past:
        await create(now - timedelta(minutes=1))
    for number in range(100):
        world.backend.create_scheduled_event(
            world.guild_id,
            name=f"{number}",
            entity_type=3,
            scheduled_start_time=(now + timedelta(days=1)).isoformat(),
        )
    with pytest.raises(discord.HTTPException) as crowded:
        await create(now + timedelta(days=1))
    assert (past.value.code, crowded.value.code) == (50035, 30038)


async def test_stored_file_is_served(world: World, client: discord.Client) -> None:
    channel = client.get_partial_messageable(world.channel_ids[0])
    sent = await channel.send(file=discord.File(io.BytesIO(b"BEGIN:VCALENDAR"), "session.ics"))
    assert await sent.attachments[0].read() == b"BEGIN:VCALENDAR"


# Faults.


async def test_fault_strikes_only_the_requests_it_is_for(
    server: DiscordServer, world: World, client: discord.Client
) -> None:
    channel = client.get_partial_messageable(world.channel_ids[0])
    server.faults.add(TROUBLES["503 before"], "POST", SAY, first=2)
    await channel.send("1")
    with pytest.raises(discord.DiscordServerError):
        await channel.send("2")
    await channel.send("3")
    assert [one.content for one in world.messages(world.channel_ids[0])] == ["1", "3"]
    assert server.faults.met == 1


@pytest.mark.parametrize("name", ["520 after", "reset after", "520 before", "reset before"])
async def test_effect_is_there_after_a_lost_answer_and_not_before(
    server: DiscordServer, world: World, client: discord.Client, name: str
) -> None:
    channel = client.get_partial_messageable(world.channel_ids[0])
    server.faults.add(TROUBLES[name], "POST", SAY)
    with pytest.raises((discord.DiscordServerError, aiohttp.ClientError)):
        await channel.send("hello")
    assert len(world.messages(world.channel_ids[0])) == ("after" in name)
