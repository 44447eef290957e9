"""A ballot keeps its promises whatever Discord loses, doubles or delays, and whenever we die."""

from fakes.ballot_world import World
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.ballots.model import BallotState
from bot.groups.model import BallotRule

people = st.sampled_from(["1", "2", "3", "4", "90", "91"])
letters = st.sampled_from("ABC")


class BallotMachine(RuleBasedStateMachine):
    """Everything that may happen to a ballot, in any order."""

    @initialize(
        rule=st.sampled_from(list(BallotRule)),
        limit=st.sampled_from([None, 1]),
        quorum=st.sampled_from([None, 1, 2]),
        votes=st.lists(st.tuples(people, letters), max_size=6),
    )
    def open(
        self,
        rule: BallotRule,
        limit: int | None,
        quorum: int | None,
        votes: list[tuple[str, str]],
    ) -> None:
        self.world = World(rule=rule, limit=limit, quorum=quorum)
        self.do("work:9", *(f"click:{who}:{letter}" for who, letter in votes))

    def do(self, *steps: str) -> None:
        self.world.do(" ".join(steps))

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

    @rule(what=st.sampled_from(["accept", "reopen", "cancel"]))
    def decide(self, what: str) -> None:
        self.do(f"decide:{what}")

    def teardown(self) -> None:
        """It always comes to an end when nothing more happens."""
        self.do("allow deliver look work:99")
        for _ in range(3):
            self.do("due work:99 decide:accept work:99")
        assert self.world.state in (BallotState.ANNOUNCED, BallotState.VOID)


TestBallotMachine = BallotMachine.TestCase
TestBallotMachine.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, derandomize=True, database=None
)
