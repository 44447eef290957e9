"""Everything that may happen to a ballot, in any order, as courses for Hypothesis to draw.

Most of what goes wrong takes several events about the same vote around a read or a count. So a
course draws a swarm first: which few things happen in it (Groce et al., "Swarm Testing", 2012), one
voter above all, and one trouble. Then those happen over and over, where it matters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fakes.ballot_parts import Parts
from fakes.ballot_world import World
from hypothesis import strategies as st

from bot.ballots.model import BallotState
from bot.groups.model import BallotRule

OFTEN = "click:1:A"
OTHERS = (
    *("click:1:B", "click:1:B", "super:1:A", "super:1:A"),
    *("click:2:A", "click:2:B", "click:4:A", "click:91:A", "click:90:A"),
)
EVENTS = ("double:1:A", "deliver:1", "deliver")
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

STEPS = 12
"""How many steps are taken in one course: it ends two ballots or three."""

OVER = (BallotState.ANNOUNCED, BallotState.VOID)

places = st.sampled_from(["", "first", "last"])
happenings = st.tuples(st.text("0123456789ab", min_size=1, max_size=4), places)
"""Numbers of what is in the swarm, and where its trouble comes among them."""

few = st.tuples(st.text("0123456789ab", max_size=3), places)
"""The same while something is going on."""

Happenings = tuple[str, str]

early = st.sampled_from((1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9))
"""Steps of a count: nothing is read after the first, and one letter after the third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swarm:
    """The few things that happen in a course."""

    events: tuple[str, ...]
    trouble: str

    def script(self, happenings: Happenings) -> str:
        numbers, place = happenings
        steps = [self.events[int(one, 12) % len(self.events)] for one in numbers]
        first = [self.trouble] * (place == "first")
        last = [self.trouble] * (place == "last")
        return " ".join((*first, *steps, *last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Scripts of what happens: each ballot is opened alike, and the last one comes to an end."""

    conditions: Mapping[str, Any]
    opening: str
    steps: tuple[str, ...]
    ending: str


swarms = st.builds(
    lambda others, events, trouble: Swarm(events=(OFTEN, *others, *events), trouble=trouble),
    st.lists(st.sampled_from(OTHERS), max_size=2),
    st.lists(st.sampled_from(EVENTS), max_size=2),
    st.sampled_from(TROUBLES),
)
conditions = st.fixed_dictionaries(
    {
        "rule": st.sampled_from(list(BallotRule)),
        "seats": st.sampled_from([1, 2]),
        "limit": st.sampled_from([None, 1, 1]),
        "quorum": st.sampled_from([None, None, 1, 2]),
    }
)
kinds = st.sampled_from(["happen", "go on", "disturb a count", "disturb a look", "die at work"])
deeds = st.sampled_from(DEEDS)
one_to_three, one_to_nine = st.sampled_from(range(1, 4)), st.sampled_from(range(1, 10))


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """What may happen to a ballot, and to those after it."""
    swarm = draw(swarms)

    def step() -> str:
        match draw(kinds):
            case "happen":
                return swarm.script(draw(happenings))
            case "go on":  # the bot with its work, or a lead with theirs
                return draw(deeds)
            case "disturb a count":
                before, steps, during = draw(happenings), draw(early), draw(few)
                return f"{swarm.script(before)} due work:{steps} {swarm.script(during)} work:99"
            case "disturb a look":  # the same while an open ballot is looked after
                before, steps, during = draw(happenings), draw(one_to_three), draw(few)
                return f"{swarm.script(before)} look:{steps} {swarm.script(during)} look"
            case _:
                return f"due work:{draw(one_to_nine)} die work:99"

    opening = f"work:9 {swarm.script((draw(happenings)[0], ''))} deliver"
    return Course(
        conditions=draw(conditions),
        opening=opening + " look" * draw(st.booleans()),
        ending=f"allow due work {swarm.script(draw(few))} allow work:99",
        steps=tuple(step() for _ in range(STEPS)),
    )


def run(course: Course, parts: Parts) -> None:
    """Let it happen to a bot of these parts, and check every promise after every step.

    A ballot that is over makes room for the next: most steps would find nothing to do.
    """
    world = _begin(course, parts)
    for step in course.steps:
        world.do(step)
        if world.state in OVER and world.main is None:
            world = _begin(course, parts)
    world.do(course.ending)
    for _ in range(3):
        world.do("due work:99 decide:accept work:99")
    assert world.state in OVER, "it never comes to an end"
    assert not world.live.is_counted, "a count never ends"


def _begin(course: Course, parts: Parts) -> World:
    world = World(parts=parts, **course.conditions)
    world.do(course.opening)
    return world
