"""A large ballot on the loopback Discord, and what the wire sees while the bot reads it."""

import asyncio
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import aiohttp
from simcord.backend.models import Message

from bot.ballots.model import LETTERS
from bot.messenger import Vote
from cogs.client import LecternBot
from tests.wire.discord_server import DiscordServer, Entry, Phase
from tests.wire.limits import RATES, Rate
from tests.wire.routes import PAGE, Routes

SEED, SUPER_SHARE = 2022, 0.1
GAP_SECONDS = 0.2
READS = r"/channels/\d+/messages/\d+/reactions/[^/]+"
FIVE_A_SECOND = Rate(name="reactors", method="GET", path=READS, limit=5, seconds=1)

Lists = Mapping[tuple[str, bool], frozenset[int]]
"""Who reacted with each emoji, normally and by a super reaction."""


def vote(message: Message, routes: Routes, *, voters: int, options: int) -> Lists:
    """Let so many people react as they like; who did, as Discord has it.

    The first letter is everybody's but a few, so that its pages turn; some use both kinds for one.
    """
    luck = random.Random(SEED)
    people = [routes.backend.make_user(f"voter{number}").id for number in range(voters)]
    lists: dict[tuple[str, bool], frozenset[int]] = {}
    for emoji in LETTERS[:options]:
        share = 0.3 if lists else 0.9
        fans = {one for one in people if luck.random() < SUPER_SHARE}
        reaction = message.reaction_for(emoji)
        assert reaction is not None  # the bot's own letter
        normal = {one for one in people if luck.random() < share} | set(reaction.user_ids)
        routes.supers[message.id, emoji], reaction.user_ids[:] = fans, normal
        lists |= {(emoji, False): frozenset(normal), (emoji, True): frozenset(fans)}
    return lists


def found_in(votes: frozenset[Vote], lists: Lists) -> Lists:
    """The votes that were read, in lists like those of Discord."""
    return {
        (emoji, is_super): frozenset(
            one.user_id for one in votes if (one.emoji, one.is_super) == (emoji, is_super)
        )
        for emoji, is_super in lists
    }


def requests_for(lists: Lists) -> int:
    """One for the message, and for each list its pages and an empty one."""
    return 1 + sum(math.ceil(len(people) / PAGE) + 1 for people in lists.values())


@dataclass(slots=True)
class Log:
    """When requests about reactions left the bot and came to Discord, by the loop's seconds."""

    seconds: Callable[[], float]
    starts: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    def watch(self, entry: Entry, phase: Phase) -> bool:
        """Discord's side."""
        if phase is Phase.BEFORE:
            self.arrivals.append(self.seconds())
            self.paths.append(entry.path)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        elif phase is Phase.ANSWERED:
            self.in_flight -= 1
        return False

    async def note_start(self, _session: aiohttp.ClientSession, _context: Any, _sent: Any) -> None:
        """The bot's side: before it notes its own start, so that no gap seems shorter."""
        self.starts.append(self.seconds())

    def clear(self) -> None:
        self.starts.clear()
        self.arrivals.clear()
        self.paths.clear()

    def assert_paced(self) -> None:
        """Starts are apart by the gap, and Discord sees no more than they allow: one that comes is
        later than its own start, however long it took.
        """
        assert self.most_in_flight == 1
        assert len(self.starts) == len(self.arrivals)
        for number, start in enumerate(self.starts):
            for later, arrival in enumerate(self.arrivals[number:]):
                assert arrival - start >= GAP_SECONDS * later - 1e-6
        assert min(self.gaps()) >= GAP_SECONDS - 1e-6

    def gaps(self) -> list[float]:
        """The seconds between each start and the next."""
        return [later - earlier for earlier, later in pairwise(self.starts)]

    def busiest_second(self) -> int:
        """The most starts in any second."""
        return max(
            sum(start <= other < start + 1 for other in self.starts) for start in self.starts
        )


def listen(bot: LecternBot, server: DiscordServer) -> Log:
    """A log of a bot that is not logged in yet."""
    log = Log(lambda: asyncio.get_running_loop().time())
    server.watch = log.watch
    trace = bot.http.http_trace
    assert trace is not None
    trace.on_request_headers_sent.insert(0, log.note_start)
    return log


def be_strict(server: DiscordServer) -> None:
    """Let Discord refuse what is too fast, and show stale counts."""
    server.limits.is_on = True
    server.limits.rates = (FIVE_A_SECOND, *RATES)
    server.routes.has_stale_counts = True
