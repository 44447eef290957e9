"""A ballot keeps its promises whatever Discord loses, doubles or delays, and whenever we die."""

from fakes.ballot_world import World
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.ballots.model import BallotState
from bot.groups.model import BallotRule

people = st.sampled_from(["1", "1", "1", "2", "3", "4", "90", "91"])
letters = st.sampled_from("AAABC")
"""One vote more than any other: most of what goes wrong takes several events about the same one."""

faults = st.sampled_from(["", "", "deliver", "gap", "clear", "die"])

OVER = (BallotState.ANNOUNCED, BallotState.VOID)


class BallotMachine(RuleBasedStateMachine):
    """Everything that may happen to a ballot, in any order.

    Votes come and go around reads and counts more than anywhere else, and a ballot that is over
    makes room for the next: two thirds of the steps would find nothing to do.
    """

    @initialize(
        rule=st.sampled_from(list(BallotRule)),
        limit=st.sampled_from([None, 1]),
        quorum=st.sampled_from([None, 1, 2]),
        votes=st.lists(st.tuples(people, letters), max_size=6),
        first=st.sampled_from(["look", ""]),
    )
    def open(
        self,
        rule: BallotRule,
        limit: int | None,
        quorum: int | None,
        votes: list[tuple[str, str]],
        first: str,
    ) -> None:
        self.conditions = {"rule": rule, "limit": limit, "quorum": quorum}
        self.begin()
        self.do(*(f"click:{who}:{letter}" for who, letter in votes), "deliver", first)

    def begin(self) -> None:
        self.world = World(**self.conditions)
        self.world.do("work:9 deliver")

    def do(self, *steps: str) -> None:
        self.world.do(" ".join(steps))
        if self.world.state in OVER and self.world.main is None:
            self.begin()

    @rule(who=people, letter=letters, kind=st.sampled_from(["click", "click", "super"]))
    def click(self, who: str, letter: str, kind: str) -> None:
        self.do(f"{kind}:{who}:{letter}")

    @rule(who=people, letter=letters)
    def double(self, who: str, letter: str) -> None:
        self.do(f"double:{who}:{letter}")

    @rule(most=st.sampled_from(["1", "99"]))
    def deliver(self, most: str) -> None:
        self.do(f"deliver:{most}")

    @rule(most=st.sampled_from(["1", "2", "4", "99"]))
    def work(self, most: str) -> None:
        self.do(f"work:{most}")

    @rule()
    def due(self) -> None:
        self.do("due work")

    @rule(most=st.sampled_from(["1", "3", "9"]))
    def look(self, most: str) -> None:
        self.do(f"look:{most}")

    @rule(what=st.sampled_from(["gap", "die", "clear", "clear:A", "forbid", "allow"]))
    def fail(self, what: str) -> None:
        self.do(what)

    @rule(what=st.sampled_from(["leave:1", "leave:3", "delete"]))
    def lose(self, what: str) -> None:
        self.do(what)

    @rule(who=people, letter=letters, clicks=st.integers(0, 3), fault=faults)
    def disturb_a_count(self, who: str, letter: str, clicks: int, fault: str) -> None:
        """Somebody changes their mind, and something may go wrong, while the votes are read."""
        self.do("due work", *[f"click:{who}:{letter}"] * clicks, fault, "work:99")

    @rule(who=people, letter=letters, clicks=st.integers(0, 3), fault=faults)
    def disturb_a_look(self, who: str, letter: str, clicks: int, fault: str) -> None:
        """The same while an open ballot is looked after."""
        self.do("look:3", *[f"click:{who}:{letter}"] * clicks, fault, "look")

    @rule(steps=st.integers(1, 11))
    def die_at_work(self, steps: int) -> None:
        self.do("due", f"work:{steps}", "die")

    @rule(what=st.sampled_from(["accept", "reopen", "cancel"]))
    def decide(self, what: str) -> None:
        self.do(f"decide:{what}")

    def teardown(self) -> None:
        """It always comes to an end when nothing more happens."""
        self.world.do("allow deliver look work:99")
        for _ in range(3):
            self.world.do("due work:99 decide:accept work:99")
        assert self.world.state in OVER


TestBallotMachine = BallotMachine.TestCase
TestBallotMachine.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, derandomize=True, database=None
)
