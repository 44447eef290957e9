"""The thousand deaths: `python -m tests.wire.soak` kills the bot and reports what came of it.

On each database there is a plan with kills at enumerated points and one with kills at random
moments; each plays rounds until it has had its kills, and the databases go at the same time. Every
kill is a SIGKILL of the whole process, started by its own entry point.

`--progress FILE` keeps every round that is over: the same command goes on where it was broken off.
`--manner` and `--database` choose among the plans, so that several processes can share them. The
bot reads its migrations from the clone, so that has to stay as it is meanwhile.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

from bot.migrate import upgrade
from tests.broom import Broom
from tests.postgres import create_database, drop_database, start_postgres
from tests.wire.lives import Stuck
from tests.wire.plan import HEADING, SEED, Manner, Plan, line_of
from tests.wire.round import LEADS
from tests.wire.scale import soak_kills
from tests.wire.seasons import season

GROUPS, PEOPLE = 4, 3
KILLS_IN_A_ROUND = 60
DATABASES = ("sqlite", "postgres")

NewDatabase = Callable[[Path], str]


async def carry_out(
    plan: Plan, kills: int, folder: Path, new_database: NewDatabase, progress: Path
) -> None:
    """Play rounds until there were so many kills."""
    plan.remember(progress)
    while plan.kills < kills:
        begun = time.monotonic()
        here = folder / f"{plan.manner}-{plan.rounds}"
        here.mkdir()
        url = await asyncio.to_thread(new_database, here)
        wanted = min(KILLS_IN_A_ROUND, kills - plan.kills)
        fate = plan.next_fate()
        async with season(url, here, fate, groups=GROUPS, people=PEOPLE, most_kills=wanted) as one:
            trouble = []
            try:
                await one.play()
            except Stuck as stuck:
                trouble.append(f"stuck: {stuck}")
            line = line_of(plan, fate, one, time.monotonic() - begun)
        line = {**line, "errors": [*line["errors"], *trouble]}
        with progress.open("a") as file:
            file.write(json.dumps(line) + "\n")
        plan.take(line)
        shutil.rmtree(here)
        print(f"  {plan.row}", *plan.errors[-3:], sep="\n", file=sys.stderr, flush=True)


async def soak(asked: SimpleNamespace, kills: int, folder: Path, postgres_url: str) -> list[Plan]:
    """Every plan that is asked for, carried out."""
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

    news = {"sqlite": new_sqlite, "postgres": new_postgres}
    progress = asked.progress or folder / "progress"

    async def play_all(mine: Sequence[Plan]) -> None:
        here = folder / mine[0].database
        here.mkdir()
        for plan in mine:
            await carry_out(plan, kills, here, news[plan.database], progress)

    plans = [[Plan(database=one, manner=how) for how in asked.manner] for one in asked.database]
    async with asyncio.TaskGroup() as tasks:
        for mine in plans:
            tasks.create_task(play_all(mine))
    broom.close()
    return [plan for mine in plans for plan in mine]


def report(plans: Sequence[Plan]) -> str:
    """All that there is to say about what happened, whoever reads it."""
    lines = [f"Each round: {GROUPS} groups, {PEOPLE} people with {len(LEADS)} direct reminders."]
    lines += [f"Random kills from seed {SEED}; a late bot comes after Discord's nonce window."]
    lines += ["", HEADING, *(plan.row for plan in plans), ""]
    return "\n".join([*lines, *(one for plan in plans for one in plan.details())])


def parse(arguments: Sequence[str]) -> SimpleNamespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--progress", type=Path, help="a file that remembers what is over")
    parser.add_argument("--manner", type=Manner, nargs="+", default=list(Manner))
    parser.add_argument("--database", choices=DATABASES, nargs="+", default=DATABASES)
    return parser.parse_args(arguments, namespace=SimpleNamespace())


def main() -> int:
    """0 when every promise was kept."""
    asked = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a database is to be dropped
    server_url = start_postgres()
    name = f"lectern_soak_{os.getpid()}"
    postgres_url = create_database(server_url, name)
    try:
        with tempfile.TemporaryDirectory(prefix="lectern-soak-") as folder:
            plans = asyncio.run(soak(asked, soak_kills(), Path(folder), postgres_url))
    finally:
        drop_database(server_url, name)
    print(report(plans))
    return 0 if all(plan.is_kept for plan in plans) else 1


if __name__ == "__main__":
    sys.exit(main())
