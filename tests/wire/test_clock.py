"""A machine's clock that is set by an hour: noticed within a minute, and nothing said twice."""

import asyncio
from datetime import timedelta

import pytest

from bot.settings import Settings
from tests.wire.clocks import hurried
from tests.wire.desk import Desk, desk, until
from tests.wire.world import title_of

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HURRY = 10
NOTICED_SECONDS = 60
LOOKED_SECONDS = 16
"""Longer than the engine rests when its clock was set."""


def reminders(played: Desk) -> list[str]:
    """Every reminder so far, in the channel and by direct message."""
    (planted,) = played.round.planted
    said = played.world.titles(planted.channel_id)
    told = [title_of(one) for user_id in played.world.people for one in played.world.told(user_id)]
    return [title for title in said + told if title.startswith("🔔")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_clock_put_forward_is_noticed_and_put_back_and_forward_repeats_nothing(
    settings: Settings,
) -> None:
    """Discord's own clock goes on as it was; a day's reminders are said, an hour's not yet."""
    async with desk(settings, groups=1, people=1) as played:
        await played.advance_to(played.round.session_at - HOUR - 10 * MINUTE)
        played.bot.runner.start()
        with hurried(HURRY):
            assert len(reminders(played)) == 2
            played.skew = HOUR
            await until(lambda: len(reminders(played)) == 4, NOTICED_SECONDS)
            for skew in (timedelta(), HOUR, timedelta()):
                played.skew = skew
                await asyncio.sleep(LOOKED_SECONDS)
            assert len(reminders(played)) == 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_clock_put_back_delays_a_reminder_until_it_is_right_again(
    settings: Settings,
) -> None:
    async with desk(settings, groups=1, people=1) as played:
        await played.advance_to(played.round.session_at - HOUR - 10 * MINUTE)
        played.bot.runner.start()
        with hurried(HURRY):
            played.skew = -HOUR
            played.clock.move(15 * MINUTE)
            await asyncio.sleep(LOOKED_SECONDS)
            assert len(reminders(played)) == 2
            played.skew = timedelta()
            await until(lambda: len(reminders(played)) == 4, NOTICED_SECONDS)
