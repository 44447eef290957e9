"""One sleeping asyncio task for each reminder, all of them made when the bot starts.

After python-discord/bot, `bot/exts/utils/reminders.py` (`cog_load`, `schedule_reminder`,
`send_reminder`) and the scheduler of its core library; the reminder is deleted once it is sent.
More than a million are not tried: they would not fit into memory. What is due is added when
everything has been loaded, as by a member's command, so that the long start is told apart.
"""

import asyncio
import time

from tests.peers.course import Course, Watch
from tests.peers.rows import Rows, later, open_rows, series, settle

MOST_PENDING = 1_000_000
PAGE = 10_000

TABLE = "CREATE TABLE peer_tasks (id {key} PRIMARY KEY, expiration double precision, content text)"


class Scheduler:
    """Tasks by the reminder that each waits for."""

    def __init__(self, rows: Rows, watch: Watch) -> None:
        self._rows = rows
        self._watch = watch
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def schedule(self, reminder_id: int, expiration: float, content: str) -> None:
        task = asyncio.create_task(self._send_later(reminder_id, expiration, content))
        self._tasks[reminder_id] = task
        task.add_done_callback(lambda _task: self._tasks.pop(reminder_id))

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _send_later(self, reminder_id: int, expiration: float, content: str) -> None:
        await asyncio.sleep(expiration - time.time())
        self._watch.fire(int(content))
        await self._rows.run("DELETE FROM peer_tasks WHERE id = ?", [reminder_id])


async def run(course: Course, watch: Watch) -> None:
    """Fire everything that falls due."""
    async with open_rows(course) as rows:
        scheduler = await start(rows, course, watch)
        due_at = watch.begin()
        first = course.pending + 1
        await rows.run_many(
            "INSERT INTO peer_tasks (id, expiration, content) VALUES (?, ?, ?)",
            [(first + number, due, str(number)) for number, due in enumerate(due_at)],
        )
        for number, due in enumerate(due_at):
            scheduler.schedule(first + number, due, str(number))
        await watch.is_over.wait()
        await scheduler.stop()


async def start(rows: Rows, course: Course, watch: Watch) -> Scheduler:
    """The bot's tasks as they are after a restart: one for everything that waits."""
    await prepare(rows, course)
    begun = time.monotonic()
    scheduler = Scheduler(rows, watch)
    for first in range(0, course.pending, PAGE):
        page = await rows.fetch(
            "SELECT id, expiration, content FROM peer_tasks WHERE id > ? AND id <= ?",
            [first, first + PAGE],
        )
        for reminder_id, expiration, content in page:
            scheduler.schedule(reminder_id, expiration, content)
    await asyncio.sleep(0)
    watch.ready_seconds = time.monotonic() - begun
    return scheduler


async def prepare(rows: Rows, course: Course) -> None:
    """The table with what waits."""
    await rows.run(TABLE.format(key="INTEGER" if course.is_sqlite else "bigint"))
    if course.pending:
        await rows.run(
            series(
                course,
                "INSERT INTO peer_tasks (id, expiration, content) "
                f"SELECT i, {later(time.time())}, 'Meta-learning' FROM series",
            )
        )
        await settle(rows, course)
