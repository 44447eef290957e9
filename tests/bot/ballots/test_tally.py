"""Anybody who repeats a count by the published rules finds the same winners."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ballots.tally import TALK, Ground, Outcome, Step, lot, order_ties, starting_credits, tally
from bot.groups.model import BallotRule

FIRST_BALLOT, SECOND_BALLOT = 1300000000000000001, 1300000000000000002

Ballots = Mapping[int, frozenset[int]]
Election = tuple[Ballots, int, tuple[int, ...], Mapping[int, int]]

FAIR_TURNS, MOST_VOTES, FAIR_NOW = (
    BallotRule.FAIR_TURNS,
    BallotRule.MOST_VOTES,
    BallotRule.FAIR_THIS_BALLOT,
)

MOST_OPTIONS = 8


def election(
    tie_order: list[int], marks: Mapping[int, int], seats: int, numbers: list[int]
) -> Election:
    """The binary digits of a member's mark say which options they approve of; the numbers are
    those of members 1, 2, …
    """
    ballots = {
        member: frozenset(one for place, one in enumerate(tie_order) if mark >> place & 1)
        for member, mark in marks.items()
    }
    return ballots, seats, tuple(tie_order), dict(enumerate(numbers, 1))


elections = st.builds(
    election,
    st.lists(st.integers(1, 20), min_size=1, max_size=MOST_OPTIONS, unique=True),
    st.dictionaries(st.integers(1, 12), st.integers(0, 2**MOST_OPTIONS - 1), max_size=10),
    st.integers(1, 5),
    st.lists(
        st.sampled_from([0, 1, 250_000, 333_333, 500_000, 1_000_000, 3_700_001])
        | st.integers(0, 3 * TALK),
        max_size=12,
    ),
)
"""(ballots, seats, tie order, credits) of any small election.

Few people and few distinct numbers: equals and levels that meet a load are what goes wrong.
"""


def each(**chosen: set[int]) -> dict[str, frozenset[int]]:
    return {name: frozenset(pitches) for name, pitches in chosen.items()}


@pytest.mark.parametrize(
    ("message_id", "pitch_id", "begins"),
    [
        (FIRST_BALLOT, 2, "4f3f"),
        (FIRST_BALLOT, 1, "690f"),
        (FIRST_BALLOT, 3, "e2d2"),
        (FIRST_BALLOT, 4, "e2e3"),
        (SECOND_BALLOT, 5, "bfc1"),
        (SECOND_BALLOT, 6, "d003"),
    ],
)
def test_lots_are_those_of_the_published_example(
    message_id: int, pitch_id: int, begins: str
) -> None:
    assert lot(message_id, pitch_id)[:4] == begins


@pytest.mark.parametrize(
    ("message_id", "waiting", "options", "order"),
    [
        (FIRST_BALLOT, [], [1, 2, 3, 4], (2, 1, 3, 4)),
        (SECOND_BALLOT, [3, 4], [3, 4, 5, 6], (3, 4, 5, 6)),
        (SECOND_BALLOT, [4, 3], [6, 5, 4, 3], (4, 3, 5, 6)),
        (SECOND_BALLOT, [1, 9, 3], [3, 5], (3, 5)),
    ],
)
def test_runner_ups_lead_and_the_others_are_drawn(
    message_id: int, waiting: list[int], options: list[int], order: tuple[int, ...]
) -> None:
    assert order_ties(message_id, waiting, options) == order


FIRST = each(Ana={1, 2}, Ben={1, 2}, Cho={1, 2}, Dee={1, 2}, Eli={3}, Fay={3, 4})
SECOND = each(Ana={3, 5}, Ben={5, 6}, Cho={5, 6}, Eli={3, 4}, Fay={3}, Gus={3, 6})
PAID = {"Ana": 500_000, "Ben": 500_000, "Cho": 500_000, "Dee": 500_000, "Eli": 0, "Fay": 0}


def by_approvals(
    pitch_id: int, approvals: int, *equals: int, level: int | None = None
) -> Step[int]:
    return Step(
        pitch_id=pitch_id,
        ground=Ground.APPROVALS,
        approvals=approvals,
        level=level,
        equals=equals,
    )


def by_price(pitch_id: int, approvals: int, level: int, *equals: int) -> Step[int]:
    return Step(
        pitch_id=pitch_id, ground=Ground.PRICE, approvals=approvals, level=level, equals=equals
    )


def test_first_ballot_of_the_example_is_tallied_to_the_last_digit() -> None:
    assert tally(FAIR_TURNS, FIRST, 2, (2, 1, 3, 4), {}) == Outcome(
        steps=(
            by_approvals(2, 4, 1, level=250_000),
            by_price(1, 4, 500_000, 3),
            by_price(3, 2, 500_000),
            by_price(4, 1, 1_500_000),
        ),
        seats=2,
        credits=PAID,
    )


def test_second_ballot_of_the_example_is_tallied_to_the_last_digit() -> None:
    outcome = tally(FAIR_TURNS, SECOND, 2, (3, 4, 5, 6), PAID)
    assert outcome.steps[:2] == (by_approvals(3, 4, level=444_444), by_price(6, 3, 814_814))
    assert (outcome.winners, outcome.credits) == (
        (3, 6),
        {
            "Ana": 500_000,
            "Ben": 814_814,
            "Cho": 814_814,
            "Dee": 500_000,
            "Eli": 444_444,
            "Fay": 444_444,
            "Gus": 814_814,
        },
    )


@pytest.mark.parametrize("rule", [MOST_VOTES, FAIR_NOW])
def test_other_rules_elect_five_in_its_place_and_leave_credits_alone(rule: BallotRule) -> None:
    outcome = tally(rule, SECOND, 2, (3, 4, 5, 6), PAID)
    assert (outcome.winners, outcome.credits) == ((3, 5), PAID)


def test_most_votes_names_the_equals_that_a_winner_went_before() -> None:
    outcome = tally(MOST_VOTES, SECOND, 2, (3, 4, 5, 6), {})
    assert outcome.steps == (
        by_approvals(3, 4),
        by_approvals(5, 3, 6),
        by_approvals(6, 3),
        by_approvals(4, 1),
    )


def test_a_single_seat_goes_by_price_and_not_to_the_many() -> None:
    """3 people have had a talk each, 2 none: 1 + 0 + 0 over 2 is less than (1 + 3) / 3."""
    ballots = each(Ana={1}, Ben={1}, Cho={1}, Dee={2}, Eli={2})
    entries = {"Ana": TALK, "Ben": TALK, "Cho": TALK, "Dee": 0, "Eli": 0}
    assert tally(FAIR_TURNS, ballots, 1, (1, 2), entries).winners == (2,)
    assert tally(FAIR_TURNS, ballots, 2, (1, 2), entries).winners == (1, 2)
    assert tally(MOST_VOTES, ballots, 1, (1, 2), entries).winners == (1,)


def test_newcomers_start_at_the_mean_of_all_and_the_long_absent_one_talk_below_it() -> None:
    """M = floor(9,000,001 / 3) = 3,000,000; A = floor(12,000,001 / 4) = 3,000,000."""
    entries = {"Ana": 5_000_000, "Ben": 4_000_000, "Cho": 1}
    assert starting_credits(["Ana", "Ben", "Cho", "New"], entries) == {
        "Ana": 5_000_000,
        "Ben": 4_000_000,
        "Cho": 2_000_000,
        "New": 3_000_000,
    }


def test_every_voter_gets_an_entry_and_nobody_else() -> None:
    """Ben's own choice has no seat left; Dee clicked nothing; Cho stays away."""
    ballots = each(Ana={1}, Eve={1}, Ben={2}, Dee=set())
    outcome = tally(FAIR_TURNS, ballots, 1, (1, 2), {"Cho": 900_000})
    assert outcome.credits == {"Cho": 900_000, "Ana": 1_400_000, "Eve": 1_400_000, "Ben": 900_000}


