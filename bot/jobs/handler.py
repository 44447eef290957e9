"""What a kind of work is: a handler in a room, and what its jobs expand into."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Select

from bot.database import Tx
from bot.jobs.model import Delivery, Job, Outcome, Planned

Act = Callable[[], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fanout:
    """What a due job expands into: deliveries that are named, and those that a query chooses.

    `chosen` selects exactly (target, lane, not_before, expires_at) and becomes one statement,
    however many people it finds. A target that the job has already is left as it is, so a job
    may be planned again at `again_at`; without one it is planned for good.
    """

    planned: Sequence[Planned] = ()
    chosen: Select[Any] | None = None
    again_at: datetime | None = None


ONE = Fanout(planned=(Planned(),))
NOTHING = Fanout()


class Handler(Protocol):
    """What one kind of job means. A new kind of work is one handler in one room."""

    kind: str

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        """What a due job expands into, read in the transaction that writes it."""
        ...

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Perform one delivery; it may run twice, so the second run is harmless.

        Raises `TryLater` for a passing fault and other `DeliveryProblem`s for a lasting one.
        """
        ...


@runtime_checkable
class BatchHandler(Protocol):
    """A handler that reads once what all deliveries of a batch need."""

    async def prepare(self, deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
        """What performs each delivery, by its id, like `Handler.deliver`."""
        ...


@runtime_checkable
class BatchPlanner(Protocol):
    """A handler that reads once what many due jobs expand into.

    They share one transaction, so it locks nothing that a job is about: members' acts would wait
    for all of them.
    """

    async def plan_all(self, tx: Tx, jobs: Sequence[Job], now: datetime) -> Mapping[int, Fanout]:
        """What each job expands into, by its id, like `Handler.plan`."""
        ...
