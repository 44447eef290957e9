"""How sessions look as cards."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.cards import (
    Button,
    ButtonStyle,
    Card,
    Tone,
    action,
    person_link,
    plural,
    stamp,
)
from bot.groups.model import Group
from bot.groups.revising import spoken_break
from bot.groups.spoken import spoken_place
from bot.members.model import Member
from bot.members.words import place_hint
from bot.pitches.words import spoken_sources, spoken_speaker
from bot.places.spoken import (
    Habit,
    spoken_clocks,
    spoken_elsewhere,
    spoken_moment,
    spoken_moment_and_left,
)
from bot.sessions.change_words import changes_in, spoken_changes
from bot.sessions.model import (
    ANSWER_NAMES,
    Answer,
    Session,
    SessionView,
    home_of,
)
from bot.text import escape, shorten


def session_title(group: Group, session: Session) -> str:
    """ "ML Theory #3", escaped."""
    return f"{escape(group.name)} #{session.number}"


def spoken_talks(session: Session, none: str = "No talks yet: `/pitch` one.") -> str:
    """A line for each talk, or `none` while there is none."""
    if not session.talks:
        return none
    return "\n".join(
        f"{number}. **{escape(talk.title)}** · {spoken_speaker(talk.speaker_id)}"
        + (f"\n   📎 {spoken_sources(talk.sources, talk.title)}" if talk.sources else "")
        for number, talk in enumerate(session.talks, 1)
    )


def spoken_people_clocks(group: Group, view: SessionView, habit: Habit | None = None) -> str:
    """The session's start spelled out for the zones its people live in.

    As `habit` writes hours, where a card shows sessions of several cities; else as the session's
    own city does.
    """
    home = home_of(group, view.session)
    reads = (habit or group.habit_in(home)).there(home.zone)
    return escape(spoken_clocks(view.session.starts_at, reads, view.clocks, home_name=home.city))


def spoken_clocks_for(
    member: Member, group: Group, view: SessionView, habit: Habit | None = None
) -> str:
    """Everybody's clocks but the reader's own, as the reader writes hours, seen from their day.

    Where the reader's place is not known, as `habit` does in `spoken_people_clocks`.
    """
    if member.place is None:
        return spoken_people_clocks(group, view, habit)
    home = home_of(group, view.session)
    clocks = [(home.city, home.zone), *view.clocks]
    others = [clock for clock in clocks if clock[1] != member.place.zone]
    spoken = spoken_elsewhere(view.session.starts_at, member.habit(home.zone), others)
    return escape(" · ".join(spoken))


def spoken_for(member: Member, group: Group, session: Session, now: datetime) -> str:
    """ "Saturday 19 November, 22:00 in Berlin, in 1 hour"; home's time while theirs is unknown."""
    home = home_of(group, session)
    place_name = member.place.name if member.place else home.city
    return spoken_moment_and_left(session.starts_at, now, member.habit(home.zone), place_name)


def spoken_end_for(member: Member, group: Group, session: Session) -> str:
    """What is said of a session that has begun: "until 23:00 in Berlin · began 30 minutes ago".

    Where the member's place is not known, Discord writes the hour for them.
    """
    if member.place is None:
        return spoken_end(session)
    habit = member.habit(home_of(group, session).zone)
    until = spoken_clocks(session.ends_at, habit, (), home_name=member.place.name)
    return f"until {escape(until)} · began {stamp(session.starts_at, 'R')}"


def spoken_end(session: Session) -> str:
    """The same for everybody: Discord writes the hour for each reader."""
    return f"until {stamp(session.ends_at, 't')} · began {stamp(session.starts_at, 'R')}"


def place_lines(group: Group, session: Session) -> list[str]:
    """The line that says where the session meets; none where nobody has said."""
    place = session.place or group.meeting_place
    return [f"📍 {spoken_place(place)}"] if place else []


