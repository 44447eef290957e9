"""Every call of the port meets every fault: it asks to try later, and the next try finds or mends.

Creating an event is followed up by its handler, with all that it takes: see test_faults.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest

from bot.cards import Card
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery
from bot.messenger import EventPlan, TryLater
from cogs.client import INTENTS
from cogs.faults import limit_watch
from cogs.messenger import DiscordMessenger
from tests.wire.calls import CALLS, SELDOM
from tests.wire.clocks import hurried
from tests.wire.discord_server import TOKEN, DiscordServer
from tests.wire.faults import TROUBLES
from tests.wire.world import World, title_of

HURRY = 100
MOST_TRIES = 20
TITLE, LETTER, MARKER = "Kernels", "🇦", "lectern:session:7"
CARD, NEW_CARD = Card(title=TITLE), Card(title="Sheaves")
NOW = discord.utils.utcnow()
PLAN = EventPlan(
    name="Session #1",
    description=MARKER,
    starts_at=NOW + timedelta(days=1),
    ends_at=NOW + timedelta(days=1, hours=1),
    location="Stage 1",
)


def attempt(number: int) -> Delivery:
    return Delivery(
        id=9,
        kind="remind",
        subject_id=7,
        lead_minutes=60,
        target="channel",
        rev=1,
        due_at=datetime(2015, 1, 1, tzinfo=UTC),
        not_before=datetime(2015, 1, 1, tzinfo=UTC),
        attempts=number,
        first_attempt_at=datetime(2015, 1, 1, tzinfo=UTC),
    )


class Scene:
    """A place where nothing has happened yet, and the port that acts in it."""

    def __init__(self, world: World, client: discord.Client) -> None:
        self.world = world
        self.port = DiscordMessenger(client)
        self.courier = Courier(self.port)
        self.channel_id = world.add_channel("theory")
        self.forum_id = world.add_forum("talks")
        self.person_id = world.add_person("reader")
        self.message_id = 0
        self.event_id = 0

    @property
    def titles(self) -> list[str]:
        return self.world.titles(self.channel_id)

    @property
    def events(self) -> dict[int, Any]:
        return self.world.backend.guilds[self.world.guild_id].scheduled_events

    async def have_said(self) -> None:
        said = await self.courier.say(attempt(1), self.channel_id, CARD)
        assert said is not None
        self.message_id = said

    async def have_an_event(self) -> None:
        self.events.clear()
        self.event_id = await self.port.mirror_event(self.world.guild_id, None, PLAN)


async def say(scene: Scene, number: int) -> list[str]:
    await scene.courier.say(attempt(number), scene.channel_id, CARD)
    return scene.titles


async def say_again(scene: Scene, number: int) -> list[str]:
    if not scene.message_id:
        await scene.have_said()
    await scene.courier.say(attempt(number + 1), scene.channel_id, CARD)
    return scene.titles


async def tell(scene: Scene, number: int) -> list[str]:
    await scene.courier.tell(attempt(number), scene.person_id, CARD)
    return [title_of(one) for one in scene.world.told(scene.person_id)]


async def edit(scene: Scene, _number: int) -> list[str]:
    if not scene.message_id:
        await scene.have_said()
    await scene.port.edit(scene.channel_id, scene.message_id, NEW_CARD)
    return scene.titles


async def open_post(scene: Scene, number: int) -> list[str]:
    await scene.courier.open_discussion(attempt(number), scene.forum_id, TITLE, CARD)
    return scene.world.threads(scene.forum_id)


async def open_thread(scene: Scene, number: int) -> list[str]:
    await scene.courier.open_discussion(attempt(number), scene.channel_id, TITLE, CARD)
    return scene.titles + scene.world.threads(scene.channel_id)


async def react(scene: Scene, _number: int) -> frozenset[str]:
    if not scene.message_id:
        await scene.have_said()
    await scene.port.seed_reactions(scene.channel_id, scene.message_id, [LETTER])
    return await scene.port.own_reactions(scene.channel_id, scene.message_id)


async def read_votes(scene: Scene, _number: int) -> list[int]:
    if not scene.message_id:
        await scene.have_said()
        (message,) = scene.world.messages(scene.channel_id)
        scene.world.vote(message, scene.person_id, LETTER)
    votes = await scene.port.read_votes(scene.channel_id, scene.message_id, [LETTER])
    return [vote.user_id - scene.person_id for vote in votes]


async def look_up(scene: Scene, _number: int) -> list[int]:
    present = await scene.port.present_members(scene.world.guild_id, [scene.person_id, 123_456])
    return [one - scene.person_id for one in present]


async def change_event(scene: Scene, _number: int) -> list[str]:
    if not scene.event_id:
        await scene.have_an_event()
    await scene.port.mirror_event(scene.world.guild_id, scene.event_id, PLAN)
    return [one.name for one in scene.events.values()]


async def find_event(scene: Scene, _number: int) -> bool:
    if not scene.event_id:
        await scene.have_an_event()
    found = await scene.port.list_events(scene.world.guild_id)
    return [one.id for one in found] == [scene.event_id]


async def count_interest(scene: Scene, _number: int) -> list[int]:
    if not scene.event_id:
        await scene.have_an_event()
        scene.events[scene.event_id].user_ids.add(scene.person_id)
    people = await scene.port.interested_in(scene.world.guild_id, scene.event_id)
    return [one - scene.person_id for one in people]


async def remove_event(scene: Scene, _number: int) -> list[str]:
    if not scene.event_id:
        await scene.have_an_event()
    await scene.port.remove_event(scene.world.guild_id, scene.event_id)
    return [one.name for one in scene.events.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is done, the call in it that meets a fault, and what there is in the end."""

    call: str
    act: Callable[[Scene, int], Awaitable[object]]
    end: object


