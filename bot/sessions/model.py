"""Sessions, talks and RSVPs as values, and the rules of placing and moving them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.groups.model import parse_wall
from bot.places.wall import WallKind, resolve

REMIND = "remind"
"""The job, done by the reminders' room, that tells people of a session."""

REMIND_AHEAD = timedelta(hours=12)
"""How long before it is due a reminder may be sent, and is first planned: for quiet hours."""

MENTION = "mention"
"""The job that calls those in the session's thread whom the reminder could not be sent to."""

DISCUSS = "discuss"
"""The job, done by the discussions' room, that opens a talk's discussion when it has ended."""

EVENT = "event"

ASK_ABOUT_EVENT = "ask_about_event"
"""The job that asks a group's leads what to do about a native event that somebody changed."""

INTEREST = "interest"
"""The job that counts who has pressed Interested in a session's native event."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One presentation; `position` counts from 0 within its session."""

    id: int
    session_id: int
    position: int
    title: str
    pitch_id: int | None = None
    speaker_id: int | None = None
    sources: tuple[str, ...] = ()
    minutes: int
    thread_id: int | None = None


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
        if talk.position >= len(self.talks) - 1:
            return self.ends_at
        share = timedelta(minutes=self.minutes) / len(self.talks)
        return self.starts_at + share * (talk.position + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session with what a card shows beside it.

    `clocks` are the (city, zone) pairs that its people live in, beside home; `last_starts_at` is
    the session before, for telling who meets at another hour than last time. `undecided` are
    interested in the native event and have not answered here.
    """

    session: Session
    answers: dict[Answer, frozenset[int]]
    clocks: tuple[tuple[str, str], ...]
    last_starts_at: datetime | None = None
    undecided: int = 0

    @property
    def going(self) -> frozenset[int]:
        return self.answers.get(Answer.GOING, frozenset())


class AskWhich(Refusal):
    """The wall time comes twice that day; `choices` are the two instants, earlier first."""

    def __init__(self, wall: datetime, choices: tuple[datetime, ...]) -> None:
        super().__init__(
            f"{wall:%H:%M} comes twice on {wall:%Y-%m-%d}, because the clocks go back: which one?"
        )
        self.wall = wall
        self.choices = choices


def choose_instant(text: str, zone: str, city: str, now: datetime, fold: int | None) -> datetime:
    """The naive wall time typed for a one-off change, checked.

    Refuses a time that does not exist, asks when one exists twice (unless `fold` says which),
    refuses what has passed and what is over two years away.
    """
    wall = parse_wall(text)
    try:
        found = resolve(wall, zone, fold=fold or 0)
    except OverflowError:
        raise Refusal(f"{wall:%Y-%m-%d} is outside of any calendar: check the year.") from None
    if found.kind is WallKind.GAP:
        raise Refusal(
            f"{wall:%H:%M} does not exist on {wall:%Y-%m-%d} in {city}: the clocks go forward "
            f"over it. Try {wall + timedelta(hours=1):%H:%M}."
        )
    if found.kind is WallKind.FOLD and fold is None:
        raise AskWhich(wall, found.alternatives)
    if found.starts_at <= now:
        raise Refusal(f"{wall:%Y-%m-%d %H:%M} has passed already in {city}.")
    if found.starts_at > now + timedelta(days=731):
        raise Refusal(f"{wall:%Y-%m-%d} is more than two years away: check the year.")
    return wall


def seats_in(sessions: Sequence[Session], talks_each: int) -> list[tuple[Session, int]]:
    """The places for winners in the order they are filled: the earliest session first."""
    return [
        (session, position)
        for session in sessions
        for position in range(len(session.talks), talks_each)
    ]
