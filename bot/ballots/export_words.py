"""What leads are told about a record that they get, and everybody about its fingerprint."""

from bot.ballots.model import Ballot, BallotMode, result_of
from bot.ballots.record import RecordKind
from bot.ballots.recount import Recount
from bot.cards import Card, Tone, stamp
from bot.groups.model import BallotRule, Group
from bot.text import escape

_WRONG = (
    "⚠️ I have just counted {} again, and it does not give the published result: please tell the "
    "bot's operator."
)


def fingerprint_line(ballot_id: int, fingerprint: str) -> str:
    """What everybody may note, and compare with what a count of the record says later."""
    return (
        f"🔏 Ballot {ballot_id}, fingerprint of its record: `{fingerprint}`. Were the record ever "
        "changed, its fingerprint would be another one."
    )


def export_card(
    group: Group, ballot: Ballot, kind: RecordKind, again: Recount, *, agrees: bool | None
) -> Card:
    """What goes with the files. `agrees` says whether the one that is for counting elects the same,
    None where there is none; `again` what counting the stored record has given.
    """
    closed = stamp(ballot.closing_at or ballot.due_at, "D")
    body = [
        _file(agrees),
        "The CSV files open in a spreadsheet, one row for each topic and one for each voter.",
    ]
    if kind is not RecordKind.EXACT:
        if why := _why_not_exact(ballot, kind):
            body.append(why)
        body.append(_own_count(again))
    elif not again.is_as_announced:
        body.append(_WRONG.format("what is stored"))
    if again.announced:
        body.append(fingerprint_line(ballot.id, again.announced))
    return Card(
        title=f"📤 The ballot of {escape(group.name)} that closed {closed}",
        body=tuple(body),
        small=f"{_who_appears(ballot)} Please keep the files among leads.",
        tone=Tone.BALLOT,
    )


def _who_appears(ballot: Ballot) -> str:
    if ballot.mode is BallotMode.PRIVATE:
        return "Members appear without names or ids, in a drawn order."
    return "Members appear by their ids alone."


def _file(agrees: bool | None) -> str:
    if agrees is None:
        return (
            "There is no file to count again: no credits but the members' own elect the same, and "
            "those would tell who chose what in private."
        )
    counted = "The JSON file is the record that `lectern tally` counts again. "
    if not agrees:
        return counted + _WRONG.format("the file")
    return counted + "I have just counted the file again: it elects the same winners."


def _why_not_exact(ballot: Ballot, kind: RecordKind) -> str:
    """What is not as it is stored; and what can be inferred all the same."""
    said = []
    if kind is RecordKind.STAND_IN and not _is_elected_by_credits(ballot):
        said.append(
            "The members' credits are left out, for they would tell who chose what in private: "
            "this result does not depend on them."
        )
    elif kind is RecordKind.STAND_IN:
        said.append(
            "The members' real credits would tell who chose what in private, so the file has "
            "made-up ones that give the same winners. They were found from the choices and the "
            "result alone, so they tell nothing more."
        )
    if ballot.mode is BallotMode.PRIVATE:
        said.append("Only where all voters chose the same can you tell what each of them chose.")
    return " ".join(said)


def _is_elected_by_credits(ballot: Ballot) -> bool:
    return ballot.rule is BallotRule.FAIR_TURNS and not result_of(ballot).misses_quorum


def _own_count(again: Recount) -> str:
    if not again.is_as_announced:
        return _WRONG.format("what is stored")
    return (
        "I have just counted what is stored, with the members' own credits: the same result. The "
        f"bot's operator can do so with `lectern tally --ballot {again.ballot_id}`."
    )