CASES = (
    Case(call="say", act=say, end=[TITLE]),
    Case(call="read the past", act=say_again, end=[TITLE]),
    Case(call="open direct messages", act=tell, end=[TITLE]),
    Case(call="say", act=tell, end=[TITLE]),
    Case(call="edit", act=edit, end=["Sheaves"]),
    Case(call="open a post", act=open_post, end=[TITLE]),
    Case(call="list threads", act=open_post, end=[TITLE]),
    Case(call="list old threads", act=open_post, end=[TITLE]),
    Case(call="look a channel up", act=open_post, end=[TITLE]),
    Case(call="read a message", act=open_post, end=[TITLE]),
    Case(call="say", act=open_thread, end=[TITLE, TITLE]),
    Case(call="read the past", act=open_thread, end=[TITLE, TITLE]),
    Case(call="open a thread", act=open_thread, end=[TITLE, TITLE]),
    Case(call="react", act=react, end={LETTER}),
    Case(call="read a message", act=react, end={LETTER}),
    Case(call="read reactions", act=read_votes, end=[0]),
    Case(call="look a member up", act=look_up, end=[0]),
    Case(call="change an event", act=change_event, end=["Session #1"]),
    Case(call="look a server up", act=find_event, end=True),
    Case(call="list events", act=find_event, end=True),
    Case(call="read who is interested", act=count_interest, end=[0]),
    Case(call="delete an event", act=remove_event, end=[]),
)


@pytest.fixture
async def careful(server: DiscordServer) -> AsyncIterator[discord.Client]:
    """A client with the bot's own settings, logged in."""
    server.limits.is_on = False
    client = discord.Client(intents=INTENTS, max_ratelimit_timeout=30, http_trace=limit_watch())
    await client.login(TOKEN)
    yield client
    await client.close()


@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one.act.__name__}: {one.call}")
async def test_act_comes_to_its_one_end_whatever_goes_wrong_with_a_call(
    server: DiscordServer,
    world: World,
    careful: discord.Client,
    case: Case,
) -> None:
    ends = {}
    with hurried(HURRY):
        for name, trouble in TROUBLES.items():
            scene = Scene(world, careful)
            server.faults.clear()
            server.faults.add(trouble, *(CALLS | SELDOM)[case.call])
            ends[name] = await persist(case, scene)
    assert ends == dict.fromkeys(TROUBLES, case.end)
    assert server.faults.met == len(TROUBLES)


@pytest.mark.parametrize("count", [0, 99, 100, 101, 250])
async def test_everybody_interested_is_read_to_the_last_page(
    server: DiscordServer, world: World, careful: discord.Client, count: int
) -> None:
    scene = Scene(world, careful)
    await scene.have_an_event()
    scene.events[scene.event_id].user_ids |= set(range(5, 5 + count))
    people = await scene.port.interested_in(world.guild_id, scene.event_id)
    assert people == set(range(5, 5 + count))
    asked = [entry for entry in server.log if entry.path.endswith("/users")]
    assert len(asked) == count // 100 + 1


async def persist(case: Case, scene: Scene) -> object:
    """How the act ends when it is tried again for as long as it asks for that."""
    for number in range(1, MOST_TRIES):
        try:
            return await case.act(scene, number)
        except TryLater:
            continue
    return await case.act(scene, MOST_TRIES)
