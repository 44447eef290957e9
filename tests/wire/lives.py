"""A bot that dies again and again: when it is killed, and how it is brought back until all is done.

Between two lives the clock, which the bot and Discord share, jumps past the lease of what the dead
one had claimed; after every fourth death past Discord's memory of nonces too.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from bot.database import Database
from bot.jobs.model import LEASE
from tests.wire.bots import Nursery
from tests.wire.clocks import SharedClock
from tests.wire.discord_server import DiscordServer, Entry, Phase
from tests.wire.work import is_past, left

NONCE_WINDOW = timedelta(minutes=2)
SOON = LEASE + timedelta(seconds=1)
LATE = NONCE_WINDOW + timedelta(seconds=30)
LATE_EVERY = 4

MERCY = timedelta(minutes=35)
"""So much later than it was due nothing is killed any more: the shortest reminder is an hour."""

LOGIN = frozenset({"GET /users/@me", "GET /oauth2/applications/@me"})
"""A bot that dies over these has touched nothing yet."""

WEIGHTS = {"GET": 1, "POST": 6}
"""Reading is harmless, creating is not."""

LONGEST_STEP = 0.5
"""Seconds; a longer one was a wait for the next thing to do."""

GLANCE_SECONDS = 0.02
LONGEST_WAIT = 90.0


class Fate(Protocol):
    """Decides when a bot dies."""

    def begin(self, kill: Callable[[], None]) -> None:
        """A new life has begun; `kill` ends it at any later moment."""
        ...

    def strikes(self, entry: Entry, phase: Phase) -> bool:
        """True to end it at this very request."""
        ...


class Peace:
    """Nobody dies."""

    def begin(self, kill: Callable[[], None]) -> None:
        return

    def strikes(self, entry: Entry, phase: Phase) -> bool:
        return False


class Stuck(Exception):
    """What is due is not done, by a bot that nobody kills; holds the end of its log."""


Point = tuple[str, Phase]


@dataclass(slots=True)
class Enumerated:
    """Every kind of call, before its effect, after it, and after its answer, in turn.

    Points take their turns by weight. Each time one lets another call of its kind pass first, so
    that it is now the first, now a later one.
    """

    struck: Counter[Point] = field(default_factory=Counter)
    _turns: dict[Point, float] = field(default_factory=dict)
    _passed: Counter[Point] = field(default_factory=Counter)

    def begin(self, kill: Callable[[], None]) -> None:
        return

    def strikes(self, entry: Entry, phase: Phase) -> bool:
        if entry.kind in LOGIN:
            return False
        point = (entry.kind, phase)
        turns = self._turns.setdefault(point, 0.0)
        if turns > 1.5 * sum(self._turns.values()) / len(self._turns) + 0.5:
            return False
        if self._passed[point] < self.struck[point] % 3:
            self._passed[point] += 1
            return False
        self._passed[point] = 0
        self.struck[point] += 1
        self._turns[point] += 1 / WEIGHTS.get(entry.method, 2)
        return True

    def go_on(self, struck: Mapping[Point, int]) -> None:
        """Take the turns that an earlier run has had as taken."""
        self.struck.update(struck)
        for (kind, phase), times in struck.items():
            self._turns[kind, phase] = times / WEIGHTS.get(kind.partition(" ")[0], 2)


@dataclass(slots=True)
class Random:
    """Death a drawn number of steps on, and a drawn time after that, wherever the bot is then.

    A step is a request that comes, is carried out or is answered. Counting them makes a slow
    machine kill as often, and all over the round; the time, as long as steps take here, puts death
    between them too: in the database, and before anything is asked.
    """

    seed: str
    most_steps: int = 20
    _luck: random.Random = field(init=False)
    _kill: Callable[[], None] = field(init=False)
    _left: int = 0
    _last_at: float = 0.0
    _step_seconds: float = 0.01
    _due: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._luck = random.Random(self.seed)

    def begin(self, kill: Callable[[], None]) -> None:
        if self._due is not None:
            self._due.cancel()
        self._kill = kill
        self._last_at = asyncio.get_running_loop().time()
        self._left = self._luck.randint(0, self.most_steps)
        if self._left == 0:
            self._die_soon()

    def strikes(self, entry: Entry, phase: Phase) -> bool:
        now = asyncio.get_running_loop().time()
        passed, self._last_at = now - self._last_at, now
        self._step_seconds += (min(passed, LONGEST_STEP) - self._step_seconds) / 10
        if self._left > 0 and entry.kind not in LOGIN:
            self._left -= 1
            if self._left == 0:
                self._die_soon()
        return False

    def _die_soon(self) -> None:
        delay = self._luck.uniform(0, 2 * self._step_seconds)
        self._due = asyncio.get_running_loop().call_later(delay, self._strike)

    def _strike(self) -> None:
        """Kill; the bot that may not die yet is given another number of steps."""
        self._left = self._luck.randint(1, self.most_steps)
        self._kill()


@dataclass(slots=True, kw_only=True)
class Lives:
    """Bots of one nursery, one after the other, and the work that they are to do.

    `most_at_once` may die over what is due at one moment. `kills` counts the deaths, `late` those
    after which the next bot came late; `ends` are bots that ended without being killed.
    """

    nursery: Nursery
    server: DiscordServer
    clock: SharedClock
    db: Database
    fate: Fate
    most_kills: int
    most_at_once: int = 6
    kills: int = 0
    late: int = 0
    ends: int = 0
    died_at: list[datetime] = field(default_factory=list)
    _calm_since: datetime = field(init=False)
    _kills_since: int = 0
    _is_dying: bool = False

    def __post_init__(self) -> None:
        self._calm_since = self.clock()
        self.server.routes.nonce_window = NONCE_WINDOW
        self.server.watch = self._watch

    async def advance_to(self, moment: datetime) -> None:
        """Let time pass, with everything done when it is due, however many bots that takes."""
        while True:
            due_at = await self._live_until_idle()
            is_over = due_at is None or due_at > moment
            next_at = moment if due_at is None or is_over else due_at
            self.clock.move(max(next_at - self.clock(), timedelta()))
            self._calm_since, self._kills_since = self.clock(), 0
            if is_over:
                return

    async def _live_until_idle(self) -> datetime | None:
        """When something is due next, once nothing is due and nothing is on its way.

        Raises Stuck where that takes too long.
        """
        try:
            return await self._live_on()
        except TimeoutError as error:
            raise Stuck(self.nursery.last_words) from error

    async def _live_on(self) -> datetime | None:
        async with asyncio.timeout(LONGEST_WAIT):
            while True:
                if self.nursery.pid is None:
                    self._start()
                elif self._is_dying:
                    self._bury()
                elif self.nursery.has_ended():
                    self.ends += 1
                # A database that is down tells nothing.
                with suppress(DBAPIError):
                    due_at, claimed = await left(self.db)
                    if not claimed and not self._is_dying and not is_past(due_at, self.clock()):
                        return due_at
                await asyncio.sleep(GLANCE_SECONDS)

    def _start(self) -> None:
        self.nursery.start()
        self.fate.begin(self._kill)

    def _bury(self) -> None:
        self.nursery.wait()
        self._is_dying = False
        is_late = self.kills % LATE_EVERY == 0
        self.late += is_late
        self.clock.move(LATE if is_late else SOON)

    def _watch(self, entry: Entry, phase: Phase) -> bool:
        """What a bot sent just before its death may arrive when it is buried already."""
        if self.nursery.pid is None:
            return False
        if not self._is_dying and self._may_die() and self.fate.strikes(entry, phase):
            self._kill()
        return self._is_dying

    def _may_die(self) -> bool:
        is_left = self.kills < self.most_kills and self._kills_since < self.most_at_once
        return is_left and self.clock() - self._calm_since < MERCY

    def _kill(self) -> None:
        is_alive = self.nursery.pid is not None and not self._is_dying
        if is_alive and self._may_die():
            self._is_dying = True
            self.kills += 1
            self._kills_since += 1
            self.died_at.append(self.clock())
            self.nursery.kill()
