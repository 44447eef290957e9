"""`lectern tally`: anybody can count an exported ballot again."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main

FIRST = {
    "rule": "fair_turns",
    "seats": 2,
    "ballot_message_id": 1300000000000000001,
    "waiting_order": [],
    "ballots": {
        "Ana": [1, 2],
        "Ben": [1, 2],
        "Cho": [1, 2],
        "Dee": [1, 2],
        "Eli": [3],
        "Fay": [3, 4],
    },
    "credits": {},
}
PAID = {"Ana": 500_000, "Ben": 500_000, "Cho": 500_000, "Dee": 500_000, "Eli": 0, "Fay": 0}
SECOND = {
    "rule": "fair_turns",
    "seats": 2,
    "ballot_message_id": 1300000000000000002,
    "waiting_order": ["3", "4"],
    "ballots": {
        "Ana": ["3", "5"],
        "Ben": ["5", "6"],
        "Cho": ["5", "6"],
        "Eli": ["3", "4"],
        "Fay": ["3"],
        "Gus": ["3", "6"],
    },
    "credits": PAID,
}


def run(text: str, *words: str) -> Result:
    return CliRunner().invoke(main, ["tally", *(words or ["-"])], input=text)


def answer(document: object) -> Any:
    result = run(json.dumps(document))
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_example_is_answered_with_its_winners_and_credits() -> None:
    assert answer(FIRST) == {"winners": [2, 1], "credits": PAID}


def test_list_is_answered_with_a_list_and_pitches_keep_their_kind(tmp_path: Path) -> None:
    file = tmp_path / "ballots.json"
    file.write_text(json.dumps([FIRST, SECOND]), encoding="utf-8")
    result = run("", str(file), "--json")
    assert json.loads(result.stdout) == [
        {"winners": [2, 1], "credits": PAID},
        {
            "winners": ["3", "6"],
            "credits": {
                "Ana": 500_000,
                "Ben": 814_814,
                "Cho": 814_814,
                "Dee": 500_000,
                "Eli": 444_444,
                "Fay": 444_444,
                "Gus": 814_814,
            },
        },
    ]


def test_what_may_be_left_out_has_the_usual_value() -> None:
    assert answer({"ballots": {"Ana": [7]}}) == {"winners": [7], "credits": {"Ana": 1_000_000}}
    assert answer([]) == []
    assert answer({"ballots": {}}) == {"winners": [], "credits": {}}


def test_message_id_may_be_text_and_ids_that_are_no_options_are_ignored() -> None:
    asked = {**FIRST, "ballot_message_id": "1300000000000000001", "waiting_order": [9, 3]}
    assert answer(asked) == {"winners": [2, 3], "credits": {**PAID, **FOUR_LESS}}


FOUR_LESS = {"Ana": 250_000, "Ben": 250_000, "Cho": 250_000, "Dee": 250_000, "Eli": 500_000} | {
    "Fay": 500_000
}
"""With pitch 3 before its equal 1, its two supporters share the second talk."""


def test_missed_quorum_elects_nobody_and_leaves_credits_alone() -> None:
    assert answer({**SECOND, "quorum": 7}) == {"winners": [], "credits": PAID}
    assert answer({**SECOND, "quorum": 6})["winners"] == ["3", "6"]


RULES = "there is fair_turns, most_votes, fair_this_ballot"
BAD: list[tuple[object, str]] = [
    (7, "a ballot is an object like {…}, not “7”."),
    ({}, "ballots has to be an object of members, not “null”."),
    ({"ballots": {"Ana": 3}}, "“Ana” has to be a list of pitches, not “3”."),
    ({"ballots": {"Ana": [1.5]}}, "a pitch in “Ana” is a number or text, not “1.5”."),
    ({"ballots": {"Ana": [True]}}, "a pitch in “Ana” is a number or text, not “true”."),
    ({"ballots": {"Ana": [3, "3"]}}, "pitch 3 is written both as a number and as text."),
    ({**FIRST, "rule": "borda"}, f"there is no rule “borda”; {RULES}."),
    ({**FIRST, "rule": [1]}, f"there is no rule “[1]”; {RULES}."),
    ({**FIRST, "seats": 0}, "seats has to be a whole number from 1 up, not “0”."),
    ({**FIRST, "seats": "2"}, 'seats has to be a whole number from 1 up, not “"2"”.'),
    (
        {**FIRST, "ballot_message_id": -1},
        "ballot_message_id has to be a whole number from 0 up, not “-1”.",
    ),
    (
        {**FIRST, "credits": {"Ana": 0.5}},
        "the credits of “Ana” have to be a whole number of millionths of a talk, 1000000 for one, "
        "not “0.5”.",
    ),
    (
        [FIRST, {**FIRST, "seats": 0}],
        "in ballot 2, seats has to be a whole number from 1 up, not “0”.",
    ),
]


@pytest.mark.parametrize(("document", "complaint"), BAD)
def test_bad_file_is_refused_whole_in_one_sentence(document: object, complaint: str) -> None:
    result = run(json.dumps(document))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Standard input can't be counted: {complaint}\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "this is no JSON that I can read: Expecting value: line 1 column 1 (char 0)."),
        ('{"ballots": {"Ana": [1], "Ana": [2]}}', "“Ana” stands twice in the same object."),
        ("[" * 100_000, "this is no JSON that I can read: "),
    ],
)
def test_text_that_says_nothing_certain_is_refused(text: str, complaint: str) -> None:
    result = run(text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Standard input can't be counted: {complaint}")


def test_file_that_is_missing_or_no_text_fails_and_none_is_wrong_use(tmp_path: Path) -> None:
    file = tmp_path / "ballots.json"
    missing = run("", str(file))
    assert (missing.exit_code, missing.stderr) == (
        1,
        f"{file} can't be read: No such file or directory.\n",
    )
    file.write_bytes(b"\xff\xfe")
    assert run("", str(file)).stderr == f"{file} can't be read: it is not UTF-8 text.\n"
    assert CliRunner().invoke(main, ["tally"]).exit_code == 2
    assert run("", "a", "b").exit_code == 2
