"""The small tools at the command line: what they answer, and what they refuse."""

import json
import re

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main


def when(**options: str) -> Result:
    usual = {
        "rule": "FREQ=WEEKLY",
        "at": "02:30",
        "zone": "Europe/Berlin",
        "from": "2026-10-18",
        "to": "2026-10-25",
    }
    words = [f"--{name.replace('_', '-')}={text}" for name, text in (usual | options).items()]
    return CliRunner().invoke(main, ["when", *words])


def answer(**options: str) -> object:
    usual = {"rule": "FREQ=WEEKLY", "at": "02:30", "zone": "Europe/Berlin"}
    words = [f"--{name.replace('_', '-')}={text}" for name, text in (usual | options).items()]
    result = CliRunner().invoke(main, ["when", *words, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_meetings_are_told_with_their_instants() -> None:
    assert answer(**{"from": "2026-10-18", "to": "2026-10-25"}) == [
        {
            "wall": "2026-10-18T02:30",
            "utc": "2026-10-18T00:30:00Z",
            "offset": "+02:00",
            "kind": "normal",
        },
        {
            "wall": "2026-10-25T02:30",
            "utc": "2026-10-25T00:30:00Z",
            "offset": "+02:00",
            "kind": "fold",
        },
    ]


def test_a_time_that_a_gap_skips_is_read_with_the_offset_before() -> None:
    assert answer(**{"from": "2026-03-29", "to": "2026-03-29"}) == [
        {
            "wall": "2026-03-29T02:30",
            "utc": "2026-03-29T01:30:00Z",
            "offset": "+01:00",
            "kind": "gap",
        }
    ]


def test_offsets_are_told_of_the_far_west_and_of_half_hours() -> None:
    found = [
        answer(zone=zone, **{"from": "2026-07-07", "to": "2026-07-07"})
        for zone in ("America/St_Johns", "Asia/Kathmandu")
    ]
    assert [one["offset"] for [one] in found] == ["-02:30", "+05:45"]  # type: ignore[attr-defined]


def test_a_members_hours_are_told_as_segments() -> None:
    found = answer(
        at="20:00",
        member_zone="America/New_York",
        **{"from": "2026-03-03", "to": "2026-03-31"},
    )
    names = ("local", "dayshift", "first", "last", "n", "kind")
    assert found == [
        dict(zip(names, values, strict=True))
        for values in (
            ("14:00", 0, "2026-03-03", "2026-03-03", 1, "run"),
            ("15:00", 0, "2026-03-10", "2026-03-24", 3, "temporary"),
            ("14:00", 0, "2026-03-31", "2026-03-31", 1, "run"),
        )
    ]


def test_people_get_a_table() -> None:
    result = when()
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "wall              utc                   offset  kind",
            "2026-10-18T02:30  2026-10-18T00:30:00Z  +02:00  normal",
            "2026-10-25T02:30  2026-10-25T00:30:00Z  +02:00  fold",
        ],
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"at": "25:00"}, "“25:00” is not a time of day: write 00:00 to 23:59, like 14:00."),
        ({"from": "2026-02-30"}, "“2026-02-30” is not a day of any calendar: check it."),
        ({"to": "9999-12-31"}, "“9999-12-31” is out of reach: years from 1975 to 2100 are known."),
        ({"to": "2026-10-17"}, "“2026-10-17” is before “2026-10-18”: turn them round."),
        (
            {"zone": "localtime"},
            "“localtime” is not a time zone I know: name one such as Europe/Berlin.",
        ),
        (
            {"member_zone": "../etc/passwd"},
            "“../etc/passwd” is not a time zone I know: name one such as Europe/Berlin.",
        ),
        (
            {"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"},
            "“FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30” gives no meeting from 2026-10-18 to 2026-10-25: "
            "check the rule.",
        ),
    ],
)
def test_bad_input_is_quoted_in_one_sentence(options: dict[str, str], sentence: str) -> None:
    result = when(**options)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{sentence}\n")


def test_a_missing_option_is_wrong_use() -> None:
    assert CliRunner().invoke(main, ["when", "--at", "14:00"]).exit_code == 2


def places(*words: str) -> Result:
    return CliRunner().invoke(main, ["places", *words])


def test_places_are_ranked_with_their_labels_and_zones() -> None:
    result = places("Boston", "--limit", "2", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, [one["zone"] for one in found]) == (
        0,
        ["America/New_York", "Europe/London"],
    )
    assert [set(one) for one in found] == [{"label", "zone"}] * 2
    assert re.fullmatch(r"Boston, US · \d\d:\d\d now \(UTC−[45]\)", found[0]["label"])


def test_places_of_an_abbreviation_are_listed_with_a_warning() -> None:
    result = places("IST", "--limit", "3", "--json")
    zones = [one["zone"] for one in json.loads(result.stdout)]
    assert (result.exit_code, zones, result.stderr) == (
        0,
        ["Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"],
        "“IST” is a clock, not a place, and clocks change.\n",
    )


def test_places_are_a_table_for_people() -> None:
    result = places("Nairobi", "--limit", "1")
    first, second = result.stdout.splitlines()
    assert first.split() == ["place", "zone"]
    assert second.split()[-1] == "Africa/Nairobi"


@pytest.mark.parametrize("query", ["Atlantis-upon-Sea", "", "x" * 101])
def test_a_place_nobody_knows_is_one_sentence(query: str) -> None:
    result = places(query)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"I know no place called “{query[:79]}")
    assert len(result.stderr.splitlines()) == 1


def test_a_list_of_no_length_is_wrong_use() -> None:
    assert places("Boston", "--limit", "0").exit_code == 2
