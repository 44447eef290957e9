"""The whole bot inside the test's own process, logged in or connected, on a clock of hands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.jobs.lookout import HEARTBEAT
from bot.settings import Settings
from cogs.client import LecternBot, create_bot
from tests.fakes.clock import HandClock
from tests.fakes.errands import no_pause
from tests.wire.discord_server import TOKEN, DiscordServer
from tests.wire.launch import redirected
from tests.wire.round import Round
from tests.wire.work import is_busy, left
from tests.wire.world import World, add_world

PATIENCE = timedelta(seconds=30)
"""How far the clock is moved when something is due and can't be done."""

MOST_TRIES = 60
GLANCE_SECONDS = 0.02
LOOK_SECONDS = 0.4
"""Of the loop, which a test hurries: 8 ms with tests.wire.clocks.hurried(50)."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """Discord, the bot, and the clock that both go by; the bot's may be wrong by `skew`."""

    clock: HandClock
    server: DiscordServer
    world: World
    skew: timedelta = timedelta()
    bot: LecternBot = field(init=False)
    round: Round = field(init=False)

    def read_clock(self) -> datetime:
        """What the bot takes for the time."""
        return self.clock() + self.skew

    async def advance_to(self, moment: datetime) -> None:
        """Let time pass for a bot that is not connected, with everything done when it is due."""
        runner, tries = self.bot.runner, 0
        await runner.run_due()
        while (due_at := await runner.next_due_at()) is not None and due_at <= moment:
            self.clock.now = max(self.clock.now + PATIENCE * (due_at <= self.clock.now), due_at)
            await runner.run_due()
            tries += 1
            assert tries < MOST_TRIES, "what is due is never done"
        self.clock.now = max(moment, self.clock.now)

    async def play(self) -> None:
        """The whole round of a bot that is not connected, votes included."""
        await self.advance_to(self.round.begun_at + timedelta(hours=1))
        self.round.vote()
        self.bot.rooms.listener.begin_session()  # as after a gap: no event tells of these votes
        await self.advance_to(self.round.ends_at)

    async def live_to(self, moment: datetime) -> None:
        """Let time pass for a bot that is connected and notices by itself what is due."""
        await self.idle()
        while (due_at := (await left(self.bot.db))[0]) is not None and due_at <= moment:
            self.clock.now = max(self.clock.now, due_at)
            await self.idle()
        self.clock.now = max(moment, self.clock.now)

    async def idle(self) -> None:
        """Return when nothing is due and nothing on its way."""
        while await is_busy(self.bot.db, self.read_clock):  # noqa: ASYNC110 - rows set no event
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def desk(
    settings: Settings,
    *,
    groups: int,
    people: int,
    is_online: bool = False,
    heartbeat: timedelta = HEARTBEAT,
) -> AsyncIterator[Desk]:
    """A bot at its desk, with a round planted; nothing of it is done."""
    clock = HandClock()
    server = DiscordServer(clock)
    server.limits.is_on = False
    world = add_world(server.backend, channels=0, people=people)
    made = Desk(clock=clock, server=server, world=world)
    async with server.serving():
        with redirected(server.port):
            made.bot = create_bot(
                settings,
                clock=made.read_clock,
                heartbeat=heartbeat,
                pause=no_pause,
                is_paced=False,
            )
            made.round = Round(db=made.bot.db, world=world, clock=clock)
            try:
                await made.round.plant(groups)
                if is_online:
                    running = asyncio.create_task(made.bot.start(TOKEN))
                    await until(made.bot.is_ready)
                else:
                    await made.bot.login(TOKEN)
                    # It may count: nobody clicks meanwhile, so no event is missed.
                    made.bot.rooms.listener.begin_session()
                yield made
            finally:
                # discord.py leaves it behind when it closes, and it would dispatch to no loop.
                if ready := made.bot._connection._ready_task:
                    ready.cancel()
                await made.bot.close()
                if is_online:
                    await running


async def until(is_so: Callable[[], bool], seconds: float = 600) -> None:
    """Wait for something that happens elsewhere, at most so many of the loop's seconds."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - a socket's other end sets no event of ours
            await asyncio.sleep(GLANCE_SECONDS)
