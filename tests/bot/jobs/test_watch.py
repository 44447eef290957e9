"""A clock that is set is noticed while everybody rests."""

import asyncio
from datetime import timedelta

import pytest

from bot.jobs.watch import SLICE_SECONDS, STEP_SECONDS, Watch
from tests.fakes.clock import HandClock


class Night:
    """Loop and clock go on together in sleep; `events` are steps of the clock, by slice."""

    def __init__(self, patch: pytest.MonkeyPatch, events: dict[int, timedelta]) -> None:
        self.clock, self.now, self.sleeps, self.events = HandClock(), 0.0, [], events
        patch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        self.clock.move(timedelta(seconds=seconds) + self.events.get(len(self.sleeps), timedelta()))


async def test_undisturbed_rest_lasts_as_long_as_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night(monkeypatch, {})
    await Watch(night.clock, night.sleep).rest(40)
    assert night.sleeps == [SLICE_SECONDS, SLICE_SECONDS, 10]


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(seconds=3)])
async def test_rest_ends_within_a_slice_after_the_clock_was_set(
    monkeypatch: pytest.MonkeyPatch, step: timedelta
) -> None:
    night = Night(monkeypatch, {2: step})
    await Watch(night.clock, night.sleep).rest(600)
    assert night.sleeps == [SLICE_SECONDS] * 2


async def test_small_correction_of_the_clock_disturbs_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    night = Night(monkeypatch, {1: timedelta(seconds=STEP_SECONDS - 0.5)})
    await Watch(night.clock, night.sleep).rest(20)
    assert night.sleeps == [SLICE_SECONDS, 5]
