"""APScheduler as an alarm clock: punctuality and housekeeping, never the truth."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock, utc_now

WAKE = "wake"


class Ticker:
    """Calls back at instants of `clock`; forgets everything when the process ends.

    Alarms are set by the time left on the clock that was handed in, so a clock that was moved
    by hand still rings right on the scheduler's own.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Forget every alarm."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def wake_at(self, moment: datetime, call: Callable[[], None]) -> None:
        """Call `call` at `moment`, instead of at the moment set before."""
        if not self._scheduler.running:
            return
        left = max(moment - self._clock(), timedelta())
        self._scheduler.add_job(
            _later, DateTrigger(utc_now() + left), args=[call], id=WAKE, replace_existing=True
        )

    def after(self, delay: timedelta, call: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Call `call` once, `delay` from now; one of that name that waits is left as it is."""
        if self._scheduler.running and self._scheduler.get_job(name) is None:
            self._scheduler.add_job(call, DateTrigger(utc_now() + delay), id=name)

    def every(self, period: timedelta, call: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Call `call` again and again, `period` apart."""
        trigger = IntervalTrigger(seconds=period.total_seconds(), timezone=UTC)
        self._scheduler.add_job(call, trigger, id=name, replace_existing=True)


async def _later(call: Callable[[], None]) -> None:
    """Run `call` on the event loop: APScheduler sends plain functions to a thread."""
    call()
