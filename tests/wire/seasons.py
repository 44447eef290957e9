"""A whole round played by real processes: planted, voted on, and looked at in the end."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.database import Database
from tests.wire.bots import nursery
from tests.wire.clocks import SharedClock
from tests.wire.discord_server import DiscordServer
from tests.wire.lives import Fate, Lives
from tests.wire.round import Round
from tests.wire.world import add_world

QUICK = ("--heartbeat", "0.2", "--hurry", "20")
UNPACED = (*QUICK, "--unpaced")


@dataclass(slots=True, kw_only=True)
class Season:
    """One round, and the bots that play it."""

    round: Round
    lives: Lives
    server: DiscordServer

    async def play(self) -> None:
        """The whole round, votes included."""
        await self.lives.advance_to(self.round.begun_at + timedelta(hours=2))
        self.round.vote()
        await self.lives.advance_to(self.round.ends_at)

    def __str__(self) -> str:
        promised, shown = self.round.promised(), self.round.shown()
        return (
            f"{promised.total()} promised, {(promised - shown).total()} lost, "
            f"{(shown - promised).total()} doubled"
        )

    @property
    def lost(self) -> Counter[str]:
        """What members were promised and Discord does not show."""
        return self.round.promised() - self.round.shown()

    @property
    def doubled(self) -> Counter[str]:
        """What Discord shows beyond what was promised."""
        return self.round.shown() - self.round.promised()


@asynccontextmanager
async def season(
    database_url: str,
    folder: Path,
    fate: Fate,
    *,
    groups: int,
    people: int,
    most_kills: int,
    watch_url: str | None = None,
) -> AsyncIterator[Season]:
    """A planted round on a Discord of its own; the first bot is not born yet.

    `folder` is there already, for the bot's data and its log. `watch_url` is the database for the
    test itself, where that differs from the bot's.
    """
    clock = SharedClock(folder / "clock")
    server = DiscordServer(clock)
    server.limits.is_on = False
    world = add_world(server.backend, channels=0, people=people)
    db = Database(watch_url or database_url)
    planted = Round(db=db, world=world, clock=clock)
    options = ("--clock", str(folder / "clock"), *UNPACED)
    try:
        await planted.plant(groups)
        async with server.serving():
            with nursery(server.port, database_url, folder, *options) as kept:
                lives = Lives(
                    nursery=kept,
                    server=server,
                    clock=clock,
                    db=db,
                    fate=fate,
                    most_kills=most_kills,
                )
                yield Season(round=planted, lives=lives, server=server)
    finally:
        await db.close()
