"""What each lead is written to about a ballot, with buttons; whoever presses first decides."""

from datetime import datetime

from bot.ballots import store
from bot.ballots.handlers import BallotHandler
from bot.ballots.model import Ballot
from bot.cards import Card, person_link
from bot.database import Tx
from bot.groups.model import Group
from bot.groups.store import group_of, has_left
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.messenger import DirectMessagesClosed


class AskLeadsHandler(BallotHandler):
    """A direct message for each lead; in the ballot's channel where one can't be written to."""

    def card(self, group: Group, ballot: Ballot) -> Card | None:
        """What they are asked; None where it is settled."""
        raise NotImplementedError

    async def plan(self, tx: Tx, job: Job, _now: datetime) -> Fanout:
        ballot = await store.get_ballot(tx, job.subject_id)
        if ballot is None or await has_left(tx, ballot.group_id):
            return NOTHING
        group = await group_of(tx, ballot.group_id)
        return Fanout(planned=[Planned(target=str(user_id)) for user_id in sorted(group.lead_ids)])

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        card = self.card(group, ballot)
        if card is None:
            return Skipped(reason="it is settled")
        lead_id = int(delivery.target)
        try:
            return Done(message_id=await self._courier.tell(delivery, lead_id, card))
        except DirectMessagesClosed:
            called = card.with_body(person_link(lead_id))
            message_id = await self._courier.say(
                delivery, group.channel_id, called, mentions=[lead_id]
            )
            return Done(message_id=message_id)
