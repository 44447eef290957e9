"""A soak that was broken off goes on where it was, with the turns and the luck of what is left."""

import json
from pathlib import Path

from tests.wire.lives import Enumerated, Random
from tests.wire.plan import Manner, Plan

LINE = {
    "database": "sqlite",
    "manner": "every-call",
    "kills": 41,
    "late": 10,
    "acts": 700,
    "reminders": 32,
    "promised": 64,
    "seconds": 60.5,
    "parts": {"post, vote": 12, "thread": 29},
    "struck": {"POST /channels/*/messages, before": 7, "GET /channels/*, answered": 1},
    "lost": {},
    "doubled": {"event Group 0 #1": 1},
    "errors": ["stuck"],
}


def test_rounds_in_the_file_count_for_their_own_plan_alone(tmp_path: Path) -> None:
    progress = tmp_path / "progress"
    others = [{**LINE, "database": "postgres"}, {**LINE, "manner": "random"}]
    lines = [LINE, *others, LINE]
    progress.write_text("".join(json.dumps(line) + "\n" for line in lines))
    plan = Plan(database="sqlite", manner=Manner.EVERY_CALL)
    plan.remember(progress)
    assert (plan.rounds, plan.kills, plan.late, plan.acts) == (2, 82, 20, 1_400)
    assert plan.parts == {"post, vote": 24, "thread": 58}
    assert (plan.doubled, plan.errors) == ({"event Group 0 #1": 2}, ["stuck", "stuck"])
    assert not plan.is_kept


def test_plan_without_a_file_begins_anew(tmp_path: Path) -> None:
    plan = Plan(database="sqlite", manner=Manner.RANDOM)
    plan.remember(tmp_path / "progress")
    assert plan == Plan(database="sqlite", manner=Manner.RANDOM)
    assert plan.is_kept


def test_points_that_were_struck_have_had_their_turns() -> None:
    plan = Plan(database="sqlite", manner=Manner.EVERY_CALL)
    plan.take(LINE)
    fate = plan.next_fate()
    assert isinstance(fate, Enumerated)
    assert {f"{kind}, {phase}": n for (kind, phase), n in fate.struck.items()} == plan.struck


def test_each_round_has_luck_of_its_own_and_the_same_when_it_is_played_again() -> None:
    plan = Plan(database="sqlite", manner=Manner.RANDOM)
    first, again = plan.next_fate(), plan.next_fate()
    plan.take(LINE)
    second = plan.next_fate()
    seeds = [one.seed for one in (first, again, second) if isinstance(one, Random)]
    assert seeds == ["20221105 sqlite 0", "20221105 sqlite 0", "20221105 sqlite 1"]
