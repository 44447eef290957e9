"""What only Discord can do to a messenger: servers out of order, odd channels, ended events."""

from collections.abc import AsyncIterator
from datetime import timedelta

import discord
import pytest
from simcord import GuildHandle

from bot.cards import Card
from bot.messenger import (
    Barred,
    DirectMessagesClosed,
    EventPlan,
    MessageGone,
    NotAllowed,
    PlaceGone,
    TokenRefused,
    TooManyDirects,
    TryLater,
)
from cogs.messenger import bare
from tests.contract.worlds import DiscordWorld, discord_world

CARD = Card(title="Dune")
NONCE = "bzftuyhysazzjxceg5vww4p3"


@pytest.fixture
async def world() -> AsyncIterator[DiscordWorld]:
    async with discord_world() as running:
        yield running


def event_plan(world: DiscordWorld) -> EventPlan:
    return EventPlan(
        name="ML Theory #1",
        description="lectern:session:7",
        starts_at=world.now() + timedelta(days=1),
        ends_at=world.now() + timedelta(days=1, hours=1),
        location="Stage 1",
    )


async def test_server_that_is_out_of_order_is_not_gone(world: DiscordWorld) -> None:
    world.backend.emit("GUILD_DELETE", {"id": str(world.server_id), "unavailable": True})
    await world.env.settle()
    with pytest.raises(TryLater, match="the server is unavailable"):
        await world.messenger.mirror_event(world.server_id, None, event_plan(world))
    with pytest.raises(TryLater, match="the server is unavailable"):
        await world.messenger.present_members(world.server_id, [world.people["ann"]])


@pytest.mark.parametrize("is_kept", [False, True])
async def test_forum_that_wants_a_tag_gets_the_first_that_we_may_choose(
    world: DiscordWorld, is_kept: bool
) -> None:
    forum = world.backend.channels[world.forum_id]
    forum.available_tags = [
        {"id": "71", "name": "news", "moderated": True, "emoji_id": None, "emoji_name": None},
        {"id": "72", "name": "talks", "moderated": is_kept, "emoji_id": None, "emoji_name": None},
    ]
    world.backend.announce_channel_update(world.forum_id)
    await world.env.settle()
    known = world.env.bot.get_channel(world.forum_id)
    assert isinstance(known, discord.ForumChannel)
    known._flags |= 1 << 4  # REQUIRE_TAG, which simcord 3.2.1 does not know
    opening = world.messenger.open_discussion(world.forum_id, "Dune", CARD, nonce=NONCE)
    if is_kept:
        with pytest.raises(NotAllowed, match="Manage Threads"):
            await opening
    else:
        assert world.backend.channels[await opening].applied_tags == [72]


async def test_refusal_for_want_of_a_tag_is_told_to_leads(world: DiscordWorld) -> None:
    world.env.inject_error("POST", "*/threads", status=400, code=40067)
    with pytest.raises(NotAllowed, match="Manage Threads"):
        await world.messenger.open_discussion(world.forum_id, "Dune", CARD, nonce=NONCE)


async def test_server_that_is_not_in_the_cache_yet_is_not_gone(world: DiscordWorld) -> None:
    world.backend.emit("GUILD_DELETE", {"id": str(world.server_id)})
    await world.env.settle()
    with pytest.raises(TryLater, match="the server is not in the cache yet"):
        await world.messenger.list_events(world.server_id)


async def test_server_that_threw_us_out_is_gone(world: DiscordWorld) -> None:
    world.backend.emit("GUILD_DELETE", {"id": str(world.server_id)})
    await world.env.settle()
    world.env.inject_error("GET", "/guilds/*", status=403, code=50001)
    with pytest.raises(PlaceGone):
        await world.messenger.list_events(world.server_id)


MANY = 4
"""More than are asked after one by one."""


@pytest.mark.parametrize(("status", "code"), [(404, 10007), (404, 10013)])
async def test_person_is_absent_only_where_discord_says_so(
    world: DiscordWorld, status: int, code: int
) -> None:
    world.env.inject_error("GET", "/guilds/*/members/*", status=status, code=code)
    asked = [world.people["ann"], world.people["ben"]]
    assert await world.messenger.present_members(world.server_id, asked) == {max(asked)}


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (500, 0, TryLater),
        (429, 0, TryLater),
        (404, 10004, PlaceGone),
        (404, 0, MessageGone),
        (403, 50001, PlaceGone),
    ],
)
async def test_question_that_failed_says_nothing_about_who_is_there(
    world: DiscordWorld, status: int, code: int, problem: type[Exception]
) -> None:
    world.env.inject_error("GET", "/guilds/*/members/*", status=status, code=code)
    with pytest.raises(problem):
        await world.messenger.present_members(world.server_id, [world.people["ann"]])


async def test_many_people_are_asked_after_at_once(world: DiscordWorld) -> None:
    world.env.inject_error("GET", "/guilds/*/members/*", status=500, times=None)
    people = world.people
    asked = list(people.values())
    assert len(asked) == MANY
    found = await world.messenger.present_members(world.server_id, asked)
    assert found == {people["ann"], people["ben"], people["robot"]}
    with pytest.raises(TryLater):
        await world.messenger.present_members(world.server_id, asked[:3])


