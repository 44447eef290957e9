"""What `/group edit` shows: a published group's settings, with what changes them."""

from collections.abc import Sequence

from bot.cards import Button, Card, Option, Pick, Tone, action, channel_link
from bot.groups.model import Group
from bot.members.model import LEAD_NAMES, spoken_leads
from bot.text import escape

NAME_PLACE_WORDS = "Name, place and words"
"""The button, and the form that it opens."""


def edit_card(group: Group, lacks: Sequence[str], before: Group) -> Card:
    """What the group is called, where it is at home and when it is reminded, with what changes it.

    `before` is the group as it was before this edit.
    """
    moved = (group.channel_id, group.forum_id) != (before.channel_id, before.forum_id)
    is_changed = _words_of(group) != _words_of(before)
    if group.forum_id:
        talks = f"talks are discussed in {channel_link(group.forum_id)}"
    else:
        talks = "each talk gets a thread there"
    body = [
        f"{escape(group.name)} is at home in {channel_link(group.channel_id)}; {talks}.",
        f"📍 Meeting place: {escape(group.meeting_place)}"
        if group.meeting_place
        else "📍 No meeting place is given",
        f"The channel is reminded **{spoken_leads(group.lead_minutes)}**"
        f"{' before each session' if group.lead_minutes else ''}.",
    ]
    if group.about != before.about:
        about = f": {escape(group.about)}" if group.about else " is left open."
        body.insert(1, f"What it is about{about}")
    done = "moved" if moved else "is changed" if is_changed else ""
    title, tone = escape(group.name), Tone.DONE if done else Tone.SESSION
    title = f"✅ {title} {done}" if done else title
    small = (
        ["Events, reminders and calendars follow. `/audit` takes it back."] if is_changed else []
    )
    if lacks:
        missing = "\n".join(f"- {name}" for name in lacks)
        body.append(f"⚠️ **I still need these permissions**\n{missing}")
        small.append(
            "Grant them in the channel's or the server's settings, then look with /group check."
        )
        title, tone = f"{escape(group.name)} {done or 'lacks permissions'}", Tone.WARNING
        title += ", but permissions are missing" if done else ""
    return Card(
        title=title,
        body=tuple(body),
        small="\n".join(small),
        tone=tone,
        picks=(_lead_pick(group),),
        buttons=(*_edit_buttons(group), *((_threads_button(group),) if group.forum_id else ())),
    )


def _words_of(group: Group) -> tuple[str, ...]:
    return group.name, group.about, group.meeting_place


def _edit_buttons(group: Group) -> tuple[Button, ...]:
    return (
        Button(label=NAME_PLACE_WORDS, action=action("edit", "words", group.id), emoji="✏️"),
        Button(label="When we meet", action=action("rhythm", "rhythm", group.id), emoji="🗓️"),
        Button(label="Holidays", action=action("rhythm", "holidays", group.id), emoji="🏖️"),
    )


def _threads_button(group: Group) -> Button:
    return Button(label="Threads instead of the forum", action=action("edit", "threads", group.id))


def _lead_pick(group: Group) -> Pick:
    options = tuple(
        Option(label=f"{name} before", value=str(minutes), is_chosen=minutes in group.lead_minutes)
        for minutes, name in LEAD_NAMES.items()
    )
    return Pick(
        action=action("edit", "leads", group.id),
        prompt="Never remind the channel",
        options=options,
        least=0,
        most=len(options),
    )
