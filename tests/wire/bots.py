"""The bot as a process that a test starts, kills and starts again."""

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.wire.discord_server import TOKEN

ROOT = Path(__file__).parents[2]
SECONDS_TO_END = 20
GLANCE_SECONDS = 0.02
ERRORS = frozenset({"error", "critical"})


class Mother:
    """The one process of this test run that has everything imported and forks every bot."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, request: str) -> tuple[str, str]:
        """A word and a value in answer."""
        process = self._process or self._begin()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(request + "\n")
        process.stdin.flush()
        word, _, value = process.stdout.readline().strip().partition(" ")
        return word, value

    def _begin(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "tests.wire.launch", "--nursery"),
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self._end)
        return self._process

    def _end(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(SECONDS_TO_END)


_mother = Mother()


class Nursery:
    """Starts bots on one database, one after the other. `log` is what they wrote."""

    def __init__(self, birth: Mapping[str, Any]) -> None:
        self._birth = birth
        self._log = Path(birth["log"])
        self.lives = 0
        self.pid: int | None = None

    def start(self) -> int:
        """The id of a new bot's process."""
        word, pid = _mother.ask("start " + json.dumps(self._birth))
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
        word, code = _mother.ask(f"wait {self.pid}")
        assert word == "ended"
        self.pid = None
        return int(code)

    def has_ended(self) -> bool:
        """True once for a bot that has ended by itself."""
        word, _ = _mother.ask(f"look {self.pid}")
        if word == "ended":
            self.pid = None
        return word == "ended"

    async def stop(self) -> int:
        """Ask the bot to stop and return its code; the event loop goes on meanwhile."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGTERM)
        async with asyncio.timeout(SECONDS_TO_END):
            while True:
                word, code = _mother.ask(f"look {self.pid}")
                if word == "ended":
                    self.pid = None
                    return int(code)
                await asyncio.sleep(GLANCE_SECONDS)

    def _written(self) -> str:
        """Nothing as long as the bot has not come to its first words."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = self._written().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    @property
    def last_words(self) -> str:
        """The end of what was written."""
        return "\n".join(self._written().splitlines()[-30:])

    @property
    def errors(self) -> list[str]:
        """What went wrong without being foreseen: events at ERROR, and anything unstructured."""
        lines = self._written().splitlines()
        wild = [line for line in lines if line.strip() and not line.startswith("{")]
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return wild + [json.dumps(one) for one in events if one.get("level") in ERRORS]


def environment(database_url: str, data_dir: Path) -> Mapping[str, str]:
    """What the bot's process is told, and nothing that this machine's user has set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LECTERN_", "DISCORD_"))
    }
    return {
        **kept,
        "DISCORD_TOKEN": TOKEN,
        "LECTERN_DATABASE_URL": database_url,
        "LECTERN_DATA_DIR": str(data_dir),
        "LECTERN_LOG_FORMAT": "json",
    }


@contextmanager
def nursery(port: int, database_url: str, folder: Path, *options: str) -> Iterator[Nursery]:
    """Bots on one database against the Discord on `port`; the last is dead when the block ends."""
    kept = Nursery(
        {
            "arguments": ["--port", str(port), *options],
            "environment": environment(database_url, folder),
            "folder": str(folder),
            "log": str(folder / "bot.log"),
        }
    )
    try:
        yield kept
    finally:
        if kept.pid is not None:
            kept.kill()
            kept.wait()
