"""A ballot that has opened is followed at once by the process that hears of its votes."""

from datetime import datetime
from functools import partial

from bot.ballots import store
from bot.ballots.listening import WHILE_DEAF, Listener
from bot.ballots.model import BallotState
from bot.ballots.service import FOLLOW
from bot.ballots.upkeep import BallotUpkeep
from bot.database import Database, Tx
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Skipped
from bot.jobs.underway import Underway
from bot.messenger import TryLater


class FollowHandler:
    """Reads an open ballot, so that its live set is trusted long before the next look at all.

    Whichever process has posted or reopened it: only the one at the gateway can do this.
    """

    kind = FOLLOW

    def __init__(self, db: Database, listener: Listener, upkeep: BallotUpkeep) -> None:
        self._db = db
        self._listener = listener
        self._upkeep = upkeep
        self._looks: Underway[None] = Underway()

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            ballot = await store.get_ballot(tx, delivery.subject_id)
        if ballot is None or ballot.state is not BallotState.OPEN or ballot.message_id is None:
            return Skipped(reason="it is not open")
        if not self._listener.is_listening:
            raise TryLater("no event of a vote comes to this process", WHILE_DEAF)
        # What is heard is kept from here on, however long the line for the read is.
        self._listener.follow(ballot.id, ballot.message_id)
        await self._looks.join(ballot.id, partial(self._upkeep.look_after, ballot.message_id))
        return Done()
