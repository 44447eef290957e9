"""Calling a ballot off: asked first, since no undo brings the votes back."""

from bot.ballots import store
from bot.ballots.acts import note_act, spoken_ballot
from bot.ballots.model import LIVE, Ballot, BallotState
from bot.ballots.service import call_off, led_group, require_live
from bot.ballots.turnout import Turnout
from bot.cards import Button, ButtonStyle, Card, Tone, action, plural, stamp
from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.groups.access import require_lead
from bot.groups.model import Group
from bot.groups.store import get_group, lock_group
from bot.members.model import Actor
from bot.text import escape, shorten


class BallotCancelling:
    """Shows what would be lost; the button carries the state that was shown."""

    def __init__(self, db: Database, clock: Clock, turnout: Turnout) -> None:
        self._db = db
        self._clock = clock
        self._turnout = turnout

    async def propose(self, actor: Actor, typed_group: str | None) -> Card:
        """The question that names the group's ballot and how many have voted."""
        async with self._db.read() as tx:
            group = await led_group(tx, actor, typed_group)
            ballot = await require_live(tx, group)
        return question_card(group, ballot, await self._turnout.of(ballot))

    async def confirm(self, actor: Actor, ballot_id: int, seen: str) -> Card:
        """The ballot called off; the question anew where its state is not the one that was `seen`.

        A second press finds it done. Refused once it is closed, and to whoever leads no more.
        """
        async with self._db.begin() as tx:
            found = await store.get_ballot(tx, ballot_id)
            group = await get_group(tx, actor.server_id, found.group_id) if found else None
            if group is None:
                raise Refusal("That ballot is not here any more.")
            require_lead(group, actor)
            await lock_group(tx, group.id)
            ballot = await store.lock_ballot(tx, ballot_id)
            if ballot is None or ballot.state not in (*LIVE, BallotState.VOID):
                raise Refusal(
                    "This ballot is closed by now, so it can't be called off: see `/ballot status`."
                )
            if ballot.state == seen and await call_off(tx, ballot.id, self._clock()):
                what = f"called off {spoken_ballot(ballot)}"
                await note_act(tx, ballot.group_id, actor.user_id, what, self._clock())
            if ballot.state in (seen, BallotState.VOID):
                return called_off_card(ballot)
        return question_card(group, ballot, await self._turnout.of(ballot))


def question_card(group: Group, ballot: Ballot, voters: int | None) -> Card:
    """What a lead is asked before the votes are lost; `voters` is None where nobody can say."""
    titles = " · ".join(escape(shorten(option.title, 60)) for option in ballot.options)
    body = [
        f"Opened {stamp(ballot.opened_at)}, closes {stamp(ballot.due_at, 'R')}: {titles}",
        f"**{_standing(ballot, voters)}** If you call it off, no vote counts, none can be "
        "brought back, and its topics go to the backlog.",
    ]
    if ballot.state is BallotState.OPEN:
        body.append("To count the votes now, use `/ballot close` instead.")
    return Card(
        title=f"🗳️ Call off the ballot of {escape(group.name)}?",
        body=tuple(body),
        small="Nothing has changed yet. Only you see this.",
        tone=Tone.WARNING,
        buttons=(
            Button(
                label="Call it off",
                action=action("calloff", ballot.id, ballot.state),
                style=ButtonStyle.DANGER,
            ),
        ),
    )


def _standing(ballot: Ballot, voters: int | None) -> str:
    if ballot.state is BallotState.POSTING:
        return "It is just being posted."
    if ballot.awaits_decision:
        return "It is counted, but not for certain."
    if ballot.state is BallotState.CLOSING:
        return "It is being counted now."
    if voters is None:
        return "How many people have voted can't be seen at the moment."
    if not voters:
        return "Nobody has voted yet."
    return f"{plural(voters, 'person has', 'people have')} voted."


def called_off_card(ballot: Ballot) -> Card:
    """What the lead sees then, with the way to hold it anew."""
    return Card(
        title="✅ Done",
        body=("The ballot is called off; its topics are on the backlog.",),
        tone=Tone.DONE,
        buttons=(Button(label="Open it again", action=action("reopen", ballot.id), emoji="🗳️"),),
    )