async def test_many_people_are_asked_after_one_by_one_while_the_gateway_is_away(
    world: DiscordWorld,
) -> None:
    await world.env.bot.ws.close()
    people = world.people
    asked = list(people.values())
    found = await world.messenger.present_members(world.server_id, asked)
    assert found == {people["ann"], people["ben"], people["robot"]}
    world.env.inject_error("GET", "/guilds/*/members/*", status=500, times=None)
    with pytest.raises(TryLater):
        await world.messenger.present_members(world.server_id, asked)


async def test_past_of_a_thread_that_may_not_be_read_is_not_taken_for_empty(
    world: DiscordWorld,
) -> None:
    """Discord itself answers with no messages and no error."""
    thread_id = await world.messenger.open_discussion(world.channel_id, "Dune", CARD, nonce=NONCE)
    since = world.now()
    assert await world.messenger.find_message(thread_id, NONCE, since=since) is None
    await world.deny(world.channel_id, "Read Message History")
    with pytest.raises(NotAllowed, match="Read Message History"):
        await world.messenger.find_message(thread_id, NONCE, since=since)


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (400, 50033, DirectMessagesClosed),
        (403, 50007, DirectMessagesClosed),
        (403, 50278, DirectMessagesClosed),
        (404, 10013, DirectMessagesClosed),
        (403, 40003, TooManyDirects),
        (403, 40333, Barred),
        (403, 50001, NotAllowed),
        (403, 50013, NotAllowed),
        (404, 10003, PlaceGone),
        (401, 0, TokenRefused),
        (400, 130000, TryLater),
        (502, 0, TryLater),
    ],
)
async def test_every_refusal_has_a_name(
    world: DiscordWorld, status: int, code: int, problem: type[Exception]
) -> None:
    channel_id = await world.messenger.open_direct(world.people["ann"])
    for path in ("/users/@me/channels", "/channels/*/messages"):
        world.env.inject_error("POST", path, status=status, code=code)
    with pytest.raises(problem) as opening:
        await world.messenger.open_direct(world.people["ann"])
    with pytest.raises(problem) as saying:
        await world.messenger.say(channel_id, CARD, nonce=NONCE)
    assert (type(opening.value), type(saying.value)) == (problem, problem)


async def test_channels_that_are_opened_too_fast_are_left_for_ten_minutes(
    world: DiscordWorld,
) -> None:
    world.env.inject_error("POST", "/users/@me/channels", status=403, code=40003)
    with pytest.raises(TooManyDirects) as too_many:
        await world.messenger.open_direct(world.people["ann"])
    assert too_many.value.delay == timedelta(minutes=10)


async def test_thread_that_discord_refuses_is_a_bug(world: DiscordWorld) -> None:
    world.env.inject_error("POST", "*/threads", status=400, code=50035)
    with pytest.raises(discord.HTTPException, match="50035"):
        await world.messenger.open_discussion(world.channel_id, "Dune", CARD, nonce=NONCE)


async def test_post_of_the_same_title_by_somebody_else_is_not_ours(world: DiscordWorld) -> None:
    await world.messenger.open_discussion(world.forum_id, "Dune", CARD, nonce="a" * 24)
    (post_id,) = world.threads(world.forum_id)
    world.backend.messages[post_id][post_id].author_id = world.people["ann"]
    found = await world.messenger.find_discussions(world.forum_id, "Dune", nonce="a" * 24)
    assert found == ()


async def test_channel_that_is_not_in_the_cache_is_looked_up(world: DiscordWorld) -> None:
    world.backend.emit(
        "CHANNEL_DELETE",
        {"id": str(world.forum_id), "guild_id": str(world.server_id), "type": 15, "name": "talks"},
    )
    await world.env.settle()
    post_id = await world.messenger.open_discussion(world.forum_id, "Dune", CARD, nonce=NONCE)
    assert world.threads(world.forum_id) == {post_id: "Dune"}


async def test_channel_where_nobody_can_write_is_no_place(world: DiscordWorld) -> None:
    assert isinstance(world.guild, GuildHandle)
    voice = world.guild.create_voice_channel("voice")
    await world.env.settle()
    with pytest.raises(PlaceGone, match=f"{voice.id} is no text channel or forum"):
        await world.messenger.open_discussion(voice.id, "Dune", CARD, nonce=NONCE)


@pytest.mark.parametrize(
    ("states", "is_found"), [((), True), ((2,), True), ((2, 3), False), ((4,), False)]
)
async def test_event_that_is_over_or_cancelled_is_not_taken_up_again(
    world: DiscordWorld, states: tuple[int, ...], is_found: bool
) -> None:
    """Discord's states: 1 scheduled, 2 active, 3 completed, 4 cancelled."""
    event_id = await world.messenger.mirror_event(world.server_id, None, event_plan(world))
    for state in states:
        world.backend.edit_scheduled_event(world.server_id, event_id, {"status": state})
    found = await world.messenger.list_events(world.server_id)
    assert [one.id for one in found] == ([event_id] if is_found else [])
    assert [one.is_running for one in found] == ([states == (2,)] if is_found else [])


async def test_thread_keeps_open_for_a_week(world: DiscordWorld) -> None:
    thread_id = await world.messenger.open_discussion(world.channel_id, "Dune", CARD, nonce=NONCE)
    metadata = world.backend.channels[thread_id].thread_metadata
    assert metadata is not None
    assert metadata.auto_archive_duration == 7 * 24 * 60


@pytest.mark.parametrize(("emoji", "bared"), [("❤️", "❤"), ("❤", "❤"), ("🇦", "🇦")])
def test_emoji_is_one_with_and_without_its_selector(emoji: str, bared: str) -> None:
    assert bare(emoji) == bared
