"""What only Discord can do to a messenger: servers out of order, odd channels, ended events."""

from collections.abc import AsyncIterator
from datetime import timedelta

import discord
import pytest
from simcord import GuildHandle

from bot.cards import Card
from bot.messenger import EventPlan, PlaceGone, TryLater
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


async def test_server_that_is_not_in_the_cache_yet_is_not_gone(world: DiscordWorld) -> None:
    world.backend.emit("GUILD_DELETE", {"id": str(world.server_id)})
    await world.env.settle()
    with pytest.raises(TryLater, match="the server is not in the cache yet"):
        await world.messenger.find_events(world.server_id, "lectern:session:7")


async def test_server_that_threw_us_out_is_gone(world: DiscordWorld) -> None:
    world.backend.emit("GUILD_DELETE", {"id": str(world.server_id)})
    await world.env.settle()
    world.env.inject_error("GET", "/guilds/*", status=403, code=50001)
    with pytest.raises(PlaceGone):
        await world.messenger.find_events(world.server_id, "lectern:session:7")


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
    found = await world.messenger.find_events(world.server_id, "lectern:session:7")
    assert found == ((event_id,) if is_found else ())


async def test_thread_keeps_open_for_a_week(world: DiscordWorld) -> None:
    thread_id = await world.messenger.open_discussion(world.channel_id, "Dune", CARD, nonce=NONCE)
    metadata = world.backend.channels[thread_id].thread_metadata
    assert metadata is not None
    assert metadata.auto_archive_duration == 7 * 24 * 60


@pytest.mark.parametrize(("emoji", "bared"), [("❤️", "❤"), ("❤", "❤"), ("🇦", "🇦")])
def test_emoji_is_one_with_and_without_its_selector(emoji: str, bared: str) -> None:
    assert bare(emoji) == bared
