"""Reactions that come while a ballot is counted: they are taken out of the count again.

Discord's lists say how things stand when a page is read, not when counting began, and events
carry no time. So events are kept from the moment of closing: the first one for a person and a
letter says how it stood before (an added reaction was not there, a removed one was).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.messenger import Vote

TRAIL_SECONDS = 3
"""How long after the last page an event may still come of a click that the page has shown."""


@dataclass(slots=True)
class Watch:
    """The first change of each (person, emoji) since counting began: True for an added one."""

    first_changes: dict[tuple[int, str], bool] = field(default_factory=dict)

    def undo(self, votes: frozenset[Vote]) -> frozenset[Vote]:
        """The votes as they stood when counting began."""
        bots = {vote.user_id for vote in votes if vote.is_bot}
        kept = {v for v in votes if not self.first_changes.get((v.user_id, v.emoji), False)}
        removed = {
            Vote(user_id=user_id, emoji=emoji, is_bot=user_id in bots)
            for (user_id, emoji), was_added in self.first_changes.items()
            if not was_added
        }
        return frozenset(kept | removed)


class LateReactions:
    """Which ballots are being counted in this process, and what changed meanwhile."""

    def __init__(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._watches: dict[int, Watch] = {}
        self._pause = pause

    @contextmanager
    def watching(self, message_id: int) -> Iterator[Watch]:
        """Keep changes of the message's reactions until the block ends."""
        watch = self._watches[message_id] = Watch()
        try:
            yield watch
        finally:
            del self._watches[message_id]

    async def wait_for_stragglers(self) -> None:
        """Return when every event of what was read has come."""
        await self._pause(TRAIL_SECONDS)

    def note(self, message_id: int, user_id: int, emoji: str, *, was_added: bool) -> None:
        """Take in one reaction event; events of messages that are not counted are left."""
        watch = self._watches.get(message_id)
        if watch is not None:
            watch.first_changes.setdefault((user_id, emoji), was_added)
