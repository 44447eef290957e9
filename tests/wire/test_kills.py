"""The real process, killed over and over in the middle of a round.

A short run of what `make soak` does by the thousand: there each way to die is met on both
databases, here each on one, for every kill costs the start of a process.
"""

from pathlib import Path

import pytest

from bot.settings import Settings
from tests.wire.lives import Enumerated, Fate, Random
from tests.wire.scale import IS_SOAK
from tests.wire.seasons import season

KILLS = 10

BOTH = ("sqlite", "postgres")
AROUND_CALLS = BOTH if IS_SOAK else ("postgres",)
AT_RANDOM = BOTH if IS_SOAK else ("sqlite",)


async def play(settings: Settings, folder: Path, fate: Fate) -> int:
    """How many kills there were in a whole round, in the end of which every promise is kept."""
    url = settings.database_url
    async with season(url, folder, fate, groups=2, people=2, most_kills=KILLS) as played:
        await played.play()
        assert (played.lost, played.doubled) == ({}, {})
        assert played.lives.ends == 0
        assert await played.lives.nursery.stop() == 0
        assert played.lives.nursery.errors == []
        return played.lives.kills


@pytest.mark.parametrize("database_url", AROUND_CALLS, indirect=True)
async def test_process_killed_around_its_calls_keeps_every_promise(
    settings: Settings, tmp_path: Path
) -> None:
    assert await play(settings, tmp_path, Enumerated()) == KILLS


@pytest.mark.parametrize("database_url", AT_RANDOM, indirect=True)
async def test_process_killed_at_random_keeps_every_promise(
    settings: Settings, tmp_path: Path
) -> None:
    """How often it dies depends on luck alone: on every machine it does at least once."""
    assert await play(settings, tmp_path, Random("2022")) > 0
