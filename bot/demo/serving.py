"""Running the demo: from the command line until Ctrl+C, or inside a block."""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from bot.clock import Clock, utc_now
from bot.demo.hub import Hub
from bot.demo.seed import seed
from bot.demo.stage import BuildBot, Stage
from bot.errors import Refusal
from bot.settings import Settings
from cogs.client import LecternBot, create_bot

DEFAULT_PORT = 8765
# Ports tried one after the other, so that two demos can run side by side.
PORTS_TRIED = 20
# The stage wakes the bot at every due instant: idle looks at the database only cost time.
HEARTBEAT = timedelta(days=1)


async def run_demo(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    open_browser: bool = True,
) -> None:
    """Serve the demo until SIGINT or SIGTERM, on a database that is thrown away afterwards."""
    # The visitor's terminal is for the address and for faults.
    logging.getLogger().setLevel(logging.WARNING)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers
            loop.add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="lectern-demo-") as folder:
        async with serve_demo(demo_bot(settings, Path(folder)), host=host, port=port) as hub:
            print(f"The Lectern demo is at {hub.url} (Ctrl+C ends it)", flush=True)
            if open_browser and _has_browser():
                with contextlib.suppress(webbrowser.Error):
                    await asyncio.to_thread(webbrowser.open, hub.url)
            await stop.wait()


@asynccontextmanager
async def serve_demo(
    build_bot: BuildBot,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    clock: Clock = utc_now,
) -> AsyncIterator[Hub]:
    """The hub, served while the block runs; port 0 takes any free one.

    The visitor comes in at the `clock`'s present; from there time moves only when told.
    """
    with _listen(host, port) as listener:
        stage = Stage(build_bot, clock())
        hub = Hub(stage)
        runner = web.AppRunner(hub.application(), access_log=None, shutdown_timeout=2)
        try:
            await stage.open(seed)
            await runner.setup()
            hub.listen_on(listener.getsockname()[1])
            await web.SockSite(runner, listener).start()
            yield hub
        finally:
            await runner.cleanup()
            await stage.close()


def _listen(host: str, port: int, tries: int = PORTS_TRIED) -> socket.socket:
    """A socket on the first free port from `port` on; refuses where there is none.

    Made before the demo, as to hear that takes no demo; whoever comes too early waits in it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and tries > 1 and port < 65_535:
            return _listen(host, port + 1, tries - 1)
        raise Refusal(f"The demo can't listen at {host}:{port}: {error}.") from error


def demo_bot(settings: Settings, folder: Path) -> BuildBot:
    """The real bot on a database of its own, whatever database the settings name."""
    own = Settings.model_validate(
        {"data_dir": folder, "database_url": "", "discord_token": None, "web_port": 0}
        | {"log_format": settings.log_format}
    )

    def build(clock: Clock) -> LecternBot:
        return create_bot(own, clock=clock, heartbeat=HEARTBEAT)

    return build


def _has_browser() -> bool:
    """True where a window can appear; text browsers would take over the terminal."""
    if sys.platform.startswith(("darwin", "win")):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
