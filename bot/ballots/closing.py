"""The close of a ballot: counted from what Discord says, and written all at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.ballots import moves, store
from bot.ballots.counting import Closing, Count, choices_in, conclude, sift
from bot.ballots.credits import credits_in, known_members, save_credits, set_aside
from bot.ballots.fingerprint import seal
from bot.ballots.handlers import WHILE_BARRED, BallotHandler
from bot.ballots.listening import WHILE_DEAF, Listener
from bot.ballots.machine import Verdict, doubt_about, judge, keys_of, robots_in, votes_of
from bot.ballots.model import Ballot, BallotState, Doubt, hash_options
from bot.ballots.publishing import settle
from bot.ballots.rounds import extend, extended_until, keep_count
from bot.ballots.service import CLOSE
from bot.ballots.votes import forget_private_votes, private_votes, save_record
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.model import Group
from bot.groups.store import lock_group
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Outcome, Skipped
from bot.jobs.underway import Underway
from bot.messenger import MessageGone, Messenger, NotAllowed, PlaceGone, TryLater, Turn, close_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was chosen, what counts of it, whether that can be vouched for, and who of those with a
    vote or credits is in the server.
    """

    chosen: Mapping[int, frozenset[int]]
    count: Count
    doubt: Doubt | None
    present: frozenset[int]
    absent: frozenset[int]


class CloseHandler(BallotHandler):
    """Counts a ballot from what Discord says now, seats the winners, and closes it, all at once.

    The vote counts as it stood when counting began (`bot.ballots.machine`), so this takes the
    process that hears of every change since. A count that died, or missed an event, starts over
    with a new moment. One that can't be vouched for waits for a lead.
    """

    kind = CLOSE

    def __init__(
        self,
        db: Database,
        clock: Clock,
        messenger: Messenger,
        courier: Courier,
        listener: Listener,
    ) -> None:
        super().__init__(db, clock, messenger, courier)
        self._listener = listener
        self._counts: Underway[Counted] = Underway()

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.state is BallotState.POSTING:
            raise TryLater("the ballot is still being posted", timedelta(seconds=30))
        if ballot.state not in (BallotState.OPEN, BallotState.CLOSING):
            return Skipped(reason=f"the ballot is {ballot.state}")
        if ballot.awaits_decision:
            return Skipped(reason="a lead has to decide about the count")
        try:
            counted = await self._counts.join(ballot.id, partial(self._count, group, ballot))
        except (MessageGone, PlaceGone):
            return self.called_off(ballot)
        except NotAllowed as problem:
            await self.alert(
                group, f"I can't read the votes: I need {problem}. I go on trying every minute."
            )
            raise TryLater("the votes can't be read", WHILE_BARRED) from problem

        async def record(tx: Tx) -> None:
            await lock_group(tx, group.id)
            locked = await store.lock_ballot(tx, ballot.id)
            if locked is not None and locked.state is BallotState.CLOSING:
                await write_count(tx, locked, counted, self._clock())

        return Done(record=record)

    async def _count(self, group: Group, ballot: Ballot) -> Counted:
        if ballot.message_id is None:
            raise MessageGone("the ballot was never posted")
        if ballot.accepted_by is not None:
            chosen, is_exact = await self._kept(ballot), False
        elif ballot.has_letters:
            chosen, is_exact = await self._read_letters(ballot, ballot.message_id)
        else:
            chosen, is_exact = await self._read_stored(ballot, ballot.message_id), True
        async with self._db.read() as tx:
            asked = chosen.keys() | await known_members(tx, group.id)
        members = await self._messenger.memberships(group.server_id, asked)
        is_intact = not ballot.options_hash or ballot.options_hash == hash_options(ballot.options)
        return Counted(
            chosen=chosen,
            count=sift(ballot, chosen, members),
            doubt=doubt_about(is_exact=is_exact, is_intact=is_intact),
            present=frozenset(members),
            absent=frozenset(asked - members.keys()),
        )

    async def _kept(self, ballot: Ballot) -> Mapping[int, frozenset[int]]:
        async with self._db.read() as tx:
            return await private_votes(tx, ballot.id)

    async def _read_stored(self, ballot: Ballot, message_id: int) -> Mapping[int, frozenset[int]]:
        """What everybody chose in the list; a deleted ballot is void without letters, too."""
        async with self._db.begin() as tx:
            await moves.mark_closing(tx, ballot.id, self._clock())
        turn = await self._turn_of(ballot)
        await self._messenger.own_reactions(ballot.channel_id, message_id, turn=turn)
        return await self._kept(ballot)

    async def _turn_of(self, ballot: Ballot) -> Turn:
        """Its place among other closes: by T, which a lead may have set before it was due."""
        async with self._db.read() as tx:
            stored = await store.get_ballot(tx, ballot.id)
        began_at = stored.closing_at if stored else None
        return close_at(began_at or self._clock())

    async def _read_letters(
        self, ballot: Ballot, message_id: int
    ) -> tuple[Mapping[int, frozenset[int]], bool]:
        """What everybody chose when the count began, and whether that is certain."""
        if not self._listener.is_listening:
            raise TryLater("no event of a late vote would come to this process", WHILE_DEAF)
        async with self._listener.counting(ballot.id, message_id) as count:
            votes = await self._messenger.read_votes(
                ballot.channel_id, message_id, ballot.emojis, turn=await self._turn_of(ballot)
            )
            await self._listener.wait_for_stragglers()
            if count.is_broken or not self._listener.is_listening:
                raise TryLater("events were lost while the votes were read", WHILE_DEAF)
        settled = count.settle(keys_of(votes))
        letters = {option.emoji: option.pitch_id for option in ballot.options}
        return choices_in(votes_of(settled.votes, robots_in(votes)), letters), settled.is_exact


async def write_count(tx: Tx, ballot: Ballot, counted: Counted, now: datetime) -> None:
    """What follows from a count, all in this transaction: the close, or another round, or a
    question to the leads.
    """
    await set_aside(tx, ballot.group_id, counted.present, counted.absent, now)
    closing = conclude(ballot, counted.count, await credits_in(tx, ballot.group_id))
    until = await extended_until(tx, ballot, now) if closing.result.misses_quorum else None
    verdict = judge(
        counted.doubt,
        is_accepted=ballot.accepted_by is not None,
        misses_quorum=closing.result.misses_quorum,
        may_extend=until is not None,
    )
    if verdict is Verdict.ASK and counted.doubt is not None:
        await keep_count(tx, ballot, counted.chosen, counted.doubt, now)
    elif verdict is Verdict.EXTEND and until is not None:
        await extend(tx, ballot, closing.result.voters, until, now)
    else:
        await write_result(tx, ballot, seal(ballot, closing), now)


async def write_result(tx: Tx, ballot: Ballot, closing: Closing, now: datetime) -> None:
    """Close the ballot: credits, record, seats and the announcement."""
    await save_credits(tx, ballot.group_id, closing.new_credits)
    await save_record(tx, ballot.id, closing.record)
    await forget_private_votes(tx, ballot.id)
    await moves.mark_closed(tx, ballot.id, closing.result)
    await settle(tx, ballot, closing.result, now)
