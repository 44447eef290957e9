"""What is next, and how little has to be asked to know it."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.database import Database
from bot.jobs.agenda import Agenda
from bot.jobs.lookout import HEARTBEAT, SHORTEST_REST, Lookout
from bot.jobs.model import Lane
from bot.jobs.runner import Runner
from bot.jobs.store import put_job
from tests.fakes.clock import START, HandClock
from tests.fakes.errands import Errand

SECOND = timedelta(seconds=1)

FULL = Agenda(
    plan_at=START + 4 * SECOND,
    ready_at={Lane.NOW: START + 5 * SECOND, Lane.WEEK: START + 2 * SECOND},
    lease_until=START + 3 * SECOND,
)


@pytest.mark.parametrize(
    ("seconds", "planning", "lanes", "lost"),
    [
        (1, False, [], False),
        (2, False, [Lane.WEEK], False),
        (3, False, [Lane.WEEK], True),
        (4, True, [Lane.WEEK], True),
        (5, True, [Lane.NOW, Lane.WEEK], True),
    ],
)
def test_each_part_falls_due_at_its_own_instant(
    seconds: int, planning: bool, lanes: list[Lane], lost: bool
) -> None:
    now = START + seconds * SECOND
    assert (FULL.has_planning(now), FULL.lanes_due(now), FULL.has_lost(now)) == (
        planning,
        lanes,
        lost,
    )


def test_only_deliveries_are_looked_at_ahead_of_their_instant() -> None:
    assert FULL.look_at() == START + 2 * SECOND
    assert FULL.look_at(2 * SECOND) == START
    assert Agenda(plan_at=START).look_at(SECOND) == START
    assert Agenda(lease_until=START).look_at(SECOND) == START


def test_lanes_that_are_done_may_hold_more() -> None:
    assert [FULL.is_whole, FULL.without([]).is_whole] == [True, True]
    assert not FULL.without([Lane.WEEK]).is_whole


def test_where_nothing_waits_nothing_is_due() -> None:
    empty = Agenda()
    assert (empty.look_at(), empty.has_planning(START), empty.lanes_due(START)) == (None, False, [])
    assert not empty.has_lost(START)


def test_lookout_rests_until_it_has_to_look_but_for_a_minute_at_most() -> None:
    clock = HandClock()
    lookout = Lookout(clock, SECOND, HEARTBEAT)
    assert (lookout.is_due(), lookout.seconds_to_rest()) == (False, 60)
    lookout.note(FULL)
    assert (lookout.is_due(), lookout.seconds_to_rest()) == (False, 1)
    clock.move(SECOND)
    assert (lookout.is_due(), lookout.seconds_to_rest()) == (True, SHORTEST_REST)
    lookout.put_off(timedelta(hours=1))
    assert (lookout.is_due(), lookout.seconds_to_rest()) == (False, 60)


def test_lookout_is_not_sure_of_lanes_that_are_done() -> None:
    lookout = Lookout(HandClock(), SECOND, HEARTBEAT)
    lookout.note(FULL.without([Lane.WEEK]))
    assert (lookout.look_at, lookout.is_sure) == (START + 3 * SECOND, False)
    lookout.put_off(SECOND)
    assert (lookout.look_at, lookout.is_sure) == (START + SECOND, True)


def asked(db: Database) -> list[str]:
    """What is asked of the database from now on: the verb and the table of each statement."""
    seen: list[str] = []

    @event.listens_for(db.engine.sync_engine, "before_cursor_execute")
    def hear(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        words = statement.split()
        if words[1].startswith("("):
            seen.append("what is next")
        elif words[0] == "SELECT":
            seen.append(f"SELECT {words[1].split('.')[0]}")
        else:
            seen.append(f"{words[0]} {words[2] if words[0] == 'INSERT' else words[1]}")

    return seen


async def test_a_job_on_its_way_asks_each_thing_once(db: Database) -> None:
    clock, errand = HandClock(), Errand()
    runner = Runner(db, clock)
    runner.register(errand)
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, START)
    await runner.run_due()
    async with db.begin() as tx:
        await put_job(tx, "errand", 8, START + SECOND)
        await put_job(tx, "errand", 9, START + SECOND)
    seen = asked(db)
    await runner.run_due()
    assert (seen, runner.look_at) == (["what is next"], START + SECOND)
    seen.clear()
    clock.move(SECOND)
    await runner.run_due()
    planning = ["SELECT job", "INSERT delivery", "UPDATE job"]
    sending = ["SELECT delivery", "UPDATE delivery", "UPDATE delivery"]
    assert seen == [*planning, *planning, "what is next", *sending, "what is next"]
    assert ([one.subject_id for one in errand.delivered], runner.look_at) == ([7, 8, 9], None)


async def test_what_was_put_meanwhile_is_planned_before_anything_else_is_sent(
    db: Database,
) -> None:
    """What is sent may be a backlog, and what was put may be urgent."""
    clock, errand = HandClock(), Errand()
    runner = Runner(db, clock)
    runner.register(errand)
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, START + SECOND, ahead=SECOND)
    await runner.run_due()
    assert (len(errand.planned), runner.look_at) == (1, START + SECOND)
    clock.move(SECOND)
    async with db.begin() as tx:
        await put_job(tx, "errand", 8, START)
    seen = asked(db)
    await runner.run_due()
    assert seen[:4] == ["SELECT job", "INSERT delivery", "UPDATE job", "what is next"]
    assert [one.subject_id for one in errand.delivered] == [8, 7]
