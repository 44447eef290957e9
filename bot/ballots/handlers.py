"""A ballot's acts: post it, announce it, draw it anew; `bot.ballots.closing` counts it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.ballots import moves, store, words
from bot.ballots.chart import result_chart
from bot.ballots.machine import lost_seeds
from bot.ballots.model import Ballot, BallotState
from bot.ballots.result_words import result_card
from bot.ballots.seating import sessions_to_fill
from bot.ballots.service import (
    ANNOUNCE,
    FOLLOW,
    POST,
    REDRAW,
    TELL_OF_LOSS,
    call_off,
    remind_voters,
)
from bot.ballots.tally import order_ties
from bot.cards import Card, stamp
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.groups.store import group_of, lock_group
from bot.jobs.courier import CLOCK_SLACK, Courier
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Skipped
from bot.jobs.store import put_job
from bot.messenger import (
    POSTING,
    DeliveryProblem,
    MessageGone,
    Messenger,
    NotAllowed,
    PlaceFull,
    PlaceGone,
    TryLater,
)
from bot.pictures.model import with_picture
from bot.pictures.studio import Draw
from bot.sessions.model import Session
from bot.sessions.store import calendar_of

WHILE_BARRED = timedelta(minutes=1)
"""How long to wait for a lead who has to grant a permission before trying again."""


class BallotHandler:
    """What the four acts share: one delivery, and the ballot with its group."""

    kind: str

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def _read(self, ballot_id: int) -> tuple[Group, Ballot]:
        async with self._db.read() as tx:
            ballot = await store.get_ballot(tx, ballot_id)
            if ballot is None:
                raise LookupError(f"no ballot {ballot_id}")
            return await group_of(tx, ballot.group_id), ballot

    async def _to_fill(self, ballot: Ballot) -> Sequence[Session]:
        async with self._db.read() as tx:
            return await sessions_to_fill(tx, ballot)

    def called_off(self, ballot: Ballot, alert: str | None = None) -> Skipped:
        """The end of a ballot that can't go on; without an `alert` because it is gone."""

        async def record(tx: Tx) -> None:
            await lock_group(tx, ballot.group_id)
            await moves.note_message(tx, ballot.id, ballot.message_id)
            if await call_off(tx, ballot.id, self._clock()):
                if alert is None:
                    await put_job(tx, TELL_OF_LOSS, ballot.id, self._clock())
                else:
                    await raise_alert(tx, ballot.group_id, alert, self._clock())
            elif ballot.message_id is not None:
                await put_job(tx, REDRAW, ballot.id, self._clock())

        return Skipped(reason="called off", record=record)

    async def alert(self, group: Group, text: str) -> None:
        async with self._db.begin() as tx:
            await raise_alert(tx, group.id, text, self._clock())


