"""A ballot in a file, checked and tallied again: the shape in which records are exported."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeGuard

from bot.ballots.tally import order_ties, tally
from bot.errors import Refusal
from bot.groups.model import BallotRule
from bot.text import quote, shorten

PitchId: TypeAlias = int | str
"""As the file writes it; an answer writes it the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One ballot of a file; `quorum` is how many have to vote, or nobody wins."""

    rule: BallotRule
    seats: int
    ballot_message_id: int
    ballots: Mapping[str, frozenset[PitchId]]
    waiting_order: tuple[PitchId, ...] = ()
    credits: Mapping[str, int] = field(default_factory=dict)
    quorum: int = 0


def replay_text(text: str) -> Any:
    """The answer to a file's text, ready for JSON: for a list of ballots a list of answers.

    Raises Refusal, naming what is wrong and in which ballot, and then nothing is answered.
    """
    try:
        found = json.loads(text, object_pairs_hook=_unique)
    except Refusal:
        raise
    except (ValueError, RecursionError) as error:
        raise Refusal(f"this is no JSON that I can read: {shorten(str(error), 80)}.") from error
    if isinstance(found, list):
        read = [_read(one, f"in ballot {number}, ") for number, one in enumerate(found, start=1)]
        return [_answer(one) for one in read]
    return _answer(_read(found, ""))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, whose names are told apart; a member who stands twice would lose a vote."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Refusal(f"{quote(name, 40)} stands twice in the same object.")
        found[name] = value
    return found


def _answer(ballot: Replay) -> dict[str, Any]:
    pitch_ids = {pitch_id for chosen in ballot.ballots.values() for pitch_id in chosen}
    tie_order = order_ties(ballot.ballot_message_id, ballot.waiting_order, pitch_ids)
    if sum(map(bool, ballot.ballots.values())) < ballot.quorum:
        return {"winners": [], "credits": dict(ballot.credits)}
    outcome = tally(ballot.rule, ballot.ballots, ballot.seats, tie_order, ballot.credits)
    return {"winners": list(outcome.winners), "credits": dict(outcome.credits)}


def _read(found: Any, where: str) -> Replay:
    if not isinstance(found, dict):
        raise Refusal(f"{where}a ballot is an object like {{…}}, not {_shown(found)}.")
    try:
        ballot = Replay(
            rule=_rule(found.get("rule", BallotRule.FAIR_TURNS)),
            seats=_whole(found.get("seats", 1), "seats", least=1),
            ballot_message_id=_message_id(found.get("ballot_message_id", 0)),
            ballots=_ballots(found.get("ballots")),
            waiting_order=_pitches(found.get("waiting_order", []), "waiting_order"),
            credits=_credits(found.get("credits", {})),
            quorum=_whole(found.get("quorum") or 0, "quorum", least=0),
        )
    except Refusal as refusal:
        raise Refusal(f"{where}{refusal}") from refusal
    _require_one_spelling(ballot)
    return ballot


def _rule(value: Any) -> BallotRule:
    if value not in list(BallotRule):
        rules = ", ".join(BallotRule)
        shown = quote(value, 40) if isinstance(value, str) else _shown(value)
        raise Refusal(f"there is no rule {shown}; there is {rules}.")
    return BallotRule(value)


def _whole(value: Any, name: str, *, least: int) -> int:
    if not _is_whole(value) or value < least:
        raise Refusal(f"{name} has to be a whole number from {least} up, not {_shown(value)}.")
    return value


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _message_id(value: Any) -> int:
    """Also as text: many programs round the numbers of Discord's ids."""
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return _whole(value, "ballot_message_id", least=0)


def _ballots(value: Any) -> dict[str, frozenset[PitchId]]:
    if not isinstance(value, dict):
        raise Refusal(f"ballots has to be an object of members, not {_shown(value)}.")
    return {name: frozenset(_pitches(one, quote(name, 40))) for name, one in value.items()}


def _pitches(value: Any, name: str) -> tuple[PitchId, ...]:
    if not isinstance(value, list):
        raise Refusal(f"{name} has to be a list of pitches, not {_shown(value)}.")
    for one in value:
        if not (_is_whole(one) or isinstance(one, str)):
            raise Refusal(f"a pitch in {name} is a number or text, not {_shown(one)}.")
    return tuple(value)


def _credits(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        raise Refusal(f"credits has to be an object of members, not {_shown(value)}.")
    for name, one in value.items():
        if not _is_whole(one):
            raise Refusal(
                f"the credits of {quote(name, 40)} have to be a whole number of millionths of a "
                f"talk, 1000000 for one, not {_shown(one)}."
            )
    return dict(value)


def _require_one_spelling(ballot: Replay) -> None:
    """A pitch that is a number here and text there has one lot, and would be two."""
    chosen: Sequence[PitchId] = [one for pitches in ballot.ballots.values() for one in pitches]
    both = {str(one) for one in chosen if isinstance(one, int)} & {
        one for one in chosen if isinstance(one, str)
    }
    if both:
        raise Refusal(f"pitch {min(both)} is written both as a number and as text.")


def _shown(value: Any) -> str:
    return quote(json.dumps(value, ensure_ascii=False), 40)
