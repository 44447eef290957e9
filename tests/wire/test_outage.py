"""A day without the bot: what is overdue is said once, in words that are still true, at full pace
and within Discord's limits.
"""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import utc_now
from bot.database import Database
from bot.settings import Settings
from tests.wire.backlog import STARTS, Backlog
from tests.wire.bots import nursery
from tests.wire.discord_server import DiscordServer
from tests.wire.scale import IS_SOAK, note
from tests.wire.work import is_busy

SAID_IN_EACH_GROUP = sum(start > timedelta() for start in STARTS)
GROUPS = 5_000 // SAID_IN_EACH_GROUP if IS_SOAK else 20
DATABASES = ("sqlite", "postgres") if IS_SOAK else ("sqlite",)


@pytest.mark.parametrize("database_url", DATABASES, indirect=True)
async def test_everything_overdue_is_said_once_within_the_limits(
    settings: Settings, tmp_path: Path
) -> None:
    server = DiscordServer()
    db = Database(settings.database_url)
    backlog = Backlog(db=db, server=server)
    await backlog.plant(GROUPS)
    async with server.serving():
        with nursery(server.port, settings.database_url, tmp_path) as kept:
            kept.start()
            while await is_busy(db, utc_now):  # noqa: ASYNC110 - rows set no event
                await asyncio.sleep(0.25)
            assert await kept.stop() == 0
            errors = kept.errors
    await db.close()
    pace = backlog.sends_a_second()
    note(
        f"outage, {settings.database_url.partition('+')[0]}: {len(backlog.titles)} overdue "
        f"reminders said at {pace:.1f}/s, {server.limits.refused} answers of 429"
    )
    assert backlog.shown == backlog.promised
    assert backlog.stale == []
    assert server.limits.refused == 0
    assert errors == []
