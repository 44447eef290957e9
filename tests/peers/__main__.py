"""One peer in a process of its own: `python -m tests.peers NAME COURSE`, figures on the last line.

`python -m tests.peers resident COURSE` tells what a task for each reminder takes of memory.
"""

import asyncio
import importlib
import json
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Any

from tests.peers.course import Course, Watch, resident_bytes
from tests.peers.rows import open_rows


async def race(name: str, course: Course) -> dict[str, Any]:
    """The figures of a peer that came to its end before its time was up."""
    peer = importlib.import_module(f"tests.peers.{name}")
    most = getattr(peer, "MOST_PENDING", course.pending)
    course = replace(course, pending=min(course.pending, most))
    watch = Watch(course, ends_the_process=True)
    ticking = asyncio.create_task(watch.tick())
    running = asyncio.create_task(peer.run(course, watch))
    over = asyncio.create_task(watch.is_over.wait())
    await asyncio.wait([running, over], return_when=asyncio.FIRST_COMPLETED)
    if not watch.is_over.is_set():
        running.result()
    found = watch.result()
    for task in (ticking, over, running):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return found


async def resident(course: Course) -> dict[str, Any]:
    """The memory of a bot with a task for everything that waits, and of one with nothing."""
    peer = importlib.import_module("tests.peers.task_per_reminder")
    watch = Watch(course)
    before = resident_bytes()
    async with open_rows(course) as rows:
        scheduler = await peer.start(rows, course, watch)
        found = {"before": before, "resident": resident_bytes(), "ready_s": watch.ready_seconds}
        await scheduler.stop()
    return found


def main() -> None:
    name, course = sys.argv[1], Course(**json.loads(sys.argv[2]))
    work = resident(course) if name == "resident" else race(name, course)
    print(json.dumps(asyncio.run(work)), flush=True)


main()