def spoken_turnout(view: SessionView) -> str:
    """ "3 people going · 2 more interested in the event"; empty where nobody is.

    Who only pressed Interested in Discord's event is not counted as going: many mean to watch it.
    """
    going, undecided = len(view.going), view.undecided
    parts = [f"{plural(going, 'person', 'people')} going"] if going else []
    if undecided:
        more = f"{undecided} more" if going else plural(undecided, "person", "people")
        parts.append(f"{more} interested in the event")
    return " · ".join(parts)


_OWN_ANSWERS = {
    Answer.GOING: "✅ You are going.",
    Answer.RECORDING: "📼 You said that you only want the recording.",
    Answer.NOT_GOING: "You said that you can't come.",
}


def answer_buttons(
    session: Session, view: SessionView | None = None, own: Answer | None = None
) -> tuple[Button, ...]:
    """The RSVP buttons; with a view they carry their counts, and the reader's `own` stands out."""

    def label(answer: Answer) -> str:
        count = len(view.answers[answer]) if view else 0
        return f"{ANSWER_NAMES[answer]} · {count}" if count else ANSWER_NAMES[answer]

    def style(answer: Answer) -> ButtonStyle:
        if answer is Answer.GOING:
            return ButtonStyle.GOOD if own in (None, answer) else ButtonStyle.PLAIN
        return ButtonStyle.PRIMARY if answer is own else ButtonStyle.PLAIN

    emojis = {Answer.GOING: "✅", Answer.RECORDING: "📼", Answer.NOT_GOING: None}
    return tuple(
        Button(
            label=label(answer),
            action=action("rsvp", answer, session.id),
            style=style(answer),
            emoji=emoji,
        )
        for answer, emoji in emojis.items()
    )


def session_card(group: Group, view: SessionView, member: Member, now: datetime) -> Card:
    """One session for one member: in their own time first, then everybody's; with their answer."""
    session = view.session
    if session.starts_at <= now < session.ends_at:
        none = "No talk is in it."
        body = [
            f"**Now**, {spoken_end_for(member, group, session)}",
            *place_lines(group, session),
            spoken_talks(session, none),
        ]
    else:
        body = _spoken_start(group, view, member, now)
    own = next((one for one, people in view.answers.items() if member.user_id in people), None)
    coming = [spoken_turnout(view), _OWN_ANSWERS[own] if own else ""]
    if any(coming):
        body.append("\n".join(filter(None, coming)))
    hint = place_hint(member) or None
    return Card(
        title=f"📅 {session_title(group, session)}",
        body=tuple(body),
        small=hint,
        tone=Tone.SESSION,
        buttons=answer_buttons(session, own=own),
    )


def _spoken_start(group: Group, view: SessionView, member: Member, now: datetime) -> list[str]:
    session = view.session
    body = [f"{stamp(session.starts_at)} · {stamp(session.starts_at, 'R')}"]
    if clocks := spoken_clocks_for(member, group, view):
        body.append(f"🕑 {clocks}")
    if member.place is not None:
        # What is left stands in the reader's own words: Discord's would count in other units.
        said = escape(spoken_for(member, group, session, now))
        body[0] = f"**For you: {said}**\n{stamp(session.starts_at)}"
    if change := _spoken_changes_for(group, view, member):
        body.append(change)
    return [*body, *place_lines(group, session), spoken_talks(session)]


def _spoken_changes_for(group: Group, view: SessionView, member: Member) -> str | None:
    """Clock changes where the member lives; everywhere while that is not known."""
    if member.place is None:
        habit = group.habit_in(home_of(group, view.session))
        return spoken_changes(view, changes_in(view, view.clocks), habit, is_for_many=True)
    own = [(member.place.name, member.place.zone)]
    return spoken_changes(view, changes_in(view, own), member.habit(member.place.zone))


def moved_card(group: Group, view: SessionView, member: Member, now: datetime) -> Card:
    """What the lead sees after moving a session."""
    card = session_card(group, view, member, now)
    return replace(card, title=f"↪️ Moved: {card.title}")


