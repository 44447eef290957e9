"""The tally of one ballot by each rule, up to twenty pitches and ten thousand voters."""

import time

from bot.ballots.tally import TALK, tally
from bot.bench.model import Figures, Trial
from bot.groups.model import BallotRule

SIZES = ((4, 20, 2), (20, 200, 4), (20, 1_000, 10), (20, 10_000, 10))
"""(pitches, voters, seats), the largest last."""

APPROVED = 0.3
"""How much of the ballot each voter approves of."""

NOTES = (
    "each voter approves of 30 % and has credits of their own; a tally also ranks the reserves",
    "the time of the processor, without what the machine does meanwhile; the worst of three",
)


def measure(trial: Trial) -> Figures:
    """Milliseconds for each rule and size."""
    return {
        str(rule): {_name(size): _worst(trial, rule, size) for size in SIZES} for rule in BallotRule
    }


def _name(size: tuple[int, int, int]) -> str:
    pitches, voters, seats = size
    return f"{pitches}_pitches_{voters}_voters_{seats}_seats_ms"


def _worst(trial: Trial, rule: BallotRule, size: tuple[int, int, int]) -> float:
    pitches, voters, seats = size
    dice = trial.dice()
    options = tuple(range(pitches))
    choices = {
        voter: frozenset(one for one in options if dice.random() < APPROVED)
        for voter in range(voters)
    }
    entries = {voter: dice.randrange(3 * TALK) for voter in range(voters)}
    taken = []
    for _ in range(3):
        before = time.process_time()
        tally(rule, choices, seats, options, entries)
        taken.append(time.process_time() - before)
    return round(max(taken) * 1000, 3)
