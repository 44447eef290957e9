"""Writes how deliveries ended: each at once when alone, many in one transaction in a burst."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.exc import DBAPIError

from bot.database import Database, is_outage
from bot.jobs.ends import mark_ended
from bot.jobs.model import End

log = structlog.get_logger()

PAUSES = (0.2, 1.0, 3.0)
"""Seconds between attempts to reach a database that went away, with up to as much again."""

MOST_AT_ONCE = 200
"""Ends in one transaction; more at once would hold the event loop up."""

Waiting = tuple[End, asyncio.Future[None]]


class Marker:
    """Marks for one owner. What was sent and can't be marked stays leased, and is looked for."""

    def __init__(
        self,
        db: Database,
        owner: str,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._db = db
        self._owner = owner
        self._pause = pause
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def mark(self, end: End) -> None:
        """Return when the end is committed; raises what kept it from being."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((end, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all(), name="lectern marker")
        await written

    async def finish(self, seconds: float) -> None:
        """Return when every end that somebody brought is written, or the time is over."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=seconds)

    async def _write_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # those who end in this same turn of the loop come along
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            await self._write_batch(batch)

    async def _write_batch(self, batch: Sequence[Waiting]) -> None:
        try:
            await self._write_patiently(batch)
        except BaseException as error:  # noqa: BLE001 - it goes to all who wait for it
            if len(batch) > 1 and isinstance(error, Exception) and not is_outage(error):
                await self._write_each(batch)
                return
            _settle(batch, error)
        else:
            _settle(batch, None)

    async def _write_each(self, batch: Sequence[Waiting]) -> None:
        """One that can't be written must not take the others back."""
        for one in batch:
            try:
                await self._write([one])
            except Exception as error:  # noqa: BLE001 - it goes to the one who waits for it
                _settle([one], error)
            else:
                _settle([one], None)

    async def _write_patiently(self, batch: Sequence[Waiting]) -> None:
        for seconds in PAUSES:
            try:
                return await self._write(batch)
            except DBAPIError as error:
                if not is_outage(error):
                    raise
                log.warning("jobs.database_lost", waiting=len(batch))
            await self._pause(seconds * (1 + random.random()))
        return await self._write(batch)

    async def _write(self, batch: Sequence[Waiting]) -> None:
        async with self._db.begin() as tx:
            await mark_ended(tx, self._owner, [end for end, _written in batch])
        states = Counter(str(end.state) for end, _written in batch)
        log.info("jobs.ended", first=batch[0][0].delivery_id, **states)


def _settle(batch: Sequence[Waiting], error: BaseException | None) -> None:
    for _end, written in batch:
        if written.done():
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)
