"""What may leave of a closed ballot's record: enough to count again, and no private choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from bot.ballots.model import Ballot, BallotMode, result_of
from bot.ballots.standins import stand_in_credits
from bot.ballots.tally import tally
from bot.ballots.votes import RecordLine
from bot.groups.model import BallotRule


class RecordKind(StrEnum):
    """Whose credits a record has: the members' own, stand-ins for them, or, since neither may
    leave, nobody's, so that it can't be counted again.
    """

    EXACT = "exact"
    STAND_IN = "stand_in"
    NOT_TO_COUNT = "not_to_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Choices and credits by who made them: a Discord id, or in private ballots a drawn name.

    `dropped` are choices over the limit, which only the letters of open ballots let anybody make.
    """

    choices: Mapping[str, tuple[int, ...]]
    before: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, int] = field(default_factory=dict)
    exclusions: Mapping[str, str] = field(default_factory=dict)
    dropped: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    kind: RecordKind = RecordKind.EXACT


def releasable(
    ballot: Ballot, lines: Sequence[RecordLine], draws: Random, *, holds_private: bool
) -> Record:
    """The record as leads may have it: without the members' credits where they would tell who
    chose what.

    `holds_private` says that earlier private ballots have moved the credits: two exact records
    of open ballots would tell by the difference who paid for what in the private one between them.
    """
    is_private = ballot.mode is BallotMode.PRIVATE
    if not (is_private or holds_private):
        return exact(lines)
    voters = {line.user_id: frozenset(line.pitch_ids) for line in lines if line.pitch_ids}
    is_elected_by = ballot.rule is BallotRule.FAIR_TURNS and not result_of(ballot).misses_quorum
    found = stand_in_credits(ballot, voters) if is_elected_by else {}
    before = found or {}
    order = list(voters)
    if is_private:
        draws.shuffle(order)
    names = {
        member: f"voter-{number}" if is_private else str(member)
        for number, member in enumerate(order, start=1)
    }
    after: Mapping[int, int] = before
    if found is not None and is_elected_by:
        after = tally(ballot.rule, voters, ballot.seats, ballot.tie_order, before).credits
    return Record(
        choices={names[member]: tuple(sorted(voters[member])) for member in order},
        before={names[member]: before[member] for member in order if member in before},
        after={names[member]: after[member] for member in order if member in after},
        exclusions={}
        if is_private
        else {str(line.user_id): line.exclusion for line in lines if line.exclusion},
        dropped={} if is_private else _dropped(lines),
        kind=RecordKind.NOT_TO_COUNT if found is None else RecordKind.STAND_IN,
    )


def exact(lines: Sequence[RecordLine]) -> Record:
    """All that is stored, by members' ids: it tells who chose what."""
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
        dropped=_dropped(lines),
    )


def _dropped(lines: Sequence[RecordLine]) -> dict[str, tuple[int, ...]]:
    return {str(line.user_id): line.dropped for line in lines if line.dropped}
