"""What is read off while a bench runs: stalls of the event loop, processor time, memory."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

TICK_SECONDS = 0.005


@dataclass(slots=True, kw_only=True)
class Strain:
    """What a stretch of work cost. `stall_seconds` is the longest time nothing else could run."""

    stall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


@asynccontextmanager
async def strain() -> AsyncIterator[Strain]:
    """Measures the block: this process's processor time, the database server's apart."""
    found = Strain()
    ticking = asyncio.create_task(_tick(found))
    await asyncio.sleep(0)
    cpu, wall = time.process_time(), time.monotonic()
    try:
        yield found
    finally:
        found.cpu_seconds = time.process_time() - cpu
        found.wall_seconds = time.monotonic() - wall
        ticking.cancel()


async def _tick(found: Strain) -> None:
    """Keep the longest time by which a short sleep was overslept."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(TICK_SECONDS)
        overslept = time.monotonic() - before - TICK_SECONDS
        found.stall_seconds = max(found.stall_seconds, overslept)


def resident_bytes() -> int:
    """The memory that this process holds now; raises OSError where Linux does not tell."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
