"""The same burst for Lectern and for what others do, one after the other, on one database."""

from typing import Any

from bot.bench import burst
from bot.bench.clone import from_clone, run_apart
from bot.bench.ground import Ground
from bot.bench.model import Figures, Kind, Trial, ratio

NEEDS_POSTGRES = {"procrastinate"}
NOTES = (
    "each peer is a small restatement of a published algorithm (its source is named in "
    "tests/peers), in a process of its own; of one that did not finish, lateness_max_s is how "
    "late the first of the rest was when time was up",
    "what waits is written by the database itself for peers too, so it counts for all of them; "
    "task_per_reminder holds at most a million in memory",
)


def measure(trial: Trial, ground: Ground) -> Figures:
    """Lectern's figures, each peer's, and how many times as late as Lectern's their worst is."""
    package, course_module = from_clone("tests.peers"), from_clone("tests.peers.course")
    ours = burst.measure(trial, ground)
    course = course_module.Course(
        url=ground.plain_url,
        due=trial.load.due,
        pending=trial.pending,
        seed=trial.seed,
        limit_seconds=trial.load.limit_seconds,
        lead_seconds=min(trial.load.lead_seconds, 3.0),
    )
    peers = {name: _race(name, course, trial.kind) for name in package.NAMES}
    worst = ours["lateness_max_s"]
    times = {
        name: ratio(found["lateness_max_s"], worst)
        for name, found in peers.items()
        if found["lateness_max_s"] is not None
    }
    return {**ours, "times_later": times, "peers": peers}


def _race(name: str, course: Any, kind: Kind) -> Figures:
    if kind is Kind.SQLITE and name in NEEDS_POSTGRES:
        return {"lateness_max_s": None, "note": "needs PostgreSQL"}
    return run_apart("tests.peers", name, course.as_words())
