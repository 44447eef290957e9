"""The close of a ballot: counted from what Discord says, and written all at once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ballots import store
from bot.ballots.counting import Count, choices_in, conclude, sift
from bot.ballots.credits import credits_in, known_members, save_credits, set_aside
from bot.ballots.handlers import WHILE_BARRED, BallotHandler
from bot.ballots.late import LateReactions
from bot.ballots.model import Ballot, BallotMode, BallotState
from bot.ballots.publishing import settle
from bot.ballots.service import CLOSE
from bot.ballots.votes import forget_private_votes, private_votes, save_record
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.model import Group
from bot.groups.store import lock_group
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Outcome, Skipped
from bot.messenger import MessageGone, Messenger, NotAllowed, PlaceGone, TryLater, close_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What counts, and who of those with a vote or credits is in the server."""

    count: Count
    present: frozenset[int]
    absent: frozenset[int]


class CloseHandler(BallotHandler):
    """Counts a ballot from what Discord says now, seats the winners, and closes it, all at once.

    Reactions that arrive while it reads are undone: the vote counts as it stood when counting
    began. A count that died starts over with a new moment.
    """

    kind = CLOSE

    def __init__(
        self,
        db: Database,
        clock: Clock,
        messenger: Messenger,
        courier: Courier,
        late: LateReactions,
    ) -> None:
        super().__init__(db, clock, messenger, courier)
        self._late = late
        self._counts: dict[int, asyncio.Task[Counted]] = {}

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.state is BallotState.POSTING:
            raise TryLater("the ballot is still being posted", timedelta(seconds=30))
        if ballot.state not in (BallotState.OPEN, BallotState.CLOSING):
            return Skipped(reason=f"the ballot is {ballot.state}")
        async with self._db.begin() as tx:
            await store.mark_closing(tx, ballot.id, self._clock())
        try:
            counted = await self._count_on(group, ballot)
        except (MessageGone, PlaceGone):
            return self.called_off(
                ballot,
                "The ballot's message or channel was deleted, so no vote can be counted. Its "
                "topics are on the backlog again: open a new ballot with `/ballot open`.",
            )
        except NotAllowed as problem:
            await self.alert(
                group, f"I can't read the votes: I need {problem}. I go on trying every minute."
            )
            raise TryLater("the votes can't be read", WHILE_BARRED) from problem

        async def record(tx: Tx) -> None:
            await lock_group(tx, group.id)
            locked = await store.lock_ballot(tx, ballot.id)
            if locked is not None and locked.state is BallotState.CLOSING:
                await write_result(tx, ballot, counted, self._clock())

        return Done(record=record)

    async def _count_on(self, group: Group, ballot: Ballot) -> Counted:
        """The result of the count that is under way, or of a new one.

        A large count outlasts a delivery's lease; the next attempt finds it where it is.
        """
        count = self._counts.get(ballot.id)
        if count is None:
            count = self._counts[ballot.id] = asyncio.create_task(self._count(group, ballot))
        try:
            return await asyncio.shield(count)
        finally:
            if count.done():
                del self._counts[ballot.id]

    async def _count(self, group: Group, ballot: Ballot) -> Counted:
        if ballot.message_id is None:
            raise MessageGone("the ballot was never posted")
        chosen = await self._read_choices(ballot, ballot.message_id)
        async with self._db.read() as tx:
            asked = chosen.keys() | await known_members(tx, group.id)
        members = await self._messenger.memberships(group.server_id, asked)
        return Counted(
            count=sift(ballot, chosen, members),
            present=frozenset(members),
            absent=frozenset(asked - members.keys()),
        )

    async def _read_choices(self, ballot: Ballot, message_id: int) -> Mapping[int, frozenset[int]]:
        """What everybody chose: by letters under the message, or in private."""
        turn = close_at(ballot.due_at)
        if ballot.mode is BallotMode.PRIVATE:
            # A deleted ballot is void in either mode.
            await self._messenger.own_reactions(ballot.channel_id, message_id, turn=turn)
            async with self._db.read() as tx:
                return await private_votes(tx, ballot.id)
        with self._late.watching(message_id) as late:
            votes = await self._messenger.read_votes(
                ballot.channel_id, message_id, ballot.emojis, turn=turn
            )
            await self._late.wait_for_stragglers()
            votes = late.undo(votes)
        letters = {option.emoji: option.pitch_id for option in ballot.options}
        return choices_in(votes, letters)


async def write_result(tx: Tx, ballot: Ballot, counted: Counted, now: datetime) -> None:
    """Close the ballot: credits, record, seats and the announcement, all in this transaction."""
    await set_aside(tx, ballot.group_id, counted.present, counted.absent, now)
    closing = conclude(ballot, counted.count, await credits_in(tx, ballot.group_id))
    await save_credits(tx, ballot.group_id, closing.new_credits)
    await save_record(tx, ballot.id, closing.record)
    await forget_private_votes(tx, ballot.id)
    await store.mark_closed(tx, ballot.id, closing.result)
    await settle(tx, ballot, closing.result, now)
