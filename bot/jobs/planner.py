"""Plans what is due, each job alone or with its like; what meets a lock or a bug is put off."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.database import Database, Tx, is_locked_out, is_outage
from bot.jobs import planning
from bot.jobs.duties import Duties
from bot.jobs.handler import BatchPlanner
from bot.jobs.model import Job

log = structlog.get_logger()

PLAN_AT_ONCE = 20
"""How many are planned before what is ready is sent."""

WHILE_LOCKED = timedelta(seconds=1)
"""When to plan again what is about something that a member is changing just now."""


class Planner:
    """Lets the handlers plan the jobs of their kinds."""

    def __init__(self, db: Database, clock: Clock, duties: Duties) -> None:
        self._db = db
        self._clock = clock
        self._duties = duties

    async def plan_some(self, is_stopping: Callable[[], bool]) -> int:
        """How many due jobs were planned; the rest waits for what is ready to be sent.

        Each in a transaction of its own: one that fails takes no other back, and what a job is
        about is locked only while that is planned. Where a handler can plan many at once they
        share one, unless that fails.
        """
        planned, are_together = 0, True
        while planned < PLAN_AT_ONCE and not is_stopping():
            most = PLAN_AT_ONCE - planned if are_together else 1
            jobs = await self._plan_last(most)
            are_together = are_together and jobs is not None
            if jobs is None:
                continue
            planned += len(jobs)
            if not jobs or not jobs[0].are_others_due:
                break
        return planned

    async def _plan_last(self, most: int) -> Sequence[Job] | None:
        """The jobs that were planned, or put off; None where several failed as one."""
        now = self._clock()
        jobs: list[Job] = []
        try:
            async with self._db.begin() as tx:
                job = await planning.lock_due_job(tx, now, self._duties.kinds)
                if job is not None:
                    jobs.append(job)
                    await self._plan(tx, jobs, now, most)
        except Exception as error:
            # A lock that was waited for too long counts among the driver's outages, too.
            if not jobs or (is_outage(error) and not is_locked_out(error)):
                raise
            if len(jobs) > 1:
                return None
            await self._put_off(jobs[0], error, now)
        return jobs

    async def _plan(self, tx: Tx, jobs: list[Job], now: datetime, most: int) -> None:
        """Plan the one that is held, with others where its handler can; those join `jobs`."""
        [job] = jobs
        handler = self._duties[job.kind]
        if not isinstance(handler, BatchPlanner):
            await planning.expand(tx, job, await handler.plan(tx, job, now))
            return
        if job.are_others_due and most > 1:
            jobs += await planning.lock_others_due(tx, job, most - 1)
        fanouts = await handler.plan_all(tx, jobs, now)
        await planning.expand_all(tx, [(one, fanouts[one.id]) for one in jobs])

    async def _put_off(self, job: Job, error: Exception, now: datetime) -> None:
        if is_locked_out(error):
            async with self._db.begin() as tx:
                await planning.put_off_planning(tx, job, now + WHILE_LOCKED)
            return
        log.error("jobs.planning_failed", kind=job.kind, subject_id=job.subject_id, exc_info=error)
        async with self._db.begin() as tx:
            await planning.postpone_planning(tx, job, now)
