"""A ballot keeps its promises whatever Discord loses, doubles or delays, and whenever we die."""

import pytest
from fakes.ballot_courses import Course, courses, run
from fakes.ballot_parts import Parts
from fakes.ballot_world import World
from hypothesis import given, settings


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(courses())
def test_every_promise_is_kept_on_every_course(course: Course) -> None:
    run(course, Parts())


TRUSTED = "click:1:A deliver look"


@pytest.mark.parametrize(
    ("story", "votes", "doubt"),
    [
        pytest.param("click:1:A deliver due work click:1:A", 1, None, id="taken back after T"),
        pytest.param(f"{TRUSTED} click:1:A deliver due work double:1:A", 0, None, id="late double"),
        pytest.param(f"{TRUSTED} due work clear", 1, None, id="cleared, but known before"),
        pytest.param("click:1:A deliver due work clear", None, "cleared", id="cleared unknown"),
        pytest.param("due work:2 die click:1:A deliver", 1, None, id="counted anew with a new T"),
    ],
)
def test_vote_counts_as_it_stood_when_counting_began(
    story: str, votes: int | None, doubt: str | None
) -> None:
    world = World()
    world.do(f"work:9 deliver {story} work:99")
    closing = world.stored.closing
    assert (closing and closing.result.counts[1], world.stored.doubt) == (votes, doubt)
