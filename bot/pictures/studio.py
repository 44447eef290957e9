"""Has pictures drawn by a process of its own, and does without where that fails."""

import asyncio
import os
import pickle
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Timer
from typing import BinaryIO, TypeAlias, cast

import structlog

from bot.pictures.frames import REPLY
from bot.pictures.model import Drawing

log = structlog.get_logger()

Draw: TypeAlias = Callable[[Drawing], Awaitable[bytes | None]]
"""Makes the picture, or None where it can't."""

PATIENCE_SECONDS = 15.0
"""A picture takes up to half a second, and the first of a process as long again."""

_WORKER = (sys.executable, "-m", "bot.pictures.worker")
_HOME = Path(__file__).parents[2]
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG")
"""What of our environment the process gets: the rest holds the token."""


class Studio:
    """One process at most, which is started for the first picture and ends where it is idle.

    Not a pool: a plain process can be stopped in the middle of a picture, loads nothing of our
    main module, and belongs to no event loop.
    """

    def __init__(self, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.patience_seconds = patience_seconds
        self._desk = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._process: Popen[bytes] | None = None
        self._is_closed = False

    async def draw(self, drawing: Drawing) -> bytes | None:
        """The picture as PNG; None where it could not be drawn, which is logged."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._desk, self._draw, drawing)

    def close(self) -> None:
        """Break off what is being drawn and end the process; harmless where it has ended."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._process is not None:
            self._process.kill()
        self._desk.submit(self._end).result()
        self._desk.shutdown()

    @property
    def process_id(self) -> int | None:
        """Of the process that draws, None while there is none."""
        return self._process.pid if self._process is not None else None

    def _draw(self, drawing: Drawing) -> bytes | None:
        was_running = self._process is not None
        try:
            return self._ask(drawing)
        except TimeoutError:
            log.warning("picture.not_drawn", reason="took too long")
            self._end()
        except (EOFError, OSError) as error:
            self._end()
            if was_running and not self._is_closed:
                # It was idle, or somebody stopped it: that says nothing of this drawing.
                return self._draw(drawing)
            log.warning("picture.not_drawn", reason=repr(error))
        return None

    def _ask(self, drawing: Drawing) -> bytes | None:
        process = self._process = self._process or self._start()
        asked, told = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
        with self._stopping(process):
            pickle.dump(drawing, asked)
            asked.flush()
            is_picture, size = REPLY.unpack(_read(told, REPLY.size))
            body = _read(told, size)
        if is_picture:
            return body
        log.warning("picture.not_drawn", reason=body.decode(errors="replace"))
        return None

    @contextmanager
    def _stopping(self, process: Popen[bytes]) -> Iterator[None]:
        """Kill the process where it does not answer in time; that raises TimeoutError."""
        timer = Timer(self.patience_seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (EOFError, OSError) as error:
            if timer.finished.is_set() and not self._is_closed:
                raise TimeoutError("no picture in time") from error
            raise
        finally:
            timer.cancel()

    @staticmethod
    def _start() -> Popen[bytes]:
        return Popen(  # noqa: S603 - our own module, in our own interpreter
            _WORKER,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=_HOME,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            # Ctrl-C is meant for us; it ends when we close its input.
            start_new_session=True,
        )

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


async def draw_nothing(_drawing: Drawing) -> None:
    """Does without pictures."""


def _read(source: BinaryIO, size: int) -> bytes:
    found = source.read(size)
    if len(found) < size:
        raise EOFError("the process that draws has ended")
    return found
