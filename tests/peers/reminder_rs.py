"""reminder-rs: poll every ten seconds, take one due reminder of each channel, send one by one.

After reminder-bot/reminder-rs (JellyWX), `postman/src/lib.rs` (`initialize`, REMIND_INTERVAL) and
`postman/src/sender.rs` (`fetch_reminders`, `send`, `refresh`); its tables have no index over
`utc_time`. Every reminder here has a channel of its own, so that none waits for a second poll. At
which moment between two polls the second begins is drawn from the seed.
"""

import asyncio
import os
import random
import time

from tests.peers.course import Course, Watch
from tests.peers.rows import Rows, later, open_rows, series, settle

INTERVAL_SECONDS = int(os.environ.get("REMIND_INTERVAL", "10"))

TABLES = (
    """
    CREATE TABLE peer_channels (
        id {key} PRIMARY KEY, channel bigint UNIQUE, paused int NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE peer_reminders (
        id {key} PRIMARY KEY, channel_id bigint NOT NULL, enabled int NOT NULL DEFAULT 1,
        utc_time double precision NOT NULL, content text NOT NULL, embed_title text NOT NULL
    )
    """,
)

DUE = """
SELECT reminders.id, channels.channel, reminders.content
FROM peer_reminders AS reminders
JOIN peer_channels AS channels ON reminders.channel_id = channels.id
WHERE reminders.id IN (
    SELECT min(id) FROM peer_reminders WHERE utc_time < ? GROUP BY channel_id
)
"""


async def run(course: Course, watch: Watch) -> None:
    """Fire everything that falls due."""
    async with open_rows(course) as rows:
        await prepare(rows, course)
        phase = random.Random(course.seed).random() * INTERVAL_SECONDS
        due_at = watch.begin(phase)
        await rows.run_many(
            "INSERT INTO peer_reminders (channel_id, utc_time, content, embed_title) "
            "VALUES (?, ?, ?, '')",
            [(number + 1, due, str(number)) for number, due in enumerate(due_at)],
        )
        while not watch.is_over.is_set():
            next_poll = time.monotonic() + INTERVAL_SECONDS
            for reminder_id, channel, content in await rows.fetch(DUE, [time.time()]):
                await send(rows, watch, reminder_id, channel, int(content))
            await asyncio.sleep(max(0.0, next_poll - time.monotonic()))


async def prepare(rows: Rows, course: Course) -> None:
    """The tables with a channel for each that is due, and what waits, spread over them."""
    for table in TABLES:
        await rows.run(table.format(key="INTEGER" if course.is_sqlite else "bigserial"))
    await rows.run_many(
        "INSERT INTO peer_channels (id, channel) VALUES (?, ?)",
        [(number + 1, number) for number in range(course.due)],
    )
    if course.pending:
        await rows.run(
            series(
                course,
                "INSERT INTO peer_reminders (channel_id, utc_time, content, embed_title) "
                f"SELECT 1 + i % {course.due}, {later(time.time())}, 'x', '' FROM series",
            )
        )
        await settle(rows, course)


async def send(rows: Rows, watch: Watch, reminder_id: int, channel: int, number: int) -> None:
    """Unpause the channel, read the embed, say it, delete the reminder."""
    await rows.run("UPDATE peer_channels SET paused = 0 WHERE channel = ?", [channel])
    await rows.fetch("SELECT embed_title FROM peer_reminders WHERE id = ?", [reminder_id])
    watch.fire(number)
    await rows.run("DELETE FROM peer_reminders WHERE id = ?", [reminder_id])
