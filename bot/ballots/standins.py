"""Credits for a record that leaves, where the members' own would tell what somebody chose.

Whoever knows a member's exact number (an open ballot's record has it, and reactions are public)
finds it again in a record without names, and numbers that several share are found again by their
mean. So these are not made of members' credits at all: from what was chosen and what came out,
which everybody is told, numbers are sought that elect the same. Anybody could have sought them, so
they tell nothing more; whoever chose the same has the same.
"""

from collections.abc import Hashable, Mapping, Sequence
from random import Random
from typing import TypeVar

from bot.ballots.model import Ballot, Result, result_of
from bot.ballots.tally import TALK, Outcome, tally
from bot.groups.model import BallotRule

Voter = TypeVar("Voter", int, str)

_MOST_TRIES = 400
_WORK = 400_000
"""Voters times tries: with ten thousand voters each takes a tenth of a second."""

_FRESH_START = 40
"""After so many tries a search begins elsewhere."""

_EXACT = 3


def stand_in_credits(
    ballot: Ballot, choices: Mapping[Voter, frozenset[int]]
) -> dict[Voter, int] | None:
    """A number for each voter that depends on their choices alone, and elects the same under "fair
    turns"; none at all where the credits decided nothing. None where none was found.

    Of those found, the first that also has the same reserves and ties, else the first of all.
    """
    sorts = sorted({tuple(sorted(chosen)) for chosen in choices.values()})
    draws = Random(ballot.message_id or 0)  # the same for everybody who seeks again
    numbers = dict.fromkeys(sorts, 0)
    best, found = 0, None
    for attempt in range(min(_MOST_TRIES, max(20, _WORK // max(1, len(choices))))):
        if attempt and attempt % _FRESH_START == 0:
            numbers = {sort: draws.randrange(TALK) for sort in sorts}
        entries = {one: numbers[tuple(sorted(chosen))] for one, chosen in choices.items()}
        outcome = tally(BallotRule.FAIR_TURNS, choices, ballot.seats, ballot.tie_order, entries)
        likeness = _likeness(outcome, result_of(ballot))
        if likeness > best:
            best, found = likeness, entries
        if best == _EXACT:
            break
        numbers = _nearer(numbers, outcome, result_of(ballot), draws)
    return {} if found and not any(found.values()) else found


def _likeness(outcome: Outcome[int, Voter], result: Result) -> int:
    """3 for the same winners, reserves and ties, 2 without the ties, 1 for the winners alone."""
    if outcome.winners != result.winners:
        return 0
    if not result.steps:
        return _EXACT
    if [one.pitch_id for one in outcome.steps] != [one.pitch_id for one in result.steps]:
        return 1
    seats = len(result.winners)
    ties = [[one.equals for one in steps[:seats]] for steps in (outcome.steps, result.steps)]
    return _EXACT if ties[0] == ties[1] else 2


def _nearer(
    numbers: Mapping[tuple[int, ...], int],
    outcome: Outcome[int, Voter],
    result: Result,
    draws: Random,
) -> dict[tuple[int, ...], int]:
    """Numbers with which the first pitch that came too early is dearer, and the one in whose place
    it came cheaper.
    """
    wanted: Sequence[Hashable] = [step.pitch_id for step in result.steps] or result.winners
    pairs = zip((step.pitch_id for step in outcome.steps), wanted, strict=False)
    early, late = next(((got, due) for got, due in pairs if got != due), (None, None))
    step = draws.randrange(1, TALK // 4)
    moved = {
        sort: number + step * ((early in sort) - (late in sort)) for sort, number in numbers.items()
    }
    if early is None:
        moved = {sort: number + draws.randrange(step) for sort, number in numbers.items()}
    least = min(moved.values())
    return {sort: number - least for sort, number in moved.items()}
