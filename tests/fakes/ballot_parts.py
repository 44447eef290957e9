"""What the bot in `fakes.ballot_world` is made of, each part to be replaced by a wrong one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from fakes.ballot_discord import Discord, memberships, read

from bot.ballots.counting import Closing, conclude, sift
from bot.ballots.counting import Count as Eligible
from bot.ballots.machine import (
    NEXT,
    Count,
    Key,
    LiveVotes,
    Settled,
    Verdict,
    judge,
    lost_seeds,
    robots_in,
)
from bot.ballots.model import Ballot, BallotState
from bot.messenger import Membership, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the bot is made of; a mutant has one of them wrong."""

    live: Callable[[], LiveVotes] = LiveVotes
    read: Callable[[Discord, str, bool], set[Vote]] = read
    settle: Callable[[Count, frozenset[Key]], Settled] = Count.settle
    robots: Callable[[set[Vote]], frozenset[int]] = robots_in
    memberships: Callable[[Discord, Iterable[int]], Mapping[int, Membership]] = memberships
    sift: Callable[[Ballot, Mapping[int, frozenset[int]], Mapping[int, Membership]], Eligible] = (
        sift
    )
    conclude: Callable[[Ballot, Eligible, Mapping[int, int]], Closing] = conclude
    last_look: Callable[[Closing], Closing] = lambda closing: closing
    lost_seeds: Callable[[Iterable[str], Iterable[str]], list[str]] = lambda seeds, there: (
        lost_seeds(tuple(seeds), there)
    )
    may_follow: Callable[[BallotState, BallotState], bool] = lambda now, after: after in NEXT[now]
    judge: Callable[..., Verdict] = judge
    waits_for_stragglers: bool = True
    keeps_old_count: bool = False
    searches_before_saying: bool = True
    says_before_closing: bool = False
