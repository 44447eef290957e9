"""What a reminder says: in the channel for everybody, in a direct message for one."""

from collections.abc import Sequence
from datetime import datetime

from bot.cards import Button, Card, Tone, action, person_link, stamp
from bot.groups.model import Group
from bot.members.model import Member
from bot.members.words import place_hint
from bot.places.spoken import spoken_until
from bot.sessions.change_words import Told, spoken_changes
from bot.sessions.model import Session, SessionView, home_of
from bot.sessions.words import (
    answer_buttons,
    place_lines,
    session_title,
    spoken_for,
    spoken_people_clocks,
    spoken_talks,
    spoken_turnout,
)
from bot.text import escape


def channel_reminder(
    group: Group, view: SessionView, now: datetime, told: Sequence[Told] = ()
) -> Card:
    """Discord's own timestamps, and the same instant spelled out where its people live.

    `told` are the clock changes that the channel has not heard of yet.
    """
    session = view.session
    body = [
        f"{stamp(session.starts_at)} · {stamp(session.starts_at, 'R')}",
        f"🕑 {spoken_people_clocks(group, view)}",
    ]
    if change := spoken_changes(view, told, group.habit_in(home_of(group, session))):
        body.append(change)
    body.append(spoken_talks(session))
    body += place_lines(group, session)
    if view.undecided:
        body.append(f"👀 {spoken_turnout(view)}")
    return Card(
        title=f"🔔 {session_title(group, session)} {_spoken_when(group, session, now)}",
        body=tuple(body),
        tone=Tone.SESSION,
        buttons=answer_buttons(session, view),
    )


def _spoken_when(group: Group, session: Session, now: datetime) -> str:
    if session.starts_at <= now:
        return "has begun"
    return spoken_until(session.starts_at, now, group.habit_in(home_of(group, session)))


def personal_reminder(
    group: Group, view: SessionView, member: Member, now: datetime, told: Sequence[Told] = ()
) -> Card:
    """The session in the member's own zone, date format and clock.

    `told` are the clock changes that they have not heard of yet.
    """
    session = view.session
    body = [f"**{escape(spoken_for(member, group, session, now))}**"]
    if change := spoken_changes(view, told, member.habit(home_of(group, session).zone)):
        body.append(change)
    body.append(spoken_talks(session))
    body += place_lines(group, session)
    begun = " has begun" if session.starts_at <= now else ""
    return Card(
        title=f"🔔 {session_title(group, session)}{begun}",
        body=tuple(body),
        small=_asked_for(member),
        tone=Tone.SESSION,
        buttons=(
            *answer_buttons(session),
            Button(label="Stop reminding me", action=action("remind", "stop"), emoji="🔕"),
        ),
    )


def _asked_for(member: Member) -> str:
    asked = "You asked for this with /me reminders."
    return f"{asked} {place_hint(member)}" if member.lost_zone else asked


def mention_card(group: Group, session: Session, user_ids: Sequence[int], now: datetime) -> Card:
    """The reminder of those to whom no direct message gets through."""
    return Card(
        title=f"🔔 {session_title(group, session)} {_spoken_when(group, session, now)}",
        body=(
            f"{stamp(session.starts_at)} · {stamp(session.starts_at, 'R')}",
            " ".join(person_link(user_id) for user_id in user_ids),
        ),
        small="You asked to be reminded, and I can't write to you directly: open your direct "
        "messages to this server's members, then choose again with /me reminders.",
        tone=Tone.SESSION,
        buttons=answer_buttons(session),
    )


def thread_title(group: Group, session: Session) -> str:
    """What the thread is called in which people are mentioned, in plain text."""
    return f"{group.name} #{session.number}"
