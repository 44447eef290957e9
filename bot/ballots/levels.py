"""Credits made coarse before they leave, where they would tell what somebody chose in private.

Whoever knows a member's exact number (an open ballot's record has it, and reactions are public)
finds it again in a record without names. So neighbours share one number, five at least: what
statistical offices call microaggregation. It is kept only where it elects the same winners.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from bot.ballots.model import Ballot, result_of
from bot.ballots.tally import tally
from bot.groups.model import BallotRule

ALIKE = 5
"""How many share one number at least."""

_MOST_TRIES = 400
_WORK = 200_000
"""Voters times tries: a large group of voters is levelled at the first try or hardly at all."""


def level_credits(
    ballot: Ballot,
    choices: Mapping[int, frozenset[int]],
    entries: Mapping[int, int],
    draws: Random,
) -> dict[int, int] | None:
    """Each voter's number under "fair turns", shared by five or more, that elects the same.

    None where none was found: in small ballots it may be exact numbers that decided. Newcomers
    have one, too, or they would be known by having none.
    """
    mean = sum(entries.values()) // len(entries) if entries else 0
    numbers = {member: entries.get(member, mean) for member in choices}
    winners = result_of(ballot).winners
    for levelled in _attempts(numbers, draws):
        outcome = tally(BallotRule.FAIR_TURNS, choices, ballot.seats, ballot.tie_order, levelled)
        if outcome.winners == winners:
            return levelled
    return None


def _attempts(numbers: Mapping[int, int], draws: Random) -> Iterator[dict[int, int]]:
    if len(set(numbers.values())) <= 1:
        yield dict(numbers)
        return
    if len(numbers) < ALIKE:
        return
    tries = min(_MOST_TRIES, max(2, _WORK // len(numbers)))
    for attempt in range(tries):
        members = list(numbers)
        draws.shuffle(members)
        members.sort(key=lambda member: numbers[member])
        levelled: dict[int, int] = {}
        for alike in _portions(members, 0 if attempt == 0 else ALIKE - 1, draws):
            total = sum(numbers[member] for member in alike)
            mean = total // len(alike)
            # Later attempts may also share the number of one of them: a draw decides whose.
            shared = mean if attempt % 2 == 0 else numbers[draws.choice(alike)]
            levelled.update(dict.fromkeys(alike, shared))
        yield levelled


def _portions(members: Sequence[int], most_more: int, draws: Random) -> Iterator[Sequence[int]]:
    """The members in order, in portions of five and at most `most_more` more; the last has what
    is left.
    """
    start = 0
    while start < len(members):
        end = start + ALIKE + draws.randint(0, most_more)
        if len(members) - end < ALIKE:
            end = len(members)
        yield members[start:end]
        start = end
