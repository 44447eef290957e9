"""Members find their clock by naming where they live."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.members.model import choice_of, find_home
from bot.places.cities import INDEX_FILE, NO_INDEX, CityIndex, city_index
from bot.places.folding import fold
from bot.places.index import WhichPlace, find_place, find_places, places_on_clock
from bot.places.model import Place
from bot.places.regions import zone_country
from bot.places.shorthand import cities_meant_by
from bot.places.zones import zone_countries, zone_names

NOW = datetime(2026, 11, 21, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Boston", "Boston, US · 14:05 now (UTC−5)"),
        ("bost", "Boston, US · 14:05 now (UTC−5)"),
        ("  DENVER ", "Denver, US · 12:05 now (UTC−7)"),
        ("Berlin", "Berlin, DE · 20:05 now (UTC+1)"),
        ("Kolkata", "Kolkata, IN · 00:35 now (UTC+5:30)"),
        ("Calcutta", "Kolkata, IN · 00:35 now (UTC+5:30)"),
        ("Tokio", "Tokyo, JP · 04:05 now (UTC+9)"),
        ("東京", "Tokyo, JP · 04:05 now (UTC+9)"),
        ("Москва", "Moscow, RU · 22:05 now (UTC+3)"),
        ("münchen", "Munich, DE · 20:05 now (UTC+1)"),
        ("Muenchen", "Munich, DE · 20:05 now (UTC+1)"),
        ("koln", "Köln, DE · 20:05 now (UTC+1)"),
        ("Cologne", "Köln, DE · 20:05 now (UTC+1)"),
        ("Lodz", "Łódź, PL · 20:05 now (UTC+1)"),
        ("Nuuk", "Nuuk, GL · 17:05 now (UTC−2)"),
        ("yellowknife", "Yellowknife, CA · 13:05 now (UTC−6)"),
        ("Berlni", "Berlin, DE · 20:05 now (UTC+1)"),
        ("Nerlin", "Berlin, DE · 20:05 now (UTC+1)"),
        ("Edmontn", "Edmonton, CA · 13:05 now (UTC−6)"),
        ("Philadelfia", "Philadelphia, US · 14:05 now (UTC−5)"),
        ("Cambridge, US", "Cambridge, Massachusetts, US · 14:05 now (UTC−5)"),
        ("Cambridge, Canada", "Cambridge, CA · 14:05 now (UTC−5)"),
        ("London, UK", "London, GB · 19:05 now (UTC+0)"),
        ("europe/berlin", "Berlin, DE · 20:05 now (UTC+1)"),
        ("America/New York", "New York, US · 14:05 now (UTC−5)"),
        ("america/argentina/buenos_aires", "Buenos Aires, AR · 16:05 now (UTC−3)"),
        ("Singapore", "Singapore, SG · 03:05 now (UTC+8)"),
        ("utc", "UTC · 19:05 now (UTC+0)"),
    ],
)
def test_find_place_understands_the_usual_spellings(query: str, found: str) -> None:
    assert find_place(query).label(NOW) == found


def test_find_places_puts_the_large_city_before_the_small_one() -> None:
    assert [place.title for place in find_places("Cambridge", limit=3)] == [
        "Cambridge, GB",
        "Cambridge, CA",
        "Cambridge, Massachusetts, US",
    ]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("California, USA", "Los Angeles, US"),
        ("Vermont, US", "Burlington, Vermont, US"),
        ("Bayern, Deutschland", "Munich, DE"),
        ("Quebec, Canada", "Québec, CA"),
        ("New York, USA", "New York City, US"),
        ("Georgia, USA", "Atlanta, US"),
        ("California, Maryland", "California, Maryland, US"),
        ("usa", "Washington, US"),
        ("U.S.A.", "Washington, US"),
        ("u.k.", "London, GB"),
        ("Washington, D.C.", "Washington, US"),
        ("the Netherlands", "Amsterdam, NL"),
    ],
)
def test_a_region_may_be_written_in_any_usual_way(query: str, title: str) -> None:
    assert find_place(query).title == title


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("Springfield", ["Springfield, Missouri, US", "Springfield, Massachusetts, US"]),
        ("Springfield IL", ["Springfield, Illinois, US"]),
        ("Springfield, Oregon", ["Springfield, Oregon, US"]),
        ("Portland, Maine, United States", ["Portland, Maine, US"]),
        ("Springfield, IL, USA", ["Springfield, Illinois, US"]),
        ("Boston, Suffolk County, Massachusetts, USA", ["Boston, US"]),
        ("Cambridge, Cambridgeshire, UK", ["Cambridge, GB"]),
        ("Portland", ["Portland, Oregon, US", "Portland, Maine, US"]),
        ("Boston", ["Boston, US", "Boston, GB"]),
        ("San José", ["San Jose, US", "San José, CR", "San Jose, PH"]),
        ("America/Chicago", ["Chicago, US"]),
    ],
)
def test_namesakes_are_told_apart_by_their_states(query: str, titles: list[str]) -> None:
    assert [place.title for place in find_places(query)][: len(titles)] == titles


@pytest.mark.parametrize("query", ["Springfield, Missouri", "Portland", "San José, Catamarca"])
def test_a_place_is_found_by_the_name_it_is_kept_by(query: str) -> None:
    kept = find_place(query)
    assert find_place(kept.full_name) == kept
    assert kept.division


@pytest.mark.parametrize("query", ["Springfield", "Portland", "San José", "Aurora"])
def test_a_namesake_that_is_chosen_is_found_again(query: str) -> None:
    offered = find_places(query)
    assert len({choice_of(place) for place in offered}) == len(offered) > 3
    assert [find_home(choice_of(place)) for place in offered] == offered


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
            "Name a city instead, such as New York City, Toronto or Panama City.",
        ),
        (
            "utc+5",
            "“utc+5” is a clock, not a place, and clocks change. "
            "Name a city instead, such as Karachi, Tashkent or Almaty.",
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


@pytest.mark.parametrize(
    ("offset", "zones"),
    [
        ("+14:00", ["Pacific/Kiritimati"]),
        ("UTC+12:45", ["Pacific/Chatham"]),
        ("-9:30", ["Pacific/Marquesas"]),
        ("-12", ["Pacific/Honolulu", "Pacific/Pago_Pago"]),
        ("+11:15", ["America/New_York", "Europe/London", "Asia/Kolkata"]),
    ],
)
def test_a_rare_offset_offers_who_lives_by_it(offset: str, zones: list[str]) -> None:
    """Only where nobody does, cities stand for any."""
    assert [place.zone for place in places_on_clock(offset)] == zones


@pytest.mark.parametrize("hours", range(-12, 15))
def test_every_city_offered_for_an_offset_is_known(hours: int) -> None:
    offered = cities_meant_by(f"UTC{hours:+}") or ()
    assert [find_place(name).population > 0 for name in offered] == [True] * len(offered)
    assert len(places_on_clock(f"UTC{hours:+}")) > 0


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


def test_every_zone_with_a_country_is_found_by_its_name() -> None:
    found = {zone: (find_place(zone.lower()).zone, zone_country(zone)) for zone in zone_countries()}
    meant = {zone: (zone, country) for zone, country in zone_countries().items()}
    assert len(meant) > 400
    assert found == meant


@given(st.text(max_size=120))
def test_any_query_gives_a_short_list_without_repeats(query: str) -> None:
    found = find_places(query)
    rows = [(place.title, place.zone) for place in found]
    assert len(rows) <= 25
    assert len(set(rows)) == len(rows)


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


def test_a_very_long_name_keeps_its_clock() -> None:
    place = Place(name="x" * 200, country="DE", zone="Europe/Berlin", population=1)
    assert place.label(NOW) == "x" * 79 + "… · 20:05 now (UTC+1)"


def queries(*kinds: str) -> list[tuple[str, list[str]]]:
    """What queries.tsv has of these kinds: the query, and the zones that are meant."""
    lines = Path(__file__).with_name("queries.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(query, zones.split(",")) for kind, query, zones in rows if kind in kinds]


def test_of_a_hundred_cities_of_the_world_at_least_ninety_eight_come_first() -> None:
    asked = queries("city")
    wrong = [query for query, zones in asked if [find_place(query).zone] != zones]
    assert len(asked) == 100
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize(("query", "zones"), queries("own", "region"))
def test_own_spellings_countries_and_states_come_first(query: str, zones: list[str]) -> None:
    assert [find_place(query).zone] == zones


@pytest.mark.parametrize(("query", "zones"), queries("clock"))
def test_every_zone_that_a_clock_may_mean_is_listed_once(query: str, zones: list[str]) -> None:
    listed = [place.zone for place in find_places(query)]
    assert set(zones) <= set(listed)
    with pytest.raises(WhichPlace) as asked:
        find_place(query)
    offered = [place.zone for place in asked.value.places]
    assert set(zones) <= set(offered)
    assert len(set(offered)) == len(offered)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        (
            "Springfield",
            "“Springfield, Missouri”, “Springfield, Massachusetts” or “Springfield, Illinois”",
        ),
        ("cambridge", "“Cambridge, GB”, “Cambridge, CA” or “Cambridge, Massachusetts”"),
    ],
)
def test_a_name_that_several_cities_share_is_asked_about(query: str, named: str) -> None:
    with pytest.raises(WhichPlace) as asked:
        find_place(query)
    assert str(asked.value) == (
        f"“{query}” is the name of several cities, on different clocks. Say which one, such as "
        f"{named}."
    )
    assert {fold(place.name) for place in asked.value.places} == {fold(query)}


@pytest.mark.parametrize(
    ("query", "likeliest"),
    [
        ("Mars", "“Marseille, FR”"),
        ("Bielefeldt", "“Bielefeld, DE”"),
        ("hello", "“Bello, CO”"),
        ("Gotham", "“Gotha, DE”"),
    ],
)
def test_what_is_like_no_large_citys_name_is_asked_about(query: str, likeliest: str) -> None:
    with pytest.raises(WhichPlace) as asked:
        find_place(query)
    assert str(asked.value).startswith(
        f"I know no place called “{query}”. Did you mean {likeliest}"
    )
    assert asked.value.places == find_places(query)


def test_a_small_town_may_be_meant_by_its_whole_name() -> None:
    assert [find_place(query).title for query in ("Ali", "Garhi", "Baker", "LA, USA")] == [
        "Ali, IN",
        "Garhi, IN",
        "Baker, US",
        "Los Angeles, US",
    ]
    with pytest.raises(WhichPlace, match="“Baden” is the name of several cities") as asked:
        find_place("Baden")
    assert [place.title for place in asked.value.places] == ["Baden, AT", "Baden, CH"]


@pytest.mark.parametrize(
    "query",
    ["London", "Portland", "Atlantis", "San José", "Rome, US", "Bostn", "Kolk", "Seat", "Gotha"],
)
def test_the_one_that_everybody_means_is_not_asked_about(query: str) -> None:
    assert find_place(query) == find_places(query)[0]


@pytest.mark.parametrize(("query", "zones"), queries("slip"))
def test_slips_of_the_keyboard_are_forgiven(query: str, zones: list[str]) -> None:
    assert set(zones) <= {place.zone for place in find_places(query)}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("bost", "Boston, US"),
        ("barcel", "Barcelona, ES"),
        ("par", "Paris, FR"),
        ("Waterloo", "Waterloo, CA"),
        ("Salvador", "Salvador, BR"),
        ("Québec", "Québec, CA"),
        ("Washington", "Washington, US"),
    ],
)
def test_no_obscure_spelling_hides_a_large_city(query: str, first: str) -> None:
    assert find_places(query)[0].title == first


def test_two_letters_offer_a_full_list() -> None:
    letters = "bcdfghjklmnprst"
    short = [a + b for a in letters for b in "aeiou" if len(find_places(a + b)) < 25]
    assert short == []


def test_every_city_has_a_pinned_zone_and_a_country() -> None:
    with closing(sqlite3.connect(INDEX_FILE)) as db:
        rows = db.execute("SELECT DISTINCT zone, country FROM place").fetchall()
    wrong = [(zone, country) for zone, country in rows if zone not in zone_names() or not country]
    assert wrong == []
    assert city_index().places > 60_000


@pytest.mark.parametrize("content", [None, b"", b"no database", b"SQLite format 3\0"])
def test_an_index_that_is_missing_or_broken_is_one_sentence(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "places.sqlite"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        CityIndex(file)
    assert str(refused.value) == NO_INDEX


AT_THE_END = """
import atexit, sqlite3
from bot.places.cities import city_index

def ask_once_more():
    try:
        print(len(index.exact("nairobi")))
    except sqlite3.ProgrammingError as error:
        print(error)

atexit.register(ask_once_more)
index = city_index()
print(len(index.exact("nairobi")))
"""


def test_the_index_is_closed_when_the_process_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_END], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("1\nCannot operate on a closed database.\n", "")
