"""Members find their clock by naming where they live."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.places.cities import city_index
from bot.places.folding import fold
from bot.places.index import find_place, find_places
from bot.places.model import LABEL_LIMIT, Place
from bot.places.regions import zone_country
from bot.places.shorthand import cities_meant_by
from bot.places.zones import zone_countries, zone_names

NOW = datetime(2026, 11, 21, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Boston", "Boston, US · 14:05 now (UTC−05:00)"),
        ("bost", "Boston, US · 14:05 now (UTC−05:00)"),
        ("  DENVER ", "Denver, US · 12:05 now (UTC−07:00)"),
        ("Berlin", "Berlin, DE · 20:05 now (UTC+01:00)"),
        ("Kolkata", "Kolkata, IN · 00:35 now (UTC+05:30)"),
        ("Calcutta", "Kolkata, IN · 00:35 now (UTC+05:30)"),
        ("Tokio", "Tokyo, JP · 04:05 now (UTC+09:00)"),
        ("東京", "Tokyo, JP · 04:05 now (UTC+09:00)"),
        ("Москва", "Moscow, RU · 22:05 now (UTC+03:00)"),
        ("münchen", "Munich, DE · 20:05 now (UTC+01:00)"),
        ("Muenchen", "Munich, DE · 20:05 now (UTC+01:00)"),
        ("koln", "Köln, DE · 20:05 now (UTC+01:00)"),
        ("Cologne", "Köln, DE · 20:05 now (UTC+01:00)"),
        ("Lodz", "Łódź, PL · 20:05 now (UTC+01:00)"),
        ("Nuuk", "Nuuk, GL · 17:05 now (UTC−02:00)"),
        ("yellowknife", "Yellowknife, CA · 13:05 now (UTC−06:00)"),
        ("Berlni", "Berlin, DE · 20:05 now (UTC+01:00)"),
        ("Nerlin", "Berlin, DE · 20:05 now (UTC+01:00)"),
        ("Edmontn", "Edmonton, CA · 13:05 now (UTC−06:00)"),
        ("Philadelfia", "Philadelphia, US · 14:05 now (UTC−05:00)"),
        ("Cambridge, US", "Cambridge, US · 14:05 now (UTC−05:00)"),
        ("Cambridge, Canada", "Cambridge, CA · 14:05 now (UTC−05:00)"),
        ("London, UK", "London, GB · 19:05 now (UTC+00:00)"),
        ("europe/berlin", "Berlin, DE · 20:05 now (UTC+01:00)"),
        ("America/New York", "New York, US · 14:05 now (UTC−05:00)"),
        ("america/argentina/buenos_aires", "Buenos Aires, AR · 16:05 now (UTC−03:00)"),
        ("Singapore", "Singapore, SG · 03:05 now (UTC+08:00)"),
        ("utc", "UTC · 19:05 now (UTC+00:00)"),
    ],
)
def test_find_place_understands_the_usual_spellings(query: str, found: str) -> None:
    assert find_place(query).label(NOW) == found


def test_find_places_puts_the_large_city_before_the_small_one() -> None:
    assert [place.title for place in find_places("Cambridge", limit=3)] == [
        "Cambridge, GB",
        "Cambridge, CA",
        "Cambridge, US",
    ]


def test_a_zone_identifier_comes_before_cities() -> None:
    assert find_places("Asia/Tokyo") == [
        Place(name="Tokyo", country="JP", zone="Asia/Tokyo", population=9733276)
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "EST",
            "“EST” is a clock, not a place, and clocks change. "
            "Name a city instead, such as New York, Toronto or Panama City.",
        ),
        (
            "utc+5",
            "“utc+5” is a clock, not a place, and clocks change. "
            "Name a city instead, such as Karachi or Tashkent.",
        ),
        (
            "Jakarrtah, Peru",
            "I know no place called “Jakarrtah, Peru”. Did you mean Jakarta, Dakar or Marrakesh?",
        ),
        ("qqqqq", "I know no place called “qqqqq”. Name the nearest large city."),
        ("../../etc", "I know no place called “../../etc”. Name the nearest large city."),
        ("\u202e", "I know no place called “”. Name the nearest large city."),
    ],
)
def test_find_place_refuses_with_something_to_enter(query: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refusal:
        find_place(query)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    "query",
    ["MST", "cst", "IST", "PT", "GMT", "GMT+2", "UTC−5", "+05:30", "-03", "Etc/GMT+5", "EST5EDT"],
)
def test_clocks_that_are_not_places_are_refused(query: str) -> None:
    with pytest.raises(Refusal, match="is a clock, not a place"):
        find_place(query)


def test_an_abbreviation_still_offers_its_cities_while_typing() -> None:
    assert [place.title for place in find_places("ist", limit=4)] == [
        "Kolkata, IN",
        "Jerusalem, IL",
        "Dublin, IE",
        "Istanbul, TR",
    ]


@pytest.mark.parametrize("hours", range(-12, 15))
def test_every_city_offered_for_an_offset_is_known(hours: int) -> None:
    offered = cities_meant_by(f"UTC{hours:+}") or ()
    assert [find_place(name).population > 0 for name in offered] == [True] * len(offered)
    assert len(offered) > 0


@pytest.mark.parametrize(
    ("query", "zone"),
    [
        ("Singapore", "Asia/Singapore"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Japan", "Asia/Tokyo"),
    ],
)
def test_an_old_zone_name_gives_the_present_one(query: str, zone: str) -> None:
    assert [place.zone for place in find_places(query, limit=1)] == [zone]


@pytest.mark.parametrize("zone", sorted(zone_countries()))
def test_every_zone_with_a_country_is_found_by_its_name(zone: str) -> None:
    assert (find_place(zone.lower()).zone, zone_country(zone)) == (zone, zone_countries()[zone])


@given(st.text(max_size=120))
def test_any_query_gives_a_short_list_without_repeats(query: str) -> None:
    found = find_places(query)
    rows = [(place.name, place.country, place.zone) for place in found]
    assert len(rows) <= 25
    assert len(set(rows)) == len(rows)


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


def test_every_city_has_a_pinned_zone_a_country_and_a_short_label() -> None:
    for line in city_index().cities:
        name, country, zone, population = line.split("\t")
        place = Place(name=name, country=country, zone=zone, population=int(population))
        assert zone in zone_names()
        assert len(country) == 2
        assert len(place.label(NOW)) <= LABEL_LIMIT


def test_a_very_long_name_keeps_its_clock() -> None:
    place = Place(name="x" * 200, country="DE", zone="Europe/Berlin", population=1)
    assert place.label(NOW) == "x" * 75 + "… · 20:05 now (UTC+01:00)"


def test_the_index_is_sorted_and_parallel() -> None:
    index = city_index()
    assert index.spellings == sorted(set(index.spellings))
    assert len(index.spellings) == len(index.rows_of)
