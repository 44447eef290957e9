"""What leads see of a counted vote before everybody does."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from bot.ballots.model import Ballot, BallotOption, Result
from bot.ballots.result_words import result_body
from bot.cards import (
    Button,
    ButtonStyle,
    Card,
    Option,
    Pick,
    Tone,
    action,
    channel_link,
    person_link,
    stamp,
)
from bot.groups.model import Group
from bot.sessions.model import Session
from bot.text import escape, shorten

LABEL_ROOM = 100


def fingerprint(result: Result) -> str:
    """Tells one set of seats from another: what a lead publishes is what they have seen."""
    seats = repr((result.winners, sorted(result.seated.items())))
    return blake2b(seats.encode(), digest_size=6).hexdigest()


def review_card(  # noqa: PLR0913 - a card has these parts
    group: Group,
    ballot: Ballot,
    result: Result,
    sessions: Sequence[Session],
    publish_at: datetime,
    *,
    is_changed: bool = False,
) -> Card:
    """The seats as they would be published now, with what a lead may do about them."""
    intro = (
        "Nobody else sees this yet. It is published "
        f"{stamp(publish_at)} ({stamp(publish_at, 'R')}) if no lead does it earlier."
    )
    if is_changed:
        intro = f"⚠️ The seats have changed since you looked: look again.\n{intro}"
    publish = Button(
        label="Publish",
        action=action("seats", "publish", ballot.id, fingerprint(result)),
        style=ButtonStyle.GOOD,
    )
    swap = _swap(ballot, result, sessions)
    again = " Swap the same two again, and they are back." if swap else ""
    return Card(
        title=f"👀 {escape(group.name)}: the seats, for its leads",
        body=(intro, *result_body(ballot, result, sessions, for_lead=True)),
        small="Votes can't be changed any more. Whoever you leave out keeps the promise of the "
        f"next free seat, and the next in order takes this one.{again} After publishing, speakers "
        f"and leads can still swap with /talk in {channel_link(group.channel_id)}.",
        tone=Tone.BALLOT,
        buttons=(publish,),
        picks=(_leave_out(ballot, result), *swap),
    )


def _leave_out(ballot: Ballot, result: Result) -> Pick:
    options = tuple(
        Option(
            label=shorten(f"{option.emoji} {option.title}", LABEL_ROOM),
            value=str(pitch_id),
            is_chosen=pitch_id in ballot.left_out,
        )
        for pitch_id in result.winners
        for option in [ballot.option_of(pitch_id)]
    )
    return Pick(
        action=action("seats", "leave", ballot.id),
        prompt="Leave out for now…",
        options=options,
        least=0,
        most=len(options),
    )


def _swap(ballot: Ballot, result: Result, sessions: Sequence[Session]) -> tuple[Pick, ...]:
    """A list of which two are chosen; none where all speak in one session."""
    options = tuple(
        Option(
            label=shorten(f"#{session.number} · {option.emoji} {option.title}", LABEL_ROOM),
            value=str(pitch_id),
        )
        for session in sessions
        for pitch_id, session_id in result.seated.items()
        if session_id == session.id
        for option in [ballot.option_of(pitch_id)]
    )
    if len(set(result.seated.values())) < 2:
        return ()
    return (
        Pick(
            action=action("seats", "swap", ballot.id, fingerprint(result)),
            prompt="Swap the sessions of two talks…",
            options=options,
            least=2,
            most=2,
        ),
    )


def titled(option: BallotOption) -> str:
    """A topic in a sentence."""
    return f"{option.emoji} **{escape(shorten(option.title, 60))}**"


def published_card(group: Group) -> Card:
    """What is left of the leads' card when the seats are known to everybody."""
    return Card(
        title=f"👀 {escape(group.name)}: the seats are published",
        body=(
            f"See them with `/ballot status` in {channel_link(group.channel_id)}; speakers and "
            "leads can swap with `/talk` there.",
        ),
        tone=Tone.DONE,
    )


def not_leading_card(group: Group) -> Card:
    """What is left of that card for somebody who no longer leads the group."""
    return Card(
        title=f"👀 {escape(group.name)}: the seats are for its leads",
        body=(
            "You are not one of them any more. Everybody sees the result in "
            f"{channel_link(group.channel_id)} once it is published.",
        ),
    )


def look_card(group: Group, lead_id: int) -> Card:
    """In the channel, for a lead who can't be written to: where the seats are to be seen."""
    return Card(
        title=f"🗳️ {escape(group.name)}: the vote is counted",
        body=(f"{person_link(lead_id)}, look at the seats with `/ballot status`.",),
        tone=Tone.BALLOT,
    )
