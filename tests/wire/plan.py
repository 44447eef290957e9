"""How often the bot is to be killed on a database, what came of it, and a file that remembers it.

Every round that is over is a line in the file, so that a run that was broken off goes on.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.wire.discord_server import Phase
from tests.wire.lives import Enumerated, Fate, Random
from tests.wire.seasons import Season

SEED = 20_221_105
COUNTERS = ("parts", "struck", "lost", "doubled")
SUMS = ("kills", "late", "acts", "reminders", "promised", "seconds")


class Manner(StrEnum):
    """How a plan chooses when to kill."""

    EVERY_CALL = "every-call"
    RANDOM = "random"


@dataclass(slots=True, kw_only=True)
class Plan:
    """Rounds of one manner on one database. `acts` are the requests that Discord answered.

    `parts` counts the kills in each part of a round, `struck` those at each enumerated point.
    """

    database: str
    manner: Manner
    rounds: int = 0
    kills: int = 0
    late: int = 0
    acts: int = 0
    reminders: int = 0
    promised: int = 0
    seconds: float = 0.0
    parts: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def next_fate(self) -> Fate:
        """What kills in the next round: each has luck of its own, and takes the turns left."""
        if self.manner is Manner.RANDOM:
            return Random(f"{SEED} {self.database} {self.rounds}")
        fate = Enumerated()
        points = {tuple(name.rsplit(", ", 1)): times for name, times in self.struck.items()}
        fate.go_on({(kind, Phase(phase)): times for (kind, phase), times in points.items()})
        return fate

    def take(self, line: Mapping[str, Any]) -> None:
        """Take in a round that is over."""
        self.rounds += 1
        for name in SUMS:
            setattr(self, name, getattr(self, name) + line[name])
        for name in COUNTERS:
            getattr(self, name).update(line[name])
        self.errors += line["errors"]

    def remember(self, path: Path) -> None:
        """Take in what an earlier run has kept in the file."""
        lines = path.read_text().splitlines() if path.exists() else []
        for line in map(json.loads, lines):
            if (line["database"], line["manner"]) == (self.database, self.manner):
                self.take(line)

    @property
    def is_kept(self) -> bool:
        return not self.lost and not self.doubled and not self.errors

    @property
    def row(self) -> str:
        share = round(100 * self.late / max(self.kills, 1))
        return (
            f"{self.database:10} {self.manner:10} {self.kills:>6} {share:>5} % {self.rounds:>6} "
            f"{self.acts:>7} {self.reminders:>9} {self.promised:>8} {self.lost.total():>5} "
            f"{self.doubled.total():>7} {len(self.errors):>6} {self.seconds:>7.0f}"
        )

    def details(self) -> list[str]:
        """Where the kills struck, and all that went wrong."""
        parts = ", ".join(f"{part}: {times}" for part, times in self.parts.items())
        lines = [f"{self.database}, {self.manner}: kills by part of the round: {parts}"]
        if self.manner is Manner.EVERY_CALL:
            lines += [f"{self.database}: kills around each kind of call (before, after, answered)"]
            for kind in sorted({name.rsplit(", ", 1)[0] for name in self.struck}):
                times = (self.struck[f"{kind}, {phase}"] for phase in Phase)
                lines.append(f"  {kind:45}" + "".join(f"{one:>5}" for one in times))
        for what, found in (("lost", self.lost), ("doubled", self.doubled)):
            lines += [f"{self.database}: {what} {count} × {one}" for one, count in found.items()]
        return lines + [f"{self.database}: {one[:3000]}" for one in self.errors[:20]]


HEADING = (
    f"{'database':10} {'kills at':10} {'kills':>6} {'late':>7} {'rounds':>6} {'acts':>7} "
    f"{'reminders':>9} {'promised':>8} {'lost':>5} {'doubled':>7} {'errors':>6} {'seconds':>7}"
)


def line_of(plan: Plan, fate: Fate, played: Season, seconds: float) -> Mapping[str, Any]:
    """A round that is over, as the file keeps it."""
    promised = played.round.promised()
    struck: Counter[str] = Counter()
    if isinstance(fate, Enumerated):
        points = {f"{kind}, {phase}": times for (kind, phase), times in fate.struck.items()}
        struck = Counter(points) - plan.struck
    return {
        "database": plan.database,
        "manner": plan.manner,
        "kills": played.lives.kills,
        "late": played.lives.late,
        "acts": sum(200 <= one.status < 300 for one in played.server.log),
        "reminders": sum(count for what, count in promised.items() if "🔔" in what),
        "promised": promised.total(),
        "seconds": round(seconds, 1),
        "parts": Counter(map(played.round.part_at, played.lives.died_at)),
        "struck": struck,
        "lost": played.lost,
        "doubled": played.doubled,
        "errors": played.lives.nursery.errors,
    }
