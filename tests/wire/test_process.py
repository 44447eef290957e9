"""The process against HTTP and WebSocket on loopback: publishing, coming online, ending."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from wire.gateway_double import TOKEN, GatewayDouble, serving

from bot.errors import Refusal
from bot.settings import Settings
from cogs.process import invitation, publish_commands, stay_connected

COMMANDS = {"ballot", "follow", "group", "help", "me", "next", "pitch", "privacy", "session"}
COMMANDS |= {"sessions", "topics"}


@pytest.fixture
def lone_settings(tmp_path: Path) -> Settings:
    """Settings of a bot that makes its own database."""
    return Settings(data_dir=tmp_path, database_url="", _env_file=None)


@pytest.fixture
async def double(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GatewayDouble]:
    async with serving(GatewayDouble(), monkeypatch) as running:
        yield running


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another task does, at most ten seconds."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - a file that appears sets no event
            await asyncio.sleep(0.01)


async def test_commands_are_published_with_the_invitation(
    lone_settings: Settings, double: GatewayDouble
) -> None:
    told = await publish_commands(lone_settings, TOKEN, if_changed=False)
    assert [{command["name"] for command in one} for one in double.published] == [COMMANDS]
    assert told == (
        "Published 11 slash commands. Invite the bot with\n"
        "https://discord.com/oauth2/authorize?client_id=700000000000000001"
        "&scope=bot+applications.commands&permissions=17901423807552"
    )


async def test_unchanged_commands_are_published_once(
    lone_settings: Settings, double: GatewayDouble
) -> None:
    await publish_commands(lone_settings, TOKEN, if_changed=True)
    told = await publish_commands(lone_settings, TOKEN, if_changed=True)
    assert told == "The slash commands are published already."
    assert len(double.published) == 1


async def test_a_token_that_discord_refuses_is_a_sentence(
    lone_settings: Settings, double: GatewayDouble
) -> None:
    sentence = "Discord refuses the token in DISCORD_TOKEN: copy it anew from the bot's page."
    with pytest.raises(Refusal, match=sentence):
        await publish_commands(lone_settings, "wrong", if_changed=False)
    with pytest.raises(Refusal, match=sentence):
        await stay_connected(lone_settings, "wrong", asyncio.Event())
    assert double.published == []


async def test_the_bot_comes_online_and_ends_when_it_is_told(
    lone_settings: Settings, double: GatewayDouble
) -> None:
    stopped = asyncio.Event()
    running = asyncio.create_task(stay_connected(lone_settings, TOKEN, stopped))
    await until((lone_settings.data_dir / "heartbeat").exists)
    stopped.set()
    await asyncio.wait_for(running, 10)
    assert double.identifies == 1


async def test_a_first_connection_that_fails_is_tried_again(
    lone_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = asyncio.Event()
    async with serving(GatewayDouble(refused_sockets=2), monkeypatch) as double:
        running = asyncio.create_task(
            stay_connected(lone_settings, TOKEN, stopped, first_pause=0.01)
        )
        await until(lambda: double.identifies == 1)
        stopped.set()
        await asyncio.wait_for(running, 10)
    assert double.refused_sockets == 0


def test_the_invitation_asks_for_no_more_than_is_needed() -> None:
    assert "permissions=17901423807552" in invitation(1)
