"""Ends are committed before anybody goes on, many together when many come at once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from bot.database import Database, Tx
from bot.jobs import planning, queue, store
from bot.jobs.handler import Fanout
from bot.jobs.marker import PAUSES, Marker
from bot.jobs.model import Delivery, DeliveryState, End, Planned
from bot.jobs.store import DELIVERIES
from tests.fakes.clock import START

KINDS = ("errand",)


async def claimed(db: Database, count: int) -> list[Delivery]:
    """Deliveries that are ann's."""
    async with db.begin() as tx:
        await store.put_job(tx, "errand", 7, START)
        job = await planning.lock_due_job(tx, START, KINDS)
        assert job is not None
        targets = [Planned(target=str(number)) for number in range(count)]
        await planning.expand(tx, job, Fanout(planned=targets))
        return await queue.claim(tx, START, "ann", KINDS, count)


def sent(one: Delivery, **more: object) -> End:
    return End(delivery_id=one.id, state=DeliveryState.SENT, at=START, **more)


async def states(db: Database) -> list[str]:
    async with db.read() as tx:
        return list(await tx.scalars(select(DELIVERIES.c.state).order_by(DELIVERIES.c.id)))


async def test_ends_that_come_together_share_a_transaction(db: Database) -> None:
    deliveries = await claimed(db, 30)
    commits: list[object] = []
    event.listen(db.engine.sync_engine, "commit", commits.append)
    marker = Marker(db, "ann")
    await asyncio.gather(*(marker.mark(sent(one)) for one in deliveries))
    assert await states(db) == [DeliveryState.SENT] * 30
    assert len(commits) <= 3


async def test_record_that_fails_keeps_its_own_end_back_and_no_other(db: Database) -> None:
    async def record(_tx: Tx) -> None:
        raise ZeroDivisionError

    deliveries = await claimed(db, 3)
    marker = Marker(db, "ann")
    ends = [
        sent(one, record=record if number == 1 else None) for number, one in enumerate(deliveries)
    ]
    results = await asyncio.gather(*(marker.mark(end) for end in ends), return_exceptions=True)
    assert [type(one) for one in results] == [type(None), ZeroDivisionError, type(None)]
    assert await states(db) == [DeliveryState.SENT, DeliveryState.LEASED, DeliveryState.SENT]


async def test_end_of_who_was_cancelled_is_written_all_the_same(db: Database) -> None:
    first, second = await claimed(db, 2)
    marker = Marker(db, "ann")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(marker.mark(sent(first)))
        impatient = tasks.create_task(marker.mark(sent(second)))
        await asyncio.sleep(0)
        impatient.cancel()
    await marker.mark(sent(first))
    assert await states(db) == [DeliveryState.SENT, DeliveryState.SENT]


class Away(Database):
    """A server that can't be reached `times` times."""

    def __init__(self, url: str, times: int) -> None:
        super().__init__(url)
        self.times = times
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._refuse)

    def _refuse(self, *_call: object) -> None:
        if self.times:
            self.times -= 1
            lost = OperationalError("", None, Exception("server closed the connection"))
            lost.connection_invalidated = True
            raise lost


async def no_pause(_seconds: float) -> None:
    """Nobody waits in a test."""


async def test_end_is_kept_while_the_server_is_away(database_url: str) -> None:
    db = Away(database_url, 0)
    (one,) = await claimed(db, 1)
    db.times, pauses = 2, []

    async def pause(seconds: float) -> None:
        pauses.append(timedelta(seconds=seconds))

    await Marker(db, "ann", pause).mark(sent(one))
    assert await states(db) == [DeliveryState.SENT]
    least = [timedelta(seconds=seconds) for seconds in PAUSES[:2]]
    assert [short <= real <= 2 * short for short, real in zip(least, pauses, strict=True)] == [
        True,
        True,
    ]
    await db.close()


async def test_who_waits_hears_of_a_server_that_stays_away(database_url: str) -> None:
    db = Away(database_url, 0)
    first, second = await claimed(db, 2)
    db.times = 99
    marker = Marker(db, "ann", no_pause)
    waiting = (marker.mark(sent(first)), marker.mark(sent(second)))
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in results] == [OperationalError, OperationalError]
    assert db.times == 99 - len(PAUSES) - 1
    db.times = 0
    assert await states(db) == [DeliveryState.LEASED, DeliveryState.LEASED]
    await db.close()


async def test_death_reaches_everybody_who_waits(db: Database) -> None:
    class Death(BaseException):
        pass

    async def record(_tx: Tx) -> None:
        raise Death

    first, second = await claimed(db, 2)
    marker = Marker(db, "ann")
    waiting = (marker.mark(sent(first, record=record)), marker.mark(sent(second)))
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in results] == [Death, Death]
    with pytest.raises(Death):
        await marker.mark(sent(first, record=record))
