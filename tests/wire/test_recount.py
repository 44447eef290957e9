"""A ballot is read to the last voter over real HTTP, one request at a time, five a second at most.

The whole size (a thousand voters and twenty options) at its real pace is for `make soak`.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from bot.ballots.model import LETTERS
from bot.cards import Card
from bot.messenger import POSTING, close_at
from bot.settings import Settings
from cogs.client import LecternBot, create_bot
from tests.wire.ballot_box import (
    READS,
    Lists,
    Log,
    be_strict,
    found_in,
    listen,
    requests_for,
    vote,
)
from tests.wire.clocks import hurried
from tests.wire.desk import until
from tests.wire.discord_server import TOKEN, DiscordServer
from tests.wire.faults import Trouble, limited
from tests.wire.routes import Routes
from tests.wire.scale import IS_SOAK, note
from tests.wire.world import World

HURRY = 1 if IS_SOAK else 4
"""Seconds of the loop in a real one: the gaps that are kept are the loop's."""

VOTERS, OPTIONS = (1_000, 20) if IS_SOAK else (120, 3)
RETRY_SECONDS = 0.7
CLOSE = close_at(datetime(2022, 11, 5, 20, 0, tzinfo=UTC))


def limited_for(seconds: float) -> Trouble:
    return Trouble(name="429", answer=limited(seconds, scope="user"))


@dataclass(slots=True, kw_only=True)
class Box:
    """The real bot, logged in, at its real pace, and a message of its own to vote under."""

    bot: LecternBot
    log: Log
    world: World
    routes: Routes
    channel_id: int
    message_id: int

    @property
    def place(self) -> tuple[int, int]:
        return self.channel_id, self.message_id

    async def seed(self, options: int) -> None:
        """Put the letters there; the log begins after them."""
        await self.bot.messenger.seed_reactions(*self.place, LETTERS[:options], turn=POSTING)

    def fill(self, voters: int, options: int) -> Lists:
        (message,) = self.world.messages(self.channel_id)
        return vote(message, self.routes, voters=voters, options=options)


@pytest.fixture
async def box(server: DiscordServer, world: World, settings: Settings) -> AsyncIterator[Box]:
    with hurried(HURRY):
        bot = create_bot(settings)
        log = listen(bot, server)
        await bot.login(TOKEN)
        channel_id = world.channel_ids[0]
        message_id = await bot.messenger.say(channel_id, Card(title="Vote"), nonce="ballot")
        assert message_id is not None
        server.log.clear()
        log.clear()
        yield Box(
            bot=bot,
            log=log,
            world=world,
            routes=server.routes,
            channel_id=channel_id,
            message_id=message_id,
        )
        await bot.close()


@pytest.mark.parametrize("is_rough", [False, True] if IS_SOAK else [True])
async def test_large_ballot_is_read_exactly_and_at_the_pace(
    server: DiscordServer, box: Box, is_rough: bool
) -> None:
    """With stale counts, and on a rough day with pages that come twice and a limit half-way."""
    server.limits.is_on = False
    await box.seed(OPTIONS)
    lists = box.fill(VOTERS, OPTIONS)
    box.log.clear()
    be_strict(server)
    needed = requests_for(lists)
    if is_rough:
        server.routes.doubles_every = 10 if IS_SOAK else 3
        server.faults.add(limited_for(RETRY_SECONDS), "GET", READS, first=needed // 2)
    begun = asyncio.get_running_loop().time()
    votes = await box.bot.messenger.read_votes(*box.place, LETTERS[:OPTIONS], turn=CLOSE)
    seconds = asyncio.get_running_loop().time() - begun
    assert found_in(votes, lists) == lists
    assert (server.routes.doubled > 0) is is_rough
    assert len(box.log.arrivals) == needed + server.routes.doubled + server.faults.met
    assert (server.limits.refused, server.faults.met) == (0, int(is_rough))
    box.log.assert_paced()
    assert box.log.busiest_second() <= 5
    assert max(box.log.gaps()) >= (RETRY_SECONDS if is_rough else 0.2)
    note(
        f"recount, {box.bot.db.engine.dialect.name}: {VOTERS} voters and {OPTIONS} options, "
        f"{sum(map(len, lists.values()))} reactions, read exactly by {len(box.log.arrivals)} "
        f"requests ({needed} needed, {server.routes.doubled} pages came twice, {server.faults.met} "
        f"answers of 429) in {seconds:.1f} s, {box.log.busiest_second()} starts at most in a second"
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_twenty_letters_are_put_at_the_pace_of_their_bucket(
    server: DiscordServer, box: Box
) -> None:
    await box.seed(20)
    assert server.limits.refused == 0
    assert len(box.log.arrivals) == 20
    box.log.assert_paced()
    assert await box.bot.messenger.own_reactions(*box.place) == set(LETTERS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_count_that_comes_later_goes_before_a_look_that_is_under_way(
    server: DiscordServer, box: Box
) -> None:
    """Though the look has five more requests to make, only the one under way is finished."""
    server.limits.is_on = False
    await box.seed(2)
    box.log.clear()
    look = asyncio.create_task(box.bot.messenger.read_votes(*box.place, LETTERS[:1]))
    await until(lambda: len(box.log.arrivals) == 1)
    count = asyncio.create_task(box.bot.messenger.read_votes(*box.place, LETTERS[1:2], turn=CLOSE))
    await asyncio.gather(look, count)
    message = f"/channels/{box.channel_id}/messages/{box.message_id}"
    a, b = (f"{message}/reactions/{quote(letter)}" for letter in LETTERS[:2])
    assert box.log.paths == [message, message, b, b, b, a, a, a]
    box.log.assert_paced()
