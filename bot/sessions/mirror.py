"""A session's native event beside the calendar: what it should show, and what to make of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.groups.model import Group
from bot.messenger import EventPlan, NativeEvent
from bot.sessions.model import Session
from bot.text import shorten

NAME_LIMIT = 100
DESCRIPTION_LIMIT = 900
"""Discord takes 1,000 characters; the rest is for the marker by which an event is known again."""

EVENTS_AHEAD = 6
"""So many of a group's next sessions have an event: as many as its calendar shows."""

SERVER_BUDGET = 80
"""So many events all groups of a server have together, the soonest first. The server has room for
`MOST_EVENTS`, and others make events too.
"""

MOST_EVENTS = 100
"""Events that are to come or run, in one server (Discord, error 30038)."""

_MARKER = re.compile(r"\s*lectern:session:(\d{1,18})\s*$")


class Finding(StrEnum):
    """What a session's event is, compared with the calendar and with what we last wrote."""

    MISSING = "missing"
    """There was none yet."""
    EQUAL = "equal"
    STALE = "stale"
    """It shows what we wrote, and the calendar has changed since."""
    EDITED = "edited"
    """It shows what somebody else wrote."""
    GONE = "gone"
    """It was there, and somebody has deleted or ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What leads are asked about: the event as somebody else left it, None for a deleted one."""

    shows: EventPlan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """What is known of a session's event.

    `written` is what we wrote last, or two things while a change is on its way. `name` and
    `about` are a lead's own words, which stand there in place of ours. `number` counts the
    questions. Of the `interested`, the `undecided` have not answered to Lectern.
    """

    session_id: int
    written: tuple[EventPlan, ...] = ()
    question: Question | None = None
    number: int = 0
    name: str = ""
    about: str = ""
    interested: int = 0
    undecided: int = 0


def event_marker(session_id: int) -> str:
    """The text at the end of a native event's description that says whose it is."""
    return f"lectern:session:{session_id}"


def marked_session_id(event: NativeEvent) -> int | None:
    """The session that one of our own events says it belongs to."""
    found = _MARKER.search(event.shows.description) if event.is_ours else None
    return None if found is None else int(found[1])


def without_marker(description: str) -> str:
    """What people read of an event's description."""
    return _MARKER.sub("", description)


def plan_event(group: Group, session: Session, mirror: Mirror | None = None) -> EventPlan:
    """What the session's native event should show."""
    titles = " · ".join(talk.title for talk in session.talks)
    name = f"{group.name} #{session.number}" + (f": {titles}" if titles else "")
    about = "\n".join([*(f"• {talk.title}" for talk in session.talks), group.about]).strip()
    if mirror is not None:
        name, about = mirror.name or name, mirror.about or about
    # Never the marker alone: it is for us, and says nothing to anybody else.
    about = about or f"A session of {group.name}. Talks to be chosen."
    marker = event_marker(session.id)
    return EventPlan(
        name=shorten(name, NAME_LIMIT),
        description=f"{shorten(about, DESCRIPTION_LIMIT)}\n\n{marker}".strip(),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        location=shorten(session.place or group.where, NAME_LIMIT),
    )


def is_alike(one: EventPlan, other: EventPlan) -> bool:
    """True when people see no difference; Discord may tidy up spaces, and keeps whole seconds."""
    return _seen(one) == _seen(other)


def _seen(plan: EventPlan) -> tuple[object, ...]:
    texts = (plan.name, without_marker(plan.description), plan.location)
    return (*(" ".join(text.split()) for text in texts), *_times(plan))


def _times(plan: EventPlan) -> tuple[int, int]:
    return int(plan.starts_at.timestamp()), int(plan.ends_at.timestamp())


def events_of(
    session_id: int, event_id: int | None, listed: Iterable[NativeEvent]
) -> list[NativeEvent]:
    """The session's own events among the server's, oldest first: one, unless something failed."""
    return [
        one
        for one in listed
        if one.is_ours and (one.id == event_id or marked_session_id(one) == session_id)
    ]


def find_out(
    plan: EventPlan, mirror: Mirror, event_id: int | None, found: NativeEvent | None
) -> Finding:
    """What to make of the session's event as it stands there; `event_id` is the one it had."""
    if found is None:
        return Finding.MISSING if event_id is None else Finding.GONE
    if is_alike(found.shows, plan):
        has_marker = marked_session_id(found) is not None
        return Finding.EQUAL if has_marker else Finding.STALE
    if not mirror.written:
        # Mirrored by a version that kept no record: it followed every change of time, no other.
        is_ours = _times(found.shows) == _times(plan)
    else:
        is_ours = any(is_alike(found.shows, written) for written in mirror.written)
    return Finding.STALE if is_ours else Finding.EDITED


def is_asked(mirror: Mirror, found: NativeEvent | None) -> bool:
    """Whether leads have been asked about just this already."""
    if mirror.question is None:
        return False
    shows = mirror.question.shows
    if found is None or shows is None:
        return found is None and shows is None
    return is_alike(shows, found.shows)


def choose_mirrored(ahead: Mapping[int, Sequence[tuple[datetime, int]]]) -> list[int]:
    """The ids of a server's sessions that get an event, the soonest first.

    `ahead` has (start, id) of what is to come by group.
    """
    nearest = [one for sessions in ahead.values() for one in sorted(sessions)[:EVENTS_AHEAD]]
    return [session_id for _, session_id in sorted(nearest)[:SERVER_BUDGET]]
