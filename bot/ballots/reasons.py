"""Why a pitch has won, what decided a tie, and whose choices did not count, in words."""

from collections.abc import Mapping, Sequence

from bot.ballots.counting import Exclusion
from bot.ballots.model import Ballot, Result
from bot.ballots.tally import Ground, Step
from bot.ballots.votes import RecordLine
from bot.cards import plural
from bot.groups.model import BallotRule

_FAIR = "its voters were picked least{}"
"""A talk is shared among all who chose it: so many people, or few elected before, elect a pitch."""

_BEFORE_VOTES = ", which goes before the number of votes"

EQUALS_SHOWN = 5


def reason(ballot: Ballot, step: Step[int]) -> str:
    """Why the step's pitch was elected when it was; empty for results from before reasons."""
    if step.ground is Ground.APPROVALS:
        why = "most chosen" if ballot.rule is BallotRule.FAIR_TURNS else ""
    elif ballot.rule is BallotRule.FAIR_TURNS:
        why = _FAIR.format(" so far")
    else:
        why = _FAIR.format(" in this vote")
    if _goes_before_votes(ballot, step):
        why += _BEFORE_VOTES
    tie = tie_reason(ballot, step)
    return "; ".join(part for part in (why, tie) if part)


def tie_reason(ballot: Ballot, step: Step[int]) -> str:
    """What put the pitch before others that were exactly as good; empty where none was."""
    if not step.equals:
        return ""
    equals = " ".join(ballot.option_of(one).emoji for one in step.equals)
    if len(step.equals) > EQUALS_SHOWN:
        equals = f"{len(step.equals)} others"
    in_what = " in that" if _goes_before_votes(ballot, step) else ""
    return f"equal with {equals}{in_what}, {_decided_by(ballot, step)}"


def _goes_before_votes(ballot: Ballot, step: Step[int]) -> bool:
    """Whether another that was not elected before it has more votes: then a reader asks why."""
    if ballot.result is None or step.ground is not Ground.PRICE:
        return False
    steps, counts = ballot.result.steps, ballot.result.counts
    elected = {one.pitch_id for one in steps[: steps.index(step)]} if step in steps else set()
    return any(
        count > step.approvals for pitch_id, count in counts.items() if pitch_id not in elected
    )


def _decided_by(ballot: Ballot, step: Step[int]) -> str:
    if not ballot.option_of(step.pitch_id).has_lost:
        return "first by lot"
    if any(ballot.option_of(one).has_lost for one in step.equals):
        return "pitched earlier"
    return "a runner-up of an earlier ballot"


_EXCLUDED: Mapping[Exclusion, str] = {
    Exclusion.LEFT: "had left the server",
    Exclusion.NEWCOMER: "joined after the vote had opened",
    Exclusion.ROLE: "without the role that this vote is for",
    Exclusion.LIMIT: "chose more than may count",
}


def exclusion_summary(result: Result) -> str:
    """How many did not count, or not with everything, without names; empty where all did."""
    parts = [
        f"{number} {_EXCLUDED[kind]}"
        for kind in Exclusion
        if (number := result.exclusions.get(kind))
    ]
    return f"Not counted, or not in full: {'; '.join(parts)}." if parts else ""


_TOLD: Mapping[Exclusion, str] = {
    Exclusion.LEFT: "You were not in the server when the votes were counted.",
    Exclusion.NEWCOMER: (
        "You joined after the vote had opened, so nothing you chose was counted; it is in the next."
    ),
    Exclusion.ROLE: "This vote was for people with a role that you did not have when it closed.",
    Exclusion.LIMIT: (
        "You chose more topics than may count: the first of them in the published order counted."
    ),
}


def told_privately(ballot: Ballot, line: RecordLine) -> str:
    """What the record has about one member, for that member."""
    parts = [_TOLD[Exclusion(line.exclusion)]] if line.exclusion else []
    if line.pitch_ids:
        parts.append(f"Your vote counted for {_letters(ballot, line.pitch_ids)}.")
    if line.dropped:
        parts.append(f"Over the limit: {_letters(ballot, line.dropped)}.")
    return " ".join(parts) or "Nothing of yours was there to be counted."


def _letters(ballot: Ballot, pitch_ids: Sequence[int]) -> str:
    return " ".join(one.emoji for one in ballot.options if one.pitch_id in pitch_ids)


def quorum_sentence(ballot: Ballot, voters: int) -> str:
    """How a missed quorum ends a ballot."""
    voted = plural(voters, "person", "people") if voters else "Nobody"
    needed = f"{ballot.quorum} {'was' if ballot.quorum == 1 else 'were'} needed"
    topics = "all topics are on the next ballot as they were on this"
    if len(ballot.options) == 1:
        topics = "the topic is on the next ballot as it was on this"
    return f"{voted} voted, {needed}: nobody is elected, and {topics}."
