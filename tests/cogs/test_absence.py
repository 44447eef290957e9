"""Being thrown out of a server and invited again; and an outage that only looks like it."""

from datetime import datetime, timedelta

import pytest
from simcord.backend.models import Guild
from simcord.backend.serializers import guild_create_payload
from sqlalchemy import select
from stage import Stage

from bot.groups.store import GROUPS
from bot.messenger import TryLater
from cogs.servers import ServerCog

FIRST = datetime.fromisoformat("2022-11-05T20:00+00:00")
SECOND = datetime.fromisoformat("2022-11-19T21:00+00:00")
HOUR, HALF_AN_HOUR = timedelta(hours=1), timedelta(minutes=30)


@pytest.fixture
def is_mirrored() -> bool:
    return True


class Door:
    """Takes the bot out of its server, which stays as it is, and lets it in again."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.guild: Guild = stage.guild._guild
        self.kept: dict[str, dict[int, object]] = {}

    async def throw_out(self) -> None:
        backend = self.stage.env.backend
        rooms = [*self.guild.channel_ids, *self.guild.thread_ids]
        self.kept = {
            "channels": {one: backend.channels[one] for one in rooms},
            "messages": {one: backend.messages[one] for one in rooms if one in backend.messages},
        }
        backend.remove_guild(self.guild.id)
        await self.stage.env.settle()

    async def let_in(self) -> None:
        backend = self.stage.env.backend
        backend.guilds[self.guild.id] = self.guild
        backend.channels.update(self.kept["channels"])
        backend.messages.update(self.kept["messages"])
        backend.emit("GUILD_CREATE", guild_create_payload(backend, self.guild))
        await self.stage.env.settle()

    async def fail(self) -> None:
        """An outage: Discord says that the server is not to be had at the moment."""
        self.stage.env.backend.emit("GUILD_DELETE", {"id": str(self.guild.id), "unavailable": True})
        await self.stage.env.settle()

    async def recover(self) -> None:
        backend = self.stage.env.backend
        backend.emit("GUILD_CREATE", guild_create_payload(backend, self.guild))
        await self.stage.env.settle()

    async def sleep_until(self, moment: datetime) -> None:
        """No process runs until that moment."""
        await self.stage.stop()
        await self.stage.advance_to(moment)
        await self.stage.start()

    def titles(self) -> list[str]:
        """The first line of what was said since the last call."""
        return [text.splitlines()[0] for _, text, _ in self.stage.heard()]


@pytest.fixture
async def door(stage: Stage) -> Door:
    """A group that has heard of its first session two hours before it."""
    await stage.set_up_group()
    door = Door(stage)
    await door.sleep_until(FIRST - 2 * HOUR)
    stage.said()
    return door


def reminder(number: int, span: str) -> str:
    return f"### 🔔 ML Theory #{number} in {span}"


async def test_removed_bot_says_nothing_and_goes_on_when_it_is_back(door: Door) -> None:
    await door.throw_out()
    await door.stage.advance_to(FIRST - HALF_AN_HOUR)
    assert door.titles() == []
    await door.let_in()
    assert door.titles() == [reminder(1, "30 minutes")]
    await door.sleep_until(FIRST - timedelta(minutes=10))
    assert door.titles() == [reminder(1, "10 minutes")]


async def test_bot_that_is_back_repeats_no_reminder(door: Door) -> None:
    await door.stage.advance_to(FIRST - timedelta(minutes=50))
    assert door.titles() == [reminder(1, "1 hour")]
    await door.throw_out()
    await door.let_in()
    assert door.titles() == []
    await door.stage.advance_to(FIRST)
    assert door.titles() == [reminder(1, "10 minutes")]


async def test_native_events_are_one_for_each_session_when_the_bot_is_back(door: Door) -> None:
    await door.throw_out()
    events = door.guild.scheduled_events
    events.pop(max(events))
    await door.let_in()
    assert sorted(one.name for one in events.values()) == [
        f"ML Theory #{number}" for number in range(1, 7)
    ]


@pytest.mark.both_databases
async def test_removal_while_no_process_ran_is_found_out_at_the_start(door: Door) -> None:
    await door.stage.stop()
    await door.throw_out()
    await door.sleep_until(FIRST - HALF_AN_HOUR)
    assert door.titles() == []
    await door.stage.stop()
    await door.let_in()
    await door.stage.start()
    assert door.titles() == [reminder(1, "30 minutes")]
    await door.sleep_until(SECOND - HOUR)
    assert door.titles() == [reminder(2, "1 hour")]


async def test_outage_of_the_server_changes_nothing(door: Door) -> None:
    await door.fail()
    await door.stage.advance_to(FIRST - HALF_AN_HOUR)
    assert door.titles() == [reminder(1, "1 hour")]
    await door.recover()
    await door.stage.advance_to(FIRST)
    assert door.titles() == [reminder(1, "10 minutes")]


async def test_server_that_only_the_cache_has_lost_is_not_believed_to_be_gone(door: Door) -> None:
    door.stage.bot._connection._remove_guild(door.stage.bot.get_guild(door.guild.id))
    await door.stage.bot.on_ready()
    await door.stage.advance_to(FIRST - HALF_AN_HOUR)
    assert door.titles() == [reminder(1, "1 hour")]


async def test_fault_says_nothing_about_a_server_that_is_missing(door: Door) -> None:
    stage = door.stage
    await stage.stop()
    await door.throw_out()
    stage.env.inject_error("GET", f"/guilds/{door.guild.id}", status=503)
    await stage.start()
    assert await left_at(stage) is None
    await stage.bot.on_ready()
    assert await left_at(stage) == stage.now


async def test_a_missing_server_is_asked_after_only_when_it_is_the_calls_turn(door: Door) -> None:
    stage = door.stage
    asked: list[str] = []

    async def no_budget() -> None:
        asked.append("turn")
        raise TryLater("no calls budget is left")

    stage.bot._connection._remove_guild(stage.bot.get_guild(door.guild.id))
    await ServerCog(stage.bot, stage.bot.rooms.absence, no_budget).call_roll()
    assert (asked, await left_at(stage)) == (["turn"], None)


async def left_at(stage: Stage) -> datetime | None:
    async with stage.bot.db.read() as tx:
        found: datetime | None = await tx.scalar(select(GROUPS.c.left_at))
        return found
