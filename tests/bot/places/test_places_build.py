"""The index keeps the places people name and the spellings they type."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bot.places.build import INDEX_FILE, build, write_index
from bot.places.cities import City as FoundCity
from bot.places.cities import CityIndex
from bot.places.gathering import City, World, chosen_cities, divisions_shown, spellings


def city(name: str, country: str, zone: str, people: int, *others: str, state: str = "") -> City:
    return City(
        geonameid=people,
        name=name,
        countrycode=country,
        admin1code=state,
        population=people,
        timezone=zone,
        alternatenames=list(others),
    )


MUNICH = city("Munich", "DE", "Europe/Berlin", 1_505_005, "MUC", "München", "mwnkh", "Мюнхен", "")
VILLAGE = city("Dorf", "DE", "Europe/Berlin", 900)
TOWN = city("Gauting", "DE", "Europe/Berlin", 14_000, "Gauding")
CAPITAL = city("Vaduz", "LI", "Europe/Vaduz", 4_197, "Vadutz")
LOST = city("Atlantis", "XX", "Sea/Atlantis", 1_000_000)
KNOWN = [VILLAGE, TOWN, MUNICH, CAPITAL, LOST]


def world(cities: list[City]) -> World:
    zones = {"Europe/Berlin": "DE", "Europe/Vaduz": "LI", "Antarctica/Vostok": "AQ"}
    return World(
        cities=cities,
        capitals=frozenset({("LI", "vaduz")}),
        zones=zones,
        known_zones=frozenset(zones),
        city_of={zone: zone.partition("/")[2] for zone in zones},
    )


def test_towns_capitals_and_a_place_for_every_zone_are_kept_largest_first() -> None:
    chosen = [one["name"] for one in chosen_cities(world(KNOWN))]
    assert chosen == ["Munich", "Gauting", "Vaduz", "Vostok"]


def test_spellings_leave_out_codes_and_transcriptions_and_those_of_small_towns() -> None:
    found = [(one.folded, one.place, one.is_own) for one in spellings([MUNICH, TOWN])]
    assert found == [
        ("gauting", 1, True),
        ("muenchen", 0, False),
        ("munchen", 0, False),
        ("munich", 0, True),
        ("мюнхен", 0, False),
    ]


def test_namesakes_are_told_apart_but_the_one_that_is_commonly_meant() -> None:
    zones = {"Europe/Berlin": "DE", "Europe/Busingen": "DE"}
    known = [
        city("Stadt", "DE", "Europe/Berlin", 50_000, state="02"),
        city("Stadt", "DE", "Europe/Berlin", 6_000, state="05"),
        city("Stadt", "DE", "Europe/Busingen", 5_500, state="99"),
        city("Dorf", "DE", "Europe/Berlin", 50_001, state="02"),
        city("Dorf", "DE", "Europe/Berlin", 5_000, state="99"),
        city("Dorf", "LI", "Europe/Berlin", 4_000),
    ]
    here = replace(world(known), city_of={zone: zone.partition("/")[2] for zone in zones})
    names = {"DE.02": "Bavaria", "DE.05": "Hesse"}
    shown = divisions_shown(known, names, here)
    assert shown == ["Bavaria", "Hesse", "Busingen", "", "", ""]


def test_the_same_source_in_any_order_gives_the_same_bytes(tmp_path: Path) -> None:
    names = [("Deutschland", "DE", False), ("DE", "DE", True), ("Bavaria", "DE.02", False)]
    first, second = tmp_path / "first", tmp_path / "second"
    write_index(first, world(KNOWN), names, "same")
    write_index(second, world(KNOWN[::-1]), names[::-1], "same")
    assert first.read_bytes() == second.read_bytes()
    munich = FoundCity("Munich", "DE", "DE.", "Europe/Berlin", 1_505_005)
    with closing(CityIndex(first)) as index:
        assert index.places == 4
        assert [match.city for match in index.exact("munchen")] == [munich]
        assert [match.city for match in index.beginning("mun")] == [munich]
        assert [match.city for match in index.resembling("muncih")] == [munich]
        assert index.in_region(index.regions("deutschland", with_codes=False)[0]) == [munich]
        assert index.regions("de", with_codes=False) == []
        assert index.on_clock("cet")[0] == munich


def test_an_index_that_is_up_to_date_is_left_alone() -> None:
    before = INDEX_FILE.stat().st_mtime_ns
    assert build() is False
    assert INDEX_FILE.stat().st_mtime_ns == before


def test_an_index_of_other_sources_says_so(tmp_path: Path) -> None:
    file = tmp_path / "places.sqlite"
    write_index(file, world(KNOWN), [], "of another version")
    with closing(sqlite3.connect(file)) as db:
        known = db.execute("SELECT value FROM fact WHERE name = 'fingerprint'").fetchone()
    assert known == ("of another version",)
