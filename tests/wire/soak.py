"""The thousand deaths: `python -m tests.wire.soak` kills the bot and reports what came of it.

On each database there is a plan with kills at enumerated points and one with kills at random
times; each plays rounds until it has had its kills, and the databases go at the same time. Every
kill is a SIGKILL of the whole process, started by its own entry point.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.migrate import upgrade
from tests.broom import Broom
from tests.postgres import create_database, drop_database, start_postgres
from tests.wire.lives import Enumerated, Fate, Random, Stuck
from tests.wire.round import LEADS
from tests.wire.scale import soak_kills
from tests.wire.seasons import Season, season

GROUPS, PEOPLE = 4, 3
KILLS_IN_A_ROUND = 60
SEED = 20_221_105
LONGEST_LIFE = 0.7
"""Seconds; a bot that nobody kills is through with most moments sooner."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """How often the bot is killed on one database, and what came of it."""

    database: str
    manner: str
    fate: Fate
    kills: int = 0
    late: int = 0
    rounds: int = 0
    reminders: int = 0
    promised: int = 0
    seconds: float = 0.0
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def take(self, played: Season) -> None:
        """Take in a round that is over."""
        promised = played.round.promised()
        self.rounds += 1
        self.kills += played.lives.kills
        self.late += played.lives.late
        self.promised += promised.total()
        self.reminders += sum(count for what, count in promised.items() if "🔔" in what)
        self.lost += played.lost
        self.doubled += played.doubled
        self.errors += played.lives.nursery.errors

    @property
    def is_kept(self) -> bool:
        return not self.lost and not self.doubled and not self.errors

    @property
    def row(self) -> str:
        share = round(100 * self.late / max(self.kills, 1))
        return (
            f"{self.database:10} {self.manner:10} {self.kills:>6} {share:>5} % {self.rounds:>6} "
            f"{self.reminders:>9} {self.promised:>8} {self.lost.total():>5} "
            f"{self.doubled.total():>7} {len(self.errors):>6} {self.seconds:>7.0f}"
        )


HEADING = (
    f"{'database':10} {'kills at':10} {'kills':>6} {'late':>7} {'rounds':>6} {'reminders':>9} "
    f"{'promised':>8} {'lost':>5} {'doubled':>7} {'errors':>6} {'seconds':>7}"
)
NewDatabase = Callable[[Path], str]


async def carry_out(plan: Plan, kills: int, folder: Path, new_database: NewDatabase) -> None:
    """Play rounds until there were so many kills."""
    begun = time.monotonic()
    while plan.kills < kills:
        here = folder / f"{plan.manner}-{plan.rounds}"
        here.mkdir()
        url = await asyncio.to_thread(new_database, here)
        wanted = min(KILLS_IN_A_ROUND, kills - plan.kills)
        async with season(
            url, here, plan.fate, groups=GROUPS, people=PEOPLE, most_kills=wanted
        ) as played:
            try:
                await played.play()
            except Stuck as stuck:
                plan.errors.append(f"stuck: {stuck}")
            plan.take(played)
        plan.seconds = time.monotonic() - begun
        shutil.rmtree(here)
        print(f"  {plan.row}", *plan.errors[-3:], sep="\n", file=sys.stderr, flush=True)


def plans_for(database: str) -> Sequence[Plan]:
    return (
        Plan(database=database, manner="every call", fate=Enumerated()),
        Plan(database=database, manner="random", fate=Random(SEED, longest=LONGEST_LIFE)),
    )


async def soak(kills: int, folder: Path, postgres_url: str) -> Sequence[Plan]:
    """Every plan, carried out."""
    template = folder / "template.sqlite3"
    await asyncio.to_thread(upgrade, f"sqlite+aiosqlite:///{template}")
    await asyncio.to_thread(upgrade, postgres_url)
    broom = Broom(postgres_url)

    def new_sqlite(here: Path) -> str:
        shutil.copy(template, here / "lectern.sqlite3")
        return f"sqlite+aiosqlite:///{here / 'lectern.sqlite3'}"

    def new_postgres(_here: Path) -> str:
        broom.sweep()
        return postgres_url

    async def play_all(plans: Sequence[Plan], new_database: NewDatabase) -> None:
        mine = folder / plans[0].database
        mine.mkdir()
        for plan in plans:
            await carry_out(plan, kills, mine, new_database)

    sqlite, postgres = plans_for("sqlite"), plans_for("postgres")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(play_all(sqlite, new_sqlite))
        tasks.create_task(play_all(postgres, new_postgres))
    broom.close()
    return (*sqlite, *postgres)


def report(plans: Sequence[Plan]) -> str:
    """All that there is to say about what happened, whoever reads it."""
    lines = [f"Each round: {GROUPS} groups, {PEOPLE} people with {len(LEADS)} direct reminders."]
    lines += [f"Random kills from seed {SEED}; a late bot comes after Discord's nonce window."]
    lines += ["", HEADING, *(plan.row for plan in plans), ""]
    for plan in plans:
        if isinstance(plan.fate, Enumerated):
            lines += [f"{plan.database}: kills around each kind of call (before, after, answered)"]
            lines += plan.fate.table()
        for what, found in (("lost", plan.lost), ("doubled", plan.doubled)):
            lines += [f"{plan.database}: {what} {count} × {one}" for one, count in found.items()]
        lines += [f"{plan.database}: {one[:3000]}" for one in plan.errors[:20]]
    return "\n".join(lines)


def main() -> int:
    """0 when every promise was kept."""
    server_url = start_postgres()
    name = f"lectern_soak_{os.getpid()}"
    postgres_url = create_database(server_url, name)
    try:
        with tempfile.TemporaryDirectory(prefix="lectern-soak-") as folder:
            plans = asyncio.run(soak(soak_kills(), Path(folder), postgres_url))
    finally:
        drop_database(server_url, name)
    print(report(plans))
    return 0 if all(plan.is_kept for plan in plans) else 1


if __name__ == "__main__":
    sys.exit(main())
