"""What leads read when somebody has changed or deleted a native event of theirs."""

from bot.cards import Button, ButtonStyle, Card, Tone, action, stamp
from bot.groups.model import Group
from bot.groups.spoken import spoken_place
from bot.messenger import EventPlan
from bot.sessions.mirror import Mirror, plan_event, without_marker
from bot.sessions.model import Session
from bot.sessions.words import session_title
from bot.text import clean_line, escape, shorten

SHOWN_LIMIT = 300
"""Characters of a description that are quoted."""


def question_card(group: Group, session: Session, mirror: Mirror) -> Card:
    """What is asked about the event as somebody left it; raises ValueError where nothing is."""
    if mirror.question is None:
        raise ValueError(f"nothing is asked about session {session.id}")
    shows = mirror.question.shows
    if shows is None:
        return _deleted_card(group, session, mirror.number)
    return Card(
        title=f"✏️ Somebody changed the event of {session_title(group, session)}",
        body=(
            "\n".join(changes(plan_event(group, session, mirror), shows)),
            "I leave the event alone until one of the group's leads decides.",
        ),
        small="Taking it over moves the session as `/session move` does: reminders, calendars and "
        "everybody who is going hear of it. A name and a description stay as they are written "
        "there.",
        tone=Tone.WARNING,
        buttons=(
            _button("Take it over", "take", session, mirror.number, ButtonStyle.PRIMARY),
            _button("Put mine back", "back", session, mirror.number),
        ),
    )


def _deleted_card(group: Group, session: Session, number: int) -> Card:
    return Card(
        title=f"🗑️ Somebody deleted the event of {session_title(group, session)}",
        body=(
            f"The session is planned for {stamp(session.starts_at)}. Should it be cancelled, or "
            "have its event again?",
        ),
        small="Until one of the group's leads decides, the session takes place without an event.",
        tone=Tone.WARNING,
        buttons=(
            _button("Cancel the session", "cancel", session, number, ButtonStyle.DANGER),
            _button("Make it again", "again", session, number),
        ),
    )


def _button(
    label: str,
    choice: str,
    session: Session,
    number: int,
    style: ButtonStyle = ButtonStyle.PLAIN,
) -> Button:
    return Button(label=label, action=action("event", choice, session.id, number), style=style)


def changes(ours: EventPlan, theirs: EventPlan) -> list[str]:
    """A line for each part that differs: what the calendar says → what the event shows."""
    lines = []
    if ours.starts_at != theirs.starts_at:
        lines.append(f"**Starts** {stamp(ours.starts_at)} → {stamp(theirs.starts_at)}")
    if ours.ends_at - ours.starts_at != theirs.ends_at - theirs.starts_at:
        lines.append(f"**Ends** {stamp(ours.ends_at)} → {_spoken_end(theirs)}")
    if ours.name != theirs.name:
        lines.append(f"**Name** {escape(ours.name)} → {escape(theirs.name)}")
    if ours.location != theirs.location:
        lines.append(f"**Place** {spoken_place(ours.location)} → {spoken_place(theirs.location)}")
    before, after = without_marker(ours.description), without_marker(theirs.description)
    if before.split() != after.split():
        text = escape(shorten(clean_line(after), SHOWN_LIMIT))
        lines.append(f"**Description** now: {text or 'nothing'}")
    return lines


def _spoken_end(theirs: EventPlan) -> str:
    return stamp(theirs.ends_at) if theirs.ends_at > theirs.starts_at else "no end"
