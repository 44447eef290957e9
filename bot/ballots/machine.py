"""The life of a ballot as pure rules: which state follows which, and what a count comes to.

No clock, no database, no chat system: `bot.ballots.listening` keeps what is heard,
`bot.ballots.closing` reads and writes. The rules are proven over a model of Discord that loses,
doubles and delays events, in `tests/bot/ballots/test_machine.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.ballots.model import BallotState, Doubt
from bot.messenger import Vote

NEXT: Mapping[BallotState, frozenset[BallotState]] = {
    BallotState.DRAFT: frozenset({BallotState.POSTING}),
    BallotState.POSTING: frozenset({BallotState.OPEN, BallotState.VOID}),
    BallotState.OPEN: frozenset({BallotState.CLOSING, BallotState.VOID}),
    # A count that dies begins anew; one that elects nobody yet opens the next round.
    BallotState.CLOSING: frozenset(
        {BallotState.CLOSING, BallotState.OPEN, BallotState.CLOSED, BallotState.VOID}
    ),
    BallotState.CLOSED: frozenset({BallotState.ANNOUNCED}),
    BallotState.ANNOUNCED: frozenset(),
    BallotState.VOID: frozenset(),
}
"""A ballot only moves on. CLOSING leads back to OPEN in two cases, each a new round of which no
result was ever known: the one extension of a missed quorum, and a lead who decides so where a count
can't be exact.
"""


def states_before(state: BallotState) -> tuple[BallotState, ...]:
    """From where a ballot may come into the state."""
    return tuple(before for before, after in NEXT.items() if state in after)


class EventKind(StrEnum):
    """What Discord said has happened to the reactions under a ballot."""

    ADD = "add"
    REMOVE = "remove"
    CLEAR = "clear"
    CLEAR_EMOJI = "clear_emoji"


class Key(NamedTuple):
    """One reaction: a normal and a super one of the same person are two."""

    user_id: int
    emoji: str
    is_super: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteEvent:
    """A reaction event as it was received; clears name nobody, and no event says who did it."""

    kind: EventKind
    user_id: int | None = None
    emoji: str | None = None
    is_super: bool = False
    received_at: datetime

    @property
    def is_clear(self) -> bool:
        return self.kind in (EventKind.CLEAR, EventKind.CLEAR_EMOJI)

    @property
    def key(self) -> Key | None:
        """The one reaction that it is about; None for a clear."""
        if self.user_id is None or self.emoji is None:
            return None
        return Key(self.user_id, self.emoji, self.is_super)

    def clears(self, key: Key) -> bool:
        """Whether it took this reaction away together with all others of its kind."""
        is_all = self.kind is EventKind.CLEAR
        return is_all or (self.kind is EventKind.CLEAR_EMOJI and key.emoji == self.emoji)


def apply(known: dict[Key, bool], event: VoteEvent) -> None:
    """Bring what is known up to date; an event that comes twice changes nothing."""
    if event.key is not None:
        known[event.key] = event.kind is EventKind.ADD
        return
    for key in known:
        if event.clears(key):
            known[key] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the reactions stood at one moment, as far as we had heard.

    Where it is trusted, a reaction that is not in `known` was not there.
    """

    known: Mapping[Key, bool]
    is_trusted: bool

    @property
    def votes(self) -> frozenset[Key]:
        return frozenset(key for key, is_there in self.known.items() if is_there)

    def had(self, key: Key) -> bool | None:
        """Whether the reaction was there; None where nobody can say."""
        return self.known.get(key, False if self.is_trusted else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The votes of the moment T; not exact where they were cleared since and nobody knew them."""

    votes: frozenset[Key]
    is_exact: bool


@dataclass(slots=True, eq=False)
class Count:
    """One count from its beginning, T: how things stood then, and every event since.

    `is_broken` says that events since T may have been lost: a new count has to begin.
    """

    before: Standing
    events: list[VoteEvent] = field(default_factory=list)
    is_broken: bool = False

    def settle(self, seen: Iterable[Key]) -> Settled:
        """The votes at T. `seen` is what a full read brought, which need not have been true at
        any one moment; it was begun after T, and every event of what it saw has come.
        """
        if self.before.is_trusted and any(event.is_clear for event in self.events):
            return Settled(votes=self.before.votes, is_exact=True)
        votes = set(seen)
        for key, was_added in first_changes(self.events).items():
            had = self.before.had(key)
            # What was added first was not there before, and what was removed first was.
            if not was_added if had is None else had:
                votes.add(key)
            else:
                votes.discard(key)
        is_cleared = any(event.is_clear for event in self.events)
        return Settled(votes=frozenset(votes), is_exact=not is_cleared)


def first_changes(events: Iterable[VoteEvent]) -> dict[Key, bool]:
    """The first event of each reaction, True for an added one.

    Up to the first clear: what is added later says nothing of how it stood before that.
    """
    found: dict[Key, bool] = {}
    for event in events:
        if event.key is None:
            break
        found.setdefault(event.key, event.kind is EventKind.ADD)
    return found


@dataclass(slots=True, eq=False)
class Reading:
    """A full read that goes on, with what is heard meanwhile."""

    events: list[VoteEvent] = field(default_factory=list)
    is_broken: bool = False


@dataclass(slots=True)
class LiveVotes:
    """The reactions under one open ballot, kept by events, and the counts that are under way.

    Trusted from a full read until events may have been lost; in between only what the events
    since then were about is known.
    """

    _known: dict[Key, bool] = field(default_factory=dict)
    _is_trusted: bool = False
    _readings: list[Reading] = field(default_factory=list)
    _counts: list[Count] = field(default_factory=list)

    def take(self, event: VoteEvent) -> None:
        """Take in the next event."""
        apply(self._known, event)
        for one in self._under_way():
            one.events.append(event)

    def lose_track(self) -> None:
        """Events may have been lost: what is known is known no more."""
        self._known, self._is_trusted = {}, False
        for one in self._under_way():
            one.is_broken = True

    def _under_way(self) -> tuple[Reading | Count, ...]:
        return (*self._readings, *self._counts)

    def begin_read(self) -> Reading:
        """A full read begins: what comes from now on is put on top of it."""
        reading = Reading()
        self._readings.append(reading)
        return reading

    def give_up(self, reading: Reading) -> None:
        """The read has failed, and leaves what is known as it is; one that has ended, too."""
        if reading in self._readings:
            self._readings.remove(reading)

    def end_read(self, reading: Reading, seen: Iterable[Key]) -> bool:
        """Whether the read is good; it is not where events were lost while it went on."""
        self._readings.remove(reading)
        if reading.is_broken:
            return False
        self._known, self._is_trusted = dict.fromkeys(seen, True), True
        for event in reading.events:
            apply(self._known, event)
        return True

    def stand(self) -> Standing:
        """How things stand now."""
        return Standing(known=dict(self._known), is_trusted=self._is_trusted)

    @property
    def is_read(self) -> bool:
        """Whether a full read goes on."""
        return bool(self._readings)

    @property
    def is_counted(self) -> bool:
        """Whether a count of it is under way."""
        return bool(self._counts)

    def begin_count(self) -> Count:
        """A count begins: this is its T, and every event from now on goes to it."""
        count = Count(before=self.stand())
        self._counts.append(count)
        return count

    def end_count(self, count: Count) -> None:
        """The count is over, however it has ended."""
        self._counts.remove(count)


def keys_of(votes: Iterable[Vote]) -> frozenset[Key]:
    """The reactions that a read brought."""
    return frozenset(Key(vote.user_id, vote.emoji, vote.is_super) for vote in votes)


def votes_of(keys: Iterable[Key], robots: frozenset[int]) -> Iterator[Vote]:
    """The same as votes; `robots` are those who are known to be bots."""
    for user_id, emoji, is_super in keys:
        yield Vote(user_id=user_id, emoji=emoji, is_super=is_super, is_bot=user_id in robots)


def robots_in(votes: Iterable[Vote]) -> frozenset[int]:
    """Which of those who reacted are bots."""
    return frozenset(vote.user_id for vote in votes if vote.is_bot)


def lost_seeds(seeds: Sequence[str], there: Iterable[str]) -> list[str]:
    """The letters to be put back, in order."""
    left = frozenset(there)
    return [emoji for emoji in seeds if emoji not in left]


class Verdict(StrEnum):
    """What follows from a count."""

    CLOSE = "close"
    EXTEND = "extend"
    ASK = "ask"


def doubt_about(*, is_exact: bool, is_intact: bool) -> Doubt | None:
    """Why the count can't be vouched for; `is_intact` says that the options are those asked."""
    if not is_intact:
        return Doubt.OPTIONS
    return None if is_exact else Doubt.CLEARED


def judge(
    doubt: Doubt | None, *, is_accepted: bool, misses_quorum: bool, may_extend: bool
) -> Verdict:
    """What a finished count leads to; a lead who has accepted it settles every doubt.

    `may_extend` is false for a ballot that was extended, or that has no time left for it.
    """
    if doubt is not None and not is_accepted:
        return Verdict.ASK
    return Verdict.EXTEND if misses_quorum and may_extend else Verdict.CLOSE
