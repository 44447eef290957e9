"""What a reminder says: in the channel for everybody, in a direct message for one."""

from datetime import datetime

from bot.cards import Button, Card, Tone, action, stamp
from bot.groups.model import Group
from bot.members.model import Member
from bot.places.spoken import spoken_until
from bot.sessions.model import SessionView
from bot.sessions.words import (
    answer_buttons,
    session_title,
    spoken_clock_changes,
    spoken_for,
    spoken_people_clocks,
    spoken_talks,
)
from bot.text import escape


def channel_reminder(group: Group, view: SessionView, now: datetime) -> Card:
    """Discord's own timestamps, and the same instant spelled out where its people live."""
    session = view.session
    body = [
        f"{stamp(session.starts_at)} · {stamp(session.starts_at, 'R')}",
        f"🕑 {spoken_people_clocks(group, view)}",
    ]
    if change := spoken_clock_changes(group, view):
        body.append(change)
    body.append(spoken_talks(session))
    if group.meeting_place:
        body.append(f"📍 {escape(group.meeting_place)}")
    until = spoken_until(session.starts_at, now, group.habit)
    return Card(
        title=f"🔔 {session_title(group, session)} {until}",
        body=tuple(body),
        tone=Tone.SESSION,
        buttons=answer_buttons(session, view),
    )


def personal_reminder(group: Group, view: SessionView, member: Member, now: datetime) -> Card:
    """The session in the member's own zone, date format and clock."""
    session = view.session
    body = [f"**{escape(spoken_for(member, session, now))}**"]
    reader = (member, member.place.name) if member.place else None
    if reader and (change := spoken_clock_changes(group, view, reader)):
        body.append(change)
    body.append(spoken_talks(session))
    if group.meeting_place:
        body.append(f"📍 {escape(group.meeting_place)}")
    return Card(
        title=f"🔔 {session_title(group, session)}",
        body=tuple(body),
        small="You asked for this with /me reminders.",
        tone=Tone.SESSION,
        buttons=(
            *answer_buttons(session),
            Button(label="Stop reminding me", action=action("remind", "stop"), emoji="🔕"),
        ),
    )
