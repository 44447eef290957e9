"""The nine invariants of a ballot, checked against how things were in `fakes.ballot_world`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.ballot_discord import LETTERS

from bot.ballots.counting import Closing
from bot.ballots.model import BallotState
from bot.ballots.tally import tally
from bot.groups.model import BallotRule

if TYPE_CHECKING:
    from fakes.ballot_world import World

RANKS = {state: place for place, state in enumerate(BallotState)}


def check(world: World) -> None:
    """The invariants of a ballot."""
    rank = (world.stored.round, RANKS[world.state])
    assert rank >= world.rank, f"1: it went back from {world.rank} to {rank}"
    world.rank = rank
    assert world.extensions <= 1, "1: it was extended twice"
    told = world.discord.said.count("result")
    assert told <= 1, "7: it was announced twice"
    is_closed = world.state in (BallotState.CLOSED, BallotState.ANNOUNCED)
    assert is_closed or not told, "8: a result before the close"
    heard = world.live.stand()
    assert not heard.is_trusted or heard.votes == world.discord.told, "2: it trusts what isn't so"
    if world.first_result is None and (closing := world.stored.closing) is not None:
        world.first_result = closing
        _check_result(world, closing)
    assert world.stored.closing == world.first_result, "6: a closed result changed"


def _check_result(world: World, closing: Closing) -> None:
    result, ballot = closing.result, world.stored.ballot
    limit = ballot.choice_limit or len(LETTERS)
    lines = {line.user_id: frozenset(line.pitch_ids) for line in closing.record}
    assert all(len(chosen) <= limit for chosen in lines.values()), "5: beyond the limit"
    if not world.stored.is_accepted:
        assert dict(result.counts) == _true_counts(world, limit), "2: it counted wrong"
    approved = [one for one, count in result.counts.items() if count]
    is_missed = len([chosen for chosen in lines.values() if chosen]) < (ballot.quorum or 0)
    most = 0 if is_missed else min(ballot.seats, len(approved))
    assert len(set(result.winners)) == len(result.winners) == most, "3: wrong winners"
    votes = {one: chosen for one, chosen in lines.items() if chosen}
    again = tally(ballot.rule, votes, ballot.seats, ballot.tie_order, {})
    if not result.misses_quorum:
        assert again.winners == result.winners, "4: it replays differently"
        after = {one.user_id: one.credits_after for one in closing.record}
        credits_after = {one: number for one, number in after.items() if number is not None}
        assert again.credits == credits_after, "4: credits replay differently"
    if ballot.rule is BallotRule.MOST_VOTES and result.winners:
        least = min(result.counts[one] for one in result.winners)
        losers = set(result.runners_up)
        assert all(result.counts[one] <= least for one in losers), "4: a loser has more"


def _true_counts(world: World, limit: int) -> dict[int, int]:
    """The count by hand, from how Discord stood at T."""
    counts = dict.fromkeys((2, 1), 0)
    for user_id in (1, 2, 3):  # people who came before it opened
        if user_id in world.seen_members:
            mine = {LETTERS[one.emoji] for one in world.truth if one.user_id == user_id}
            for pitch_id in [one for one in counts if one in mine][:limit]:
                counts[pitch_id] += 1
    return counts
