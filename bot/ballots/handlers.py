"""A ballot's acts: post it, count it, announce it, take it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.ballots import store, words
from bot.ballots.late import LateReactions
from bot.ballots.model import Ballot, BallotState, Result
from bot.ballots.seating import seat
from bot.ballots.service import ANNOUNCE, CLOSE, POST, VOID, call_off
from bot.ballots.tally import ballots_of, most_votes, order_ties
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.jobs.store import put_job
from bot.messenger import MessageGone, Messenger, NotAllowed, PlaceGone, TryLater
from bot.sessions.store import calendar_of


class BallotHandler:
    """What the four acts share: one delivery, and the ballot with its group."""

    kind: str

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Sequence[Planned]:
        return [Planned()]

    async def _read(self, ballot_id: int) -> tuple[Group, Ballot]:
        async with self._db.read() as tx:
            ballot = await store.get_ballot(tx, ballot_id)
            if ballot is None:
                raise LookupError(f"no ballot {ballot_id}")
            return await group_of(tx, ballot.group_id), ballot

    def _call_off(self, ballot: Ballot, alert: str) -> Skipped:
        async def record(tx: Tx) -> None:
            if await call_off(tx, ballot, self._clock()):
                await raise_alert(tx, ballot.group_id, alert, self._clock())

        return Skipped(reason="called off", record=record)


class PostHandler(BallotHandler):
    """Posts a ballot, puts the letters under it, draws the lots and prints them."""

    kind = POST

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.state is not BallotState.POSTING:
            return Skipped(reason=f"the ballot is {ballot.state}")
        try:
            card = words.ballot_card(group, ballot)
            message_id = await self._courier.say(delivery, ballot.channel_id, card)
            await self._messenger.seed_reactions(ballot.channel_id, message_id, ballot.emojis)
            waiting = [option.pitch_id for option in ballot.options if option.has_lost]
            pitch_ids = [option.pitch_id for option in ballot.options]
            tie_order = order_ties(message_id, waiting, pitch_ids)
            drawn = words.ballot_card(group, replace(ballot, tie_order=tie_order))
            await self._messenger.edit(ballot.channel_id, message_id, drawn, nonce=delivery.nonce)
        except NotAllowed as problem:
            return self._call_off(
                ballot,
                f"I could not post the ballot: I need {problem}. Its topics are on the backlog "
                "again; grant that and open it anew.",
            )
        except (PlaceGone, MessageGone):
            return self._call_off(
                ballot,
                "The ballot's channel or message was deleted while I posted it. Its topics are "
                "on the backlog again; choose a channel with `/group edit` and open it anew.",
            )

        async def record(tx: Tx) -> None:
            await store.mark_open(tx, ballot.id, message_id, tie_order)

        return Done(message_id=message_id, record=record)


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

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.state is BallotState.POSTING:
            raise TryLater("the ballot is still being posted", timedelta(seconds=30))
        if ballot.state not in (BallotState.OPEN, BallotState.CLOSING):
            return Skipped(reason=f"the ballot is {ballot.state}")
        async with self._db.begin() as tx:
            await store.mark_closing(tx, ballot.id, self._clock())
        try:
            result = await self._count(group, ballot)
        except (MessageGone, PlaceGone):
            return self._call_off(
                ballot,
                "The ballot's message or channel was deleted, so no vote can be counted. Its "
                "topics are on the backlog again: open a new ballot with `/ballot open`.",
            )
        except NotAllowed as problem:
            await self._alert(
                group, f"I can't read the votes: I need {problem}. I go on trying every minute."
            )
            raise TryLater("the votes can't be read", timedelta(minutes=1)) from problem

        async def record(tx: Tx) -> None:
            now = self._clock()
            if await store.mark_closed(tx, ballot.id, await seat(tx, ballot, result, now)):
                await put_job(tx, ANNOUNCE, ballot.id, now)

        return Done(record=record)

    async def _count(self, group: Group, ballot: Ballot) -> Result:
        if ballot.message_id is None:
            raise MessageGone("the ballot was never posted")
        with self._late.watching(ballot.message_id) as late:
            votes = await self._messenger.read_votes(
                ballot.channel_id, ballot.message_id, ballot.emojis
            )
            votes = late.undo(votes)
        voters = {vote.user_id for vote in votes if not vote.is_bot}
        present = await self._messenger.present_members(group.server_id, voters)
        letters = {option.emoji: option.pitch_id for option in ballot.options}
        return most_votes(ballots_of(votes, letters, present), ballot.seats, ballot.tie_order)

    async def _alert(self, group: Group, text: str) -> None:
        async with self._db.begin() as tx:
            await raise_alert(tx, group.id, text, self._clock())


class AnnounceHandler(BallotHandler):
    """Posts the result once, and pings the speakers who were elected."""

    kind = ANNOUNCE

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.result is None:
            return Skipped(reason="there is no result")
        async with self._db.read() as tx:
            sessions = await calendar_of(tx, group.id, ballot.opened_at)
        card = words.result_card(group, ballot, sessions)
        elected = [ballot.option_of(one) for one in ballot.result.winners]
        speakers = {one.speaker_id for one in elected if one.speaker_id is not None}
        message_id = await self._courier.say(delivery, ballot.channel_id, card, mentions=speakers)

        async def record(tx: Tx) -> None:
            await store.mark_announced(tx, ballot.id)

        return Done(message_id=message_id, record=record)


class VoidHandler(BallotHandler):
    """Writes on a ballot that it was called off."""

    kind = VOID

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.message_id is None:
            return Skipped(reason="it was never posted")
        try:
            card = words.void_card(group, ballot)
            await self._messenger.edit(ballot.channel_id, ballot.message_id, card)
        except MessageGone:
            return Skipped(reason="the message was deleted")
        return Done(message_id=ballot.message_id)
