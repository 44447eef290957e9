"""The engine: plans what is due, claims it, performs it, marks it; rows are the only truth."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.clock import Clock
from bot.database import Database, Tx
from bot.jobs import store
from bot.jobs.model import (
    LEASE,
    MOST_ATTEMPTS,
    Delivery,
    DeliveryState,
    Done,
    Job,
    Outcome,
    Planned,
    pause_before,
)
from bot.jobs.pacer import Pacer
from bot.jobs.ticker import Ticker
from bot.messenger import DeliveryProblem, TryLater

log = structlog.get_logger()

HEARTBEAT = timedelta(seconds=60)
"""The longest time between two looks at the database, whatever the timers say."""

AFTER_FAILURE = timedelta(seconds=5)
"""When to look again after the database itself has failed."""

BATCH = 25
AT_ONCE = 8
DRAIN_SECONDS = 10
LAST_SECONDS = 10
"""The part of a lease that is left for marking: nobody acts on a delivery that another may take."""

KEEP_FINISHED = timedelta(days=7)


class Handler(Protocol):
    """What one kind of job means. A new kind of work is one handler in one room."""

    kind: str

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Sequence[Planned]:
        """The deliveries a due job expands into, read in the transaction that writes them."""
        ...

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Perform one delivery; it may run twice, so the second run is harmless.

        Raises `TryLater` for a passing fault and other `DeliveryProblem`s for a lasting one.
        """
        ...


