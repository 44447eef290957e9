"""The bot as processes that a test starts, kills and starts again."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.wire.discord_server import TOKEN

ROOT = Path(__file__).parents[2]
SECONDS_TO_END = 20
ERRORS = frozenset({"error", "critical"})


class Nursery:
    """Starts bots, one after the other. `log` is what they wrote, a JSON object a line."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log
        self.lives = 0
        self.pid: int | None = None

    def start(self) -> int:
        """The id of a new bot's process."""
        word, pid = self._ask("start")
        assert word == "started"
        self.pid = int(pid)
        self.lives += 1
        return self.pid

    def kill(self) -> None:
        """End the bot as a power cut would; harmless for one that is dead."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """The code with which the bot ended, -9 for a killed one."""
        word, code = self._ask("wait")
        assert word == "ended"
        self.pid = None
        return int(code)

    def has_ended(self) -> bool:
        """True once for a bot that has ended by itself."""
        word, _ = self._ask("look")
        if word == "ended":
            self.pid = None
        return word == "ended"

    async def stop(self) -> int:
        """Ask the bot to stop and return its code; the event loop goes on meanwhile."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGTERM)
        return await asyncio.wait_for(asyncio.to_thread(self.wait), SECONDS_TO_END)

    def _ask(self, request: str) -> tuple[str, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(request + "\n")
        self._process.stdin.flush()
        word, _, value = self._process.stdout.readline().strip().partition(" ")
        return word, value

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = self._log.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    @property
    def errors(self) -> list[str]:
        """What went wrong without being foreseen: events at ERROR, and anything unstructured."""
        lines = self._log.read_text(errors="replace").splitlines()
        wild = [line for line in lines if line.strip() and not line.startswith("{")]
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return wild + [
            json.dumps(one) for one in events if one.get("level") in {"error", "critical"}
        ]


def environment(database_url: str, data_dir: Path) -> Mapping[str, str]:
    """What the bot's process is told, and nothing that this machine's user has set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LECTERN_", "DISCORD_"))
    }
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "DISCORD_TOKEN": TOKEN,
        "LECTERN_DATABASE_URL": database_url,
        "LECTERN_DATA_DIR": str(data_dir),
        "LECTERN_LOG_FORMAT": "json",
    }


@contextmanager
def nursery(port: int, database_url: str, folder: Path, *options: str) -> Iterator[Nursery]:
    """Bots on one database against the Discord on `port`; the last is dead when the block ends."""
    log = folder / "bot.log"
    command: Sequence[str] = (
        sys.executable,
        *("-m", "tests.wire.launch", "--nursery", "--port", str(port), *options),
    )
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment(database_url, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        kept = Nursery(process, log)
        try:
            yield kept
        finally:
            if kept.pid is not None:
                kept.kill()
                kept.wait()
            process.stdin and process.stdin.close()
