"""What waiting takes of memory: Lectern's engine against a task for each reminder."""

from bot.bench.clone import from_clone, run_apart
from bot.bench.errands import ERRAND
from bot.bench.filling import fill
from bot.bench.ground import Ground
from bot.bench.model import Figures, Trial, ratio
from bot.clock import utc_now

NOTES = (
    "each in a process of its own; resident_ratio compares whole processes, growth_ratio what "
    "waiting added to them",
)


def measure(trial: Trial, ground: Ground) -> Figures:
    """How many times as much memory the tasks take, for what waits."""
    peers = from_clone("tests.peers.course")
    most = from_clone("tests.peers.task_per_reminder").MOST_PENDING
    fill(ground, trial.pending, utc_now(), ERRAND)
    course = peers.Course(
        url=ground.plain_url, due=0, pending=min(trial.pending, most), seed=trial.seed
    )
    ours = run_apart("bot.bench.resident", ground.url)
    theirs = run_apart("tests.peers", "resident", course.as_words())
    return {
        "resident_ratio": ratio(theirs["resident"], ours["resident"]),
        "growth_ratio": ratio(
            theirs["resident"] - theirs["before"], max(ours["resident"] - ours["before"], 1)
        ),
        "lectern_mb": _megabytes(ours["resident"]),
        "lectern_growth_mb": _megabytes(ours["resident"] - ours["before"]),
        "task_per_reminder_mb": _megabytes(theirs["resident"]),
        "task_per_reminder_pending": course.pending,
        "task_per_reminder_ready_s": round(theirs["ready_s"], 2),
    }


def _megabytes(count: int) -> float:
    return round(count / 2**20, 1)
