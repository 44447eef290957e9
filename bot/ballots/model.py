"""A ballot as values: its states, its options, and what a lead may ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.groups.model import BallotRule

MOST_OPTIONS = 20
"""Discord allows 20 different emoji under a message (error 30010)."""

LETTERS = tuple(chr(0x1F1E6 + n) for n in range(MOST_OPTIONS))
"""🇦 to 🇹."""

MOST_SESSIONS = 6
MOST_TALKS = 4
DEFAULT_DAYS = 3
LONGEST = timedelta(days=60)


class BallotState(StrEnum):
    """A ballot only ever moves down this list, or to VOID before it is closed."""

    POSTING = "posting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    ANNOUNCED = "announced"
    VOID = "void"


LIVE = (BallotState.POSTING, BallotState.OPEN, BallotState.CLOSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotOption:
    """A pitch as it stood when the ballot opened; it stays so whatever happens to the pitch."""

    pitch_id: int
    emoji: str
    title: str
    speaker_id: int | None = None
    sources: tuple[str, ...] = ()
    has_lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the tally found, as pitch ids. `counts` has every option; `winners` are in election
    order; `tied` are the winners whose place the tie order decided; `seated` maps winners to
    their sessions.
    """

    winners: tuple[int, ...]
    runners_up: tuple[int, ...]
    counts: Mapping[int, int]
    voters: int
    tied: tuple[int, ...] = ()
    seated: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """`tie_order` has every option's pitch, first wins; it is known once the ballot is posted."""

    id: int
    group_id: int
    state: BallotState
    rule: BallotRule
    sessions: int
    talks_each: int
    opened_by: int
    channel_id: int
    message_id: int | None = None
    due_at: datetime
    opened_at: datetime
    closing_at: datetime | None = None
    options: tuple[BallotOption, ...] = ()
    tie_order: tuple[int, ...] = ()
    result: Result | None = None

    @property
    def seats(self) -> int:
        return self.sessions * self.talks_each

    @property
    def emojis(self) -> tuple[str, ...]:
        return tuple(option.emoji for option in self.options)

    def option_of(self, pitch_id: int) -> BallotOption:
        """The option that stands for the pitch."""
        return next(option for option in self.options if option.pitch_id == pitch_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotForm:
    """What a lead asked for; `closes` is a wall time in the group's zone, else `days` count."""

    sessions: int = 1
    talks_each: int | None = None
    days: int | None = None
    closes: str | None = None


def check_size(form: BallotForm, default_talks: int) -> tuple[int, int]:
    """(sessions, talks in each), within what a ballot can fill."""
    talks = default_talks if form.talks_each is None else form.talks_each
    if not 1 <= form.sessions <= MOST_SESSIONS:
        raise Refusal(f"A ballot fills 1 to {MOST_SESSIONS} sessions, not {form.sessions}.")
    if not 1 <= talks <= MOST_TALKS:
        raise Refusal(f"A session takes 1 to {MOST_TALKS} talks from a ballot, not {talks}.")
    return form.sessions, talks


def check_due(due_at: datetime, now: datetime) -> datetime:
    """The closing instant, ahead and within two months."""
    if due_at <= now + timedelta(minutes=1):
        raise Refusal("The ballot would close at once: choose a time that is ahead.")
    if due_at > now + LONGEST:
        raise Refusal(f"A ballot stays open for at most {LONGEST.days} days.")
    return due_at


def options_from(pitches: Sequence[BallotOption]) -> tuple[BallotOption, ...]:
    """At most twenty options; refuses a ballot over nothing."""
    if not pitches:
        raise Refusal(
            "There is nothing to vote on: the backlog is empty. Ask members to `/pitch` first."
        )
    return tuple(pitches[:MOST_OPTIONS])
