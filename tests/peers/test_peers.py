"""Every peer fires all that is due, once, or says how far it came."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from postgres import start_postgres

from bot.bench import peers as bench
from bot.bench.ground import fresh_ground
from bot.bench.model import Kind, Load, Trial
from tests.peers import NAMES
from tests.peers.course import Course, Watch

TOP = Path(__file__).resolve().parents[2]
DUE = 40


@pytest.fixture(params=list(Kind), ids=["sqlite", "postgres"])
def course(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    """A little of everything, soon."""
    if request.param is Kind.POSTGRES:
        monkeypatch.setenv("LECTERN_BENCH_POSTGRES_URL", start_postgres())
    with fresh_ground(request.param) as ground:
        yield Course(url=ground.plain_url, due=DUE, pending=500, seed=1, lead_seconds=0.5)


def run(name: str, course: Course, **environment: str) -> dict[str, Any]:
    """What a peer says when it is over, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.peers", name, course.as_words()],
        cwd=TOP,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 1
    return json.loads(ended.stdout)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "procrastinate"])
def test_everything_due_fires_once_and_nothing_that_waits(name: str, course: Course) -> None:
    found = run(name, course, REMIND_INTERVAL="1")
    assert (found["fired"], found["doubled"], found["is_finished"]) == (DUE, 0, True)
    assert found["pending"] == 500
    assert found["lateness_max_s"] >= found["lateness_p50_s"] >= 0


@pytest.mark.parametrize("course", [Kind.POSTGRES], ids=["postgres"], indirect=True)
def test_worker_of_procrastinate_does_too(course: Course) -> None:
    found = run("procrastinate", course)
    assert (found["fired"], found["doubled"], found["is_finished"]) == (DUE, 0, True)


def test_peer_whose_time_is_up_says_how_many_it_fired(course: Course) -> None:
    found = run("reminder_rs", replace(course, limit_seconds=0), REMIND_INTERVAL="4")
    assert (found["fired"], found["is_finished"]) == (0, False)
    assert found["lateness_max_s"] > 0


def test_task_for_each_reminder_is_there_before_anything_is_due(course: Course) -> None:
    found = run("resident", course)
    assert set(found) == {"before", "resident", "ready_s"}
    assert found["resident"] > 0


async def test_reminder_that_fires_twice_is_noticed() -> None:
    watch = Watch(Course(url="sqlite:///none", due=2, pending=0, seed=1))
    watch.begin()
    watch.fire(0)
    watch.fire(0)
    assert not watch.is_over.is_set()
    watch.fire(1)
    assert watch.is_over.is_set()
    found = watch.result()
    assert (found["fired"], found["doubled"], found["is_finished"]) == (2, 1, True)


def test_bench_runs_lectern_and_its_peers_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMIND_INTERVAL", "1")
    load = Load(due=DUE, lead_seconds=0.5)
    trial = Trial(bench="peers", kind=Kind.SQLITE, pending=100, seed=1, load=load)
    with fresh_ground(Kind.SQLITE) as ground:
        figures = bench.measure(trial, ground)
    assert figures["delivered"] == DUE
    assert figures["lateness_max_s"] > 0
    assert tuple(figures["peers"]) == NAMES
    assert figures["peers"]["procrastinate"] == {
        "lateness_max_s": None,
        "note": "needs PostgreSQL",
    }
    fired = {name: one["fired"] for name, one in figures["peers"].items() if "fired" in one}
    assert fired == dict.fromkeys([name for name in NAMES if name != "procrastinate"], DUE)
    assert set(figures["times_later"]) == set(fired)
