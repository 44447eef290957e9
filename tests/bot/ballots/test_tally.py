"""Anybody who repeats a count by the published rules finds the same winners."""

from collections.abc import Mapping
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ballots.model import Result
from bot.ballots.tally import ballots_of, lot, most_votes, order_ties
from bot.messenger import Vote

FIRST_BALLOT, SECOND_BALLOT = 1300000000000000001, 1300000000000000002

Ballots = Mapping[int, frozenset[int]]

pitch_sets = st.frozensets(st.integers(1, 20), min_size=1, max_size=20)


@st.composite
def elections(draw: st.DrawFn) -> tuple[Ballots, int, tuple[int, ...]]:
    """(ballots, seats, tie order) of any small election, every option in the tie order."""
    tie_order = tuple(draw(st.permutations(sorted(draw(pitch_sets)))))
    choices = st.frozensets(st.sampled_from(tie_order), min_size=1)
    ballots = draw(st.dictionaries(st.integers(1, 40), choices, max_size=30))
    return ballots, draw(st.integers(1, 8)), tie_order


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


def test_first_ballot_of_the_example_elects_two_then_one() -> None:
    approvals = [{1, 2}] * 4 + [{3}, {3, 4}]
    ballots = {voter: frozenset(choices) for voter, choices in enumerate(approvals)}
    assert most_votes(ballots, 2, (2, 1, 3, 4)) == Result(
        winners=(2, 1),
        runners_up=(3, 4),
        counts={1: 4, 2: 4, 3: 2, 4: 1},
        voters=6,
        tied=(2, 1),
    )


def test_second_ballot_of_the_example_elects_three_then_five() -> None:
    approvals = [{3, 5}, {5, 6}, {5, 6}, {3, 4}, {3}, {3, 6}]
    ballots = {voter: frozenset(choices) for voter, choices in enumerate(approvals)}
    assert most_votes(ballots, 2, (3, 4, 5, 6)) == Result(
        winners=(3, 5),
        runners_up=(6, 4),
        counts={3: 4, 4: 1, 5: 3, 6: 3},
        voters=6,
        tied=(5,),
    )


def test_seats_stay_empty_where_nobody_approves() -> None:
    assert most_votes({7: frozenset({2})}, 3, (3, 2, 1)) == Result(
        winners=(2,), runners_up=(3, 1), counts={1: 0, 2: 1, 3: 0}, voters=1
    )


@given(elections())
def test_no_loser_has_more_approvals_than_a_winner(
    election: tuple[Ballots, int, tuple[int, ...]],
) -> None:
    ballots, seats, tie_order = election
    result = most_votes(ballots, seats, tie_order)
    approved = {pitch for choices in ballots.values() for pitch in choices}
    assert sorted((*result.winners, *result.runners_up)) == sorted(tie_order)
    assert len(result.winners) == min(seats, len(approved))
    least = min((result.counts[one] for one in result.winners), default=0)
    assert [one for one in result.runners_up if result.counts[one] > least] == []


@given(elections())
def test_equals_win_in_the_published_order(election: tuple[Ballots, int, tuple[int, ...]]) -> None:
    ballots, seats, tie_order = election
    result = most_votes(ballots, seats, tie_order)
    ranked = [*result.winners, *result.runners_up]
    assert [
        (first, second)
        for first, second in pairwise(ranked)
        if (-result.counts[first], tie_order.index(first))
        > (-result.counts[second], tie_order.index(second))
    ] == []
    shared = {one for one in ranked if [*result.counts.values()].count(result.counts[one]) > 1}
    assert result.tied == tuple(one for one in result.winners if one in shared)


@given(elections(), st.randoms(use_true_random=False))
def test_a_count_does_not_depend_on_who_is_counted_first(
    election: tuple[Ballots, int, tuple[int, ...]], luck: Random
) -> None:
    ballots, seats, tie_order = election
    shuffled = {voter: ballots[voter] for voter in luck.sample(list(ballots), len(ballots))}
    assert most_votes(shuffled, seats, tie_order) == most_votes(ballots, seats, tie_order)


def vote(user_id: int, emoji: str, *, is_bot: bool = False) -> Vote:
    return Vote(user_id=user_id, emoji=emoji, is_bot=is_bot)


@pytest.mark.parametrize(
    ("votes", "ballots"),
    [
        ([vote(1, "🇦"), vote(1, "🇧"), vote(2, "🇧")], {1: {10, 20}, 2: {20}}),
        ([vote(1, "🇦"), vote(1, "🇦")], {1: {10}}),
        ([vote(99, "🇦", is_bot=True), vote(1, "🇦")], {1: {10}}),
        ([vote(3, "🇦"), vote(1, "🇦")], {1: {10}}),
        ([vote(1, "🍕"), vote(2, "🇨"), vote(2, "🇧")], {2: {20}}),
        ([vote(1, "🍕"), vote(3, "🇧")], {}),
    ],
)
def test_bots_leavers_and_other_emoji_are_dropped(
    votes: list[Vote], ballots: dict[int, set[int]]
) -> None:
    letters = {"🇦": 10, "🇧": 20}
    found = ballots_of(votes, letters, frozenset({1, 2, 99}))
    assert found == {voter: frozenset(choices) for voter, choices in ballots.items()}
