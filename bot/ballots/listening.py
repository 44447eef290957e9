"""What is heard of reactions: kept for every ballot that is followed, and logged as it comes.

Only the process at the gateway hears anything, so counts are made there.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from bot.ballots import counts
from bot.ballots.machine import Count, EventKind, LiveVotes, VoteEvent, votes_of
from bot.ballots.votes import forget_events, last_event_id, log_events
from bot.clock import Clock
from bot.database import Database
from bot.messenger import Vote

LOGGING = timedelta(seconds=10)
"""How long an event may wait to be written, so that many are written together."""

TRAIL_SECONDS = 3
"""How long after the last page an event may still come of a click that the page has shown."""

WHILE_DEAF = timedelta(seconds=3)
"""How soon work that takes events is tried again where none come to us, or some were lost."""

LOG_KEPT = timedelta(days=30)
"""How long a ballot that is over can be asked about what was heard, and when."""


@dataclass(slots=True)
class Followed:
    """One ballot's live set, and who of those who have reacted is known to be a bot."""

    ballot_id: int
    live: LiveVotes = field(default_factory=LiveVotes)
    robots: frozenset[int] = frozenset()


def call_never(_delay: timedelta, _call: Callable[[], Awaitable[None]]) -> None:
    """No alarm clock: who counts or looks after ballots writes the log."""


class Listener:
    """`is_listening` says that every event comes to us now.

    `call_after` is an alarm clock that rings once, however often it is set meanwhile.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        call_after: Callable[[timedelta, Callable[[], Awaitable[None]]], None] = call_never,
    ) -> None:
        self._db = db
        self._clock = clock
        self._pause = pause
        self._call_after = call_after
        self._followed: dict[int, Followed] = {}
        self._unwritten: list[tuple[int, VoteEvent]] = []
        self._writing = asyncio.Lock()
        self.is_listening = False

    def begin_session(self) -> None:
        """A new session at the gateway: events before it may have been lost."""
        for followed in self._followed.values():
            followed.live.lose_track()
        self.is_listening = True

    def fall_silent(self) -> None:
        """The connection is gone; its session may be resumed, which brings what was missed."""
        self.is_listening = False

    def resume_session(self) -> None:
        """Everything that was missed has come."""
        self.is_listening = True

    def follow(self, ballot_id: int, message_id: int) -> LiveVotes:
        """The live set of the ballot under this message, kept from now on."""
        return self._followed.setdefault(message_id, Followed(ballot_id=ballot_id)).live

    def note_robots(self, message_id: int, user_ids: Iterable[int]) -> None:
        """Remember who of those who reacted is a bot; it stays one, whatever is read later."""
        if (followed := self._followed.get(message_id)) is not None:
            followed.robots |= frozenset(user_ids)

    def heard(self, message_id: int | None) -> frozenset[Vote] | None:
        """The votes under an open ballot as they stand; None where nobody can vouch for them."""
        followed = self._followed.get(message_id or 0)
        if followed is None or not self.is_listening:
            return None
        standing = followed.live.stand()
        return frozenset(votes_of(standing.votes, followed.robots)) if standing.is_trusted else None

    def follow_only(self, message_ids: frozenset[int]) -> None:
        """Let go of ballots that are over."""
        for message_id, followed in list(self._followed.items()):
            if message_id not in message_ids and not followed.live.is_counted:
                del self._followed[message_id]

    def note(
        self,
        message_id: int,
        kind: EventKind,
        user_id: int | None = None,
        emoji: str | None = None,
        *,
        is_super: bool = False,
    ) -> None:
        """Take in one event; those of messages that are not followed are left."""
        followed = self._followed.get(message_id)
        if followed is None:
            return
        event = VoteEvent(
            kind=kind,
            user_id=user_id,
            emoji=emoji,
            is_super=is_super,
            received_at=self._clock(),
        )
        followed.live.take(event)
        self._unwritten.append((followed.ballot_id, event))
        self._call_after(LOGGING, self.write_log)

    @asynccontextmanager
    async def counting(self, ballot_id: int, message_id: int) -> AsyncIterator[Count]:
        """A count that begins now, at T, which is committed; events go to it until the end."""
        with ExitStack() as end:
            async with self._writing:
                await self._write()
                # Nothing is awaited from the last event on: T is one point in their order, and
                # nobody lets go of the ballot meanwhile.
                live = self.follow(ballot_id, message_id)
                count = live.begin_count()
                end.callback(live.end_count, count)
                async with self._db.begin() as tx:
                    cutoff = await last_event_id(tx, ballot_id)
                    await counts.begin_count(tx, ballot_id, self._clock(), cutoff)
            yield count

    async def wait_for_stragglers(self) -> None:
        """Return when every event of what was read has come."""
        await self._pause(TRAIL_SECONDS)

    async def write_log(self) -> None:
        """Write the events that have come since the last time."""
        async with self._writing:
            await self._write()

    async def forget_old(self) -> None:
        """Drop the log of ballots that have long been over."""
        async with self._db.begin() as tx:
            await forget_events(tx, self._clock() - LOG_KEPT)

    async def _write(self) -> None:
        while self._unwritten:
            batch = self._unwritten.copy()
            async with self._db.begin() as tx:
                await log_events(tx, batch)
            del self._unwritten[: len(batch)]
