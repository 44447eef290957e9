"""How a count that can't be vouched for, and a vote that goes on, look as cards."""

from collections.abc import Mapping

from bot.ballots.model import Ballot, Doubt
from bot.cards import Button, ButtonStyle, Card, Tone, action, plural, stamp
from bot.groups.model import Group
from bot.text import escape

_WHY: Mapping[Doubt, str] = {
    Doubt.CLEARED: (
        "Somebody cleared reactions while the votes were counted, and I had not read them all "
        "before: I know what was left, not what everybody had chosen."
    ),
    Doubt.OPTIONS: (
        "The topics that I have stored for this ballot are not those that members were asked "
        "about: somebody has changed them since it opened."
    ),
}

_ACCEPTED: Mapping[Doubt, str] = {
    Doubt.CLEARED: "⚠️ Reactions were cleared during the count; a lead accepted what was left.",
    Doubt.OPTIONS: "⚠️ The stored topics had been changed; a lead accepted the count.",
}


def ballot_link(group: Group, ballot: Ballot) -> str:
    """Where the ballot stands."""
    return f"https://discord.com/channels/{group.server_id}/{ballot.channel_id}/{ballot.message_id}"


def doubt_card(group: Group, ballot: Ballot) -> Card:
    """What leads are asked about a count, and why."""
    why = _WHY[ballot.doubt or Doubt.CLEARED]
    subject = (ballot.id, ballot.count_number)
    return Card(
        title=f"🗳️ {escape(group.name)}: a count needs your decision",
        body=(
            f"{why} So no result is published yet: {ballot_link(group, ballot)}",
            "**Accept** publishes the count as I read it, with a note that says so. **Open for a "
            "day** lets people put their votes right. **Call off** counts nothing and gives the "
            "topics back.",
        ),
        small="Every lead of the group got this; the first answer decides.",
        tone=Tone.WARNING,
        buttons=(
            Button(
                label="Accept",
                action=action("count", "accept", *subject),
                style=ButtonStyle.PRIMARY,
            ),
            Button(label="Open for a day", action=action("count", "reopen", *subject)),
            Button(
                label="Call off",
                action=action("count", "cancel", *subject),
                style=ButtonStyle.DANGER,
            ),
        ),
    )


def extended_card(group: Group, ballot: Ballot) -> Card:
    """What the channel is told of a missed quorum."""
    voters = ballot.voters_before
    takes = f"This vote takes {plural(ballot.quorum or 0, 'person', 'people')}"
    if voters == 0:
        takes += ", and nobody had voted"
    elif voters is not None:
        takes += f", and {voters} had voted"
    return Card(
        title=f"🗳️ {escape(group.name)}: too few people voted so far",
        body=(
            f"{takes}, so it stays open "
            f"until {stamp(ballot.due_at)}, this once: {ballot_link(group, ballot)}",
        ),
        small="If too few vote again, its topics are on the next ballot.",
        tone=Tone.BALLOT,
    )


def reopened_card(group: Group, ballot: Ballot) -> Card:
    """What the channel is told of a ballot that a lead has opened again."""
    return Card(
        title=f"🗳️ {escape(group.name)}: please look at your votes again",
        body=(
            "The votes could not be counted for certain, so a lead has opened the ballot again "
            f"until {stamp(ballot.due_at)}: {ballot_link(group, ballot)}",
        ),
        small="Choices of yours that are still there count; add those that are missing.",
        tone=Tone.BALLOT,
    )


def caveats(ballot: Ballot) -> tuple[str, ...]:
    """What a result says of its count: that a lead accepted it, that it was begun anew."""
    told = []
    if ballot.is_degraded:
        told.append(_ACCEPTED[ballot.doubt or Doubt.CLEARED])
    if ballot.is_recounted and ballot.closing_at is not None:
        told.append(
            f"↻ The count was interrupted and begun anew {stamp(ballot.closing_at)}; votes up to "
            "then are in it."
        )
    return tuple(told)
