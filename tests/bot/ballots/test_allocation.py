"""Winners get seats: as many as can be, and each as early as that allows."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ballots.allocation import allocate, exchange, fill_up

NOWHERE = 1_000


def by_trying_all(winners: list[int], places: dict[int, int], away: dict[int, set[int]]) -> object:
    """The best allocation, found among all of them."""
    order = {session_id: number for number, session_id in enumerate(places)}
    found = []
    for chosen in product([*places, NOWHERE], repeat=len(winners)):
        is_roomy = all(chosen.count(one) <= places[one] for one in places)
        pairs = list(zip(winners, chosen, strict=True))
        if is_roomy and not any(one in away.get(winner, ()) for winner, one in pairs):
            rank = [order.get(one, NOWHERE) for one in chosen]
            found.append((chosen.count(NOWHERE), rank, pairs))
    return {winner: one for winner, one in min(found)[2] if one != NOWHERE}


@st.composite
def puzzles(draw: st.DrawFn) -> tuple[list[int], dict[int, int], dict[int, set[int]]]:
    winners = list(range(1, draw(st.integers(0, 5)) + 1))
    sessions = draw(st.lists(st.integers(20, 30), unique=True, max_size=3))
    places = {one: draw(st.integers(0, 3)) for one in sessions}
    shut = st.sets(st.sampled_from(sessions)) if sessions else st.just(set[int]())
    return winners, places, {winner: draw(shut) for winner in winners}


@given(puzzles())
@settings(max_examples=150, deadline=None)
def test_allocation_is_the_best_of_all(
    puzzle: tuple[list[int], dict[int, int], dict[int, set[int]]],
) -> None:
    assert allocate(*puzzle) == by_trying_all(*puzzle)


@pytest.mark.parametrize(
    ("away", "seated"),
    [
        ({}, {1: 10, 2: 10, 3: 20, 4: 20}),
        ({1: {10}}, {1: 20, 2: 10, 3: 10, 4: 20}),
        # The first gives way: the last can come on that day only.
        ({4: {20}, 3: {20}}, {1: 20, 2: 20, 3: 10, 4: 10}),
        ({2: {10, 20}}, {1: 10, 3: 10, 4: 20}),
    ],
)
def test_winners_take_the_earliest_sessions_they_can(
    away: dict[int, set[int]], seated: dict[int, int]
) -> None:
    assert allocate([1, 2, 3, 4], {10: 2, 20: 2}, away) == seated


def test_seats_that_winners_leave_go_to_the_next_reserves_who_fit() -> None:
    places, away = {10: 1, 20: 1}, {1: {10, 20}, 5: {10, 20}}
    seated = allocate([1, 2], places, away)
    assert seated == {2: 10}
    assert fill_up(seated, [5, 6, 7], places, away) == {6: 20}


@pytest.mark.parametrize(
    ("swaps", "away", "seats"),
    [
        ((), {}, {1: 20, 2: 21, 3: 21}),
        (((1, 2),), {}, {1: 21, 2: 20, 3: 21}),
        (((1, 2), (1, 2)), {}, {1: 20, 2: 21, 3: 21}),
        (((1, 2), (2, 3)), {}, {1: 21, 2: 21, 3: 20}),
        (((1, 2),), {1: {21}}, {1: 20, 2: 21, 3: 21}),
        (((1, 2),), {2: {20}}, {1: 20, 2: 21, 3: 21}),
        (((1, 4),), {}, {1: 20, 2: 21, 3: 21}),
    ],
)
def test_pairs_change_places_where_both_can(
    swaps: tuple[tuple[int, int], ...], away: dict[int, set[int]], seats: dict[int, int]
) -> None:
    seated = {1: 20, 2: 21, 3: 21}
    assert exchange(seated, swaps, away) == seats
    assert seated == {1: 20, 2: 21, 3: 21}
