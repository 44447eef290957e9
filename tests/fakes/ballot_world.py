"""A ballot in a small Discord that loses, doubles and delays events, and a bot that may die.

The bot follows the protocol step by step with the rules of `bot.ballots`; `Parts` are those it can
be given wrong, to see that `check` finds out.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace

from fakes.ballot_discord import (
    LETTERS,
    LONG_AGO,
    NEWCOMER,
    NOON,
    OWN,
    PEOPLE,
    ROBOT,
    SINCE,
    Discord,
    Forbidden,
    Gone,
    read,
)
from fakes.ballot_parts import Parts
from fakes.ballot_promises import check

from bot.ballots.counting import Closing, choices_in
from bot.ballots.machine import (
    Count,
    Doubt,
    Key,
    LiveVotes,
    Verdict,
    doubt_about,
    keys_of,
    votes_of,
)
from bot.ballots.model import Ballot, BallotOption, BallotState
from bot.groups.model import BallotRule
from bot.messenger import Membership, Vote

Steps = Generator[None, None, None]


@dataclass(slots=True)
class Stored:
    """What outlives the bot."""

    ballot: Ballot
    round: int = 1
    is_begun: bool = False
    is_recounted: bool = False
    doubt: Doubt | None = None
    is_accepted: bool = False
    held: dict[int, frozenset[int]] | None = None
    closing: Closing | None = None
    old_count: Count | None = None


@dataclass(slots=True, kw_only=True)
class World:
    """`truth` is how things stood at T, `seen_members` who was there when it was asked."""

    parts: Parts = field(default_factory=Parts)
    rule: BallotRule = BallotRule.MOST_VOTES
    limit: int | None = None
    quorum: int | None = None
    seats: int = 1
    discord: Discord = field(default_factory=Discord)
    stored: Stored = field(init=False)
    live: LiveVotes = field(init=False)
    main: Steps | None = None
    looking: Steps | None = None
    truth: frozenset[Key] = frozenset()
    seen_members: dict[int, Membership] = field(default_factory=dict)
    first_result: Closing | None = None
    rank: tuple[int, int] = (0, 0)
    extensions: int = 0

    def __post_init__(self) -> None:
        options = tuple(BallotOption(pitch_id=n, emoji=e, title=e) for e, n in LETTERS.items())
        ballot = Ballot(
            id=1,
            group_id=1,
            state=BallotState.DRAFT,
            rule=self.rule,
            sessions=1,
            talks_each=self.seats,
            opened_by=1,
            channel_id=1,
            opened_at=NOON,
            due_at=NOON,
            choice_limit=self.limit,
            quorum=self.quorum,
            options=options,
            tie_order=(2, 1),
        )
        self.stored = Stored(ballot=ballot)
        known = {one: Membership(joined_at=LONG_AGO) for one in PEOPLE}
        known[NEWCOMER] = Membership(joined_at=SINCE)
        robots = {one: Membership(joined_at=LONG_AGO, is_bot=True) for one in (OWN, ROBOT)}
        self.discord.members = known | robots
        self.live = self.parts.live()

    # What happens.

    def do(self, script: str) -> None:
        """Take steps such as `click:1:A`, each checked."""
        for step in script.split():
            name, *subjects = step.split(":")
            getattr(self, name)(*subjects)
            check(self)

    def click(self, user_id: str, letter: str) -> None:
        self._toggle(Key(int(user_id), letter))

    def super(self, user_id: str, letter: str) -> None:
        self._toggle(Key(int(user_id), letter, True))

    def _toggle(self, key: Key) -> None:
        if self.discord.is_there and self.state not in (BallotState.DRAFT, BallotState.POSTING):
            self.discord.toggle(key)

    def clear(self, letter: str = "") -> None:
        if self.discord.is_there:
            self.discord.clear(letter or None)

    def double(self, user_id: str, letter: str) -> None:
        """The last event about a reaction comes a second time, perhaps much later."""
        event = self.discord.latest.get(Key(int(user_id), letter))
        if event is not None:
            self.discord.pending.append(event)

    def deliver(self, most: str = "99") -> None:
        for _ in range(min(int(most), len(self.discord.pending))):
            self.live.take(self.discord.deliver())

    def gap(self) -> None:
        """The gateway's session is lost, and with it what was on its way."""
        self.discord.new_session()
        self.live.lose_track()

    def die(self) -> None:
        self.discord.new_session()
        self.live = self.parts.live()
        self.main = self.looking = None

    def leave(self, user_id: str) -> None:
        self.discord.members.pop(int(user_id), None)

    def delete(self) -> None:
        self.discord.is_there = False

    def forbid(self) -> None:
        self.discord.is_allowed = False

    def allow(self) -> None:
        self.discord.is_allowed = True

    def decide(self, what: str) -> None:
        """A lead answers."""
        if self.state is not BallotState.CLOSING or not self.stored.doubt:
            return
        if self.stored.is_accepted:
            return
        if what == "accept":
            self.stored.is_accepted = True
        elif what == "reopen":
            self._open_again()
        else:
            self._move(BallotState.VOID)

    # What the bot does.

    @property
    def state(self) -> BallotState:
        return self.stored.ballot.state

    def _move(self, after: BallotState) -> bool:
        if not self.parts.may_follow(self.state, after):
            return False
        self.stored.ballot = replace(self.stored.ballot, state=after)
        return True

    def due(self) -> None:
        """The job that closes it; it finds its ballot in whatever state."""
        if self.main is None and self.state is not BallotState.DRAFT:
            self.main = self._close()

    def work(self, most: str = "1") -> None:
        """Let the bot get on with its job by so many steps."""
        for _ in range(int(most)):
            if self.main is None:
                jobs: dict[BallotState, Callable[[], Steps]] = {
                    BallotState.DRAFT: self._post,
                    BallotState.POSTING: self._post,
                    BallotState.CLOSING: self._close,
                    BallotState.CLOSED: self._announce,
                }
                if self.state not in jobs:
                    return
                self.main = jobs[self.state]()
            if next(self.main, "over") == "over":
                self.main = None
            check(self)

    def look(self, most: str = "9") -> None:
        """Let the bot look after an open ballot, by so many steps."""
        if self.looking is None and self.state is BallotState.OPEN:
            self.looking = self._reconcile()
        for _ in range(int(most)):
            if self.looking is not None and next(self.looking, "over") == "over":
                self.looking = None

    def _post(self) -> Steps:
        try:
            self._move(BallotState.POSTING)
            yield
            for letter in LETTERS:
                self.discord.call()
                if Key(OWN, letter) not in self.discord.reactions:
                    self.discord.toggle(Key(OWN, letter))
                yield
            self._move(BallotState.OPEN)
        except (Gone, Forbidden):
            self._move(BallotState.VOID)

    def _reconcile(self) -> Steps:
        try:
            self.discord.call()
            there = self.discord.seeds()
            for letter in self.parts.lost_seeds(LETTERS, there):
                self.discord.call()
                self.discord.toggle(Key(OWN, letter))
            assert self.discord.seeds() == set(LETTERS), "9: a seed is missing"
            yield
            reading = self.live.begin_read()
            votes: set[Vote] = set()
            for letter in LETTERS:
                votes |= read(self.discord, letter, False) | read(self.discord, letter, True)
                yield
            self.deliver()
            self.live.end_read(reading, keys_of(votes))
        except Gone:
            if self.state is BallotState.OPEN:
                self._move(BallotState.VOID)
        except Forbidden:
            return

    def _begin(self) -> tuple[Count, Count] | None:
        """Commit CLOSING and T: the count that has begun, and the one that is counted from."""
        if not self._move(BallotState.CLOSING):
            return None
        self.stored.is_recounted = self.stored.is_recounted or self.stored.is_begun
        self.stored.is_begun = True
        begun = self.live.begin_count()
        if self.parts.keeps_old_count and self.stored.old_count is not None:
            return begun, replace(self.stored.old_count, is_broken=False)
        self.truth = frozenset(self.discord.told)
        self.stored.old_count = begun
        return begun, begun

    def _close(self) -> Steps:
        stored = self.stored
        if self.state is BallotState.CLOSING and stored.doubt and not stored.is_accepted:
            return
        if stored.held is None:
            live, begun = self.live, self._begin()
            if begun is None:
                return
            try:
                yield
                held, doubt = yield from self._read(begun[1])
            except Gone:
                self._move(BallotState.VOID)
                return
            except Forbidden:
                return
            finally:
                live.end_count(begun[0])
            if begun[1].is_broken:
                return
        else:
            held, doubt = stored.held, stored.doubt
        yield
        self.seen_members = dict(self.discord.members)
        members = self.parts.memberships(self.discord, held)
        sifted = self.parts.sift(stored.ballot, held, members)
        closing = self.parts.conclude(stored.ballot, sifted, {})
        verdict = self.parts.judge(
            doubt,
            is_accepted=stored.is_accepted,
            misses_quorum=closing.result.misses_quorum,
            may_extend=not stored.ballot.is_extended,
        )
        if self.parts.says_before_closing:
            self.discord.said.append("result")
            yield
        if self.state is not BallotState.CLOSING:
            return
        self._conclude(verdict, closing, held, doubt)

    def _read(
        self, count: Count
    ) -> Generator[None, None, tuple[dict[int, frozenset[int]], Doubt | None]]:
        votes: set[Vote] = set()
        for letter in LETTERS:
            for is_super in (False, True):
                votes |= self.parts.read(self.discord, letter, is_super)
                yield
        if self.parts.waits_for_stragglers:
            self.deliver()
        settled = self.parts.settle(count, keys_of(votes))
        chosen = choices_in(votes_of(settled.votes, self.parts.robots(votes)), LETTERS)
        return chosen, doubt_about(is_exact=settled.is_exact, is_intact=True)

    def _conclude(
        self,
        verdict: Verdict,
        closing: Closing,
        held: dict[int, frozenset[int]],
        doubt: Doubt | None,
    ) -> None:
        """All that one transaction writes."""
        if verdict is Verdict.ASK:
            self.stored.held, self.stored.doubt = held, doubt
        elif verdict is Verdict.EXTEND:
            self.extensions += 1
            self._open_again()
            self.stored.ballot = replace(self.stored.ballot, is_extended=True)
        elif self._move(BallotState.CLOSED):
            self.stored.closing = closing

    def _open_again(self) -> None:
        if self._move(BallotState.OPEN):
            self.stored.round += 1
            self.stored.held = self.stored.doubt = self.stored.old_count = None
            self.stored.is_accepted = self.stored.is_begun = self.stored.is_recounted = False

    def _announce(self) -> Steps:
        if not (self.parts.searches_before_saying and "result" in self.discord.said):
            self.discord.said.append("result")
        yield
        if self.stored.closing is not None:
            self.stored.closing = self.parts.last_look(self.stored.closing)
        self._move(BallotState.ANNOUNCED)
