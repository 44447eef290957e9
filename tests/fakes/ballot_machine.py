"""Everything that may happen to a ballot, in any order, as a state machine for Hypothesis.

Most of what goes wrong takes several events about the same vote around a read or a count. So a
run draws a swarm first: which few things happen in it (Groce et al., "Swarm Testing", 2012), one
voter above all, and one trouble. Then those happen over and over, where it matters.
"""

from collections.abc import Sequence

from fakes.ballot_parts import Parts
from fakes.ballot_world import World
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.ballots.model import BallotState
from bot.groups.model import BallotRule

STEPS = 12
"""How many rules are applied in one run: it ends two ballots or three."""

OFTEN = "click:1:A"
OTHERS = (
    *("click:1:B", "click:1:B", "super:1:A", "super:1:A"),
    *("click:2:A", "click:4:A", "click:91:A", "click:90:A"),
)
COURSES = ("double:1:A", "deliver:1", "deliver")
TROUBLES = (
    "gap",
    "gap",
    "die",
    "clear",
    "clear",
    "clear:A",
    "clear:A",
    "leave:1",
    "forbid",
    "delete",
)
DEEDS = (
    *("due", "work:1", "work:2", "work:99", "deliver look", "allow"),
    *("decide:accept", "decide:reopen", "decide:cancel"),
)

swarms = st.tuples(
    st.lists(st.sampled_from(OTHERS), max_size=2), st.lists(st.sampled_from(COURSES), max_size=2)
).map(lambda drawn: (OFTEN, *drawn[0], *drawn[1]))

numbers = st.integers(0, 11)
places = st.sampled_from(["", "first", "last"])
happenings = st.tuples(st.lists(numbers, min_size=1, max_size=4), places)
"""Numbers of what is in the swarm, and where its trouble comes among them."""

few = st.tuples(st.lists(numbers, max_size=3), places)
"""The same while something is going on."""

Happenings = tuple[Sequence[int], str]

early = st.sampled_from((1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9))
"""Steps of a count: nothing is read after the first, and one letter after the third."""

OVER = (BallotState.ANNOUNCED, BallotState.VOID)


class BallotMachine(RuleBasedStateMachine):
    """A ballot that is over makes room for the next: most steps would find nothing to do."""

    parts = Parts()
    world: World | None = None

    @initialize(
        conditions=st.fixed_dictionaries(
            {
                "rule": st.sampled_from(list(BallotRule)),
                "seats": st.sampled_from([1, 2]),
                "limit": st.sampled_from([None, 1, 1]),
                "quorum": st.sampled_from([None, None, 1, 2]),
            }
        ),
        swarm=swarms,
        trouble=st.sampled_from(TROUBLES),
        course=st.tuples(happenings, st.booleans(), few),
    )
    def open(
        self,
        conditions: dict[str, object],
        swarm: Sequence[str],
        trouble: str,
        course: tuple[Happenings, bool, Happenings],
    ) -> None:
        self.conditions = conditions
        self.swarm, self.trouble = swarm, trouble
        start, is_read, end = course
        first = self.these((start[0], ""))
        self.opening = f"work:9 {first} deliver" + " look" * is_read
        self.ending = f"allow due work {self.these(end)} allow work:99"
        self.begin()

    def these(self, happenings: Happenings) -> str:
        numbers, place = happenings
        steps = [self.swarm[one % len(self.swarm)] for one in numbers]
        first = [self.trouble] * (place == "first")
        last = [self.trouble] * (place == "last")
        return " ".join((*first, *steps, *last))

    def begin(self) -> None:
        self.world = World(parts=self.parts, **self.conditions)
        self.world.do(self.opening)

    def do(self, *steps: str) -> None:
        assert self.world is not None
        self.world.do(" ".join(steps))
        if self.world.state in OVER and self.world.main is None:
            self.begin()

    @rule(what=happenings)
    def happen(self, what: Happenings) -> None:
        self.do(self.these(what))

    @rule(what=st.sampled_from(DEEDS))
    def go_on(self, what: str) -> None:
        """The bot gets on with its work, or a lead with theirs."""
        self.do(what)

    @rule(before=happenings, steps=early, during=few)
    def disturb_a_count(self, before: Happenings, steps: int, during: Happenings) -> None:
        self.do(self.these(before), f"due work:{steps}", self.these(during), "work:99")

    @rule(before=happenings, steps=st.integers(1, 3), during=few)
    def disturb_a_look(self, before: Happenings, steps: int, during: Happenings) -> None:
        """The same while an open ballot is looked after."""
        self.do(self.these(before), f"look:{steps}", self.these(during), "look")

    @rule(steps=st.integers(1, 9))
    def die_at_work(self, steps: int) -> None:
        self.do(f"due work:{steps} die work:99")

    def teardown(self) -> None:
        """It always comes to an end when nothing more happens."""
        if self.world is None:
            return
        self.world.do(self.ending)
        for _ in range(3):
            self.world.do("due work:99 decide:accept work:99")
        assert self.world.state in OVER, "it never comes to an end"
        assert not self.world.live.is_counted, "a count never ends"
