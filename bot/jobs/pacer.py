"""Spacing between calls, so that no burst, however many processes send, meets Discord's limits.

Every budget is a generic cell rate: a few calls at once, then a steady rate. A breaker closes a
budget for a while when Discord says so.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import bindparam, func, select, text, update

from bot.database import Database, Tx, insert_new
from bot.jobs.store import PACES
from bot.messenger import TryLater

LONGEST_WAIT = 10.0
"""Seconds; who would wait longer comes back later, and holds no lease meanwhile."""

FORGIVEN_AFTER = 3_600.0
"""Seconds without a new strike after which the old ones are forgotten."""

MOST_STRIKES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`burst` calls at once, then `per_second`; half of it after each strike, for an hour."""

    name: str
    per_second: float
    burst: int


CALLS = Budget(name="calls", per_second=42, burst=1)
"""Discord's limit is 50 requests a second for each bot. What is left is for jitter on the way: the
first calls wait a tenth of a second and more for their connection, and then arrive at once.
"""

DIRECTS = Budget(name="direct", per_second=10 / 60, burst=10)
"""New direct-message channels: bots were put in quarantine after a few dozen at once."""

REACTIONS = Budget(name="reactions", per_second=5, burst=1)
"""Reading and putting reactions, by all processes together: so many were seen to go through."""

