"""Keeping a ballot open past a session that it should fill: asked first."""

from collections.abc import Sequence

from bot.ballots.model import Ballot
from bot.cards import Button, ButtonStyle, Card, Tone, action, spoken_list, stamp
from bot.groups.model import Group
from bot.sessions.model import Session
from bot.text import escape


class PastASession(Exception):
    """Asked back: a session would go by before the ballot closes. Nothing is done before the lead
    answers.
    """

    def __init__(self, card: Card) -> None:
        super().__init__(card.title)
        self.card = card


def missed(before: Sequence[Session], after: Sequence[Session]) -> list[Session]:
    """The sessions that the ballot would fill as it is, and would not with the later end."""
    kept = {one.id for one in after}
    return [one for one in before if one.id not in kept]


def end_of(ballot: Ballot) -> int:
    """What tells the end that a lead has seen from another."""
    return int(ballot.due_at.timestamp())


def question_card(
    group: Group, ballot: Ballot, later: Ballot, before: Sequence[Session], after: Sequence[Session]
) -> Card:
    """What a lead is asked; `later` is the ballot as it would be, with the sessions of each."""
    lost, gained = missed(before, after), missed(after, before)
    days = (later.due_at - ballot.due_at).days
    return Card(
        title=f"🗳️ Keep the ballot of {escape(group.name)} open past a session?",
        body=(
            f"It would close {stamp(later.due_at)}, after {_named(lost)}, which it is to fill. "
            f"Whoever is elected would speak in {_named(gained)} instead.",
        ),
        small="Nothing has changed yet. Only you see this.",
        tone=Tone.WARNING,
        buttons=(
            Button(
                label="Keep it open",
                action=action("extend", group.id, days, end_of(ballot)),
                style=ButtonStyle.PRIMARY,
            ),
        ),
    )


def _named(sessions: Sequence[Session]) -> str:
    return spoken_list([f"#{one.number} · {stamp(one.starts_at)}" for one in sessions])