class PostHandler(BallotHandler):
    """Posts a ballot, puts the letters under an open one, draws the lots and prints them."""

    kind = POST

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.state is not BallotState.POSTING:
            return await self._clear_up(delivery, ballot)
        try:
            card = words.ballot_card(group, ballot, await self._to_fill(ballot))
            message_id = await self._courier.post(delivery, ballot.channel_id, card)
        except (NotAllowed, PlaceGone, MessageGone) as problem:
            return self._refused(ballot, problem)
        ballot = replace(ballot, message_id=message_id)
        try:
            tie_order = await self._furnish(group, ballot, message_id, delivery)
        except (NotAllowed, PlaceGone, MessageGone, PlaceFull) as problem:
            return self._refused(ballot, problem)

        async def record(tx: Tx) -> None:
            await moves.note_message(tx, ballot.id, message_id)
            if await moves.mark_open(tx, ballot.id, tie_order):
                if ballot.seeds:
                    await put_job(tx, FOLLOW, ballot.id, self._clock())
                await remind_voters(tx, ballot)
            else:
                await put_job(tx, REDRAW, ballot.id, self._clock())

        return Done(message_id=message_id, record=record)

    async def _furnish(
        self, group: Group, ballot: Ballot, message_id: int, delivery: Delivery
    ) -> tuple[int, ...]:
        """The tie order, drawn and printed on the ballot that has its letters now.

        Letters that an earlier attempt has put are left: each takes a place in the line of calls.
        """
        seeds: Sequence[str] = ballot.seeds
        if seeds and delivery.is_repeated:
            there = await self._messenger.own_reactions(ballot.channel_id, message_id, turn=POSTING)
            seeds = lost_seeds(seeds, there)
        await self._messenger.seed_reactions(ballot.channel_id, message_id, seeds, turn=POSTING)
        waiting = [option.pitch_id for option in ballot.options if option.has_lost]
        pitch_ids = [option.pitch_id for option in ballot.options]
        tie_order = order_ties(message_id, waiting, pitch_ids)
        ballot = replace(ballot, tie_order=tie_order)
        drawn = words.ballot_card(group, ballot, await self._to_fill(ballot))
        await self._messenger.edit(ballot.channel_id, message_id, drawn, nonce=delivery.nonce)
        return tie_order

    def _refused(self, ballot: Ballot, problem: DeliveryProblem) -> Skipped:
        # Another ballot that meets with the same is another trouble.
        opened = stamp(ballot.opened_at)
        if isinstance(problem, NotAllowed):
            return self.called_off(
                ballot,
                f"I could not post the ballot of {opened}: I need {problem}. Its topics are on the "
                "backlog again; grant that and open it anew.",
            )
        if isinstance(problem, PlaceFull):
            return self.called_off(
                ballot,
                f"I could not put the letters under the ballot of {opened}: people had used up the "
                "kinds of reaction that a message may have. Its topics are on the backlog again; "
                "open it anew.",
            )
        return self.called_off(
            ballot,
            f"The channel or message of the ballot of {opened} was deleted while I posted it. Its "
            "topics are on the backlog again; choose a channel with `/group edit` and open it "
            "anew.",
        )

    async def _clear_up(self, delivery: Delivery, ballot: Ballot) -> Outcome:
        """Nothing to post; but an attempt that died may have left the card of a void ballot."""
        reason = f"the ballot is {ballot.state}"
        is_lost = ballot.state is BallotState.VOID and ballot.message_id is None
        if not (is_lost and delivery.is_repeated):
            return Skipped(reason=reason)
        message_id = await self._messenger.find_message(
            ballot.channel_id, delivery.nonce, since=delivery.first_attempt_at - CLOCK_SLACK
        )

        async def record(tx: Tx) -> None:
            if message_id is not None:
                await moves.note_message(tx, ballot.id, message_id)
                await put_job(tx, REDRAW, ballot.id, self._clock())

        return Skipped(reason=reason, record=record)


class AnnounceHandler(BallotHandler):
    """Posts the result once, with its picture, and pings the speakers who were elected."""

    kind = ANNOUNCE

    def __init__(
        self, db: Database, clock: Clock, messenger: Messenger, courier: Courier, draw: Draw
    ) -> None:
        super().__init__(db, clock, messenger, courier)
        self._draw = draw

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.result is None or ballot.publish_at is not None:
            return Skipped(reason="there is no result to be told")
        async with self._db.read() as tx:
            sessions = await calendar_of(tx, group.id, ballot.opened_at)
        card = result_card(group, ballot, sessions)
        if (chart := result_chart(group, ballot, sessions)) is not None:
            card = with_picture(card, "result.png", chart, await self._draw(chart))
        seated = {*ballot.result.winners, *ballot.result.seated}
        elected = [ballot.option_of(one) for one in seated]
        speakers = {one.speaker_id for one in elected if one.speaker_id is not None}
        try:
            message_id = await self._courier.say(
                delivery, ballot.channel_id, card, mentions=speakers
            )
        except NotAllowed as problem:
            # Told once a day for the same text: that of another ballot is another trouble.
            await self.alert(
                group,
                f"The vote of {stamp(ballot.opened_at)} is counted, but I can't post the result: I "
                f"need {problem}. I go on trying every minute; `/ballot status` shows it.",
            )
            raise TryLater("the result can't be posted", WHILE_BARRED) from problem
        except PlaceGone:
            await self.alert(
                group,
                f"The vote of {stamp(ballot.opened_at)} is counted, but the ballot's channel was "
                "deleted: see the result with `/ballot status`.",
            )
            return Skipped(reason="the channel is gone")

        async def record(tx: Tx) -> None:
            await moves.mark_announced(tx, ballot.id)

        return Done(message_id=message_id, record=record)


class RedrawHandler(BallotHandler):
    """Writes on a posted ballot that it closes later, is closed, or was called off."""

    kind = REDRAW

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        drawn: dict[BallotState, Callable[[Group, Ballot], Card]] = {
            BallotState.OPEN: partial(words.ballot_card, sessions=await self._to_fill(ballot)),
            BallotState.CLOSED: words.closed_card,
            BallotState.ANNOUNCED: words.closed_card,
            BallotState.VOID: words.void_card,
        }
        if ballot.message_id is None or ballot.state not in drawn:
            return Skipped(reason="it is not posted, or being counted")
        try:
            card = drawn[ballot.state](group, ballot)
            await self._messenger.edit(ballot.channel_id, ballot.message_id, card)
        except MessageGone:
            return Skipped(reason="the message was deleted")
        return Done(message_id=ballot.message_id)
