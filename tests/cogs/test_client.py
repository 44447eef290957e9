"""The bot as `create_bot` makes it, in a Discord that is simulated in this process."""

import asyncio

import pytest
from stage import Stage

from bot.jobs.flights import Flights


async def fly(flights: Flights, seconds: float) -> bool:
    """Whether a flight of so many seconds is noticed; they are simcord's."""
    flights.begin(asyncio.sleep(seconds), 1)
    return await flights.landing(1.0)


async def test_a_simulated_discord_has_no_limits_to_keep(stage: Stage) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(5):
        for _ in range(1_000):
            await stage.bot.runner.pacer.wait()
    assert not stage.bot.runner.pacer.is_needed
    assert stage.bot._turns.gap_seconds == 0
    assert loop.time() - begun < 1_000 / 42


@pytest.mark.parametrize("seconds", [0.01, 0.1])
async def test_a_simulated_clock_moves_on_while_a_delivery_waits(
    stage: Stage, seconds: float
) -> None:
    """The wait for what is on its way has to be one that simcord knows for a wait."""
    with stage.env._bot_scope():
        flying = asyncio.create_task(fly(Flights(), seconds))
    await stage.env.settle()
    assert flying.done()
    assert flying.result()
