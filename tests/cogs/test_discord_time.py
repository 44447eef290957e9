"""Our clock is compared with the Date of Discord's answers."""

from datetime import timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cogs.discord_time import LONGEST, DiscordTime
from tests.fakes.clock import START, HandClock

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        (format_datetime(START, usegmt=True), timedelta()),
        (format_datetime(START - HOUR, usegmt=True), HOUR),
        (format_datetime(START + HOUR, usegmt=True), -HOUR),
        (format_datetime(START - 9 * LONGEST, usegmt=True), LONGEST),
        ("yesterday", timedelta()),
    ],
)
async def test_each_answer_tells_how_far_we_are_ahead(date: str, ahead: timedelta) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(headers={"Date": date})

    app = web.Application()
    app.router.add_get("/", answer)
    seen = DiscordTime(HandClock())
    trace = seen.watching(aiohttp.TraceConfig())
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
        session.get(server.make_url("/")),
    ):
        assert seen.ahead() == ahead
