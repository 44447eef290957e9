"""From what members chose to a result: who counts, what counts of it, and what it comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.ballots.model import Ballot, Result
from bot.ballots.tally import tally
from bot.ballots.votes import RecordLine
from bot.messenger import Membership, Vote

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_TIME_SHIFT = 22
"""An id's upper bits are the milliseconds since then (Discord's reference, "Snowflakes")."""

_MOMENT = timedelta(milliseconds=1)


class Exclusion(StrEnum):
    """Why choices of a member do not count, or not all of them."""

    LEFT = "left"
    NEWCOMER = "newcomer"
    ROLE = "role"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What counts of each member; whose choices don't, or not all, and which were too many."""

    choices: Mapping[int, frozenset[int]]
    exclusions: Mapping[int, Exclusion]
    dropped: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """All that a closing ballot writes: the result, everybody's line, credits that changed."""

    result: Result
    record: tuple[RecordLine, ...]
    new_credits: Mapping[int, int]


def instant_of(snowflake: int) -> datetime:
    """When Discord gave an id, on its own clock."""
    return DISCORD_EPOCH + timedelta(milliseconds=snowflake >> _TIME_SHIFT)


def choices_in(votes: Iterable[Vote], letters: Mapping[str, int]) -> dict[int, frozenset[int]]:
    """Each person's choices: bots and unknown emoji are dropped.

    `letters` maps each option's emoji to its pitch. A member counts once per option, however
    often and in whichever way they reacted.
    """
    chosen: dict[int, set[int]] = {}
    for vote in votes:
        if not vote.is_bot and vote.emoji in letters:
            chosen.setdefault(vote.user_id, set()).add(letters[vote.emoji])
    return {user_id: frozenset(pitch_ids) for user_id, pitch_ids in chosen.items()}


def sift(
    ballot: Ballot,
    chosen: Mapping[int, frozenset[int]],
    members: Mapping[int, Membership],
) -> Count:
    """What counts: of members who are here, came before the ballot, and have the role it asks for.

    `members` holds those of the voters who are in the server; bots are no voters. Of more
    choices than a member has, the first in the tie order count.
    """
    opened_at = instant_of(ballot.message_id) if ballot.message_id else ballot.opened_at
    choices: dict[int, frozenset[int]] = {}
    exclusions: dict[int, Exclusion] = {}
    dropped: dict[int, frozenset[int]] = {}
    for user_id, pitch_ids in chosen.items():
        if user_id in members and members[user_id].is_bot:
            continue
        barred = _exclusion(ballot, members.get(user_id), opened_at)
        if barred is not None:
            exclusions[user_id] = barred
            continue
        kept = [one for one in ballot.tie_order if one in pitch_ids][: ballot.choice_limit]
        choices[user_id] = frozenset(kept)
        if len(kept) < len(pitch_ids):
            exclusions[user_id] = Exclusion.LIMIT
            dropped[user_id] = pitch_ids.difference(kept)
    return Count(choices=choices, exclusions=exclusions, dropped=dropped)


def _exclusion(ballot: Ballot, member: Membership | None, opened_at: datetime) -> Exclusion | None:
    if member is None:
        return Exclusion.LEFT
    # Ids tell milliseconds only: who came within the ballot's own is let in.
    if member.joined_at is not None and member.joined_at >= opened_at + _MOMENT:
        return Exclusion.NEWCOMER
    if ballot.role_id is not None and ballot.role_id not in member.role_ids:
        return Exclusion.ROLE
    return None


def conclude(ballot: Ballot, count: Count, entries: Mapping[int, int]) -> Closing:
    """What the ballot closes with; a missed quorum elects nobody and leaves credits alone."""
    outcome = tally(ballot.rule, count.choices, ballot.seats, ballot.tie_order, entries)
    misses_quorum = len(count.choices) < (ballot.quorum or 0)
    counts = dict.fromkeys(ballot.tie_order, 0)
    for pitch_ids in count.choices.values():
        for pitch_id in pitch_ids:
            counts[pitch_id] += 1
    elected = [step.pitch_id for step in outcome.steps]
    winners = () if misses_quorum else outcome.winners
    ranked = [*elected, *(one for one in ballot.tie_order if one not in elected)]
    result = Result(
        winners=winners,
        runners_up=tuple(one for one in ranked if one not in winners),
        counts=counts,
        voters=len(count.choices),
        tied=tuple(step.pitch_id for step in outcome.steps[: len(winners)] if step.equals),
        steps=outcome.steps,
        exclusions={
            kind: number
            for kind in Exclusion
            if (number := list(count.exclusions.values()).count(kind))
        },
        misses_quorum=misses_quorum,
    )
    after = entries if misses_quorum else outcome.credits
    people = sorted({*count.choices, *count.exclusions, *entries, *after})
    record = tuple(
        RecordLine(
            user_id=user_id,
            pitch_ids=tuple(sorted(count.choices.get(user_id, ()))),
            exclusion=count.exclusions.get(user_id),
            credits_before=entries.get(user_id),
            credits_after=after.get(user_id),
            dropped=tuple(sorted(count.dropped.get(user_id, ()))),
        )
        for user_id in people
    )
    changed = {one: after[one] for one in after if after[one] != entries.get(one)}
    return Closing(result=result, record=record, new_credits=changed)