def test_reserves_are_elected_further_and_pay_nothing() -> None:
    ballots = each(Ana={1}, Ben={1, 2}, Cho={3})
    one = tally(FAIR_NOW, ballots, 1, (1, 2, 3), {})
    three = tally(FAIR_NOW, ballots, 3, (1, 2, 3), {})
    assert [step.pitch_id for step in one.steps] == [1, 3, 2]
    assert (one.steps, one.winners, three.winners) == (three.steps, (1,), (1, 3, 2))
    paid = tally(FAIR_TURNS, ballots, 1, (1, 2, 3), {}).credits
    assert paid == {"Ana": 500_000, "Ben": 500_000, "Cho": 0}


@pytest.mark.parametrize("rule", list(BallotRule))
def test_seats_stay_empty_where_nobody_approves(rule: BallotRule) -> None:
    assert tally(rule, {7: frozenset({2})}, 3, (3, 2, 1), {}).winners == (2,)
    assert tally(rule, {7: frozenset[int]()}, 3, (3, 2, 1), {8: 5}) == Outcome(
        steps=(), seats=3, credits={8: 5}
    )


@given(elections, st.sampled_from(list(BallotRule)))
def test_everything_approved_is_elected_once_in_order(election: Election, rule: BallotRule) -> None:
    ballots, seats, tie_order, entries = election
    outcome = tally(rule, ballots, seats, tie_order, entries)
    approved = {pitch for choices in ballots.values() for pitch in choices}
    elected = [step.pitch_id for step in outcome.steps]
    assert sorted(elected) == sorted(approved)
    assert outcome.winners == tuple(elected[:seats])
    for step in outcome.steps:
        later = [tie_order.index(one) for one in step.equals]
        assert later == sorted(later)
        assert all(place > tie_order.index(step.pitch_id) for place in later)


