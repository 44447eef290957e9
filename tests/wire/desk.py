"""The whole bot inside the test's own process, logged in but not connected, on a clock of hands.

Nothing runs by itself: the test lets time pass, and what falls due is done through real HTTP.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.settings import Settings
from cogs.client import LecternBot, create_bot
from tests.fakes.clock import HandClock
from tests.fakes.errands import no_pause
from tests.wire.discord_server import TOKEN, DiscordServer
from tests.wire.launch import redirected
from tests.wire.round import Round
from tests.wire.world import World, add_world

PATIENCE = timedelta(seconds=30)
"""How far the clock is moved when something is due and can't be done."""

MOST_TRIES = 60


@dataclass(slots=True, kw_only=True)
class Desk:
    """Discord, the bot, and the clock that both go by."""

    clock: HandClock
    server: DiscordServer
    world: World
    bot: LecternBot
    round: Round

    async def advance_to(self, moment: datetime) -> None:
        """Let time pass, with everything done when it is due."""
        runner, tries = self.bot.runner, 0
        await runner.run_due()
        while (due_at := await runner.next_due_at()) is not None and due_at <= moment:
            self.clock.now = max(self.clock.now + PATIENCE * (due_at <= self.clock.now), due_at)
            await runner.run_due()
            tries += 1
            assert tries < MOST_TRIES, "what is due is never done"
        self.clock.now = max(moment, self.clock.now)

    async def play(self) -> None:
        """The whole round, votes included."""
        await self.advance_to(self.round.begun_at + timedelta(hours=1))
        self.round.vote()
        await self.advance_to(self.round.ends_at)


@asynccontextmanager
async def desk(settings: Settings, *, groups: int, people: int) -> AsyncIterator[Desk]:
    """A bot at its desk, with a round planted; nothing of it is done."""
    clock = HandClock()
    server = DiscordServer(clock)
    server.limits.is_on = False
    world = add_world(server.backend, channels=0, people=people)
    async with server.serving():
        with redirected(server.port):
            bot = create_bot(settings, clock=clock, pause=no_pause, is_paced=False)
            try:
                await bot.login(TOKEN)
                planted = Round(db=bot.db, world=world, clock=clock)
                await planted.plant(groups)
                yield Desk(clock=clock, server=server, world=world, bot=bot, round=planted)
            finally:
                await bot.close()
