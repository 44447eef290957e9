"""What became of each topic of a counted ballot: the same wherever it is told."""

from collections.abc import Sequence
from enum import StrEnum

from bot.ballots.model import Ballot, BallotOption, Result


class Fate(StrEnum):
    """Elected with a seat or with a promise; or seated for one of those; or neither."""

    SEATED = "elected"
    PROMISED = "promised"
    MOVED_UP = "moved up"
    WAITING = "not elected"


def fate_of(result: Result, pitch_id: int) -> Fate:
    """What the vote and the calendar have made of the topic."""
    if pitch_id in result.winners:
        return Fate.SEATED if pitch_id in result.seated else Fate.PROMISED
    return Fate.MOVED_UP if pitch_id in result.seated else Fate.WAITING


def promised_by(result: Result) -> list[int]:
    """The winners who have no seat, in election order."""
    return [one for one in result.winners if fate_of(result, one) is Fate.PROMISED]


def moved_up_by(result: Result) -> list[int]:
    """Those who sit where a winner can't, in the order of their seats."""
    return [one for one in result.seated if fate_of(result, one) is Fate.MOVED_UP]


def spoken_move(ballot: Ballot, result: Result) -> str:
    """Why somebody who was not elected has a seat."""
    missing = " ".join(ballot.option_of(one).emoji for one in promised_by(result))
    return f"moved up as the next in order, in place of {missing}"


def spoken_promise(number: int) -> str:
    """What those elected have who got no seat: said once for all of them."""
    if number == 1:
        return "It is promised the next free seat."
    return "They are promised the next free seats."


def spoken_fate(ballot: Ballot, result: Result, pitch_id: int) -> str:
    """What became of it, after its title."""
    return {
        Fate.SEATED: "elected",
        Fate.PROMISED: "elected; it has no seat yet, and is promised the next free one",
        Fate.MOVED_UP: spoken_move(ballot, result),
        Fate.WAITING: "not elected this time",
    }[fate_of(result, pitch_id)]


def why_promised(ballot: Ballot, result: Result, pitch_id: int) -> str:
    """Why a winner has no seat, for leads alone: days away are nobody else's business."""
    if pitch_id in ballot.left_out:
        return "left out by a lead"
    if pitch_id in result.absent:
        return "its speaker is away"
    return "no place is left"


def named_first(options: Sequence[BallotOption], result: Result) -> list[BallotOption]:
    """Those elected in their order, then those who moved up, then the others by votes."""
    by_id = {one.pitch_id: one for one in options}
    named = [*result.winners, *moved_up_by(result)]
    others = [one for one in options if one.pitch_id not in named]
    others.sort(key=lambda one: (-result.counts[one.pitch_id], one.emoji))
    return [*(by_id[one] for one in named), *others]
