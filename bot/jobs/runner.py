"""The engine: plans what is due, claims it, performs it, marks it; rows are the only truth."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock, utc_now
from bot.database import Database, Tx, is_noted
from bot.jobs import store
from bot.jobs.claimer import Claimer
from bot.jobs.duties import Duties
from bot.jobs.ends import purge
from bot.jobs.flights import Flights
from bot.jobs.handler import Handler
from bot.jobs.lookout import HEARTBEAT, Lookout
from bot.jobs.marker import Marker
from bot.jobs.model import Delivery
from bot.jobs.pacer import Pacer, Unpaced
from bot.jobs.planner import Planner
from bot.jobs.sender import Sender, act_until
from bot.jobs.ticker import Ticker
from bot.jobs.watch import Watch

log = structlog.get_logger()

AFTER_FAILURE = timedelta(seconds=5)
"""When to look again after the database itself has failed."""

BATCH = 10
"""How many deliveries are in hand at once, at most: at 42 calls a second an urgent one that falls
due behind them waits for a quarter of a second.
"""

MOST_CLAIMED = 200
"""How many are claimed in one transaction; more at once would hold the event loop up."""

AHEAD = timedelta(seconds=2)
"""How long before their instant deliveries are claimed, so that they leave on the dot."""

HELD = timedelta(milliseconds=50)
"""When to look again at what is due, but held by another worker now."""

DRAIN_SECONDS = 10
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
        ahead: timedelta | None = None,
        after_restore: bool = False,
        is_alone: bool = False,
        skew: Callable[[], timedelta] = timedelta,
        on_beat: Callable[[], None] = lambda: None,
        on_refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._db = db
        self._clock = clock
        self.pacer = pacer or Unpaced()
        self._batch = batch
        self._on_beat = on_beat
        self._on_refused = on_refused
        self._duties = Duties()
        ahead = (AHEAD if clock is utc_now else timedelta()) if ahead is None else ahead
        self._claimer = Claimer(
            db,
            clock,
            self._duties,
            ahead=ahead,
            skew=skew,
            is_alone=is_alone,
            is_restored=after_restore,
        )
        self._flights = Flights()
        self._planner = Planner(db, clock, self._duties)
        self._marker = Marker(db, self._claimer.owner)
        self._sender = Sender(clock, self._flights, self._marker, self.pacer, self._refuse)
        # A clock that is moved by hand is moved by who knows what it does.
        self._watch = Watch(clock) if clock is utc_now else None
        self._is_wanted = False
        self._were_put = False
        self._is_stopping = False
        self.is_well = True
        self._lookout = Lookout(clock, ahead, heartbeat)
        self._drain_task: asyncio.Task[None] | None = None
        self._sweep_task: asyncio.Task[None] | None = None
        self.ticker = Ticker(clock)
        db.after_commit(self._notice)

    def register(self, handler: Handler, *, for_leader: bool = False) -> None:
        """Let `handler` do the jobs of its kind, `for_leader` only where this process leads; raises
        ValueError where one does already.
        """
        self._duties.add(handler, for_leader=for_leader)

    def follow(self) -> None:
        """Leave to another process what only the one that leads may do."""
        self._duties.leads = False

    def lead(self) -> None:
        """Do that, too, and at once what the leader before had in hand: it has given up."""
        if not self._duties.leads:
            self._duties.leads = True
            self._claimer.inherit()
            if self._sweep_task is not None:
                self.wake()

    def start(self) -> None:
        """Begin sweeping; needs a running event loop."""
        self.ticker.start()
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
        await self._marker.finish(DRAIN_SECONDS)

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

    @property
    def look_at(self) -> datetime | None:
        """When it will look at the database by itself, None for never; known once it has looked."""
        return self._lookout.look_at

    async def next_due_at(self) -> datetime | None:
        """The next instant at which there will be something to do, None for never."""
        return (await self._claimer.look()).look_at()

    async def next_act_at(self) -> datetime | None:
        """The next instant at which something may be seen to happen, None for never."""
        return (await self._claimer.look(skips_planning=True)).look_at()

    def _refuse(self) -> None:
        """Send nothing any more: the token is refused."""
        self._is_stopping = True
        self._flights.notice()
        self._on_refused()

    async def _notice(self, tx: Tx) -> None:
        if is_noted(tx, store.JOBS_WERE_PUT):
            self._were_put = True
            if self._sweep_task is not None:
                self.wake()

    async def _sweep(self) -> None:
        while True:
            try:
                await self.run_due()
            except Exception:
                log.exception("jobs.sweep_failed")
                self.is_well = False
            await self._rest(self._lookout.seconds_to_rest())

    async def _rest(self, seconds: float) -> None:
        if self._watch is None:
            await asyncio.sleep(seconds)
        else:
            await self._watch.rest(seconds)

    def _beat(self) -> None:
        """Tell that a look at the database went well."""
        self.is_well = True
        self._on_beat()

    async def _drain(self) -> None:
        while self._is_wanted and not self._is_stopping:
            try:
                await self._work()
            except Exception:
                log.exception("jobs.flight_failed")
                self.is_well = False
                self._lookout.put_off(AFTER_FAILURE)
        if self.look_at is not None:
            self.ticker.wake_at(self.look_at, self.wake)

    async def _work(self) -> None:
        """Plan and send until nothing is due and nothing is on its way."""
        try:
            while not self._is_stopping:
                try:
                    if not await self._step():
                        break
                except Exception:
                    log.exception("jobs.round_failed")
                    self.is_well = False
                    self._lookout.put_off(AFTER_FAILURE)
                    if not len(self._flights):
                        break
                    # What is on its way may hang for long: it must not keep us from looking again.
                    await self._flights.landing(AFTER_FAILURE.total_seconds())
        except asyncio.CancelledError:
            await self._flights.break_off()
            raise
        finally:
            await self._flights.all_landed()

    async def _step(self) -> bool:
        """Look, or wait for a landing; False when nothing is due and nothing is on its way."""
        # What has landed may have put jobs, and has made room.
        is_wanted, self._is_wanted = self._flights.clear_news() or self._is_wanted, False
        if (is_wanted and not self._lookout.is_due()) or self._claimer.has_heritage:
            await self._claimer.release()
            await self._ask()
        if self._has_room() and self._lookout.is_due():
            await self._look()
            self._beat()
        elif len(self._flights):
            has_news = await self._flights.landing(self._lookout.seconds_to_rest())
            if not has_news and not self._lookout.is_sure:
                await self._ask()
        else:
            return self._flights.has_news()
        return True

    def _has_room(self) -> bool:
        """Half of the batch, so that a claim brings many in a burst."""
        return len(self._flights) <= self._batch // 2

    async def _ask(self) -> None:
        """Read what is next; until it is read again, that and the clock tell when to look."""
        self._were_put = False
        self._lookout.note(await self._claimer.look())
        self._beat()

    async def _look(self) -> None:
        """Plan some of what is due, send what is ready, note when to come back."""
        # What was put since may be urgent: it must not wait behind a backlog for another look.
        may_plan, planned = self._were_put or self._lookout.has_planning(), 0
        if may_plan:
            planned = await self._planner.plan_some(lambda: self._is_stopping)
        closed = await self.pacer.seconds_closed()
        if closed:
            self._lookout.put_off(timedelta(seconds=closed))
            return
        most = min(self._batch - len(self._flights), MOST_CLAIMED)
        until = act_until()
        self._were_put = False
        claimed, agenda = await self._claimer.claim(most)
        for kind, deliveries in _by_kind(claimed).items():
            self._sender.let_go(self._duties[kind], deliveries, until)
        self._lookout.note(agenda)
        has_new = self._lookout.has_planning() and not may_plan
        if not (planned or claimed or has_new) and self._lookout.is_due():
            self._lookout.put_off(HELD)

    async def purge(self) -> None:
        """Forget what ended long ago; once for all processes on a database."""
        before, forgotten, gone = self._clock() - KEEP_FINISHED, 0, 1
        while gone:
            async with self._db.begin() as tx:
                gone = await purge(tx, before)
            forgotten += gone
        log.info("jobs.purged", deliveries=forgotten)


def _by_kind(deliveries: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    kinds: dict[str, list[Delivery]] = {}
    for one in deliveries:
        kinds.setdefault(one.kind, []).append(one)
    return kinds