def no_session_card(group: Group, member: Member, now: datetime) -> Card:
    """Why there is none, where a lead has let the group pause."""
    return Card(
        title=f"📅 {escape(group.name)}",
        body=("No session is planned at the moment.", *_pause_lines(group, member, now)),
        tone=Tone.SESSION,
    )


def _pause_lines(group: Group, member: Member, now: datetime) -> list[str]:
    pause = group.pattern.open_break
    if pause is None:
        return []
    habit = member.habit_on(group.home_at(now).zone)
    return [f"⏸️ A break {spoken_break(pause, habit)}. The channel hears when the group goes on."]


def sessions_card(
    group: Group, views: Sequence[SessionView], member: Member, now: datetime, *, past: bool
) -> Card:
    """The calendar as a list: each session in the member's own time first, then everybody's.

    Where they meet is said once where it is the same for all that are ahead.
    """
    name = escape(group.name)
    if not views:
        ahead = ("None is planned.", *_pause_lines(group, member, now))
        return Card(
            title=f"📅 Sessions of {name}",
            body=("None was held yet.",) if past else ahead,
            tone=Tone.SESSION,
        )
    lines = []
    places = [[] if past else place_lines(group, view.session) for view in views]
    shared = places[0] if all(one == places[0] for one in places) else []
    for view, where in zip(views, places, strict=True):
        session = view.session
        talks = " · ".join(escape(shorten(talk.title, 60)) for talk in session.talks)
        none = "No talks" if past else "Talks to be chosen"
        parts = [f"**#{session.number}** {stamp(session.starts_at)}"]
        if member.place is not None:
            habit = member.habit(member.place.zone)
            mine = spoken_moment(session.starts_at, habit, member.place.name)
            is_on = session.starts_at <= now < session.ends_at
            left = "now" if is_on else stamp(session.starts_at, "R")
            parts = [f"**#{session.number} · {escape(mine)}** · {left}"]
        if clocks := spoken_clocks_for(member, group, view, group.habit_at(now)):
            parts.append(clocks)
        if (
            member.place is not None
            and not past
            and (change := _spoken_changes_for(group, view, member))
        ):
            parts.append(change)
        parts += [] if shared else where
        lines.append("\n".join([*parts, talks or none]))
    hints = [] if past else ["The attached file puts these into your own calendar."]
    if member.place is None and not past:
        hints.append(place_hint(member))
    return Card(
        title=f"📅 {'Past sessions' if past else 'Sessions'} of {name}",
        body=(*lines, *shared),
        small=" ".join(hints) or None,
        tone=Tone.SESSION,
    )


def spoken_choice(group: Group, session: Session, member: Member) -> str:
    """ "#3 · Saturday, November 19, 2:00 PM in Denver" for a list to choose from."""
    return f"#{session.number} · {spoken_at_home(group, session, member)}"


def spoken_at_home(group: Group, session: Session, member: Member) -> str:
    """ "Saturday, November 19, 2:00 PM in Denver", on the session's own clock, as they write."""
    home = home_of(group, session)
    return spoken_moment(session.starts_at, member.habit_on(home.zone), home.city)


MOST_MENTIONS = 80
"""A message may name 100 people whom it pings (allowed_mentions), and this many fit its text."""


def mentioned(user_ids: frozenset[int]) -> tuple[int, ...]:
    """Those of the people whom one message can name and ping."""
    return tuple(sorted(user_ids)[:MOST_MENTIONS])


def mention_line(user_ids: frozenset[int]) -> str:
    """People's names in a row."""
    return " ".join(person_link(user_id) for user_id in mentioned(user_ids))


def answered(session: Session, answer: Answer, now: datetime) -> str:
    """What the member is told after answering."""
    when = f"{stamp(session.starts_at)} ({stamp(session.starts_at, 'R')})"
    if session.starts_at <= now:
        when = f"now until {stamp(session.ends_at, 't')}"
    return {
        Answer.GOING: f"See you at session #{session.number}, {when}.",
        Answer.RECORDING: f"Noted: recording only for session #{session.number}.",
        Answer.NOT_GOING: f"Noted: you can't come to session #{session.number}.",
    }[answer]