BUDGETS = {budget.name: budget for budget in (CALLS, DIRECTS, REACTIONS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How far a budget is used, in seconds of any clock: it is whole again at `full_at`."""

    full_at: float
    closed_until: float = 0.0
    strikes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The call may start after `wait` seconds; one that is not given may ask again then."""

    is_given: bool
    wait: float


def grant(pace: Pace, budget: Budget, now: float) -> tuple[Pace, Grant]:
    """Leave for the next call, unless the budget is closed or the wait would be too long."""
    if pace.closed_until > now:
        return pace, Grant(is_given=False, wait=pace.closed_until - now)
    gap = 2 ** _strikes(pace, now) / budget.per_second
    full_at = max(pace.full_at, now) + gap
    wait = max(0.0, full_at - budget.burst * gap - now)
    if wait > LONGEST_WAIT:
        return pace, Grant(is_given=False, wait=wait)
    return replace(pace, full_at=full_at), Grant(is_given=True, wait=wait)


def _grants(budget: Budget, count: int, pace: Pace, now: float) -> tuple[Pace, list[Grant]]:
    granted = []
    for _ in range(count):
        pace, one = grant(pace, budget, now)
        granted.append(one)
    return pace, granted


def strike(pace: Pace, seconds: float, now: float, *, doubles: bool) -> Pace:
    """Closed for `seconds`, doubled for every strike that is not yet forgiven."""
    strikes = _strikes(pace, now)
    closed_until = now + seconds * (2**strikes if doubles else 1)
    return replace(pace, closed_until=max(closed_until, pace.closed_until), strikes=strikes + 1)


def _strikes(pace: Pace, now: float) -> int:
    is_forgiven = pace.closed_until + FORGIVEN_AFTER < now
    return 0 if is_forgiven else min(pace.strikes, MOST_STRIKES)


Change = Callable[[Pace, float], tuple[Pace, list[Grant]]]


class Ledger(Protocol):
    """Where budgets are booked."""

    async def book(self, name: str, change: Change) -> list[Grant]:
        """What `change` makes of the budget's pace at the ledger's own time, in seconds."""
        ...

    async def seconds_closed(self, name: str) -> float:
        """For how long the breaker keeps the budget closed."""
        ...


class LocalLedger:
    """For the one process that there is."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}

    async def book(self, name: str, change: Change) -> list[Grant]:
        now = asyncio.get_running_loop().time()
        self._paces[name], granted = change(self._paces.get(name, Pace(full_at=now)), now)
        return granted

    async def seconds_closed(self, name: str) -> float:
        pace = self._paces.get(name)
        return max(0.0, pace.closed_until - asyncio.get_running_loop().time()) if pace else 0.0


_THAT = PACES.c.name == bindparam("its_name")
_NOW = select(func.clock_timestamp())
_LOCKING = select(PACES).where(_THAT).with_for_update()
_SETTING = update(PACES).where(_THAT)
_CLOSED = select(PACES.c.closed_until, func.clock_timestamp().label("now")).where(_THAT)


class SharedLedger:
    """One row for each budget in PostgreSQL, on PostgreSQL's own clock."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def book(self, name: str, change: Change) -> list[Grant]:
        async with self._db.begin() as tx:
            # A booking that a power cut takes back does no harm.
            await tx.execute(text("SET LOCAL synchronous_commit = off"))
            pace, now = await self._lock(tx, name)
            pace, granted = change(pace, now)
            row = {
                "full_at": _instant(pace.full_at),
                "closed_until": _instant(pace.closed_until) if pace.closed_until else None,
                "strikes": pace.strikes,
            }
            await tx.execute(_SETTING, {"its_name": name, **row})
        return granted

    async def seconds_closed(self, name: str) -> float:
        async with self._db.read() as tx:
            row = (await tx.execute(_CLOSED, {"its_name": name})).one_or_none()
        if row is None or row.closed_until is None:
            return 0.0
        left: float = (row.closed_until - row.now).total_seconds()
        return max(0.0, left)

    async def _lock(self, tx: Tx, name: str) -> tuple[Pace, float]:
        """The budget's pace, held until the transaction ends; and the server's time then."""
        row = (await tx.execute(_LOCKING, {"its_name": name})).one_or_none()
        if row is None:
            await insert_new(tx, PACES, name=name, full_at=_instant(0), strikes=0)
            row = (await tx.execute(_LOCKING, {"its_name": name})).one()
        moment: datetime = (await tx.scalars(_NOW)).one()  # only now: the lock may have waited
        closed = row.closed_until.timestamp() if row.closed_until else 0.0
        pace = Pace(full_at=row.full_at.timestamp(), closed_until=closed, strikes=row.strikes)
        return pace, moment.timestamp()


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class Pacer:
    """Lets calls through at the pace of their budget."""

    def __init__(
        self, ledger: Ledger, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._ledger = ledger
        self._pause = pause
        self.is_needed = True
        """False where the chat system has no limits."""
        self._asking: dict[str, list[asyncio.Future[Grant]]] = {}
        self._booking: dict[str, asyncio.Task[None]] = {}
        self._left: dict[str, Pace] = {}
        self._doors: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def seconds_closed(self) -> float:
        """For how long nobody may call, 0 where calls are let through."""
        return await self._ledger.seconds_closed(CALLS.name)

    async def wait(self, name: str = CALLS.name) -> None:
        """Return when the next call may start; raises TryLater where that is too long."""
        if not self.is_needed:
            return
        granted = await self._ask(name)
        if not granted.is_given:
            raise TryLater(f"no {name} budget is left", timedelta(seconds=granted.wait))
        if granted.wait:
            await self._pause(granted.wait)
        await self._leave(name)

    async def _leave(self, name: str) -> None:
        """Leave one by one, at the budget's pace by what has really left here.

        When the process was held up, all who waited meanwhile would leave at once.
        """
        async with self._doors[name]:
            now = asyncio.get_running_loop().time()
            pace = self._left.get(name, Pace(full_at=now))
            self._left[name], granted = grant(pace, BUDGETS[name], now)
            if granted.wait:
                await self._pause(granted.wait)

    async def _ask(self, name: str) -> Grant:
        """Book together with all who ask meanwhile: in PostgreSQL it is a transaction."""
        answer: asyncio.Future[Grant] = asyncio.get_running_loop().create_future()
        self._asking.setdefault(name, []).append(answer)
        booking = self._booking.get(name)
        if booking is None or booking.done():
            self._booking[name] = asyncio.create_task(self._answer_all(name), name="lectern pace")
        return await answer

    async def _answer_all(self, name: str) -> None:
        await asyncio.sleep(0)
        while asking := self._asking.pop(name, []):
            change = partial(_grants, BUDGETS[name], len(asking))
            booking = self._ledger.book(name, change)
            (booked,) = await asyncio.gather(booking, return_exceptions=True)
            for number, answer in enumerate(asking):
                if answer.done():
                    continue
                if isinstance(booked, BaseException):
                    answer.set_exception(booked)
                else:
                    answer.set_result(booked[number])

    async def close(self, delay: timedelta) -> None:
        """Break the circuit: nobody sends for `delay`, for twice that the next time."""
        await self._strike(CALLS.name, delay, doubles=True)

    async def slow_down(self, name: str, delay: timedelta) -> None:
        """Close a budget for `delay` and halve its rate."""
        await self._strike(name, delay, doubles=False)

    async def _strike(self, name: str, delay: timedelta, *, doubles: bool) -> None:
        def change(pace: Pace, now: float) -> tuple[Pace, list[Grant]]:
            return strike(pace, delay.total_seconds(), now, doubles=doubles), []

        await self._ledger.book(name, change)


class Unpaced(Pacer):
    """For a chat system that has no limits: a simulated one."""

    def __init__(self) -> None:
        super().__init__(LocalLedger())
        self.is_needed = False

    async def seconds_closed(self) -> float:
        return 0.0


def pacer_for(db: Database, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Pacer:
    """Pacing that all processes on the database share: SQLite has only one."""
    return Pacer(LocalLedger() if db.is_sqlite else SharedLedger(db), pause)
