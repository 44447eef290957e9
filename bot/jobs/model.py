"""Jobs and deliveries as values, and the rules of trying again."""

from base64 import b32encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import blake2b

from bot.database import Tx

LEASE = timedelta(seconds=60)
"""Longer than any one call to Discord may take; after it another worker may take over."""

MOST_ATTEMPTS = 8
"""So many attempts may meet a bug; what the chat system asks to try later is not counted."""

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
MOST_DOUBLINGS = 9
"""512 s is past the longest pause; an outage of hours must not double out of all bounds."""


class JobState(StrEnum):
    WAITING = "waiting"
    PLANNED = "planned"
    CANCELLED = "cancelled"
    FROZEN = "frozen"
    PARKED = "parked"


class DeliveryState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    FROZEN = "frozen"
    PARKED = "parked"


class Lane(IntEnum):
    """Who goes first when much is due: lower numbers, then the older."""

    NOW = 0
    HOUR = 1
    DAY = 2
    WEEK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be done for a subject at `due_at`; `rev` grows each time it is put again.

    `are_others_due` says that it was not the only one that was due when it was taken up.
    """

    id: int
    kind: str
    subject_id: int
    lead_minutes: int
    due_at: datetime
    rev: int
    are_others_due: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One delivery that a job expands into; `target` names the place or person.

    `not_before` is None for the instant at which the job is due.
    """

    target: str = ""
    lane: Lane = Lane.NOW
    not_before: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One claimed act. `attempts` counts this one; the first has `attempts` == 1.

    `failures` are the earlier attempts that met a bug: passing faults last as long as they do.
    It may be claimed a moment before `not_before`, when it may be performed.
    `is_restored` says that the database may be an old backup, which has forgotten what was sent.
    """

    id: int
    kind: str
    subject_id: int
    lead_minutes: int
    target: str
    rev: int
    due_at: datetime
    attempts: int
    first_attempt_at: datetime
    not_before: datetime
    failures: int = 0
    is_restored: bool = False

    @property
    def is_repeated(self) -> bool:
        """True when an earlier attempt may have got through without our knowing."""
        return self.attempts > 1 or self.is_restored

    @property
    def sought_since(self) -> datetime:
        """From when on an earlier attempt has to be looked for."""
        return (
            min(self.due_at, self.first_attempt_at) if self.is_restored else self.first_attempt_at
        )

    @property
    def nonce(self) -> str:
        """24 characters that are the same for every attempt at this delivery and no other."""
        return make_nonce(self.kind, self.subject_id, self.lead_minutes, self.target, self.rev)


Record = Callable[[Tx], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The act was performed; `record` writes what follows from it in the marking transaction."""

    message_id: int | None = None
    record: Record | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """There is nothing (any more) to do, and why."""

    reason: str
    record: Record | None = None


Outcome = Done | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a claimed delivery ended, to be written while it is still its owner's.

    `not_before` is for one that is to be tried again, `is_failure` says that a bug was met.
    `attempts` tells the attempt that ended from a later one of the same worker.
    """

    delivery_id: int
    state: DeliveryState
    at: datetime
    attempts: int | None = None
    message_id: int | None = None
    note: str | None = None
    is_failure: bool = False
    not_before: datetime | None = None
    record: Record | None = None

    @property
    def is_plain(self) -> bool:
        """True for the usual end: sent, and nothing follows from it."""
        return self.state is DeliveryState.SENT and self.record is None and self.note is None


def make_nonce(kind: str, subject_id: int, occurrence: int, recipient: str, rev: int) -> str:
    """The idempotency key of one delivery, 24 lower-case characters (Discord's limit is 25)."""
    subject = f"{kind}|{subject_id}|{occurrence}|{recipient}|{rev}"
    digest = blake2b(subject.encode(), digest_size=15).digest()
    return b32encode(digest).decode().lower()


def pause_before(attempt: int) -> timedelta:
    """How long to wait after the failed `attempt`: 1 s, doubled each time, at most 5 min."""
    doubled: int = 2 ** min(max(attempt - 1, 0), MOST_DOUBLINGS)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def lane_of(lead: timedelta) -> Lane:
    """The lane of a reminder sent `lead` before its session."""
    if lead <= timedelta(minutes=10):
        return Lane.NOW
    if lead <= timedelta(hours=1):
        return Lane.HOUR
    return Lane.DAY if lead <= timedelta(days=1) else Lane.WEEK
