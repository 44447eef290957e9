"""What a reminder says: in the channel for everybody, in a direct message for one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.cards import Button, Card, Tone, action, channel_link, person_link, spoken_list, stamp
from bot.groups.model import Group
from bot.members.model import Member
from bot.members.words import place_hint
from bot.places.spoken import spoken_moment, spoken_until
from bot.sessions.change_words import Told, spoken_changes
from bot.sessions.model import SEATED, Session, SessionView, Talk, TalkState, home_of
from bot.sessions.words import (
    answer_buttons,
    place_lines,
    session_title,
    spoken_for,
    spoken_people_clocks,
    spoken_talks,
    spoken_turnout,
)
from bot.text import escape, shorten

LAST_PITCHES = timedelta(hours=12)
"""Nearer to a session without talks, nobody is asked to pitch: no vote would end in time."""


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
    habit = group.habit_in(home_of(group, session))
    if change := spoken_changes(view, told, habit, is_for_many=True):
        body.append(change)
    if talks := _spoken_talks(session, now, "No talks yet: `/pitch` one."):
        body.append(talks)
    if unsure := unconfirmed_speakers(session, now):
        people = spoken_list([person_link(one) for one in unsure])
        body.append(
            f"❔ {people}, will you present? `/talk` confirms, swaps, or says that you can't."
        )
    if wanted := talks_without_speaker(session, now):
        titles = spoken_list([f"**{escape(shorten(one.title, 60))}**" for one in wanted])
        body.append(f"🙋 Nobody presents {titles} yet: whoever would chooses it in `/talk`.")
    body += place_lines(group, session)
    if view.undecided:
        body.append(f"👀 {spoken_turnout(view)}")
    return Card(
        title=f"🔔 {session_title(group, session)} {_spoken_when(group, session, now)}",
        body=tuple(body),
        tone=Tone.SESSION,
        buttons=answer_buttons(session, view),
    )


def unconfirmed_speakers(session: Session, now: datetime) -> list[int]:
    """The speakers who have not said yet that they will present, while another still could."""
    if session.starts_at - now < LAST_PITCHES:
        return []
    elected = [one.speaker_id for one in session.talks if one.state is TalkState.ELECTED]
    return [*dict.fromkeys(one for one in elected if one is not None)]


def speakers_gone(session: Session, talks: Sequence[Talk]) -> str:
    """What leads are told of talks whose speakers have left the server."""
    said = [
        f"{person_link(one.speaker_id or 0)} (**{escape(shorten(one.title, 60))}**)"
        for one in talks
    ]
    who = "its speaker has" if len(talks) == 1 else "speakers have"
    return (
        f"Session #{session.number} is {stamp(session.starts_at)}, and {who} left the server: "
        f"{spoken_list(said)}. `/talk` with “Can't” offers the place to the next in line."
    )


def talks_without_speaker(session: Session, now: datetime) -> list[Talk]:
    """The talks that nobody presents, while somebody could still prepare one."""
    if session.starts_at - now < LAST_PITCHES:
        return []
    return [one for one in session.talks if one.speaker_id is None and one.state in SEATED]


def _spoken_talks(session: Session, now: datetime, none: str) -> str:
    """A line for each talk; `none` where there is none, and time to change that."""
    is_late = session.starts_at - now < LAST_PITCHES
    return spoken_talks(session, "" if is_late else none)


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
    habit = member.habit(home_of(group, session).zone)
    if change := spoken_changes(view, told, habit, is_for_many=member.place is None):
        body.append(change)
    none = f"No talks yet: `/pitch` one in {channel_link(group.channel_id)}."
    if talks := _spoken_talks(session, now, none):
        body.append(talks)
    body += place_lines(group, session)
    begun = " has begun" if session.starts_at <= now else ""
    return Card(
        title=f"🔔 {session_title(group, session)}{begun}",
        body=tuple(body),
        small=_asked_for(group, member),
        tone=Tone.SESSION,
        buttons=(
            *answer_buttons(session),
            Button(label="Stop reminding me", action=action("remind", "stop"), emoji="🔕"),
        ),
    )


def _asked_for(group: Group, member: Member) -> str:
    asked = f"You asked for this; /me reminders in {channel_link(group.channel_id)} changes it."
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


def cancelled_reminder(group: Group, session: Session) -> Card:
    """What a reminder says that was sent before the session was cancelled."""
    body = [f"It will not take place: ~~{stamp(session.starts_at)}~~"]
    if session.reason:
        body.append(escape(session.reason))
    return Card(
        title=f"🚫 {session_title(group, session)} is cancelled",
        body=tuple(body),
        tone=Tone.WARNING,
    )


def with_earlier_time(card: Card, earlier: str) -> Card:
    """The reminder of a session that was to be at another time when it was sent."""
    first, *rest = card.body
    return replace(card, body=(f"{first}\nBefore: ~~{earlier}~~", *rest))


def spoken_earlier(group: Group, session: Session, member: Member, was_at: datetime) -> str:
    """The time that the session had, as the member's own reminder writes it."""
    home = home_of(group, session)
    place_name = member.place.name if member.place else home.city
    return escape(spoken_moment(was_at, member.habit(home.zone), place_name))


def thread_title(group: Group, session: Session) -> str:
    """What the thread is called in which people are mentioned, in plain text."""
    return f"{group.name} #{session.number}"
