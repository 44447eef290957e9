"""APScheduler 3.11 itself, with its SQLAlchemyJobStore and `misfire_grace_time=None`.

The rows are those that `add_job` would write, in one insert instead of one by one (which takes
half a minute for 10,000 and is not measured). What is due is deleted row by row on the event loop,
and runs when that is done: `BaseScheduler._process_jobs`.
"""

import pickle
import time
from datetime import UTC, datetime
from typing import Any

from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import create_engine, insert

from tests.peers.course import Course, Watch
from tests.peers.rows import later, open_rows, series, settle

_watches: list[Watch] = []
"""Jobs are pickled by the name of their function, so it finds the watch here."""


async def fire(number: int) -> None:
    """What each job does."""
    _watches[-1].fire(number)


async def run(course: Course, watch: Watch) -> None:
    """Fire everything that falls due."""
    _watches.append(watch)
    store = SQLAlchemyJobStore(engine=create_engine(course.url))
    scheduler = AsyncIOScheduler(jobstores={"default": store}, timezone=UTC)
    scheduler.start(paused=True)
    await prepare(course, scheduler)
    due_at = watch.begin()
    with store.engine.begin() as connection:
        connection.execute(
            insert(store.jobs_t),
            [row_of(scheduler, number, due) for number, due in enumerate(due_at)],
        )
    scheduler.resume()
    await watch.is_over.wait()
    scheduler.shutdown(wait=False)


async def prepare(course: Course, scheduler: AsyncIOScheduler) -> None:
    """What waits: one job's pickle under many names, for nobody reads it before it is due."""
    if not course.pending:
        return
    state = row_of(scheduler, 0, time.time())["job_state"]
    blob = f"x'{state.hex()}'" if course.is_sqlite else f"'\\x{state.hex()}'::bytea"
    async with open_rows(course) as rows:
        await rows.run(
            series(
                course,
                "INSERT INTO apscheduler_jobs (id, next_run_time, job_state) "
                f"SELECT 'later' || i, {later(time.time())}, {blob} FROM series",
            )
        )
        await settle(rows, course)


def row_of(scheduler: AsyncIOScheduler, number: int, due: float) -> dict[str, Any]:
    """The row that the store keeps of a job."""
    moment = datetime.fromtimestamp(due, UTC)
    job = Job(
        scheduler,
        id=f"due{number}",
        func=fire,
        args=(number,),
        kwargs={},
        name="fire",
        trigger=DateTrigger(moment),
        executor="default",
        misfire_grace_time=None,
        coalesce=False,
        max_instances=1,
        next_run_time=moment,
    )
    state = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
    return {"id": job.id, "next_run_time": due, "job_state": state}
