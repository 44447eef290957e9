"""A kind of work whose outcome the test decides."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.database import Database, Tx
from bot.jobs.handler import Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned
from bot.jobs.store import put_job
from tests.fakes.clock import START

Act = Callable[[Delivery], Awaitable[Outcome]]


async def succeed(_delivery: Delivery) -> Outcome:
    """Perform the errand, as if it had led to no message."""
    return Done()


async def no_pause(_seconds: float) -> None:
    """Nobody counts the calls of a test."""


async def put(
    db: Database, *subject_ids: int, kind: str = "errand", due_at: datetime = START
) -> None:
    """Have the kind of work done for each of the subjects."""
    async with db.begin() as tx:
        for subject_id in subject_ids:
            await put_job(tx, kind, subject_id, due_at)


class Errand:
    """A handler for `kind` that plans `targets`, keeps what it was given and does `act`."""

    def __init__(
        self, kind: str = "errand", act: Act = succeed, targets: Sequence[str] = ("",)
    ) -> None:
        self.kind = kind
        self.act = act
        self.targets = targets
        self.planned: list[Job] = []
        self.delivered: list[Delivery] = []

    async def plan(self, _tx: Tx, job: Job, _now: datetime) -> Fanout:
        self.planned.append(job)
        return Fanout(planned=[Planned(target=target) for target in self.targets])

    async def deliver(self, delivery: Delivery) -> Outcome:
        self.delivered.append(delivery)
        return await self.act(delivery)
