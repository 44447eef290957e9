"""The seats that leads were shown by direct message, kept true until everybody sees them.

Whoever publishes does so on one message of many: with `/ballot status`, on another lead's, or
nobody at all. The others say so, too, and take their buttons away; so does that of a lead who is
no longer one.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from bot.ballots import store
from bot.ballots.model import Ballot
from bot.ballots.review import read_held
from bot.ballots.review_words import not_leading_card, published_card
from bot.ballots.service import REVIEW, REVIEW_REDRAW
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.model import LEADS_CHANGED
from bot.groups.store import group_of
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import (
    LEASE,
    Delivery,
    DeliveryState,
    Done,
    Job,
    Outcome,
    Planned,
    Skipped,
    make_nonce,
)
from bot.jobs.store import DELIVERIES, JOBS, put_job
from bot.members.store import direct_channels
from bot.messenger import (
    DirectMessagesClosed,
    MessageGone,
    Messenger,
    NotAllowed,
    PlaceGone,
)

_SHOWN = (
    select(DELIVERIES.c.id, DELIVERIES.c.state)
    .join(JOBS, JOBS.c.id == DELIVERIES.c.job_id)
    .where(JOBS.c.kind == REVIEW, JOBS.c.subject_id == bindparam("its_ballot"))
    .where(DELIVERIES.c.state.in_((DeliveryState.SENT, DeliveryState.LEASED)))
    .order_by(DELIVERIES.c.id)
)
_THAT = select(DELIVERIES.c.target, DELIVERIES.c.rev, DELIVERIES.c.message_id).where(
    DELIVERIES.c.id == bindparam("its_id")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message in which a lead saw the seats, and what it is to say now."""

    channel_id: int
    message_id: int
    nonce: str
    card: Card


class ReviewRedrawHandler:
    """Writes on each lead's message how the seats stand by now."""

    kind = REVIEW_REDRAW

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        """Once more after a lease: one that is just being sent may say what is no more."""
        found = (await tx.execute(_SHOWN, {"its_ballot": job.subject_id})).all()
        sent = [row.id for row in found if row.state is DeliveryState.SENT]
        later = job.due_at + LEASE
        is_sending = len(sent) < len(found) and now < later
        return Fanout(
            planned=[Planned(target=str(one)) for one in sent],
            again_at=later if is_sending else None,
        )

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            ballot = await store.get_ballot(tx, delivery.subject_id)
            shown = await self._shown(tx, ballot, int(delivery.target)) if ballot else None
        if shown is None:
            return Skipped(reason="nobody knows where it stands")
        try:
            await self._messenger.edit(
                shown.channel_id, shown.message_id, shown.card, nonce=shown.nonce
            )
        except (MessageGone, PlaceGone, NotAllowed, DirectMessagesClosed):
            # Deleted; or it was a call in the channel, which showed no seats.
            return Skipped(reason="the message is not there")
        return Done(message_id=shown.message_id)

    async def _shown(self, tx: Tx, ballot: Ballot, delivery_id: int) -> Shown | None:
        sent = (await tx.execute(_THAT, {"its_id": delivery_id})).one_or_none()
        if sent is None or sent.message_id is None:
            return None
        lead_id = int(sent.target)
        channel_id = (await direct_channels(tx, [lead_id])).get(lead_id)
        if channel_id is None:
            return None
        return Shown(
            channel_id=channel_id,
            message_id=sent.message_id,
            nonce=make_nonce(REVIEW, ballot.id, 0, sent.target, sent.rev),
            card=await self._card(tx, ballot, lead_id),
        )

    async def _card(self, tx: Tx, ballot: Ballot, lead_id: int) -> Card:
        group = await group_of(tx, ballot.group_id)
        if lead_id not in group.lead_ids:
            return not_leading_card(group)
        held = await read_held(tx, ballot, self._clock())
        return held.card() if held else published_card(group)


class LeadsHandler:
    """Has the seats taken from the message of somebody who no longer leads the group."""

    kind = LEADS_CHANGED

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        ballot = await store.last_ballot(tx, job.subject_id)
        if ballot is not None and ballot.publish_at is not None:
            await put_job(tx, REVIEW_REDRAW, ballot.id, now)
        return NOTHING

    async def deliver(self, _delivery: Delivery) -> Outcome:
        return Skipped(reason="nothing to send")
