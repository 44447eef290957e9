"""Looking after open ballots: letters that went missing come back, lost messages end a ballot."""

from collections.abc import Sequence

import structlog

from bot.ballots import store
from bot.ballots.model import Ballot
from bot.ballots.service import call_off
from bot.clock import Clock
from bot.database import Database
from bot.groups.alerts import raise_alert
from bot.groups.store import lock_group
from bot.messenger import DeliveryProblem, MessageGone, Messenger, NotAllowed, PlaceGone

log = structlog.get_logger()


class BallotUpkeep:
    """Run at start, every quarter of an hour, and when a moderator clears reactions.

    Lectern asks for no event about deleted messages, so a deletion is found here or at the close.
    """

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def look_after_all(self) -> None:
        """Put every open ballot of every server right."""
        async with self._db.read() as tx:
            ballots = await store.open_ballots(tx)
        for ballot in ballots:
            await self._look_after(ballot)

    async def look_after(self, message_id: int) -> None:
        """Put the open ballot under this message right, if it is one."""
        async with self._db.read() as tx:
            ballots = await store.open_ballots(tx)
        for ballot in ballots:
            if ballot.message_id == message_id:
                await self._look_after(ballot)

    async def _look_after(self, ballot: Ballot) -> None:
        if ballot.message_id is None:
            return
        try:
            there = await self._messenger.own_reactions(ballot.channel_id, ballot.message_id)
            missing = [emoji for emoji in ballot.seeds if emoji not in there]
            await self._messenger.seed_reactions(ballot.channel_id, ballot.message_id, missing)
        except (MessageGone, PlaceGone):
            await self._end(ballot)
        except NotAllowed as problem:
            await self._alert(ballot, f"I can't look after the open ballot: I need {problem}.")
        except DeliveryProblem as problem:
            log.warning("ballots.upkeep_failed", ballot_id=ballot.id, problem=repr(problem))
        else:
            if missing:
                await self._tell_of_loss(ballot, missing)

    async def _tell_of_loss(self, ballot: Ballot, missing: Sequence[str]) -> None:
        log.warning("ballots.letters_removed", ballot_id=ballot.id, letters=len(missing))
        letters = ", ".join(missing)
        await self._alert(
            ballot,
            f"Somebody removed reactions from the open ballot: {letters}. I put the letters back, "
            "but votes that went with them are lost: ask people to vote again.",
        )

    async def _alert(self, ballot: Ballot, text: str) -> None:
        async with self._db.begin() as tx:
            await raise_alert(tx, ballot.group_id, text, self._clock())

    async def _end(self, ballot: Ballot) -> None:
        now = self._clock()
        async with self._db.begin() as tx:
            await lock_group(tx, ballot.group_id)
            if await call_off(tx, ballot.id, now):
                text = (
                    "The open ballot's message was deleted, so I called the ballot off. Its "
                    "topics are on the backlog again: open a new ballot with `/ballot open`."
                )
                await raise_alert(tx, ballot.group_id, text, now)
        log.warning("ballots.message_deleted", ballot_id=ballot.id)
