"""What a bench is asked and what it answers, as values, and the arithmetic between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from statistics import median
from typing import Any

Figures = Mapping[str, Any]

SPREAD = timedelta(seconds=1)
"""The second in which everything of a burst falls due."""

_UNITS = {"k": 1_000, "m": 1_000_000}


class Kind(StrEnum):
    """Which database."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much fixed work; the tests do less of the same.

    A burst's second begins `lead_seconds` after the engine, which plans ahead meanwhile.
    """

    due: int = 10_000
    followers: int = 10_000
    stale: int = 100_000
    urgent: int = 300
    urgent_seconds: float = 30.0
    overdue: int = 5_000
    repeats: int = 9
    lead_seconds: float = 15.0
    limit_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One call of a bench; the same seed asks for the same work."""

    bench: str
    kind: Kind
    pending: int
    seed: int
    load: Load = field(default_factory=Load)

    def dice(self) -> Random:
        """Luck that falls alike for the same seed."""
        return Random(self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How late each of many was, in seconds."""

    p50: float
    p99: float
    worst: float

    def as_figures(self) -> Figures:
        """Under the names that every bench uses."""
        return {
            "lateness_p50_s": round(self.p50, 4),
            "lateness_p99_s": round(self.p99, 4),
            "lateness_max_s": round(self.worst, 4),
        }


def lateness_of(seconds: Sequence[float]) -> Lateness:
    """The usual three of what was measured; raises ValueError where nothing was."""
    ordered = sorted(seconds)
    if not ordered:
        raise ValueError("nothing was measured")
    last = len(ordered) - 1
    return Lateness(p50=median(ordered), p99=ordered[round(last * 0.99)], worst=ordered[last])


def spread(dice: Random, count: int, start: datetime) -> list[datetime]:
    """`count` instants within the second that begins at `start`, in order."""
    moments = sorted(dice.random() for _ in range(count))
    return [start + SPREAD * moment for moment in moments]


def count_of(text: str) -> int:
    """The number that `10k`, `1m` or `500` means; raises ValueError for anything else."""
    unit = _UNITS.get(text[-1:].lower(), 1)
    digits = text[:-1] if unit > 1 else text
    if not digits.isdecimal():
        raise ValueError(f"{text!r} is not a number such as 10k or 1m")
    return int(digits) * unit


def ratio(theirs: float, ours: float) -> float:
    """How many times `ours` goes into `theirs`, to three figures."""
    return float(f"{theirs / max(ours, 1e-9):.3g}")
