"""How many people have voted so far: all that anybody learns of an open ballot."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.ballots.counting import choices_in
from bot.ballots.listening import Listener
from bot.ballots.model import Ballot, BallotState
from bot.ballots.votes import count_private_votes
from bot.clock import Clock
from bot.database import Database
from bot.messenger import DeliveryProblem, Messenger, Vote

FRESH = timedelta(minutes=1)
"""How old a number may be: reading twenty letters takes many calls, and anybody may ask."""


class Turnout:
    """Counts who has voted: as events tell it where that can be vouched for, else as Discord is
    read, once a minute for each ballot at most. It keeps the number alone.
    """

    def __init__(
        self, db: Database, clock: Clock, messenger: Messenger, listener: Listener
    ) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._listener = listener
        self._reading: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: dict[int, tuple[datetime, int]] = {}

    async def of(self, ballot: Ballot) -> int | None:
        """How many people have chosen something; None where Discord doesn't say now."""
        if ballot.state is not BallotState.OPEN or ballot.message_id is None:
            return None
        if not ballot.has_letters:
            async with self._db.read() as tx:
                return await count_private_votes(tx, ballot.id)
        if (heard := self._listener.heard(ballot.message_id)) is not None:
            return _people(ballot, heard)
        async with self._reading[ballot.id]:
            known = self._known.get(ballot.id)
            if known is None or self._clock() - known[0] >= FRESH:
                try:
                    known = self._clock(), await self._read(ballot, ballot.message_id)
                except DeliveryProblem:
                    # The upkeep of ballots tells leads of it; here it is a number less.
                    return None
                self._known[ballot.id] = known
        return known[1]

    async def _read(self, ballot: Ballot, message_id: int) -> int:
        votes = await self._messenger.read_votes(ballot.channel_id, message_id, ballot.emojis)
        return _people(ballot, votes)


def _people(ballot: Ballot, votes: Iterable[Vote]) -> int:
    letters = {option.emoji: option.pitch_id for option in ballot.options}
    return len(choices_in(votes, letters))
