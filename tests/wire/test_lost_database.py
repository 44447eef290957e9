"""PostgreSQL that ends connections, or crashes, in the middle of a round."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.migrate import upgrade
from bot.settings import Settings
from tests.wire.lives import Peace
from tests.wire.own_postgres import as_observer, end_connections, own_postgres
from tests.wire.scale import IS_SOAK, note
from tests.wire.seasons import Season, season

GROUPS = 40 if IS_SOAK else 2
CRASHES = 14 if IS_SOAK else 1
MOST_CUTS = 10_000
EVERY_SECONDS = 0.4


async def play_through(played: Season, harm: Callable[[], int], most: int) -> int:
    """How much harm was done while the round was played."""
    done = 0

    async def go_on() -> None:
        nonlocal done
        while done < most:
            await asyncio.sleep(EVERY_SECONDS)
            done += await asyncio.to_thread(harm)

    harming = asyncio.create_task(go_on())
    try:
        await played.play()
    finally:
        harming.cancel()
        with suppress(asyncio.CancelledError):
            await harming
    return done


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_connections_that_are_ended_lose_and_double_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    url = settings.database_url
    async with season(
        url, tmp_path, Peace(), groups=GROUPS, people=2, most_kills=0, watch_url=as_observer(url)
    ) as played:
        ended = await play_through(played, lambda: end_connections(url), MOST_CUTS)
        note(f"PostgreSQL, {ended} connections ended: {played}")
        assert ended > 0
        assert (played.lost, played.doubled) == ({}, {})


async def test_server_that_crashes_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with own_postgres() as server:
        await asyncio.to_thread(upgrade, server.url)

        def crash() -> int:
            server.crash()
            return 1

        async with season(
            server.url, tmp_path, Peace(), groups=GROUPS, people=2, most_kills=0
        ) as played:
            crashes = await play_through(played, crash, CRASHES)
            note(f"PostgreSQL, {crashes} crashes: {played}")
            assert crashes > 0
            assert (played.lost, played.doubled) == ({}, {})
