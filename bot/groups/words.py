"""How a group looks as cards."""

from collections.abc import Sequence
from dataclasses import replace

from bot.cards import (
    Button,
    ButtonStyle,
    Card,
    Tone,
    action,
    channel_link,
    person_link,
    spoken_list,
)
from bot.groups.model import Group
from bot.groups.spoken import spoken_pattern, spoken_place
from bot.places.spoken import spoken_long_date
from bot.text import escape


def published_card(group: Group) -> Card:
    """What the lead sees once the group is public."""
    return Card(
        title=f"{escape(group.name)} is open",
        body=(
            f"Members can `/follow` it, `/pitch` topics and see `/next` in "
            f"{channel_link(group.channel_id)}. When pitches have come in, open a vote with "
            "`/ballot open`.",
        ),
        tone=Tone.DONE,
    )


def spoken_publishing(group: Group, user_id: int) -> str:
    """The act for the list of acts, to follow the name of whoever published."""
    lead_ids = sorted(group.lead_ids - {user_id})
    led = f", led by {spoken_list([person_link(one) for one in lead_ids])}" if lead_ids else ""
    return f"published the group{led}"


def welcome_card(group: Group) -> Card:
    """The group's first public words, in its home channel."""
    rhythm = spoken_pattern(group)
    if group.pattern.since_at is None:
        habit = group.habit_in(group.pattern.home.clock)
        rhythm += f", from {spoken_long_date(group.pattern.first_at.date(), habit)} on"
    place = [f"📍 {spoken_place(group.meeting_place)}"] if group.meeting_place else []
    body = [
        "\n".join([f"{rhythm}. `/next` says when it is for you.", *place]),
        "**Pitch** a topic with `/pitch`, **vote** by reaction when a ballot opens, "
        "**follow** to hear about every session.",
        "Say where you live with `/me timezone` and every time is written for you.",
    ]
    if group.about:
        body.insert(0, escape(group.about))
    return Card(
        title=f"📚 {escape(group.name)}",
        body=tuple(body),
        tone=Tone.SESSION,
        buttons=(follow_button(group),),
    )


def follow_button(group: Group) -> Button:
    """Pressing it follows the group; it never ends that, whoever presses it twice."""
    return Button(
        label="Follow",
        action=action("follow", group.id),
        style=ButtonStyle.PRIMARY,
        emoji="🔔",
    )


def followed_card(group: Group, *, follows: bool, is_new: bool = True) -> Card:
    """Whether the member follows the group now, with the way back."""
    name = escape(group.name)
    if not follows:
        return Card(
            title="✅ Done",
            body=(f"You don't follow {name} any more.",),
            tone=Tone.DONE,
            buttons=(replace(follow_button(group), label="Follow again"),),
        )
    told = "Choose with `/me reminders` whether I write to you before each session."
    return Card(
        title="✅ Done",
        body=(f"You follow {name}{'' if is_new else ' already'}. {told}",),
        tone=Tone.DONE,
        buttons=(Button(label="Stop following", action=action("follow", group.id, "off")),),
    )


ANOTHER_CHANNEL = "another channel: "
"""How what a group lacks begins where it is no permission."""


def check_card(group: Group, lacks: Sequence[str]) -> Card:
    """The answer to "may the bot do everything it has to?"."""
    if not lacks:
        return Card(
            title=f"{escape(group.name)}: all is well",
            body=("I have every permission that the group needs.",),
            tone=Tone.DONE,
        )
    is_gone = any(one.startswith(ANOTHER_CHANNEL) for one in lacks)
    small = "Grant them in the channel's or the server's settings."
    return Card(
        title=f"{escape(group.name)}: {'a channel is' if is_gone else 'permissions are'} missing",
        body=("\n".join(f"- {name}" for name in lacks),),
        small="Choose one with `/group edit`, then look here again." if is_gone else small,
        tone=Tone.WARNING,
    )


def with_pictures_note(card: Card, missing: Sequence[str]) -> Card:
    """The card with what the `missing` permissions cost, which nothing depends on."""
    if not missing:
        return card
    note = f"🖼️ Without {' and '.join(missing)} a vote's result has no chart: all else works."
    return replace(card, body=(*card.body, note))


def alert_card(group: Group, alert: str) -> Card:
    """What leads are told when the group can't go on by itself."""
    return Card(
        title=f"{escape(group.name)} needs a lead",
        body=(alert,),
        small="You get this as a lead of the group, each trouble at most once a day. Commands work "
        "in the group's server, not here.",
        tone=Tone.WARNING,
    )
