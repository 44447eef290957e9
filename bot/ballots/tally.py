"""Counting: pure, in integers, and so that anybody can repeat it.

"Most votes" with the published tie order: pitches that lost an earlier ballot first, in the order
they were submitted, then first-timers by lot, ascending by the SHA-256 of
`<ballot message id>:<pitch id>` in hexadecimal.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from bot.ballots.model import Result
from bot.messenger import Vote


def lot(ballot_message_id: int, pitch_id: int) -> str:
    """A first-timer's lot; the lower one goes first."""
    return sha256(f"{ballot_message_id}:{pitch_id}".encode()).hexdigest()


def order_ties(
    ballot_message_id: int, waiting_order: Sequence[int], pitch_ids: Iterable[int]
) -> tuple[int, ...]:
    """The order in which equals win; ids in `waiting_order` that are not options are ignored."""
    options = set(pitch_ids)
    waiting = [pitch_id for pitch_id in waiting_order if pitch_id in options]
    drawn = sorted(options.difference(waiting), key=lambda one: lot(ballot_message_id, one))
    return (*waiting, *drawn)


def ballots_of(
    votes: Iterable[Vote], emojis: Mapping[str, int], present: frozenset[int]
) -> dict[int, frozenset[int]]:
    """Each voter's choices: bots, people who left and unknown emoji are dropped.

    `emojis` maps each option's emoji to its pitch. A member counts once per option, however
    often and in whichever way they reacted.
    """
    chosen: dict[int, set[int]] = {}
    for vote in votes:
        if not vote.is_bot and vote.user_id in present and vote.emoji in emojis:
            chosen.setdefault(vote.user_id, set()).add(emojis[vote.emoji])
    return {user_id: frozenset(pitches) for user_id, pitches in chosen.items()}


def most_votes(
    ballots: Mapping[int, frozenset[int]], seats: int, tie_order: Sequence[int]
) -> Result:
    """The result under "most votes"; a pitch needs one approval to win, seats may stay empty."""
    counts = dict.fromkeys(tie_order, 0)
    for choices in ballots.values():
        for pitch_id in choices:
            counts[pitch_id] += 1
    rank = {pitch_id: place for place, pitch_id in enumerate(tie_order)}
    ordered = sorted(tie_order, key=lambda one: (-counts[one], rank[one]))
    winners = tuple(one for one in ordered[:seats] if counts[one])
    runners_up = tuple(one for one in ordered if one not in winners)
    return Result(
        winners=winners,
        runners_up=runners_up,
        counts=counts,
        voters=len(ballots),
        tied=_tied(winners, runners_up, counts),
    )


def _tied(
    winners: Sequence[int], runners_up: Sequence[int], counts: Mapping[int, int]
) -> tuple[int, ...]:
    """The winners whose place was decided by the tie order, against a winner or a runner-up."""
    everybody = [*winners, *runners_up]
    return tuple(
        one for one in winners if sum(counts[other] == counts[one] for other in everybody) > 1
    )
