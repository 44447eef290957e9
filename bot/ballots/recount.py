"""A closed ballot counted again from what is stored: nothing that identifies anybody is left out,
so this is for the operator, who holds the database anyway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.ballots import store
from bot.ballots.export import as_json, document_of
from bot.ballots.fingerprint import fingerprint_of
from bot.ballots.model import Ballot, BallotState, result_of
from bot.ballots.record import exact
from bot.ballots.replay import replay_text
from bot.ballots.tally import tally
from bot.ballots.votes import RecordLine, record_of
from bot.database import Database
from bot.errors import Refusal
from bot.sessions.store import calendar_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """What counting a stored record again has given.

    `file` is the exact record as `lectern tally` reads it, `is_same` says whether it elects the
    same for the same reasons and leaves the same credits. `announced` is the fingerprint that
    everybody was shown; empty for a ballot that was closed before there were any.
    """

    ballot_id: int
    closed_at: datetime
    file: str
    winners: Sequence[int]
    credits: Mapping[str, int]
    is_same: bool
    fingerprint: str
    announced: str

    @property
    def is_as_announced(self) -> bool:
        """Whether the record is the one that was announced, as far as anybody can tell."""
        return self.is_same and self.announced in ("", self.fingerprint)


def recount(ballot: Ballot, lines: Sequence[RecordLine], file: str = "") -> Recount:
    """The stored record, tallied again; `file` is its text where it is at hand."""
    record, result = exact(lines), result_of(ballot)
    document = document_of(ballot, record, [])
    file = file or as_json(document)
    answer = replay_text(file)
    return Recount(
        ballot_id=ballot.id,
        closed_at=ballot.closing_at or ballot.due_at,
        file=file,
        winners=answer["winners"],
        credits=answer["credits"],
        is_same=_counts_the_same(ballot, lines)
        and answer == {"winners": list(result.winners), "credits": dict(record.after)},
        fingerprint=fingerprint_of(document) if result.fingerprint else "",
        announced=result.fingerprint,
    )


def _counts_the_same(ballot: Ballot, lines: Sequence[RecordLine]) -> bool:
    """Whether the published numbers and reasons, reserves included, follow from the record."""
    result = result_of(ballot)
    choices = {line.user_id: frozenset(line.pitch_ids) for line in lines if line.pitch_ids}
    entries = {
        line.user_id: line.credits_before for line in lines if line.credits_before is not None
    }
    counts = {one: sum(one in chosen for chosen in choices.values()) for one in ballot.tie_order}
    if counts != result.counts:
        return False
    steps = tally(ballot.rule, choices, ballot.seats, ballot.tie_order, entries).steps
    return not result.steps or steps == result.steps


async def recount_stored(db: Database, ballot_id: int) -> Recount:
    """The closed ballot of that number, of whatever group, counted again from the database."""
    async with db.read() as tx:
        ballot = await store.get_ballot(tx, ballot_id)
        if ballot is None:
            raise Refusal(f"There is no ballot {ballot_id} in this database.")
        if ballot.state is BallotState.VOID:
            raise Refusal(
                f"Ballot {ballot_id} was called off: nothing was counted, so there is no record."
            )
        if ballot.result is None:
            raise Refusal(
                f"Ballot {ballot_id} is not closed yet: its record is written when it closes."
            )
        lines = await record_of(tx, ballot_id)
        sessions = await calendar_of(tx, ballot.group_id, ballot.opened_at)
    if ballot.result.voters and not lines:
        raise Refusal(
            f"Ballot {ballot_id} was closed by an earlier version that kept no record: only its "
            "result is known."
        )
    return recount(ballot, lines, as_json(document_of(ballot, exact(lines), sessions)))


def spoken(recount: Recount) -> str:
    """What counting again has shown, in a sentence."""
    closed = f"Ballot {recount.ballot_id}, closed {recount.closed_at.date().isoformat()}"
    if not recount.is_same:
        return f"{closed}: its record does not give the result that was published."
    if not recount.announced:
        return (
            f"{closed}: its record gives the result that was published; it was closed before "
            "records had fingerprints."
        )
    if not recount.is_as_announced:
        return (
            f"{closed}: its record has the fingerprint {recount.fingerprint}, but the one that was "
            f"published is {recount.announced}: it was changed after the close."
        )
    return (
        f"{closed}: its record gives the result that was published, and has the published "
        f"fingerprint {recount.fingerprint}."
    )
