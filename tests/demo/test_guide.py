"""The guided path."""

from dataclasses import replace

import pytest

from bot.demo.guide import (
    CROWD,
    STEPS,
    Does,
    Facts,
    Offer,
    Vote,
    current_step,
    find_step,
    steps_done,
    steps_undone,
)
from bot.demo.people import PEOPLE

WHOLE_ROUND = Facts(
    pitches=1,
    vote=Vote.COUNTED,
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
    assert offers(Facts(vote=Vote.OPEN, ballot_place="general"))["vote"] == Offer(
        label="Vote as Devi", does=Does.OPEN, person="devi", place="general"
    )


@pytest.mark.parametrize(
    ("vote", "voters", "label"),
    [
        (Vote.OPEN, (), "Vote as Devi"),
        (Vote.OPEN, ("kenji",), "Let the others vote"),
        (Vote.OPEN, ("maya", "ben", "clara", "devi"), "Let the others vote"),
        (Vote.OPEN, ("maya", "ben", "clara", "devi", "kenji"), "Look at the ballot as Devi"),
        (Vote.HELD, ("kenji",), "Look at the ballot as Devi"),
        (Vote.LOST, ("kenji",), "Open a ballot as Maya"),
        (Vote.COUNTED, ("kenji",), "Open a ballot as Maya"),
    ],
)
def test_others_may_vote_until_the_votes_are_counted(
    vote: Vote, voters: tuple[str, ...], label: str
) -> None:
    assert offers(Facts(vote=vote, voters=voters))["vote"].label == label


@pytest.mark.parametrize("vote", [Vote.NONE, Vote.LOST, Vote.COUNTED])
def test_a_new_ballot_is_offered_where_none_is_open_and_nothing_came_of_the_last(
    vote: Vote,
) -> None:
    facts = Facts(vote=vote)
    assert offers(facts)["vote"].command.startswith("ballot open ")
    assert find_step("schedule").lacks(facts) == "No ballot is open: take the step Vote first."
    assert offers(replace(facts, results=2))["vote"].label == "Look at the ballot as Devi"


def test_votes_of_a_ballot_that_came_to_nothing_have_to_be_cast_again() -> None:
    called_off = Facts(vote=Vote.LOST, voters=("devi", "kenji"))
    assert steps_done(called_off) == frozenset()
    assert steps_undone(called_off) == {"vote"}
    assert steps_undone(replace(called_off, results=2)) == frozenset()
    assert steps_undone(WHOLE_ROUND) == frozenset()


def test_the_crowd_is_everybody_and_presses_letters_that_every_ballot_has() -> None:
    assert set(CROWD) == {each.key for each in PEOPLE}
    assert {number for numbers in CROWD.values() for number in numbers} <= set(range(5))


def test_a_discussion_needs_a_talk_in_the_calendar() -> None:
    assert [step.key for step in STEPS if step.lacks(Facts(vote=Vote.OPEN))] == ["discuss"]
    assert [step.key for step in STEPS if step.lacks(Facts(results=1))] == []


def test_the_ballot_is_closed_once_and_its_result_looked_at_later() -> None:
    assert offers(Facts(vote=Vote.OPEN, ballot_place="general"))["schedule"] == Offer(
        label="Close the ballot as Maya",
        does=Does.COMMAND,
        person="maya",
        place="general",
        command="ballot close",
    )
    assert offers(WHOLE_ROUND)["schedule"] == Offer(
        label="See the result as Maya", does=Does.OPEN, person="maya", place="ml-theory"
    )
    # A second ballot is closed like the first, and its seats are published by a lead.
    again = replace(WHOLE_ROUND, vote=Vote.OPEN)
    assert offers(again)["schedule"].command == "ballot close"
    held = offers(replace(WHOLE_ROUND, vote=Vote.HELD))["schedule"]
    assert (held.label, held.command) == ("Look at the count as Maya", "ballot status")


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
