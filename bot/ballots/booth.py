"""Hidden voting: members choose in a list that only they see, and change it until the close.

What somebody chose is in `private_vote` and in answers to themselves, nowhere else: nothing here
is logged or posted. The close moves it to the record, which a private ballot never gives away.
"""

from collections.abc import Mapping, Sequence

from bot.ballots import store
from bot.ballots.counting import Exclusion, sift
from bot.ballots.model import Ballot, BallotState
from bot.ballots.votes import private_vote_of, save_private_vote
from bot.ballots.words import secrecy
from bot.cards import Card, Option, Pick, Tone, action, plural, stamp
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.store import group_of
from bot.members.model import Actor
from bot.messenger import Messenger
from bot.text import escape, shorten

LABEL_ROOM = 100
"""Discord's limit for the label of an entry in a list."""

TITLE_ROOM = 60
"""How long a title is in the answer, which has to hold twenty of them."""

NOT_THERE = "There is no such vote here any more."

_NOT_OPEN: Mapping[BallotState, str] = {
    BallotState.POSTING: "This vote is still being posted: try again in a minute.",
    BallotState.CLOSING: "This vote is being counted: choices can't change any more.",
    BallotState.CLOSED: "This vote is closed: see `/ballot status` for its result.",
    BallotState.ANNOUNCED: "This vote is closed: see `/ballot status` for its result.",
    BallotState.VOID: "This vote was called off: nothing counts, and its topics are waiting again.",
}

_BARRED: Mapping[Exclusion, str] = {
    Exclusion.LEFT: "Only people in this server can vote.",
    Exclusion.NEWCOMER: "You joined after this vote had opened: the next one is yours, too.",
    Exclusion.ROLE: "This vote is for people with a role that you don't have.",
}


class VotingBooth:
    """Shows members their own choices in a hidden ballot, and keeps what they choose."""

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def enter(self, actor: Actor, ballot_id: int) -> Card:
        """The list of topics, with what the member has chosen so far."""
        async with self._db.read() as tx:
            ballot = await _open_here(tx, actor, await store.get_ballot(tx, ballot_id))
            chosen = await private_vote_of(tx, ballot_id, actor.user_id)
        await self._check_eligible(actor, ballot)
        return choice_card(ballot, chosen)

    async def choose(self, actor: Actor, ballot_id: int, values: Sequence[str]) -> Card:
        """The same list after the member chose anew; choosing nothing takes the vote back."""
        async with self._db.read() as tx:
            ballot = await _open_here(tx, actor, await store.get_ballot(tx, ballot_id))
        chosen = _chosen(ballot, values)
        await self._check_eligible(actor, ballot)
        async with self._db.begin() as tx:
            # The lock keeps the count from beginning between the check and the vote.
            await _open_here(tx, actor, await store.lock_ballot(tx, ballot_id))
            await save_private_vote(tx, ballot_id, actor.user_id, chosen, self._clock())
        return choice_card(ballot, chosen, is_saved=True)

    async def _check_eligible(self, actor: Actor, ballot: Ballot) -> None:
        members = await self._messenger.memberships(actor.server_id, [actor.user_id])
        barred = sift(ballot, {actor.user_id: frozenset()}, members).exclusions
        if barred:
            raise Refusal(_BARRED[barred[actor.user_id]])


async def _open_here(tx: Tx, actor: Actor, ballot: Ballot | None) -> Ballot:
    """The ballot where it takes choices of this server's members now."""
    if ballot is None or ballot.has_letters:
        raise Refusal(NOT_THERE)
    if (await group_of(tx, ballot.group_id)).server_id != actor.server_id:
        raise Refusal(NOT_THERE)
    if ballot.state is not BallotState.OPEN:
        raise Refusal(_NOT_OPEN[ballot.state])
    return ballot


def _chosen(ballot: Ballot, values: Sequence[str]) -> tuple[int, ...]:
    asked = {str(option.pitch_id): option.pitch_id for option in ballot.options}
    if not asked.keys() >= set(values):
        raise Refusal("That is not a topic of this vote: press Vote on the ballot again.")
    most = ballot.choice_limit or len(asked)
    if len(set(values)) > most:
        raise Refusal(f"This vote takes {plural(most, 'choice')} of yours, not {len(set(values))}.")
    return tuple(pitch_id for value, pitch_id in asked.items() if value in values)


def choice_card(ballot: Ballot, chosen: Sequence[int], *, is_saved: bool = False) -> Card:
    """The list that one member sees, their choices marked."""
    mine = [option for option in ballot.options if option.pitch_id in chosen]
    titles = "\n".join(f"{one.emoji} {escape(shorten(one.title, TITLE_ROOM))}" for one in mine)
    if mine:
        verb = "Saved: you chose" if is_saved else "You chose"
        state = f"{verb} {plural(len(mine), 'topic')}.\n{titles}"
    else:
        state = (
            "Saved: you choose nothing, so you have no vote now."
            if is_saved
            else "You have not voted yet."
        )
    until = f"You can choose until {stamp(ballot.due_at)}."
    if mine:
        until = f"You can change it until {stamp(ballot.due_at)}, or empty the list."
    most = ballot.choice_limit or len(ballot.options)
    pick = Pick(
        action=action("vote", "choose", ballot.id),
        prompt=f"Up to {plural(most, 'topic')} you would come for",
        options=tuple(
            Option(
                label=shorten(f"{option.emoji} {option.title}", LABEL_ROOM),
                value=str(option.pitch_id),
                is_chosen=option.pitch_id in chosen,
            )
            for option in ballot.options
        ),
        least=0,
        most=most,
    )
    return Card(
        title="🗳️ Your vote",
        body=(state, until),
        small=f"{secrecy(ballot)} Your vote counts if you are still in the server then.",
        tone=Tone.DONE if is_saved else Tone.BALLOT,
        picks=(pick,),
    )
