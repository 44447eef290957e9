"""What leads are told about a record that they get, and everybody about its fingerprint."""

from bot.ballots.model import Ballot, BallotMode
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
        f"🔏 Ballot {ballot_id}; its record, whenever it is counted again, has the fingerprint "
        f"`{fingerprint}`"
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
        body.append(_why_not_exact(ballot, kind))
        body.append(_own_count(again))
    elif not again.is_as_announced:
        body.append(_WRONG.format("what is stored"))
    if again.announced:
        body.append(fingerprint_line(ballot.id, again.announced))
    return Card(
        title=f"📤 The ballot of {escape(group.name)} that closed {closed}",
        body=tuple(body),
        small="Members appear by their ids alone. Please keep the files among leads.",
        tone=Tone.BALLOT,
    )


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
    if ballot.mode is BallotMode.PRIVATE:
        said.append("Voters stand there in a drawn order, without names or ids.")
    if kind is RecordKind.STAND_IN and ballot.rule is BallotRule.FAIR_TURNS:
        said.append(
            "The members' own credits would tell who chose what in private, so the file has "
            "stand-ins, sought from the choices and the result alone."
        )
    if ballot.mode is BallotMode.PRIVATE:
        said.append("What all voters chose alike you know of each.")
    return " ".join(said)


def _own_count(again: Recount) -> str:
    if not again.is_as_announced:
        return _WRONG.format("what is stored")
    return (
        "I have just counted what is stored, with the members' own credits: the same result. The "
        f"bot's operator can do so with `lectern tally --ballot {again.ballot_id}`."
    )
