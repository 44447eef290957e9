"""The whole bot against a simulated Discord: a round of a reading group, without a token."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.demo.hub import Hub
from bot.demo.seed import seed
from bot.demo.stage import BuildBot, Stage
from bot.settings import Settings

DEFAULT_PORT = 8765
# Ports tried one after the other, so that two demos can run side by side.
PORTS_TRIED = 20
# In simulated time an idle look at the database every hour is plenty, and keeps "+1 day" quick.
HEARTBEAT = timedelta(hours=1)


async def run_demo(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    open_browser: bool = True,
) -> None:
    """Serve the demo until SIGINT or SIGTERM, on a database that is thrown away afterwards."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers
            loop.add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="lectern-demo-") as folder:
        async with serve_demo(_bot_builder(settings, Path(folder)), host=host, port=port) as hub:
            print(f"The Lectern demo is at {hub.url} (Ctrl+C ends it)", flush=True)
            if open_browser and _has_browser():
                with contextlib.suppress(webbrowser.Error):
                    await asyncio.to_thread(webbrowser.open, hub.url)
            await stop.wait()


@asynccontextmanager
async def serve_demo(
    build_bot: BuildBot, *, host: str = "127.0.0.1", port: int = DEFAULT_PORT
) -> AsyncIterator[Hub]:
    """The hub, served while the block runs; port 0 takes any free one."""
    stage = Stage(build_bot)
    hub = Hub(stage)
    runner = web.AppRunner(hub.application(), access_log=None, shutdown_timeout=2)
    try:
        await stage.open(seed)
        await runner.setup()
        hub.listen_on(await _listen(runner, host, port))
        yield hub
    finally:
        await runner.cleanup()
        await stage.close()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    """The port taken: the first free one from `port` on."""
    candidates = range(port, port + PORTS_TRIED) if port else [0]
    for candidate in candidates:
        try:
            await web.TCPSite(runner, host, candidate).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == candidates[-1]:
                raise
            continue
        taken: int = runner.addresses[0][1]
        return taken
    raise AssertionError("unreachable")


def _bot_builder(settings: Settings, folder: Path) -> BuildBot:
    """The real bot on a database of its own, whatever database the settings name."""
    # Discord's side takes a second to load: a mistyped option should not wait for it.
    from cogs.client import create_bot  # noqa: PLC0415

    own = Settings.model_validate(
        {"data_dir": folder, "database_url": "", "discord_token": None, "web_port": 0}
        | {"log_format": settings.log_format}
    )

    def build(clock: Clock) -> Any:
        return create_bot(own, clock=clock, heartbeat=HEARTBEAT)

    return build


def _has_browser() -> bool:
    """True where a window can appear; text browsers would take over the terminal."""
    if sys.platform.startswith(("darwin", "win")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