class Runner:
    """Runs the handlers registered with it. Several runners may share one PostgreSQL."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        heartbeat: timedelta = HEARTBEAT,
        on_beat: Callable[[], None] = lambda: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._db = db
        self._clock = clock
        self._heartbeat = heartbeat
        self._on_beat = on_beat
        self._owner = secrets.token_hex(8)
        self._handlers: dict[str, Handler] = {}
        self._pacer = Pacer(pause)
        self._is_wanted = False
        self._is_stopping = False
        self._due_at: datetime | None = None
        self._drain_task: asyncio.Task[None] | None = None
        self._sweep_task: asyncio.Task[None] | None = None
        self.ticker = Ticker(clock)
        db.after_commit(self._notice)

    def register(self, handler: Handler) -> None:
        """Let `handler` do the jobs of its kind; raises ValueError where one does already."""
        if handler.kind in self._handlers:
            raise ValueError(f"two handlers for {handler.kind!r}")
        self._handlers[handler.kind] = handler

    def start(self) -> None:
        """Begin sweeping; needs a running event loop."""
        self.ticker.start()
        self.ticker.every(timedelta(hours=6), self._purge, name="purge")
        self._sweep_task = asyncio.create_task(self._sweep(), name="lectern sweep")

    async def stop(self) -> None:
        """Finish what is being sent, for at most 10 s; what is left stays in the database."""
        self._is_stopping = True
        self.ticker.stop()
        sweep, self._sweep_task = self._sweep_task, None
        if sweep is not None:
            sweep.cancel()
            with suppress(asyncio.CancelledError):
                await sweep
        if self._drain_task is not None:
            await asyncio.wait([self._drain_task], timeout=DRAIN_SECONDS)
            self._drain_task.cancel()
            await asyncio.wait([self._drain_task])

    def wake(self) -> None:
        """Look at the database now, in the background; a look that is under way looks again."""
        self._is_wanted = True
        if self._drain_task is None or self._drain_task.done():
            self._drain_task = asyncio.create_task(self._drain(), name="lectern drain")

    async def run_due(self) -> None:
        """Do everything that is due now and return when it is done."""
        self.wake()
        while self._drain_task is not None and not self._drain_task.done():
            await asyncio.shield(self._drain_task)

    async def next_due_at(self) -> datetime | None:
        """The next instant at which there will be something to do, None for never."""
        async with self._db.read() as tx:
            return await store.next_due_at(tx, tuple(self._handlers))

    async def _notice(self, tx: Tx) -> None:
        if self._sweep_task is not None and tx.info.pop(store.JOBS_WERE_PUT, False):
            self.wake()

    async def _sweep(self) -> None:
        while True:
            await self.run_due()
            self._on_beat()
            await asyncio.sleep(self._seconds_to_rest(self._due_at))

    def _seconds_to_rest(self, due_at: datetime | None) -> float:
        if due_at is None:
            return self._heartbeat.total_seconds()
        rest = min(due_at - self._clock(), self._heartbeat)
        return max(rest.total_seconds(), 0.05)

    async def _drain(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            try:
                self._due_at = await self.next_due_at()
                while self._is_due():
                    await self._do_round()
                    self._due_at = await self.next_due_at()
            except Exception:
                log.exception("jobs.round_failed")
                self._due_at = self._clock() + AFTER_FAILURE
        if self._due_at is not None:
            self.ticker.wake_at(self._due_at, self.wake)

    def _is_due(self) -> bool:
        is_time = self._due_at is not None and self._due_at <= self._clock()
        return is_time and not self._is_stopping

    async def _do_round(self) -> None:
        while not self._is_stopping and await self._plan_one():
            pass
        while not self._is_stopping and await self._send_some():
            pass

    async def _plan_one(self) -> bool:
        now = self._clock()
        job: Job | None = None
        try:
            async with self._db.begin() as tx:
                job = await store.lock_due_job(tx, now, tuple(self._handlers))
                if job is None:
                    return False
                planned = await self._handlers[job.kind].plan(tx, job, now)
                await store.add_deliveries(tx, job, planned)
        except Exception:
            if job is None:
                raise
            log.exception("jobs.planning_failed", kind=job.kind, subject_id=job.subject_id)
            async with self._db.begin() as tx:
                await store.postpone_planning(tx, job, now)
        return True

    async def _send_some(self) -> bool:
        now = self._clock()
        async with self._db.begin() as tx:
            claimed = await store.claim(tx, now, self._owner, tuple(self._handlers), BATCH)
        until = asyncio.get_running_loop().time() + LEASE.total_seconds() - LAST_SECONDS
        gate = asyncio.Semaphore(AT_ONCE)

        async def pass_gate(delivery: Delivery) -> None:
            async with gate:
                await self._pacer.wait()
                await self._perform(delivery, until)

        acts = [pass_gate(delivery) for delivery in claimed]
        # All are waited for, also when the database fails one of them: `stop` must see the last.
        failures = [end for end in await asyncio.gather(*acts, return_exceptions=True) if end]
        if failures:
            raise failures[0]
        return bool(claimed)

    async def _perform(self, delivery: Delivery, until: float) -> None:
        try:
            outcome = await self._deliver(delivery, until)
            await self._mark(delivery, outcome)
        except TryLater as fault:
            await self._give_back(delivery, str(fault), fault.delay)
        except DeliveryProblem as problem:
            await self._end(delivery, DeliveryState.SKIPPED, repr(problem))
        except Exception as error:
            log.exception("jobs.delivery_failed", kind=delivery.kind, delivery_id=delivery.id)
            if delivery.attempts >= MOST_ATTEMPTS:
                await self._end(delivery, DeliveryState.PARKED, repr(error))
            else:
                await self._give_back(delivery, repr(error), None)

    async def _deliver(self, delivery: Delivery, until: float) -> Outcome:
        """Perform the delivery while the loop's time is before `until`, when its lease nears."""
        limit = asyncio.timeout_at(until)
        try:
            async with limit:
                return await self._handlers[delivery.kind].deliver(delivery)
        except TimeoutError as error:
            if limit.expired():
                raise TryLater("the lease was running out") from error
            raise

    async def _mark(self, delivery: Delivery, outcome: Outcome) -> None:
        if isinstance(outcome, Done):
            state, message_id, note = DeliveryState.SENT, outcome.message_id, None
        else:
            state, message_id, note = DeliveryState.SKIPPED, None, outcome.reason
        async with self._db.begin() as tx:
            is_ours = await store.mark(
                tx,
                delivery.id,
                self._owner,
                state,
                self._clock(),
                message_id=message_id,
                note=note,
            )
            if is_ours and outcome.record is not None:
                await outcome.record(tx)
        log.info("jobs.delivered", kind=delivery.kind, delivery_id=delivery.id, state=state)

    async def _end(self, delivery: Delivery, state: DeliveryState, note: str) -> None:
        log.warning("jobs.ended", kind=delivery.kind, delivery_id=delivery.id, note=note)
        async with self._db.begin() as tx:
            await store.mark(tx, delivery.id, self._owner, state, self._clock(), note=note)

    async def _give_back(self, delivery: Delivery, note: str, delay: timedelta | None) -> None:
        pause = pause_before(delivery.attempts) if delay is None else delay
        log.warning("jobs.put_back", kind=delivery.kind, delivery_id=delivery.id, note=note)
        async with self._db.begin() as tx:
            await store.put_back(tx, delivery.id, self._owner, self._clock() + pause, note)

    async def _purge(self) -> None:
        async with self._db.begin() as tx:
            forgotten = await store.purge(tx, self._clock() - KEEP_FINISHED)
        log.info("jobs.purged", deliveries=forgotten)
