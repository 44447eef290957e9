"""Followers who have not voted are told once, in time, and in private."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.ballots.counting import choices_in, sift
from bot.ballots.listening import Listener
from bot.ballots.model import CALL_TO_VOTE, REMIND_TO_VOTE, Ballot, BallotState
from bot.ballots.store import get_ballot
from bot.ballots.votes import private_votes
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Act, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped, lane_of
from bot.jobs.once import put_once
from bot.members.model import Member
from bot.members.store import get_members, note_closed_messages
from bot.messenger import (
    DeliveryProblem,
    DirectMessagesClosed,
    Membership,
    MessageGone,
    Messenger,
    NotAllowed,
    PlaceGone,
    TryLater,
    Vote,
)
from bot.reminders import store, voters
from bot.reminders.model import CLOSED, GATHER, LEAST_LEFT, Slot, calm_from, person_of, zone_of
from bot.reminders.vote_words import vote_call, vote_reminder

FRESH = timedelta(minutes=1)
"""How old what we know of reactions may be when somebody is written to: reading them all anew
for every batch of people would take longer than writing to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What the deliveries about one ballot need, as things are now.

    `voted` is None where nobody can say who has voted.
    """

    group: Group
    ballot: Ballot
    members: Mapping[int, Member]
    followers: Collection[int]
    there: Mapping[int, Membership]
    voted: frozenset[int] | None


class VoteReminderHandler:
    """One direct message for each follower who asked for it, and whose vote is missing."""

    kind = REMIND_TO_VOTE

    def __init__(
        self,
        db: Database,
        clock: Clock,
        messenger: Messenger,
        courier: Courier,
        listener: Listener,
    ) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier
        self._listener = listener
        self._reading = asyncio.Lock()
        self._known: dict[int, tuple[datetime, frozenset[int]]] = {}

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        """Everybody at once, but those in their quiet hours when these end."""
        ballot = await get_ballot(tx, job.subject_id)
        if ballot is None or not is_worth_a_word(ballot, now):
            return NOTHING
        nights = [
            Slot(zone=zone, quiet=quiet, told_at=calm_from(now, quiet, zone), overtaken_from=0)
            for zone, quiet in await voters.quiet_nights(tx, ballot)
        ]
        return Fanout(chosen=voters.choose_voters(ballot, nights, now))

    async def deliver(self, delivery: Delivery) -> Outcome:
        acts = await self.prepare([delivery])
        return await acts[delivery.id]()

    async def prepare(self, deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
        """An act for each, on what was read once for each ballot."""
        people: dict[int, set[int]] = {}
        for one in deliveries:
            people.setdefault(one.subject_id, set()).add(person_of(one.target) or 0)
        rounds = {ballot_id: await self._ask(ballot_id, them) for ballot_id, them in people.items()}
        return {one.id: partial(self._act, one, rounds[one.subject_id]) for one in deliveries}

    async def _ask(
        self, ballot_id: int, user_ids: Collection[int]
    ) -> Round | DeliveryProblem | None:
        try:
            return await self._read(ballot_id, user_ids)
        except DeliveryProblem as problem:
            return problem

    async def _read(self, ballot_id: int, user_ids: Collection[int]) -> Round | None:
        """None where the vote is over."""
        async with self._db.read() as tx:
            ballot = await get_ballot(tx, ballot_id)
            if ballot is None or not is_worth_a_word(ballot, self._clock()):
                self._known.pop(ballot_id, None)
                return None
            group = await group_of(tx, ballot.group_id)
            members = await get_members(tx, user_ids)
            followers = await store.followers_among(tx, [group.id], user_ids)
        return Round(
            group=group,
            ballot=ballot,
            members=members,
            followers=[user_id for _, user_id in followers],
            there=await self._messenger.memberships(group.server_id, user_ids),
            voted=await self._who_voted(ballot),
        )

    async def _who_voted(self, ballot: Ballot) -> frozenset[int] | None:
        if not ballot.has_letters:
            async with self._db.read() as tx:
                return frozenset(await private_votes(tx, ballot.id))
        if (heard := self._listener.heard(ballot.message_id)) is not None:
            return _voters(ballot, heard)
        async with self._reading:
            known = self._known.get(ballot.id)
            if known is None or self._clock() - known[0] >= FRESH:
                try:
                    known = self._known[ballot.id] = (self._clock(), await self._reacted(ballot))
                except (MessageGone, PlaceGone, NotAllowed):
                    return None
        return known[1]

    async def _reacted(self, ballot: Ballot) -> frozenset[int]:
        votes = await self._messenger.read_votes(
            ballot.channel_id, ballot.message_id or 0, ballot.emojis
        )
        return _voters(ballot, votes)

    async def _act(self, delivery: Delivery, known: Round | DeliveryProblem | None) -> Outcome:
        if isinstance(known, DeliveryProblem):
            raise known
        if known is None:
            return Skipped(reason="the vote is over")
        user_id = person_of(delivery.target) or 0
        if (reason := _reason_not_to(known, user_id)) is not None:
            return Skipped(reason=reason)
        member, now = known.members[user_id], max(self._clock(), delivery.not_before)
        calm_at = calm_from(now, member.known_quiet, zone_of(member))
        if calm_at > now:
            raise TryLater("their quiet hours are not over", calm_at - now)
        if member.has_closed_messages:
            return self._unreached(known.ballot, user_id)
        card = vote_reminder(known.group, known.ballot, member, now)
        try:
            return Done(message_id=await self._courier.tell(delivery, user_id, card))
        except DirectMessagesClosed:
            return self._unreached(known.ballot, user_id)

    def _unreached(self, ballot: Ballot, user_id: int) -> Outcome:
        """The channel is told, of nobody: a mention would show who has not voted."""

        async def record(tx: Tx) -> None:
            await note_closed_messages(tx, user_id)
            await put_once(tx, CALL_TO_VOTE, ballot.id, self._clock() + GATHER)

        return Skipped(reason=CLOSED, record=record)


class VoteCallHandler:
    """One message in the ballot's channel, where somebody who asked for a word can't be told."""

    kind = CALL_TO_VOTE

    def __init__(self, db: Database, clock: Clock, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        ballot = await get_ballot(tx, job.subject_id)
        if ballot is None or not is_worth_a_word(ballot, now):
            return NOTHING
        lane = lane_of(ballot.due_at - now)
        return Fanout(planned=[Planned(lane=lane, expires_at=ballot.due_at)])

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            ballot = await get_ballot(tx, delivery.subject_id)
            if ballot is None or not is_worth_a_word(ballot, self._clock()):
                return Skipped(reason="the vote is over")
            group = await group_of(tx, ballot.group_id)
        card = vote_call(group, ballot, self._clock())
        try:
            return Done(message_id=await self._courier.say(delivery, ballot.channel_id, card))
        except (PlaceGone, NotAllowed):
            return Skipped(reason="the channel can't be written to")


def is_worth_a_word(ballot: Ballot, now: datetime) -> bool:
    """True while the vote is open, and long enough to be gone to."""
    return ballot.state is BallotState.OPEN and ballot.due_at - now >= LEAST_LEFT


def _voters(ballot: Ballot, votes: Iterable[Vote]) -> frozenset[int]:
    letters = {option.emoji: option.pitch_id for option in ballot.options}
    return frozenset(choices_in(votes, letters))


def _reason_not_to(known: Round, user_id: int) -> str | None:
    """Why the person is not written to, None where they are."""
    member = known.members[user_id]
    is_wanted = member.wants_direct_messages and member.wants_vote_reminders
    if not is_wanted or user_id not in known.followers:
        return "they don't want it any more"
    if sift(known.ballot, {user_id: frozenset()}, known.there).exclusions:
        return "they have no vote in it"
    if known.voted is None:
        return "nobody can say who has voted"
    return "they have voted" if user_id in known.voted else None
