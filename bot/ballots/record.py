"""What may leave of a closed ballot's record: enough to count again, and no private choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from bot.ballots.levels import level_credits
from bot.ballots.model import Ballot, BallotMode, result_of
from bot.ballots.tally import tally
from bot.ballots.votes import RecordLine
from bot.groups.model import BallotRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Choices and credits by who made them: a Discord id, or in private ballots a drawn name.

    `is_levelled` says that `before` and `after` are not the members' own numbers, but shared ones
    that elect the same; `is_complete` that it can be counted again, which takes credits.
    """

    choices: Mapping[str, tuple[int, ...]]
    before: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, int] = field(default_factory=dict)
    exclusions: Mapping[str, str] = field(default_factory=dict)
    is_levelled: bool = False
    is_complete: bool = True


def releasable(
    ballot: Ballot, lines: Sequence[RecordLine], draws: Random, *, holds_private: bool
) -> Record:
    """The record as leads may have it: without credits where they would tell who chose what.

    `holds_private` says that earlier private ballots have moved the credits: two exact records
    of open ballots would tell by the difference who paid for what in the private one between them.
    """
    is_private = ballot.mode is BallotMode.PRIVATE
    if not (is_private or holds_private):
        return _exact(lines)
    voters = {line.user_id: frozenset(line.pitch_ids) for line in lines if line.pitch_ids}
    found: Mapping[int, int] | None = {}
    if ballot.rule is BallotRule.FAIR_TURNS:
        found = _levelled(ballot, lines, voters, draws)
    before = found or {}
    order = list(voters)
    if is_private:
        draws.shuffle(order)
    names = {
        member: f"voter-{number}" if is_private else str(member)
        for number, member in enumerate(order, start=1)
    }
    after = before
    if found is not None and not result_of(ballot).misses_quorum:
        after = tally(ballot.rule, voters, ballot.seats, ballot.tie_order, before).credits
    return Record(
        choices={names[member]: tuple(sorted(voters[member])) for member in order},
        before={names[member]: before[member] for member in order if member in before},
        after={names[member]: after[member] for member in order if member in after},
        exclusions={}
        if is_private
        else {str(line.user_id): line.exclusion for line in lines if line.exclusion},
        is_levelled=bool(before),
        is_complete=found is not None,
    )


def _levelled(
    ballot: Ballot,
    lines: Sequence[RecordLine],
    voters: Mapping[int, frozenset[int]],
    draws: Random,
) -> dict[int, int] | None:
    entries = {
        line.user_id: line.credits_before for line in lines if line.credits_before is not None
    }
    if not entries.keys() & voters.keys():
        return {}
    if result_of(ballot).misses_quorum:
        return {}  # nobody is elected whatever the numbers are
    return level_credits(ballot, voters, entries, draws)


def _exact(lines: Sequence[RecordLine]) -> Record:
    return Record(
        choices={str(line.user_id): line.pitch_ids for line in lines if line.pitch_ids},
        before={
            str(line.user_id): line.credits_before
            for line in lines
            if line.credits_before is not None
        },
        after={
            str(line.user_id): line.credits_after
            for line in lines
            if line.credits_after is not None
        },
        exclusions={str(line.user_id): line.exclusion for line in lines if line.exclusion},
    )
