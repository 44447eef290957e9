"""Calls about reactions go one by one, spaced, closes first: by a loop whose time is moved."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messenger import POSTING, RECONCILE, TryLater, Turn, close_at
from cogs.outgoing.turns import ELSEWHERE, GAP_SECONDS, Turns

EARLY = close_at(datetime(2022, 11, 5, 20, 0, tzinfo=UTC))
LATE = close_at(datetime(2022, 11, 5, 20, 1, tzinfo=UTC))


class Desk:
    """A line whose seconds pass only while somebody pauses, and who went when."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)
        self.is_ours = True
        self.turns = Turns(self.leave, GAP_SECONDS, self.pause)
        self.turns.is_ours = lambda: self.is_ours
        self.refusals: list[Exception] = []
        self.leaves = 0
        self.is_busy = False
        self.gone: list[tuple[str, float]] = []

    async def pause(self, seconds: float) -> None:
        """Take so long, and leave others the time to come meanwhile."""
        await steps(20)
        self.now += seconds

    async def leave(self) -> None:
        self.leaves += 1
        if self.refusals:
            raise self.refusals.pop()

    async def call(self, name: str, turn: Turn, seconds: float = 0.0) -> None:
        async with self.turns.taken(turn):
            assert not self.is_busy
            self.is_busy = True
            self.gone.append((name, round(self.now - 100, 6)))
            try:
                await self.pause(seconds)
            finally:
                self.is_busy = False

    async def calls(self, *wanted: tuple[str, Turn]) -> list[str]:
        """The names in the order in which they went, of calls that were all in line at once."""
        await asyncio.gather(*(self.call(name, turn) for name, turn in wanted))
        return [name for name, _ in self.gone]


async def steps(number: int) -> None:
    """Let everybody go on for a while in which no time passes."""
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        yield Desk(patch)


async def test_closes_go_by_their_moment_then_postings_then_the_rest_as_they_came(
    desk: Desk,
) -> None:
    wanted = [("r1", RECONCILE), ("p1", POSTING), ("late", LATE), ("r2", RECONCILE)]
    wanted += [("early", EARLY), ("p2", POSTING)]
    assert await desk.calls(*wanted) == ["early", "late", "p1", "p2", "r1", "r2"]
    assert [at for _, at in desk.gone] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


async def test_of_two_equals_one_is_done_with_before_the_other_begins(desk: Desk) -> None:
    async def read(name: str, message_id: int) -> None:
        for number in range(3):
            async with desk.turns.taken(EARLY, message_id):
                desk.gone.append((f"{name}{number}", round(desk.now - 100, 6)))

    await asyncio.gather(read("new", 72), read("old", 71))
    assert [name for name, _ in desk.gone] == ["old0", "old1", "old2", "new0", "new1", "new2"]


async def test_urgent_call_that_comes_while_others_are_spaced_goes_before_them(desk: Desk) -> None:

    async def come_later() -> None:
        await steps(10)
        assert desk.gone == [("r1", 0.0)]
        await desk.call("close", EARLY)

    await asyncio.gather(desk.call("r1", RECONCILE, 0.05), desk.call("r2", RECONCILE), come_later())
    assert desk.gone == [("r1", 0.0), ("close", 0.2), ("r2", 0.4)]


async def test_long_call_is_followed_at_once_and_never_accompanied(desk: Desk) -> None:
    await asyncio.gather(*(desk.call(name, RECONCILE, 0.7) for name in "abc"))
    assert desk.gone == [("a", 0.0), ("b", 0.7), ("c", 1.4)]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from([EARLY, LATE, POSTING, RECONCILE]), st.floats(0, 0.5)),
        min_size=1,
        max_size=12,
    )
)
async def test_no_two_calls_start_within_the_gap_and_the_order_is_kept(
    desk: Desk, wanted: Sequence[tuple[Turn, float]]
) -> None:
    desk.gone.clear()
    calls = enumerate(wanted)
    await asyncio.gather(*(desk.call(str(n), turn, took) for n, (turn, took) in calls))
    starts = [at for _, at in desk.gone]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert min(gaps, default=1.0) >= GAP_SECONDS - 1e-6
    numbers = [int(name) for name, _ in desk.gone]
    assert numbers == sorted(range(len(wanted)), key=lambda one: (wanted[one][0], one))


