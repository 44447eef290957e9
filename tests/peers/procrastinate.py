"""procrastinate 3 itself: its own schema, its own worker, ten jobs at a time.

Its worker polls every 5 s unless told otherwise. What is due stands evenly among what waits, as
in a queue into which everybody puts things at any time: its query takes the lowest id that is due.
"""

import asyncio
import time
from datetime import UTC, datetime

from procrastinate import App, PsycopgConnector
from sqlalchemy import make_url

from tests.peers.course import Course, Watch
from tests.peers.rows import Rows, later, open_rows, series, settle

AT_ONCE = 10
COLUMNS = "(id, queue_name, task_name, args, scheduled_at)"


async def run(course: Course, watch: Watch) -> None:
    """Fire everything that falls due."""
    plain = make_url(course.url).set(drivername="postgresql")
    conninfo = plain.render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=conninfo))

    @app.task(name="remind")
    async def remind(number: int) -> None:
        watch.fire(number)

    async with app.open_async(), open_rows(course) as rows:
        await app.schema_manager.apply_schema_async()
        await prepare(rows, course)
        due_at = watch.begin()
        await rows.run_many(
            f"INSERT INTO procrastinate_jobs {COLUMNS} "
            "VALUES (?, 'default', 'remind', jsonb_build_object('number', ?::int), ?)",
            [
                (number * (gap_of(course) + 1) + 1, number, datetime.fromtimestamp(due, UTC))
                for number, due in enumerate(due_at)
            ],
        )
        worker = app.run_worker_async(concurrency=AT_ONCE, install_signal_handlers=False)
        working = asyncio.create_task(worker)
        await watch.is_over.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def gap_of(course: Course) -> int:
    """How many that wait stand between two that are due."""
    return course.pending // course.due + 1


async def prepare(rows: Rows, course: Course) -> None:
    """What waits, without the triggers that would note each row's coming."""
    if not course.pending:
        return
    gap = gap_of(course)
    await rows.run("ALTER TABLE procrastinate_jobs DISABLE TRIGGER USER")
    await rows.run(
        series(
            course,
            f"INSERT INTO procrastinate_jobs {COLUMNS} "
            f"SELECT ((i - 1) / {gap}) * {gap + 1} + mod(i - 1, {gap}) + 2, 'default', 'remind', "
            f"'{{}}'::jsonb, to_timestamp({later(time.time())}) FROM series",
        )
    )
    await rows.run("ALTER TABLE procrastinate_jobs ENABLE TRIGGER USER")
    await settle(rows, course)
