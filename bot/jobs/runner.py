"""The engine: plans what is due, claims it, performs it, marks it; rows are the only truth."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import Clock, utc_now
from bot.database import Database, Tx
from bot.jobs import queue, store
from bot.jobs.flights import Flights
from bot.jobs.marker import Marker
from bot.jobs.model import (
    LEASE,
    MOST_ATTEMPTS,
    Act,
    BatchHandler,
    Delivery,
    DeliveryState,
    Done,
    End,
    Handler,
    Job,
    Outcome,
    pause_before,
)
from bot.jobs.pacer import DIRECTS, Grant, Pacer, Unpaced
from bot.jobs.ticker import Ticker
from bot.jobs.watch import Watch
from bot.messenger import Barred, DeliveryProblem, TokenRefused, TooManyDirects, TryLater

log = structlog.get_logger()

HEARTBEAT = timedelta(seconds=60)
"""The longest time between two looks at the database, whatever the timers say."""

AFTER_FAILURE = timedelta(seconds=5)
"""When to look again after the database itself has failed."""

BATCH = 25
"""How many deliveries are on their way at once, at most."""

HELD = timedelta(milliseconds=50)
"""When to look again at what is due, but held by another worker now."""

PLAN_AT_ONCE = 20
BARRED = timedelta(minutes=10)
PREPARE_SECONDS = 20
NO_LEAVE = Grant(count=0, wait=0.0)
DRAIN_SECONDS = 10
LAST_SECONDS = 10
"""The part of a lease that is left for marking: nobody acts on a delivery that another may take."""

KEEP_FINISHED = timedelta(days=7)


class Runner:
    """Runs the handlers registered with it. Several runners may share one PostgreSQL."""

    def __init__(  # noqa: PLR0913 - an engine has these settings
        self,
        db: Database,
        clock: Clock,
        *,
        heartbeat: timedelta = HEARTBEAT,
        pacer: Pacer | None = None,
        batch: int = BATCH,
        after_restore: bool = False,
        on_beat: Callable[[], None] = lambda: None,
        on_refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._heartbeat = heartbeat
        self.pacer = pacer or Unpaced()
        self._batch = batch
        self._after_restore = after_restore
        self._on_beat = on_beat
        self._on_refused = on_refused
        self._owner = secrets.token_hex(8)
        self._marker = Marker(db, self._owner)
        self._handlers: dict[str, Handler] = {}
        is_real = clock is utc_now and not db.is_sqlite
        self._lease_time = queue.SERVER_TIME if is_real else None
        self._flights = Flights()
        self._watch = Watch(clock)
        self._is_wanted = False
        self._is_stopping = False
        self.is_well = True
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
        self._flights.notice()
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
        self._flights.notice()
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
            return await queue.next_due_at(tx, tuple(self._handlers))

    async def _notice(self, tx: Tx) -> None:
        if self._sweep_task is not None and tx.info.pop(store.JOBS_WERE_PUT, False):
            self.wake()

    async def _sweep(self) -> None:
        while True:
            await self.run_due()
            await self._watch.rest(self._seconds_to_rest(self._due_at))

    def _beat(self) -> None:
        """Tell that a look at the database went well."""
        self.is_well = True
        self._on_beat()

    def _seconds_to_rest(self, due_at: datetime | None) -> float:
        if due_at is None:
            return self._heartbeat.total_seconds()
        rest = min(due_at - self._clock(), self._heartbeat)
        return max(rest.total_seconds(), 0.05)

    async def _drain(self) -> None:
        while self._is_wanted and not self._is_stopping:
            try:
                await self._work()
            except Exception:
                log.exception("jobs.round_failed")
                self.is_well = False
                self._due_at = self._clock() + AFTER_FAILURE
        if self._due_at is not None:
            self.ticker.wake_at(self._due_at, self.wake)

    def _is_due(self) -> bool:
        return self._due_at is not None and self._due_at <= self._clock()

    async def _work(self) -> None:
        """Plan and send until nothing is due and nothing is on its way."""
        try:
            while not self._is_stopping:
                # What has landed may have put jobs, and has made room.
                is_wanted, self._is_wanted = self._flights.clear_news() or self._is_wanted, False
                if is_wanted and not self._is_due():
                    self._due_at = await self.next_due_at()
                    self._beat()
                room = self._batch - len(self._flights)
                if room and self._is_due():
                    await self._look(room)
                    self._beat()
                elif len(self._flights):
                    await self._flights.landing()
                elif not self._flights.has_news():
                    break
        except asyncio.CancelledError:
            await self._flights.break_off()
            raise
        finally:
            await self._flights.all_landed()

    async def _look(self, room: int) -> None:
        """Plan some of what is due, send what is ready and has leave, note when to come back."""
        planned = await self._plan_some()
        granted = await self.pacer.take(room)
        if not granted.count:
            self._due_at = self._clock() + timedelta(seconds=granted.wait)
            return
        until = asyncio.get_running_loop().time() + LEASE.total_seconds() - LAST_SECONDS
        claimed = await self._claim(granted.count)
        await self.pacer.give_back(granted.count - len(claimed))
        for kind, deliveries in _by_kind(claimed).items():
            self._flights.begin(self._send(kind, deliveries, until), len(deliveries))
        if planned < PLAN_AT_ONCE and len(claimed) < granted.count:
            self._due_at = await self.next_due_at()
            if not planned and not claimed and self._is_due() and not len(self._flights):
                self._due_at = self._clock() + HELD

    async def _plan_some(self) -> int:
        """How many due jobs were planned; the rest waits for what is ready to be sent."""
        planned = 0
        while planned < PLAN_AT_ONCE and not self._is_stopping and await self._plan_one():
            planned += 1
        return planned

    async def _plan_one(self) -> bool:
        now = self._clock()
        job: Job | None = None
        try:
            async with self._db.begin() as tx:
                job = await store.lock_due_job(tx, now, tuple(self._handlers))
                if job is None:
                    return False
                fanout = await self._handlers[job.kind].plan(tx, job, now)
                await store.expand(tx, job, fanout)
        except Exception:
            if job is None:
                raise
            log.exception("jobs.planning_failed", kind=job.kind, subject_id=job.subject_id)
            async with self._db.begin() as tx:
                await store.postpone_planning(tx, job, now)
        return True

    async def _claim(self, most: int) -> list[Delivery]:
        now = self._clock()
        moment = now if self._lease_time is None else self._lease_time
        async with self._db.begin() as tx:
            await queue.reap(tx, moment)
            return await queue.claim(
                tx,
                now,
                self._owner,
                tuple(self._handlers),
                most,
                is_restored=self._after_restore,
                moment=moment,
            )

    async def _send(self, kind: str, deliveries: Sequence[Delivery], until: float) -> None:
        """Let deliveries of one kind go, each on its own: one that hangs holds up no other."""
        acts = await self._prepare(kind, deliveries)
        for one in deliveries:
            self._flights.begin(self._perform(one, acts[one.id], until), 1)

    async def _prepare(self, kind: str, deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
        handler = self._handlers[kind]
        if not isinstance(handler, BatchHandler):
            return {one.id: partial(handler.deliver, one) for one in deliveries}
        try:
            async with asyncio.timeout(PREPARE_SECONDS):
                return await handler.prepare(deliveries)
        except Exception as error:  # noqa: BLE001 - each delivery meets it and is told apart
            return {one.id: partial(_fail, error) for one in deliveries}

    async def _perform(self, delivery: Delivery, act: Act, until: float) -> None:
        try:
            with self.pacer.prepaid():
                outcome = await self._act(act, until)
            await self._mark(delivery, outcome)
        except TokenRefused:
            log.error("jobs.token_refused")
            await self._give_back(delivery, "the token is refused", timedelta())
            self._is_stopping = True
            self._on_refused()
        except TryLater as fault:
            await self._obey(fault)
            await self._give_back(delivery, str(fault), fault.delay)
        except DeliveryProblem as problem:
            await self._end(delivery, DeliveryState.SKIPPED, repr(problem))
        except Exception as error:
            log.exception("jobs.delivery_failed", kind=delivery.kind, delivery_id=delivery.id)
            if delivery.attempts >= MOST_ATTEMPTS:
                await self._end(delivery, DeliveryState.PARKED, repr(error))
            else:
                await self._give_back(delivery, repr(error), None)

    async def _obey(self, fault: TryLater) -> None:
        """Do what a fault asks of everybody who sends."""
        if isinstance(fault, Barred):
            log.error("jobs.barred", reason=str(fault))
            await self.pacer.close(fault.delay or BARRED)
        elif isinstance(fault, TooManyDirects):
            log.warning("jobs.too_many_directs")
            await self.pacer.slow_down(DIRECTS.name, fault.delay or BARRED)

    async def _act(self, act: Act, until: float) -> Outcome:
        """Perform while the loop's time is before `until`, when the lease nears its end."""
        limit = asyncio.timeout_at(until)
        try:
            async with limit:
                return await act()
        except TimeoutError as error:
            if limit.expired():
                raise TryLater("the lease was running out") from error
            raise

    async def _mark(self, delivery: Delivery, outcome: Outcome) -> None:
        if isinstance(outcome, Done):
            state, message_id, note = DeliveryState.SENT, outcome.message_id, None
        else:
            state, message_id, note = DeliveryState.SKIPPED, None, outcome.reason
        await self._marker.mark(
            End(
                delivery_id=delivery.id,
                state=state,
                at=self._clock(),
                message_id=message_id,
                note=note,
                record=outcome.record,
            )
        )
        log.info("jobs.delivered", kind=delivery.kind, delivery_id=delivery.id, state=state)

    async def _end(self, delivery: Delivery, state: DeliveryState, note: str) -> None:
        log.warning("jobs.ended", kind=delivery.kind, delivery_id=delivery.id, note=note)
        end = End(delivery_id=delivery.id, state=state, at=self._clock(), note=note)
        await self._marker.mark(end)

    async def _give_back(self, delivery: Delivery, note: str, delay: timedelta | None) -> None:
        pause = pause_before(delivery.attempts) if delay is None else delay
        log.warning("jobs.put_back", kind=delivery.kind, delivery_id=delivery.id, note=note)
        now = self._clock()
        await self._marker.mark(
            End(
                delivery_id=delivery.id,
                state=DeliveryState.READY,
                at=now,
                note=note,
                not_before=now + pause,
            )
        )

    async def _purge(self) -> None:
        async with self._db.begin() as tx:
            forgotten = await queue.purge(tx, self._clock() - KEEP_FINISHED)
        log.info("jobs.purged", deliveries=forgotten)


def _by_kind(deliveries: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    kinds: dict[str, list[Delivery]] = {}
    for one in deliveries:
        kinds.setdefault(one.kind, []).append(one)
    return kinds


async def _fail(error: Exception) -> Outcome:
    raise error
