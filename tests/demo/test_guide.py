"""The guided path."""

from dataclasses import replace

import pytest

from bot.demo.guide import CROWD, STEPS, Does, Facts, Offer, current_step, find_step, steps_done
from bot.demo.people import PEOPLE

WHOLE_ROUND = Facts(
    pitches=1,
    ballot_place="ml-theory",
    voters=("maya", "devi"),
    results=1,
    told=("ben", "clara"),
    discussion="thread-1",
)


def offers(facts: Facts) -> dict[str, Offer]:
    return {step.key: step.offer(facts) for step in STEPS}


def test_nothing_is_done_in_a_fresh_world() -> None:
    assert steps_done(Facts()) == frozenset()


def test_everything_is_done_after_a_whole_round() -> None:
    assert steps_done(WHOLE_ROUND) == {"pitch", "vote", "schedule", "remind", "discuss"}


@pytest.mark.parametrize(
    ("missing", "step"),
    [
        (replace(WHOLE_ROUND, pitches=0), "pitch"),
        (replace(WHOLE_ROUND, voters=("devi",)), "vote"),
        (replace(WHOLE_ROUND, results=0), "schedule"),
        (replace(WHOLE_ROUND, told=()), "remind"),
        (replace(WHOLE_ROUND, discussion=None), "discuss"),
    ],
)
def test_each_step_waits_for_its_own_fact(missing: Facts, step: str) -> None:
    assert {each.key for each in STEPS} - steps_done(missing) == {step}


def test_the_current_step_is_the_first_that_is_not_done() -> None:
    step = current_step(frozenset({"pitch", "schedule"}))

    assert step is not None
    assert step.key == "vote"


def test_the_path_ends() -> None:
    assert current_step(frozenset(step.key for step in STEPS)) is None


def test_voting_is_offered_once_a_ballot_is_there() -> None:
    assert offers(Facts())["vote"] == Offer(
        label="Open a ballot as Maya",
        does=Does.COMMAND,
        person="maya",
        command="ballot open sessions:2 talks:2 review:False",
    )
    assert offers(Facts(ballot_place="ml-theory"))["vote"] == Offer(
        label="Vote as Devi", does=Does.OPEN, person="devi", place="ml-theory"
    )


@pytest.mark.parametrize(
    ("voters", "results", "label"),
    [
        ((), 0, "Vote as Devi"),
        (("kenji",), 0, "Let the others vote"),
        (("maya", "ben", "clara", "devi"), 0, "Let the others vote"),
        (("maya", "ben", "clara", "devi", "kenji"), 0, "Look at the ballot as Devi"),
        (("kenji",), 2, "Look at the ballot as Devi"),
    ],
)
def test_others_may_vote_until_the_votes_are_counted(
    voters: tuple[str, ...], results: int, label: str
) -> None:
    facts = Facts(ballot_place="ml-theory", voters=voters, results=results)
    assert offers(facts)["vote"].label == label


def test_the_crowd_is_everybody_and_presses_letters_that_every_ballot_has() -> None:
    assert set(CROWD) == {each.key for each in PEOPLE}
    assert {number for numbers in CROWD.values() for number in numbers} <= set(range(5))


def test_a_discussion_needs_a_talk_in_the_calendar() -> None:
    assert [step.key for step in STEPS if step.lacks(Facts())] == ["discuss"]
    assert [step.key for step in STEPS if step.lacks(Facts(results=1))] == []


def test_the_ballot_is_closed_once_and_its_result_looked_at_later() -> None:
    assert offers(Facts())["schedule"] == Offer(
        label="Close the ballot as Maya", does=Does.COMMAND, person="maya", command="ballot close"
    )
    assert offers(WHOLE_ROUND)["schedule"] == Offer(
        label="See the result as Maya", does=Does.OPEN, person="maya", place="ml-theory"
    )


def test_messages_are_offered_to_somebody_who_was_told() -> None:
    assert offers(Facts())["remind"].does is Does.WAIT
    assert offers(WHOLE_ROUND)["remind"].person == "clara"
    assert offers(replace(WHOLE_ROUND, told=("ben",)))["remind"] == Offer(
        label="Read Ben’s messages", does=Does.OPEN, person="ben", place="dm"
    )


def test_the_discussion_is_offered_where_it_was_opened() -> None:
    assert offers(Facts())["discuss"].does is Does.WAIT
    assert offers(WHOLE_ROUND)["discuss"].place == "thread-1"


@pytest.mark.parametrize("facts", [Facts(), WHOLE_ROUND])
def test_every_offer_is_made_to_somebody_who_lives_in_the_demo(facts: Facts) -> None:
    assert {offer.person for offer in offers(facts).values()} <= {each.key for each in PEOPLE}


def test_steps_are_found_by_their_key() -> None:
    assert [find_step(step.key) for step in STEPS] == list(STEPS)
    assert find_step("dance") is None
