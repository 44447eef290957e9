"""RoboDanny's timers: wait for the earliest row, delete it, dispatch it, look again.

After Rapptz/RoboDanny, `cogs/reminder.py` (`dispatch_timers`, `get_active_timer`, `call_timer`)
and the table of its first migration, through psycopg or aiosqlite instead of asyncpg. What is
dispatched runs as a task of its own, as discord.py does with events; the row is gone by then.
"""

import asyncio
import time

from tests.peers.course import Course, Watch
from tests.peers.rows import Rows, later, open_rows, series, settle

DAYS = 40

TABLE = """
CREATE TABLE peer_robodanny (
    id {key} PRIMARY KEY, expires double precision, created double precision,
    event text, extra text
)
"""


async def run(course: Course, watch: Watch) -> None:
    """Fire everything that falls due."""
    async with open_rows(course) as rows:
        await prepare(rows, course)
        due_at = watch.begin()
        await rows.run_many(
            "INSERT INTO peer_robodanny (expires, created, event, extra) "
            "VALUES (?, 0, 'reminder', ?)",
            [(due, str(number)) for number, due in enumerate(due_at)],
        )
        async with asyncio.TaskGroup() as listeners:
            for _ in due_at:
                timer_id, expires, number = await get_active_timer(rows)
                await asyncio.sleep(max(0.0, expires - time.time()))
                await rows.run("DELETE FROM peer_robodanny WHERE id = ?", [timer_id])
                listeners.create_task(dispatch(watch, int(number)))


async def prepare(rows: Rows, course: Course) -> None:
    """The table with what waits."""
    await rows.run(TABLE.format(key="INTEGER" if course.is_sqlite else "bigserial"))
    await rows.run("CREATE INDEX peer_robodanny_expires ON peer_robodanny (expires)")
    if course.pending:
        await rows.run(
            series(
                course,
                "INSERT INTO peer_robodanny (expires, created, event, extra) "
                f"SELECT {later(time.time())}, 0, 'reminder', 'x' FROM series",
            )
        )
        await settle(rows, course)


async def get_active_timer(rows: Rows) -> tuple[int, float, str]:
    """The row that expires first within the next weeks."""
    found = await rows.fetch(
        "SELECT id, expires, extra FROM peer_robodanny WHERE expires < ? ORDER BY expires LIMIT 1",
        [time.time() + DAYS * 86_400],
    )
    return found[0]


async def dispatch(watch: Watch, number: int) -> None:
    """The event's listener."""
    watch.fire(number)
