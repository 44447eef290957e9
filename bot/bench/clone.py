"""What only a clone of the repository has: the peers, and the Discord on loopback."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.errors import Refusal

TOP = Path(__file__).resolve().parents[2]
NO_CLONE = (
    "This bench measures against code that is only in Lectern's repository: run it in a clone, "
    "after `make setup` ({name} is missing)."
)


def from_clone(name: str) -> ModuleType:
    """The module of the tests; raises Refusal where it is not there."""
    if str(TOP) not in sys.path:
        sys.path.insert(0, str(TOP))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise Refusal(NO_CLONE.format(name=error.name)) from error


def run_apart(module: str, *words: str) -> dict[str, Any]:
    """What `python -m module …` says on its last line, from a process of its own."""
    ended = subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-m", module, *words],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = ended.stdout.splitlines()
    if not lines:
        raise RuntimeError(f"{module} {words[:1]} said nothing: {ended.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found
