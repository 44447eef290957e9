"""What every peer is asked, and the watch that is held over it."""

import asyncio
import json
import os
import random
import resource
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

YEAR_SECONDS = 365 * 86_400
SOONEST_SECONDS = 6 * 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The same for all: an address for a driver without an event loop, and how much of what.

    What is due is written `lead_seconds` before the second in which it is due.
    """

    url: str
    due: int
    pending: int
    seed: int
    limit_seconds: float = 60.0
    lead_seconds: float = 3.0

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def as_words(self) -> str:
        """The course as one argument of a command."""
        return json.dumps(asdict(self))


@dataclass(slots=True)
class Watch:
    """Hears of every reminder that fires; may end the process when the time is up."""

    course: Course
    ends_the_process: bool = False
    due_at: list[float] = field(default_factory=list)
    late: dict[int, float] = field(default_factory=dict)
    doubled: int = 0
    ready_seconds: float | None = None
    stall_seconds: float = 0.0
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, phase: float = 0.0) -> list[float]:
        """When each reminder is due, in seconds since 1970, `phase` seconds later than usual."""
        dice = random.Random(self.course.seed)
        start = time.time() + self.course.lead_seconds + phase
        self.due_at = sorted(start + dice.random() for _ in range(self.course.due))
        if self.ends_the_process:
            threading.Thread(target=self._stop_at_limit, daemon=True).start()
        return self.due_at

    def fire(self, number: int) -> None:
        """Reminder `number` of those due is sent now."""
        self.doubled += number in self.late
        self.late[number] = time.time() - self.due_at[number]
        if len(self.late) == len(self.due_at):
            self.is_over.set()

    async def tick(self) -> None:
        """Keep the longest time by which a sleep of 5 ms was overslept."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            self.stall_seconds = max(self.stall_seconds, time.monotonic() - before - 0.005)

    def result(self) -> dict[str, Any]:
        """The figures: of what has not fired yet, how late it is already."""
        now, late = time.time(), sorted(self.late.values())
        is_finished = len(late) == len(self.due_at)
        unfired = [now - due for number, due in enumerate(self.due_at) if number not in self.late]
        found: dict[str, Any] = {
            "lateness_max_s": round(max([*late, *unfired]), 4),
            "lateness_p50_s": round(late[len(late) // 2], 4) if late else None,
            "is_finished": is_finished,
            "fired": len(late),
            "doubled": self.doubled,
            "stall_max_ms": round(self.stall_seconds * 1e3, 1),
            "resident_mb": round(resident_bytes() / 2**20, 1),
            "pending": self.course.pending,
        }
        if self.ready_seconds is not None:
            found["ready_s"] = round(self.ready_seconds, 2)
        return found

    def _stop_at_limit(self) -> None:
        """Speak from a thread: some peers never let the event loop go on."""
        time.sleep(max(0.0, self.due_at[-1] + self.course.limit_seconds - time.time()))
        print(json.dumps(self.result()), flush=True)
        os._exit(0)


def resident_bytes() -> int:
    """The memory that this process holds; where the system does not tell, the most it ever did."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
