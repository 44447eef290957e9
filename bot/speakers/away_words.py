"""What is said of a talk that is on a day on which its speaker is away."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.cards import Button, ButtonStyle, Card, Tone, action, person_link, spoken_list, stamp
from bot.groups.model import Group
from bot.sessions.model import Session, Talk
from bot.sessions.words import session_title
from bot.speakers.model import Ask
from bot.text import escape, shorten

MISSED_SHOWN = 3


def with_missed_talks(
    card: Card, missed: Sequence[tuple[Group, Session, Talk]], server_id: int
) -> Card:
    """Days away, with the talks that are on them, and a button for each that is in this server."""
    if not missed:
        return card
    shown = missed[:MISSED_SHOWN]
    lines = [
        f"- **{escape(shorten(talk.title, 100))}** · {session_title(group, session)} · "
        f"{stamp(session.starts_at)}"
        for group, session, talk in shown
    ]
    if len(missed) > len(shown):
        lines.append(f"- and {len(missed) - len(shown)} more: see `/talk`")
    told = "Swap it, say that you can't, or be there after all: otherwise I tell the leads soon."
    buttons = tuple(
        Button(
            label=f"🎤 {shorten(talk.title, 60)}",
            action=action("talk", "show", talk.id),
            style=ButtonStyle.PRIMARY,
        )
        for group, _, talk in shown
        if group.server_id == server_id
    )
    body = "\n".join(["**⚠️ You present on a day away**", *lines])
    return replace(card, body=(*card.body, body, told), buttons=(*card.buttons, *buttons))


def away_question(
    title: str, session: Session, user_id: int, asker_id: int, buttons: Sequence[Button]
) -> Card:
    """What is asked before somebody speaks on a day on which they said to be away."""
    talk = f"**{escape(shorten(title, 100))}** would be {stamp(session.starts_at)}"
    if user_id == asker_id:
        return Card(
            title="🏝️ You said that you are away that day",
            body=(f"{talk}. Will you be there all the same?",),
            small="Nothing has happened yet. If you will, I take that day out of your days away.",
            tone=Tone.WARNING,
            buttons=tuple(buttons),
        )
    return Card(
        title="🏝️ The speaker is away that day",
        body=(f"{talk}, and {person_link(user_id)} has said to be away then.",),
        small="Nothing has happened yet.",
        tone=Tone.WARNING,
        buttons=tuple(buttons),
    )


def spoken_missed(session: Session, missed: Sequence[Talk], lead_ids: Collection[int]) -> str:
    """What leads are told of speakers who are away on the day of the session; one may lead."""
    talks = spoken_list(
        [
            f"{person_link(talk.speaker_id or 0)} (**{escape(shorten(talk.title, 60))}**)"
            for talk in missed
        ]
    )
    is_lead = any(one.speaker_id in lead_ids for one in missed)
    advice = "Whoever it is swaps or steps back with `/talk`" if is_lead else "Ask them"
    who = "the speaker is" if len(missed) == 1 else "speakers are"
    return (
        f"Session #{session.number} is {stamp(session.starts_at)}, and {who} away that day: "
        f"{talks}. {advice}, or let somebody else step in with `/session skip`."
    )


def sure_buttons(talk_id: int, what: str, *subject: object) -> tuple[Button, ...]:
    """For a speaker's own card: do `what` all the same, or go back to the talk."""
    return (
        Button(
            label="Yes, all the same",
            action=action("talk", f"{what}_sure", talk_id, *subject),
            style=ButtonStyle.GOOD,
        ),
        Button(label="Back to the talk", action=action("talk", "show", talk_id)),
    )


def sure_answers(ask: Ask) -> tuple[Button, ...]:
    """The answers to a question, for somebody who is away that day."""
    return (
        Button(
            label="Yes, I'll be there",
            action=action("ask", "sure", ask.id),
            style=ButtonStyle.GOOD,
            emoji="✅",
        ),
        Button(label="I can't", action=action("ask", "no", ask.id)),
    )
