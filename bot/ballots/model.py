"""A ballot as values: its states, its options, and what a lead may ask for."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from bot.ballots.tally import Step
from bot.groups.model import BallotRule

MOST_OPTIONS = 20
"""Discord allows 20 different emoji under a message (error 30010)."""

LETTERS = tuple(chr(0x1F1E6 + n) for n in range(MOST_OPTIONS))
"""🇦 to 🇹."""

MOST_SESSIONS = 6
MOST_TALKS = 4
DEFAULT_DAYS = 3
LONGEST = timedelta(days=60)


REMIND_TO_VOTE = "remind_to_vote"
"""The job, done by the reminders' room, that tells followers once who have not voted."""

CALL_TO_VOTE = "call_to_vote"
"""The job that tells the channel once, where somebody who asked for it can't be written to."""

PROMISE_KEPT = "promise_kept"
"""The job that tells a speaker, and the channel, of a promised talk that has a seat now."""

LONGEST_NOTICE = timedelta(days=1)
SHORTEST_NOTICE = timedelta(hours=2)


def vote_reminder_at(opened_at: datetime, due_at: datetime) -> datetime | None:
    """When those are reminded who have not voted: a day before the close, or at half time.

    None for a ballot of less than four hours: whoever sees it, sees it in time.
    """
    notice = min(LONGEST_NOTICE, (due_at - opened_at) / 2)
    return due_at - notice if notice >= SHORTEST_NOTICE else None


class BallotMode(StrEnum):
    """Whether leads can know after the close who chose what. A private ballot is always hidden."""

    OPEN = "open"
    PRIVATE = "private"


class BallotState(StrEnum):
    """A ballot only ever moves down this list, or to VOID before it is closed.

    A draft has its options frozen and is not in the database yet.
    """

    DRAFT = "draft"
    POSTING = "posting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    ANNOUNCED = "announced"
    VOID = "void"


