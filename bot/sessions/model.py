"""Sessions, talks and RSVPs as values, and the rules of placing and moving them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.groups.model import Group, Home
from bot.places.wall import resolve
from bot.sessions.stays import Occasion

REMIND = "remind"
"""The job, done by the reminders' room, that tells people of a session."""

REMIND_AHEAD = timedelta(hours=12)
"""How long before it is due a reminder may be sent, and is first planned: for quiet hours."""

REMIND_REDRAW = "remind_redraw"
"""The job, done by the reminders' room, that brings reminders up to date that were sent."""

MENTION = "mention"
"""The job that calls those in the session's thread whom the reminder could not be sent to."""

DISCUSS = "discuss"
"""The job, done by the discussions' room, that opens a talk's discussion when it has ended."""

EVENT = "event"

ASK_ABOUT_EVENT = "ask_about_event"
"""The job that asks a group's leads what to do about a native event that somebody changed."""

INTEREST = "interest"
"""The job that counts who has pressed Interested in a session's native event."""

ABSENT = "absent"
"""The job, done by the speakers' room, that tells leads of a speaker who is away that day."""

NOTICE = "notice"
WRAP = "wrap"


class SessionState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"
    HELD = "held"


class Answer(StrEnum):
    GOING = "going"
    RECORDING = "recording"
    NOT_GOING = "not_going"


ANSWER_NAMES = {
    Answer.GOING: "Going",
    Answer.RECORDING: "Recording only",
    Answer.NOT_GOING: "Can't come",
}


class TalkState(StrEnum):
    """What has become of an elected talk: asked, sure, sure on an exchanged day, put off, taken
    back, or behind us.
    """

    ELECTED = "elected"
    CONFIRMED = "confirmed"
    SWAPPED = "swapped"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    DELIVERED = "delivered"


SEATED = (TalkState.ELECTED, TalkState.CONFIRMED, TalkState.SWAPPED)
"""The states of a talk that is to be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One presentation; `position` counts from 0 within its session.

    A talk that has given its place back is below zero, and among its session's talks no more.
    `reading`, `slides` and `recording` are links, "" for none.
    """

    id: int
    session_id: int
    position: int
    title: str
    pitch_id: int | None = None
    speaker_id: int | None = None
    sources: tuple[str, ...] = ()
    minutes: int
    thread_id: int | None = None
    state: TalkState = TalkState.ELECTED
    reading: str = ""
    slides: str = ""
    recording: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One meeting. `wall_start` (naive) in `zone` is the truth, `starts_at` its UTC cache.

    `sequence` counts the changes that calendars must hear of; `moved_from` is the instant
    before the last move, for the notice of it. `thread_id` is where those are called whom no
    direct message reaches. `place` is empty where the session meets at the group's own place.
    """

    id: int
    group_id: int
    number: int
    wall_start: datetime
    zone: str
    starts_at: datetime
    minutes: int
    state: SessionState
    sequence: int = 0
    changed_at: datetime
    event_id: int | None = None
    thread_id: int | None = None
    moved_from: datetime | None = None
    reason: str = ""
    place: str = ""
    talks: tuple[Talk, ...] = ()

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def talk_ends_at(self, talk: Talk) -> datetime:
        """When the talk's share of the session is over; the last one ends with the session."""
        order = [one.id for one in self.talks].index(talk.id)
        if order == len(self.talks) - 1:
            return self.ends_at
        share = timedelta(minutes=self.minutes) / len(self.talks)
        return self.starts_at + share * (order + 1)

    def free_positions(self, talks_each: int) -> list[int]:
        """Where another talk may be put, the earliest first, while there are fewer than that."""
        taken = {talk.position for talk in self.talks}
        free = [position for position in range(talks_each) if position not in taken]
        return free[: max(talks_each - len(taken), 0)]


def home_of(group: Group, session: Session) -> Home:
    """The city on whose clock the session is kept, as it may be spoken of."""
    return group.pattern.home_of(session.zone, session.wall_start)


def session_at(group: Group, wall: datetime, number: int, now: datetime) -> Session:
    """A new session at the pattern's naive `wall`, as the rhythm of that day has it."""
    rhythm = group.pattern.rhythm_at(wall)
    return Session(
        id=0,
        group_id=group.id,
        number=number,
        wall_start=wall,
        zone=rhythm.zone,
        starts_at=resolve(wall, rhythm.zone).starts_at,
        minutes=rhythm.minutes,
        state=SessionState.PLANNED,
        changed_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session with what a card shows beside it.

    `homes` are the (city, zone) pairs that its people live in, the commonest first, beside the
    group's own, and `clocks` those that fit a card. `meetings` are the group's around it.
    `undecided` are interested in the native event and have not answered here.
    """

    session: Session
    answers: dict[Answer, frozenset[int]]
    clocks: tuple[tuple[str, str], ...]
    homes: tuple[tuple[str, str], ...] = ()
    meetings: tuple[Occasion, ...] = ()
    undecided: int = 0

    @property
    def going(self) -> frozenset[int]:
        return self.answers.get(Answer.GOING, frozenset())