@given(elections)
def test_no_loser_has_more_approvals_than_a_winner(election: Election) -> None:
    ballots, seats, tie_order, entries = election
    steps = tally(MOST_VOTES, ballots, seats, tie_order, entries).steps
    assert [
        (first, second)
        for first, second in pairwise(steps)
        if (-first.approvals, tie_order.index(first.pitch_id))
        > (-second.approvals, tie_order.index(second.pitch_id))
    ] == []


@given(elections)
def test_no_credits_fall_but_those_of_newcomers_rise_from_the_mean(election: Election) -> None:
    ballots, seats, tie_order, entries = election
    outcome = tally(FAIR_TURNS, ballots, seats, tie_order, entries)
    voters = [member for member, chosen in ballots.items() if chosen]
    entered = {**entries, **starting_credits(voters, entries)}
    assert outcome.credits.keys() == entries.keys() | set(voters)
    assert [one for one in entered if outcome.credits[one] < entered[one]] == []
    absent = entries.keys() - set(voters)
    assert [one for one in absent if outcome.credits[one] != entries[one]] == []


@given(elections, st.randoms(use_true_random=False), st.sampled_from(list(BallotRule)))
def test_a_count_does_not_depend_on_who_is_counted_first(
    election: Election, luck: Random, rule: BallotRule
) -> None:
    ballots, seats, tie_order, entries = election
    shuffled = {voter: ballots[voter] for voter in luck.sample(list(ballots), len(ballots))}
    assert tally(rule, shuffled, seats, tie_order, entries) == tally(
        rule, ballots, seats, tie_order, entries
    )


# The same rules said another way: slowly, in fractions, straight from their definition.


def level_of(loads: list[Fraction]) -> Fraction:
    """The level L where all that is missing up to it comes to one talk, found by trying each k."""
    rising = sorted(loads)
    levels = [(1 + sum(rising[:k], Fraction(0))) / k for k in range(1, len(rising) + 1)]
    level = min(levels)
    assert sum(max(Fraction(0), level - load) for load in loads) == 1
    return level


def elect_slowly(
    election: Election, rule: BallotRule
) -> tuple[list[int], dict[int, Fraction], list[int]]:
    """(winners, what each voter has received after them, reserves)."""
    ballots, seats, tie_order, entries = election
    voters = {one: chosen for one, chosen in ballots.items() if chosen}
    loads = dict.fromkeys(voters, Fraction(0))
    if rule is FAIR_TURNS:
        mean = sum(entries.values()) // len(entries) if entries else 0
        start = {one: entries.get(one, mean) for one in voters}
        least = sum(start.values()) // len(start) - TALK if start else 0
        loads = {one: Fraction(max(start[one], least), TALK) for one in voters}
    left = [one for one in tie_order if any(one in chosen for chosen in voters.values())]
    elected: list[int] = []
    after = dict(loads)
    while left:
        behind = {one: [v for v in voters if one in voters[v]] for one in left}
        prices = {one: level_of([loads[voter] for voter in behind[one]]) for one in left}
        if rule is FAIR_TURNS and seats > 1 and not elected:
            winner = max(left, key=lambda one: len(behind[one]))
        else:
            winner = min(left, key=lambda one: prices[one])
        for voter in behind[winner]:
            loads[voter] = max(loads[voter], prices[winner])
        elected.append(winner)
        left.remove(winner)
        if len(elected) <= seats:
            after = dict(loads)
    return elected[:seats], after, elected[seats:]


@given(elections)
def test_fair_turns_elects_and_charges_as_fractions_do(election: Election) -> None:
    outcome = tally(FAIR_TURNS, *election)
    winners, loads, reserves = elect_slowly(election, FAIR_TURNS)
    assert [step.pitch_id for step in outcome.steps] == [*winners, *reserves]
    assert outcome.credits == {
        **election[3],
        **{voter: int(load * TALK) for voter, load in loads.items()},
    }


def elect_by_phragmen(election: Election) -> list[int]:
    """Sequential Phragmén as its papers have it: support (1 + sum of loads) / approvals.

    Brill, Freeman, Janson, Lackner, "Phragmén's Voting Methods and Justified Representation".
    """
    ballots, _, tie_order, _ = election
    loads = dict.fromkeys(ballots, Fraction(0))
    left = [one for one in tie_order if any(one in chosen for chosen in ballots.values())]
    elected: list[int] = []
    while left:
        maxima = {}
        for one in left:
            behind = [loads[voter] for voter, chosen in ballots.items() if one in chosen]
            maxima[one] = (1 + sum(behind, Fraction(0))) / len(behind)
        winner = min(left, key=lambda one: maxima[one])
        for voter, chosen in ballots.items():
            if winner in chosen:
                loads[voter] = maxima[winner]
        elected.append(winner)
        left.remove(winner)
    return elected


@given(elections)
def test_fair_within_a_ballot_is_sequential_phragmen(election: Election) -> None:
    outcome = tally(FAIR_NOW, *election)
    assert [step.pitch_id for step in outcome.steps] == elect_by_phragmen(election)
