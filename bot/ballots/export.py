"""A closed ballot as files: JSON that `lectern tally` counts again, and CSV for a spreadsheet."""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from bot.ballots.fates import Fate, fate_of, spoken_move
from bot.ballots.model import LETTERS, Ballot, BallotOption, result_of
from bot.ballots.reasons import reason
from bot.ballots.record import Record, RecordKind
from bot.cards import Attachment
from bot.sessions.model import Session

NOTE_STAND_IN = (
    "The credits are made up, from the choices and the result alone, since the members' own would "
    "tell who chose what in private: they elect the same. The bot's operator counts the record "
    "itself with: lectern tally --ballot {}"
)

_NUMBERS = re.compile(r"(?<=\[)\n[\d,\s]+(?=\])")
"""A list of numbers over many lines; within texts there are no line ends."""

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet may run (OWASP, "CSV Injection"); also in full width."""


def letter_of(option: BallotOption) -> str:
    """The option's plain letter: A for 🇦."""
    return chr(ord("A") + LETTERS.index(option.emoji))


def document_of(ballot: Ballot, record: Record, sessions: Sequence[Session]) -> dict[str, Any]:
    """The record in the shape that `bot.ballots.replay` reads, with what came out beside it.

    Ids of Discord's are text: many programs round such numbers.
    """
    result = result_of(ballot)
    document: dict[str, Any] = {
        "rule": ballot.rule,
        "seats": ballot.seats,
        "ballot_message_id": str(ballot.message_id or 0),
        "waiting_order": [one for one in ballot.tie_order if ballot.option_of(one).has_lost],
        "ballots": record.choices,
        "credits": record.before,
        "quorum": ballot.quorum,
        "limit": ballot.choice_limit,
        "role_id": None if ballot.role_id is None else str(ballot.role_id),
        "mode": ballot.mode,
        "is_hidden": ballot.is_hidden,
        "opened_at": ballot.opened_at.isoformat(),
        "closed_at": (ballot.closing_at or ballot.due_at).isoformat(),
        "is_extended": ballot.is_extended,
        "is_degraded": ballot.is_degraded,
        "tie_order": ballot.tie_order,
        "options": [_option(ballot, option, sessions) for option in ballot.options],
        "exclusions": record.exclusions or result.exclusions,
        "result": {"winners": result.winners, "credits": record.after},
    }
    if record.dropped:
        document["dropped"] = record.dropped
    if result.fingerprint:
        document["fingerprint"] = result.fingerprint
    if record.kind is RecordKind.EXACT:
        document["salt"] = result.salt
    elif record.after:
        document["note"] = NOTE_STAND_IN.format(ballot.id)
    return document


def as_json(document: Mapping[str, Any]) -> str:
    """The record as a file, a line for each member."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return _NUMBERS.sub(lambda found: " ".join(found.group().split()), text) + "\n"


def _option(ballot: Ballot, option: BallotOption, sessions: Sequence[Session]) -> dict[str, Any]:
    result = result_of(ballot)
    numbers = {session.id: session.number for session in sessions}
    return {
        "pitch": option.pitch_id,
        "letter": letter_of(option),
        "title": option.title,
        "votes": result.counts.get(option.pitch_id, 0),
        "place": _place(result.winners, option.pitch_id),
        "session": numbers.get(result.seated.get(option.pitch_id, 0)),
        "outcome": fate_of(result, option.pitch_id),
    }


def _why(ballot: Ballot, pitch_id: int) -> str:
    """What elected it, or moved it up; nothing for the others."""
    result = result_of(ballot)
    if fate_of(result, pitch_id) is Fate.MOVED_UP:
        return spoken_move(ballot, result)
    step = result.step_of(pitch_id) if pitch_id in result.winners else None
    return reason(ballot, step) if step else ""


def _place(winners: Sequence[int], pitch_id: int) -> int | None:
    """1 for the first who was elected; None for who was not."""
    return winners.index(pitch_id) + 1 if pitch_id in winners else None


def topics_csv(ballot: Ballot, sessions: Sequence[Session]) -> str:
    """One row for each topic: its votes, its place, its session, and why it has that."""
    rows: list[Sequence[object]] = [
        ("letter", "pitch", "title", "votes", "place", "session", "outcome", "why")
    ]
    for option in ballot.options:
        found = _option(ballot, option, sessions)
        rows.append(
            (
                found["letter"],
                found["pitch"],
                found["title"],
                found["votes"],
                found["place"],
                found["session"],
                found["outcome"],
                _why(ballot, option.pitch_id),
            )
        )
    return _csv(rows)


def votes_csv(ballot: Ballot, record: Record) -> str:
    """One row for each member of the record, with 1 under the letter of each counted choice.

    A member is written as Discord writes a mention: a bare id would be rounded by a spreadsheet.
    Which choices were over the limit stands beside that reason.
    Stand-ins for credits are left out: who reads a table takes them for the members' own.
    """
    own = record.kind is RecordKind.EXACT
    letter = {option.pitch_id: letter_of(option) for option in ballot.options}
    letters = [letter_of(option) for option in ballot.options]
    rows: list[Sequence[object]] = [
        ("member", *letters, "not counted", "credits before", "credits after")
    ]
    for name in {**record.choices, **record.exclusions, **record.before, **record.after}:
        chosen = record.choices.get(name, ())
        dropped = " ".join(letter[one] for one in record.dropped.get(name, ()))
        reasons = (record.exclusions.get(name, ""), dropped)
        rows.append(
            (
                f"<@{name}>" if name.isdecimal() else name,
                *(int(option.pitch_id in chosen) for option in ballot.options),
                ": ".join(filter(None, reasons)),
                record.before.get(name) if own else None,
                record.after.get(name) if own else None,
            )
        )
    return _csv(rows)


def _csv(rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180, with a byte order mark, or some spreadsheets take it for Latin-1."""
    text = StringIO()
    text.write("\ufeff")
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _cell(value: object) -> object:
    """The value as text that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.lstrip().startswith(_FORMULA):
        return f"'{value}"
    return value


def export_files(
    ballot: Ballot, record: Record, sessions: Sequence[Session]
) -> tuple[Attachment, ...]:
    """The file to count again, where the record has all that it takes, and the two tables."""
    name = f"ballot-{ballot.id}"
    files = {}
    if record.kind is not RecordKind.NOT_TO_COUNT:
        files[f"{name}.json"] = as_json(document_of(ballot, record, sessions))
    files |= {
        f"{name}-topics.csv": topics_csv(ballot, sessions),
        f"{name}-votes.csv": votes_csv(ballot, record),
    }
    return tuple(
        Attachment(name=name, content=text.encode("utf-8")) for name, text in files.items()
    )
