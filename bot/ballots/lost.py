"""A ballot whose message was deleted: leads are told, with a button that opens it again."""

from bot.ballots.asking import AskLeadsHandler
from bot.ballots.model import Ballot, BallotState
from bot.ballots.service import TELL_OF_LOSS
from bot.cards import Button, Card, Tone, action, stamp
from bot.groups.model import Group
from bot.text import escape, shorten


class LossHandler(AskLeadsHandler):
    """One message for each ballot and lead, whatever else was lost that day."""

    kind = TELL_OF_LOSS

    def card(self, group: Group, ballot: Ballot) -> Card | None:
        return lost_card(group, ballot) if ballot.state is BallotState.VOID else None


def lost_card(group: Group, ballot: Ballot) -> Card:
    """What leads hear of a ballot that was called off because it is gone."""
    titles = " · ".join(escape(shorten(option.title, 60)) for option in ballot.options)
    return Card(
        title=f"🗳️ {escape(group.name)}: a ballot is gone",
        body=(
            f"The message or the channel of the ballot of {stamp(ballot.opened_at)} was deleted, "
            "so no vote can be counted: I called it off.",
            f"Its topics are on the backlog again: {titles}",
        ),
        small="Every lead of the group got this. In the server `/ballot status` has it, too.",
        tone=Tone.WARNING,
        buttons=(Button(label="Open it again", action=action("reopen", ballot.id), emoji="🗳️"),),
    )
