"""What a call to Discord may meet on our own side."""

import aiohttp
import pytest

from bot.messenger import TryLater
from cogs.faults import discord_call


async def test_a_call_after_we_left_is_for_later_and_no_bug() -> None:
    session = aiohttp.ClientSession()
    await session.close()
    with pytest.raises(TryLater, match="we have left Discord"):
        async with discord_call():
            await session.get("http://127.0.0.1:9")


async def test_a_bug_of_ours_stays_one() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        async with discord_call():
            raise RuntimeError("no such thing")