async def test_start_that_is_noted_later_moves_the_next_one(desk: Desk) -> None:
    """Where discord.py waits for a bucket inside the call, or makes a new connection."""

    async def slow_start() -> None:
        async with desk.turns.taken(RECONCILE):
            await desk.pause(0.15)
            desk.turns.note_start()

    await asyncio.gather(slow_start(), desk.call("next", RECONCILE))
    assert desk.gone == [("next", 0.35)]


async def test_rate_limit_puts_everybody_off(desk: Desk) -> None:
    async with desk.turns.taken(RECONCILE):
        desk.turns.put_off(timedelta(seconds=95.5))
    assert await desk.calls(("r1", RECONCILE), ("close", EARLY)) == ["close", "r1"]
    assert [at for _, at in desk.gone] == [95.5, 95.7]


async def test_who_is_cancelled_in_line_holds_up_nobody(desk: Desk) -> None:
    first, impatient, last = (
        asyncio.create_task(desk.call(name, turn, 0.5))
        for name, turn in (("close", EARLY), ("posting", POSTING), ("reconcile", RECONCILE))
    )
    await steps(10)
    assert desk.gone == [("close", 0.0)]
    impatient.cancel()
    await asyncio.wait([first, impatient, last])
    assert impatient.cancelled()
    assert desk.gone == [("close", 0.0), ("reconcile", 0.5)]


@pytest.mark.parametrize("after", range(16))
async def test_who_is_cancelled_at_any_step_holds_up_nobody(desk: Desk, after: int) -> None:
    first = asyncio.create_task(desk.call("first", EARLY))
    await steps(after)
    first.cancel()
    second = asyncio.create_task(desk.call("second", RECONCILE))
    await asyncio.wait([first, second], timeout=None)
    assert desk.gone[-1][0] == "second"


async def test_who_gets_no_leave_is_told_and_the_next_may_ask(desk: Desk) -> None:
    desk.refusals = [TryLater("no calls budget is left")]
    ends = await asyncio.gather(
        desk.call("r1", RECONCILE), desk.call("close", EARLY), return_exceptions=True
    )
    assert [type(end) for end in ends] == [type(None), TryLater]
    assert desk.gone == [("r1", 0.0)]
    assert desk.leaves == 2


async def test_line_that_was_empty_for_long_starts_at_once(desk: Desk) -> None:
    await desk.calls(("a", RECONCILE))
    desk.now += 60
    await desk.calls(("b", RECONCILE))
    assert desk.gone == [("a", 0.0), ("b", 60.0)]


async def test_line_that_goes_to_another_process_is_left_by_everybody_at_once(desk: Desk) -> None:
    first, second = (
        asyncio.create_task(desk.call(name, turn, 60))
        for name, turn in (("close", EARLY), ("reconcile", RECONCILE))
    )
    await steps(10)
    assert (desk.gone, desk.is_busy) == ([("close", 0.0)], True)
    desk.turns.shut()
    ends = await asyncio.gather(first, second, desk.call("late", EARLY), return_exceptions=True)
    delays = [end.delay for end in ends if isinstance(end, TryLater)]
    assert delays == [timedelta()] * 3  # The next leader need not wait.
    assert (desk.gone, desk.is_busy) == ([("close", 0.0)], False)
    desk.turns.shut()  # twice is once


async def test_nobody_starts_while_another_process_may_have_the_line(desk: Desk) -> None:
    async def lose_track() -> None:
        await steps(10)
        desk.is_ours = False

    ends = await asyncio.gather(
        desk.call("close", EARLY), desk.call("r1", RECONCILE), lose_track(), return_exceptions=True
    )
    assert [type(end) for end in ends] == [type(None), TryLater, type(None)]
    [turned_away] = [end for end in ends if isinstance(end, TryLater)]
    assert turned_away.delay == ELSEWHERE  # This process may lead still, and would ask at once.
    desk.is_ours = True
    await desk.call("r2", RECONCILE)
    assert [name for name, _ in desk.gone] == ["close", "r2"]


async def test_call_that_took_too_long_by_itself_is_told_as_that(desk: Desk) -> None:
    with pytest.raises(TimeoutError):
        async with desk.turns.taken(EARLY):
            raise TimeoutError
    await desk.call("next", RECONCILE)
