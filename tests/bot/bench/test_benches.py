"""Each bench does all of its work, each part once, and says so under the names it promises."""

import importlib
from typing import Any

import pytest

from bot.bench import burst, claim, fanout, lanes, memory, move, ratelimit, restart
from bot.bench.clone import from_clone
from bot.bench.ground import Ground
from bot.bench.model import Kind, Load, Trial
from bot.errors import Refusal

SMALL = Load(
    due=200,
    followers=50,
    stale=300,
    urgent=5,
    urgent_seconds=0.5,
    overdue=20,
    repeats=2,
    lead_seconds=0.5,
)


def trial(kind: Kind, pending: int = 1_000) -> Trial:
    """A little of the same work."""
    return Trial(bench="any", kind=kind, pending=pending, seed=1, load=SMALL)


def test_burst_delivers_and_marks_everything_once(ground: Ground) -> None:
    figures = dict(burst.measure(trial(ground.kind), ground))
    done = {name: figures.pop(name) for name in ("delivered", "doubled", "marked", "is_finished")}
    assert done == {"delivered": 200, "doubled": 0, "marked": 200, "is_finished": True}
    assert set(figures) == {
        "lateness_p50_s",
        "lateness_p99_s",
        "lateness_max_s",
        "cpu_us_per_delivery",
        "stall_max_ms",
    }
    assert 0 < figures["lateness_p50_s"] <= figures["lateness_p99_s"] <= figures["lateness_max_s"]
    assert figures["cpu_us_per_delivery"] > 0


def test_claim_takes_everything_that_is_due_and_nothing_that_waits(ground: Ground) -> None:
    figures = claim.measure(trial(ground.kind), ground)
    assert set(figures) == {"claimed", "claims_per_second", "cpu_us_per_claim"}
    assert figures["claimed"] == 200


def test_fanout_reaches_the_channel_and_every_follower(ground: Ground) -> None:
    figures = fanout.measure(trial(ground.kind), ground)
    assert set(figures) == {"fanout_s", "deliveries", "stall_max_ms"}
    assert figures["deliveries"] == 1 + 50


def test_move_is_held_against_a_row_for_each_follower_and_lead(ground: Ground) -> None:
    figures = move.measure(trial(ground.kind), ground)
    assert figures["rows"] == 50 * 4
    assert figures["time_ratio"] > 0
    if ground.kind is Kind.SQLITE:
        assert figures["wal_ratio"] is None
    else:
        assert figures["rows_per_member_wal_bytes"] > figures["move_wal_bytes"] > 0
        assert figures["wal_ratio"] > 1


@pytest.mark.parametrize(("pending", "is_known"), [(1_000, True), (0, False)])
def test_restart_ends_when_the_next_thing_is_known(
    ground: Ground, pending: int, is_known: bool
) -> None:
    figures = restart.measure(trial(ground.kind, pending), ground)
    assert set(figures) == {"ready_s", "first_look_s", "knows_what_is_next"}
    assert figures["knows_what_is_next"] is is_known
    assert 0 < figures["first_look_s"] <= figures["ready_s"]


def test_lanes_send_all_that_is_urgent_and_go_on_with_the_rest(ground: Ground) -> None:
    figures = lanes.measure(trial(ground.kind), ground)
    assert (figures["urgent"], figures["doubled"]) == (5, 0)
    assert figures["stale_sent"] > 0
    assert figures["stale_sent"] + figures["stale_left"] == 300


def test_memory_is_that_of_two_processes(ground: Ground) -> None:
    figures = memory.measure(trial(ground.kind), ground)
    assert figures["task_per_reminder_pending"] == 1_000
    assert figures["lectern_mb"] > figures["lectern_growth_mb"] >= 0
    assert figures["task_per_reminder_mb"] > 0


def test_ratelimit_sends_everything_through_discord_py(ground: Ground) -> None:
    figures = ratelimit.measure(trial(ground.kind), ground)
    assert (figures["sent"], figures["refused_429"]) == (20, 0)
    assert figures["requests"] >= 20


@pytest.mark.parametrize("name", importlib.import_module("bot.bench").NAMES)
def test_each_bench_says_what_its_figures_mean(name: str) -> None:
    module: Any = importlib.import_module(f"bot.bench.{name}")
    assert all(isinstance(note, str) and note for note in module.NOTES)


def test_what_only_a_clone_has_is_missed_in_one_sentence() -> None:
    with pytest.raises(Refusal) as caught:
        from_clone("tests.peers.nobody")
    assert str(caught.value) == (
        "This bench measures against code that is only in Lectern's repository: run it in a "
        "clone, after `make setup` (tests.peers.nobody is missing)."
    )
