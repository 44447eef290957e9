"""The bench command as an operator and as a program meet it."""

import json
from collections.abc import Mapping

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.bench.commands import table_of, trial_of
from bot.bench.dates import measure as read_dates
from bot.bench.model import Kind
from bot.bench.occurrences import measure
from bot.bench.places import measure as look_up


def bench(*words: str) -> Result:
    return CliRunner().invoke(main, ["bench", *words])


def test_last_line_of_json_holds_the_trial_and_its_figures(kind: Kind) -> None:
    result = bench("restart", "--db", kind.value, "--pending", "1k", "--seed", "7", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    figures = found.pop("figures")
    assert found == {"bench": "restart", "db": kind.value, "pending": 1_000, "seed": 7}
    assert figures["knows_what_is_next"] is True
    assert figures["durability"]


def test_table_for_people_names_the_seed_and_what_the_figures_mean() -> None:
    result = bench("restart", "--pending", "0", "--seed", "7")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "restart on sqlite, 0 pending, seed 7"
    assert "knows_what_is_next  no" in lines
    assert lines[-1].startswith("  (the engine alone")


def test_seed_is_drawn_and_told_where_none_is_given() -> None:
    first, second = (
        json.loads(bench("restart", "--pending", "0", "--json").stdout.splitlines()[-1])["seed"]
        for _ in range(2)
    )
    assert first != second


def test_number_that_is_none_is_quoted_in_one_sentence() -> None:
    result = bench("burst", "--pending", "lots")
    assert (result.exit_code, result.stderr) == (
        1,
        "--pending 'lots' is not a number such as 10k or 1m.\n",
    )


def test_unknown_bench_is_wrong_use() -> None:
    assert bench("dream").exit_code == 2


@pytest.mark.parametrize(
    ("figures", "lines"),
    [
        (
            {"lateness_max_s": 0.25, "sent": 10_000, "is_finished": True, "wal_ratio": None},
            [
                "lateness_max_s  0.25",
                "sent            10,000",
                "is_finished     yes",
                "wal_ratio       -",
            ],
        ),
        (
            {"peers": {"robodanny": {"fired": 3, "note": "slow"}}},
            ["peers", "  robodanny", "    fired  3", "    note   slow"],
        ),
    ],
)
def test_table_has_a_line_for_each_figure(figures: Mapping[str, object], lines: list[str]) -> None:
    assert table_of(figures, ["a note"]) == [*lines, "  (a note)"]


def test_bench_of_rules_alone_makes_no_database() -> None:
    result = bench("tally", "--seed", "7", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    figures = found.pop("figures")
    assert found == {"bench": "tally", "db": None, "pending": None, "seed": 7}
    assert (result.stderr, "durability" in figures) == ("tally, seed 7\n", False)


def test_bench_of_occurrences_tells_two_rates() -> None:
    figures = measure(trial_of("occurrences", "sqlite", "0", 7), groups=50)
    rates = [figures["occurrences_per_s"], figures["radar_per_s"]]
    assert set(figures) == {"groups", "occurrences", "segments", "occurrences_per_s", "radar_per_s"}
    assert 50 * 13 <= figures["occurrences"] <= 50 * 110
    assert min(rates) > 0


def test_bench_of_places_asks_for_each_city_whole_begun_and_with_a_slip() -> None:
    figures = look_up(trial_of("places", "sqlite", "0", 7), most=20)
    asked = (figures["cities"], figures["right_at_one"], figures["slips"])
    assert (asked, figures["completions"] > 60) == ((20, 20, 20), True)
    assert 0 < figures["slips_right_in_list"] <= 20
    assert 0 < figures["lookup_p50_ms"] <= figures["lookup_max_ms"]


def test_bench_of_dates_reads_what_is_written_and_what_is_hard() -> None:
    figures = read_dates(trial_of("dates", "sqlite", "0", 7), most_locales=1)
    counted = (figures["languages"], figures["phrases"], figures["hard_phrases"])
    assert counted == (1, 261, 24)
    assert (figures["understood"] > 80, figures["asked_back"] > 40) == (True, True)
    assert 0 < figures["phrase_p50_ms"] <= figures["phrase_max_ms"]
    assert 0 < figures["hard_p50_ms"] <= figures["hard_max_ms"]
    assert figures["worst"].startswith("en-US ")
