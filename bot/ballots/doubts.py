"""What leads decide about a count that can't be vouched for, and how they are asked."""

from bot.ballots import counts, store
from bot.ballots.acts import note_act, spoken_ballot
from bot.ballots.asking import AskLeadsHandler
from bot.ballots.doubt_words import doubt_card, extended_card, reopened_card
from bot.ballots.handlers import BallotHandler
from bot.ballots.model import Ballot, BallotState
from bot.ballots.rounds import ASK_ABOUT_COUNT, TELL_OF_EXTENSION, TELL_OF_REOPENING, reopen
from bot.ballots.service import CLOSE, call_off
from bot.cards import Card, stamp
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import require_lead
from bot.groups.model import Group
from bot.groups.store import group_of, lock_group
from bot.jobs.model import Delivery, Done, Outcome, Skipped
from bot.jobs.store import put_job
from bot.members.model import Actor

SETTLED = "This is settled already: a lead has decided, or the votes are being counted anew."


class CountDecisions:
    """One public method for each button; the first press decides, whoever makes the second."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def accept(self, actor: Actor, ballot_id: int, number: int) -> str:
        """The count stands as it was read; what the lead is told."""
        async with self._db.begin() as tx:
            group, ballot = await _case(tx, actor, ballot_id, number)
            await counts.accept_count(tx, ballot.id, actor.user_id)
            await put_job(tx, CLOSE, ballot.id, self._clock())
            what = f"let the doubtful count of {spoken_ballot(ballot)} stand"
            await note_act(tx, ballot.group_id, actor.user_id, what, self._clock())
        return f"The count stands; {group.name} gets its result in a moment, with a note on it."

    async def reopen(self, actor: Actor, ballot_id: int, number: int) -> str:
        """Members vote for another day; what the lead is told."""
        async with self._db.begin() as tx:
            group, ballot = await _case(tx, actor, ballot_id, number)
            due_at = await reopen(tx, ballot, self._clock())
            what = f"opened {spoken_ballot(ballot)} again until {stamp(due_at)}"
            await note_act(tx, ballot.group_id, actor.user_id, what, self._clock())
        return f"The ballot of {group.name} is open again until {stamp(due_at)}."

    async def call_off(self, actor: Actor, ballot_id: int, number: int) -> str:
        """Nothing counts, and the topics go back; what the lead is told."""
        async with self._db.begin() as tx:
            group, ballot = await _case(tx, actor, ballot_id, number)
            await call_off(tx, ballot.id, self._clock())
            what = f"called off {spoken_ballot(ballot)}"
            await note_act(tx, ballot.group_id, actor.user_id, what, self._clock())
        return f"The ballot of {group.name} is called off; its topics are on the backlog."


async def _case(tx: Tx, actor: Actor, ballot_id: int, number: int) -> tuple[Group, Ballot]:
    """The ballot in doubt, held until the transaction ends.

    Leads answer in their direct messages, and in the group's server.
    """
    ballot = await store.get_ballot(tx, ballot_id)
    group = await group_of(tx, ballot.group_id) if ballot else None
    if ballot is None or group is None or actor.server_id not in (0, group.server_id):
        raise Refusal("That ballot is not here any more.")
    require_lead(group, actor)
    group = await lock_group(tx, group.id)
    ballot = await store.lock_ballot(tx, ballot_id) or ballot
    if not ballot.awaits_decision or ballot.count_number != number:
        raise Refusal(SETTLED)
    return group, ballot


class AskAboutCountHandler(AskLeadsHandler):
    kind = ASK_ABOUT_COUNT

    def card(self, group: Group, ballot: Ballot) -> Card | None:
        return doubt_card(group, ballot) if ballot.awaits_decision else None


class VoteGoesOnHandler(BallotHandler):
    """Tells the channel that a vote stays open, and why."""

    async def deliver(self, delivery: Delivery) -> Outcome:
        group, ballot = await self._read(delivery.subject_id)
        if ballot.state is not BallotState.OPEN:
            return Skipped(reason=f"the ballot is {ballot.state}")
        draw = extended_card if self.kind == TELL_OF_EXTENSION else reopened_card
        card = draw(group, ballot)
        return Done(message_id=await self._courier.say(delivery, ballot.channel_id, card))


class ExtensionHandler(VoteGoesOnHandler):
    kind = TELL_OF_EXTENSION


class ReopeningHandler(VoteGoesOnHandler):
    kind = TELL_OF_REOPENING