class Doubt(StrEnum):
    """Why a count is not announced before a lead has decided."""

    CLEARED = "cleared"
    OPTIONS = "options"


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
class EarlierTalk:
    """A talk that had its seat in one of the ballot's sessions before the vote was counted."""

    session_id: int
    title: str
    speaker_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the tally found, as pitch ids. `counts` has every option; `winners` and then
    `runners_up` are in election order; `tied` are the winners who went before an equal; `seated`
    maps those who have a seat to their sessions, `absent` are winners without one who are away on a
    day of these, `earlier` the talks that were in these sessions already; `steps` say what elected
    each, reserves included; `exclusions` how many members did not count, by reason. `fingerprint`
    is that of the record, for everybody to see; `salt` is for whoever may see the record.
    """

    winners: tuple[int, ...]
    runners_up: tuple[int, ...]
    counts: Mapping[int, int]
    voters: int
    tied: tuple[int, ...] = ()
    seated: Mapping[int, int] = field(default_factory=dict)
    absent: tuple[int, ...] = ()
    earlier: tuple[EarlierTalk, ...] = ()
    steps: tuple[Step[int], ...] = ()
    exclusions: Mapping[str, int] = field(default_factory=dict)
    misses_quorum: bool = False
    salt: str = field(default="", compare=False)
    fingerprint: str = field(default="", compare=False)

    @property
    def reserves(self) -> tuple[int, ...]:
        """Those who get a seat that comes free: the tally goes on past its last seat, in the same
        way, and storing no credits. Somebody has to have chosen them.
        """
        return () if self.misses_quorum else tuple(p for p in self.runners_up if self.counts[p])

    def step_of(self, pitch_id: int) -> Step[int] | None:
        """How the pitch was elected; None for one nobody chose, and in results of old."""
        return next((step for step in self.steps if step.pitch_id == pitch_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """`tie_order` has every option's pitch, first wins; it is known once the ballot is posted.

    `is_hidden` says that nobody learns anything of what is chosen before the close, only how many
    voted; in an open ballot, leads may know afterwards who chose what.
    `choice_limit` is how many of a member's choices count, `role_id` whom they count of, `quorum`
    how many have to vote; None for no such condition. `voters_before` counted when a missed quorum
    kept it open. `options_hash` is what `hash_options` made of the options at opening. `cutoff` is
    T: the number of the last logged vote event that counts.
    `reserved` are the places of its sessions that had been given already when it opened.
    `is_reviewed` says that leads look at the seats before they are published: at `publish_at`, if
    no lead does it earlier; None before the close and once they are. `left_out` are winners that a
    lead has given no seat yet, `swaps` pairs of talks that a lead has let change places, in order.
    `is_degraded` says that a lead has to decide, or had to, whether the count stands, `doubt` why,
    and `accepted_by` who let it stand. `is_recounted` says that the count had to begin anew.
    """

    id: int
    group_id: int
    state: BallotState
    rule: BallotRule
    mode: BallotMode = BallotMode.OPEN
    is_hidden: bool = False
    choice_limit: int | None = None
    role_id: int | None = None
    quorum: int | None = None
    is_extended: bool = False
    voters_before: int | None = None
    sessions: int
    talks_each: int
    reserved: int = 0
    is_reviewed: bool = False
    publish_at: datetime | None = None
    left_out: tuple[int, ...] = ()
    swaps: tuple[tuple[int, int], ...] = ()
    opened_by: int
    channel_id: int
    message_id: int | None = None
    opened_at: datetime
    due_at: datetime
    closing_at: datetime | None = None
    cutoff: int | None = None
    is_degraded: bool = False
    is_recounted: bool = False
    doubt: Doubt | None = None
    accepted_by: int | None = None
    options_hash: str = ""
    options: tuple[BallotOption, ...] = ()
    tie_order: tuple[int, ...] = ()
    result: Result | None = None

    @property
    def seats(self) -> int:
        return self.sessions * self.talks_each - self.reserved

    @property
    def has_letters(self) -> bool:
        """True where members react with letters; Discord shows everybody how often each has been
        pressed, so what is hidden is chosen in a list.
        """
        return self.mode is BallotMode.OPEN and not self.is_hidden

    @property
    def seeds(self) -> tuple[str, ...]:
        """The letters that stand under its message."""
        return self.emojis if self.has_letters else ()

    @property
    def awaits_decision(self) -> bool:
        """Whether it is counted, and a lead has to say what becomes of it."""
        is_counted = self.state is BallotState.CLOSING and self.is_degraded
        return is_counted and self.accepted_by is None

    @property
    def count_number(self) -> int:
        """What tells one count of the ballot from the next."""
        return int(self.closing_at.timestamp()) if self.closing_at else 0

    @property
    def emojis(self) -> tuple[str, ...]:
        return tuple(option.emoji for option in self.options)

    def option_of(self, pitch_id: int) -> BallotOption:
        """The option that stands for the pitch."""
        return next(option for option in self.options if option.pitch_id == pitch_id)


def result_of(ballot: Ballot) -> Result:
    """What the ballot closed with; for those that have."""
    if ballot.result is None:
        raise ValueError(f"ballot {ballot.id} has no result")
    return ballot.result


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotForm:
    """What a lead asked for; `closes` is a wall time in the group's zone, else `days` count.

    It is as typed, in the language of `locale`.

    Without a `rule` the group's own holds. `quorum` is as typed: a number of people, or a share of
    the followers such as `30%`.
    """

    sessions: int = 1
    talks_each: int | None = None
    days: int | None = None
    closes: str | None = None
    rule: BallotRule | None = None
    mode: BallotMode = BallotMode.OPEN
    is_hidden: bool = False
    is_reviewed: bool = False
    choice_limit: int | None = None
    role_id: int | None = None
    quorum: str | None = None
    locale: str = "en-US"

    @property
    def has_letters(self) -> bool:
        """True where members are to react with letters."""
        return self.mode is BallotMode.OPEN and not self.is_hidden


def hash_options(options: Iterable[BallotOption]) -> str:
    """SHA-256 of what members were asked: if it changes, somebody has edited the question."""
    asked = [[one.pitch_id, one.emoji, one.title, one.speaker_id, one.sources] for one in options]
    return sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()
