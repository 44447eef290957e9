"""Every fault at every call of the bot: nothing is lost, nothing doubled, nothing unhandled.

Each test plays a whole round in which every kind of call meets with one fault, each with another;
over all tests each call has met each fault. The short run has two of those in which the answers to
calls that create something get lost, one on each database, for the calls are the same on both.
"""

import re
from itertools import product

import pytest
import structlog

from bot.settings import Settings
from tests.wire.bots import ERRORS
from tests.wire.calls import CALLS, SELDOM
from tests.wire.clocks import hurried
from tests.wire.desk import Desk, desk
from tests.wire.faults import TROUBLES
from tests.wire.scale import IS_SOAK

HURRY = 25

SHORT = [("postgres", 18), ("sqlite", 20)]
"""Each of the four creations is cut off once after it took effect, by silence or by a reset."""
WHOLE = list(product(("sqlite", "postgres"), range(len(TROUBLES))))
ROUNDS = WHOLE if IS_SOAK else SHORT
QUIET = ("sqlite", "postgres") if IS_SOAK else ("sqlite",)

FORESEEN = {"jobs.barred"}
"""An operator should see these: Discord lets nothing through for a while."""


def strangers(played: Desk) -> set[str]:
    """Calls that are on neither list."""
    known = [*CALLS.values(), *SELDOM.values()]
    return {
        entry.kind
        for entry in played.server.log
        if not entry.path.endswith("/@me") or "reactions" in entry.path
        if not any(entry.method == one and re.fullmatch(path, entry.path) for one, path in known)
    }


@pytest.mark.parametrize("database_url", QUIET, indirect=True)
async def test_quiet_round_makes_each_of_these_calls_and_no_other(
    settings: Settings,
) -> None:
    async with desk(settings, groups=2, people=2) as played:
        await played.play()
    assert played.round.shown() == played.round.promised()
    assert strangers(played) == set()
    assert [name for name, call in CALLS.items() if not played.server.asked(*call)] == []


@pytest.mark.parametrize(("database_url", "number"), ROUNDS, indirect=["database_url"])
async def test_round_keeps_its_promises_whatever_goes_wrong_with_each_call(
    settings: Settings, number: int
) -> None:
    troubles = list(TROUBLES.values())
    async with desk(settings, groups=2, people=2) as played:
        for place, call in enumerate(CALLS.values()):
            played.server.faults.add(troubles[(number + place) % len(troubles)], *call)
        with hurried(HURRY), structlog.testing.capture_logs() as events:
            await played.play()
    assert played.round.shown() == played.round.promised()
    assert played.server.faults.met == len(CALLS)
    errors = [one for one in events if one["log_level"] in ERRORS]
    assert [one for one in errors if one["event"] not in FORESEEN] == []
