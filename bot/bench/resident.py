"""A process that does nothing but wait, for its memory: `python -m bot.bench.resident ADDRESS`."""

import asyncio
import json
import sys

from bot.bench.errands import NOBODY, ErrandHandler
from bot.bench.gauges import resident_bytes
from bot.bench.logs import hidden_logs
from bot.clock import utc_now
from bot.database import Database
from bot.jobs.runner import Runner


async def wait_once(url: str) -> dict[str, int]:
    """The memory before the engine starts, and when it has looked and waits for the next thing."""
    before = resident_bytes()
    looked = asyncio.Event()
    db = Database(url)
    runner = Runner(db, utc_now, on_beat=looked.set)
    runner.register(ErrandHandler(NOBODY))
    runner.start()
    await looked.wait()
    await runner.next_due_at()
    resident = resident_bytes()
    await runner.stop()
    await db.close()
    return {"before": before, "resident": resident}


if __name__ == "__main__":
    with hidden_logs():
        print(json.dumps(asyncio.run(wait_once(sys.argv[1]))))
