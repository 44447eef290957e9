"""Plans what is due, job by job; what meets a lock or a bug is put off."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.database import Database, is_locked_out, is_outage
from bot.jobs import planning
from bot.jobs.duties import Duties
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
        about is locked only while that is planned.
        """
        for planned in range(PLAN_AT_ONCE):
            job = None if is_stopping() else await self._plan_one()
            if job is None:
                return planned
            if not job.are_others_due:
                return planned + 1
        return PLAN_AT_ONCE

    async def _plan_one(self) -> Job | None:
        """The job that was planned, or put off."""
        now = self._clock()
        job: Job | None = None
        try:
            async with self._db.begin() as tx:
                job = await planning.lock_due_job(tx, now, self._duties.kinds)
                if job is not None:
                    fanout = await self._duties[job.kind].plan(tx, job, now)
                    await planning.expand(tx, job, fanout)
        except Exception as error:
            if job is not None and is_locked_out(error):
                async with self._db.begin() as tx:
                    await planning.put_off_planning(tx, job, now + WHILE_LOCKED)
                return job
            if job is None or is_outage(error):
                raise
            log.exception("jobs.planning_failed", kind=job.kind, subject_id=job.subject_id)
            async with self._db.begin() as tx:
                await planning.postpone_planning(tx, job, now)
        return job
