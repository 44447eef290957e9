"""Runs the bot, by its own entry point, against the Discord on loopback.

`python -m tests.wire.launch --port 1234` is one process of the bot. `… --nursery` reads lines from
standard input instead, and forks a process that has everything imported already for each `start`:
a bot that is killed a thousand times is there in a tenth of a second.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import yarl

import cogs.process
from bot.__main__ import main
from bot.places.phrases import preload
from bot.settings import Settings
from cogs.client import LecternBot
from tests.wire.clocks import SharedClock


def addresses(port: int) -> tuple[str, yarl.URL]:
    """Where discord.py finds the REST and the gateway of the Discord on this port."""
    return f"http://127.0.0.1:{port}/api/v10", yarl.URL(f"ws://127.0.0.1:{port}/gw/")


def redirect(port: int) -> None:
    """Let this process's discord.py speak to the Discord on this port, for good."""
    discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = addresses(port)


@contextmanager
def redirected(port: int) -> Iterator[None]:
    """The same until the block ends."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    usual = route.BASE, socket.DEFAULT_GATEWAY
    redirect(port)
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY = usual


def quicken(times: float) -> Any:
    """A pause that is over `times` as soon."""
    return lambda seconds: asyncio.sleep(seconds / times)


def set_up(wishes: SimpleNamespace) -> None:
    """Redirect discord.py, and let every bot be made as was asked for."""
    redirect(wishes.port)
    arranged: dict[str, Any] = {}
    if wishes.clock is not None:
        arranged["clock"] = SharedClock(wishes.clock)
    if wishes.heartbeat is not None:
        arranged["heartbeat"] = timedelta(seconds=wishes.heartbeat)
    if wishes.hurry is not None:
        arranged["pause"] = quicken(wishes.hurry)
    if wishes.unpaced:
        arranged["is_paced"] = False
    create_bot = cogs.process.create_bot

    def create(settings: Settings, **usual: Any) -> LecternBot:
        bot = create_bot(settings, **{**usual, **arranged})
        if wishes.hurry is not None:
            # How long discord.py waits, after the last server it is told of, for another one.
            bot._connection.guild_ready_timeout /= wishes.hurry
        return bot

    cogs.process.create_bot = create


def run_bot() -> None:
    """Run the bot as `lectern run` does; does not return."""
    main(["run"], prog_name="lectern")


def mind_nursery() -> None:
    """Answer each line on standard input: `start {…}`, `wait PID` or `look PID`.

    `start` forks a bot with those arguments, environment, folder and log and says its id; `wait`
    says how a bot ended, once it has; `look` says so if it has. With the input every bot ends.
    """
    alive: set[int] = set()
    preload()
    gc.freeze()  # else every bot's first collection copies all that its mother has read
    for line in sys.stdin:
        request, _, rest = line.strip().partition(" ")
        if request == "start":
            pid = os.fork()
            if pid == 0:
                be_born(json.loads(rest))
            alive.add(pid)
            print("started", pid, flush=True)
            continue
        pid, status = os.waitpid(int(rest), 0 if request == "wait" else os.WNOHANG)
        if pid:
            alive.discard(pid)
            print("ended", os.waitstatus_to_exitcode(status), flush=True)
        else:
            print("alive", rest, flush=True)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


def be_born(asked: dict[str, Any]) -> None:
    """Become a bot; does not return."""
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    os.close(sys.stdin.fileno())
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    random.seed()
    set_up(parse(asked["arguments"]))
    run_bot()


def parse(arguments: list[str]) -> SimpleNamespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, help="Discord's port on 127.0.0.1")
    parser.add_argument("--clock", type=Path, help="a file that says how far to move the clock")
    parser.add_argument("--heartbeat", type=float, help="seconds between looks at the database")
    parser.add_argument("--hurry", type=float, help="how many times as short pauses are")
    parser.add_argument("--unpaced", action="store_true", help="let calls go without spacing")
    parser.add_argument("--nursery", action="store_true", help="fork a bot for each `start`")
    return parser.parse_args(arguments, namespace=SimpleNamespace())


if __name__ == "__main__":
    given = parse(sys.argv[1:])
    if given.nursery:
        mind_nursery()
    else:
        set_up(given)
        run_bot()
