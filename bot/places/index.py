"""Finds the place somebody means: a city in most spellings, a country or state, or a zone."""

import re
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from itertools import chain, islice

from rapidfuzz import fuzz

from bot.errors import Refusal
from bot.places.cities import City, Match, city_index
from bot.places.folding import fold
from bot.places.model import Place
from bot.places.regions import present_name, zone_country
from bot.places.shorthand import ANYWHERE, cities_meant_by, offset_minutes
from bot.places.spoken import zone_city
from bot.places.zones import zone_names
from bot.text import clean_line, quote

LONGEST_QUERY = 100
_OFFERED = 25  # As many as Discord shows.
_METROPOLIS = 1_000_000
_BIG = 500_000
_LARGE = 100_000
_ALIKE = 70
"""Of a hundred; what makes a name of six letters out of four has 80."""
_OWN_IN_FULL = 10
"""How much heavier a name in full is than one that only begins so: Bath before Bathinda, but
Barcelona before the town of Bar."""
_OTHER_IN_FULL = 5
"""The same for another spelling, which weighs a tenth: Waterloo before Austin, once called so."""

_SMALL_CODES = frozenset({"us", "usa"})
"""Codes that are read in small letters too; "in" is the beginning of Incheon."""
_INITIALS = re.compile(r"(?:\w )+\w")


class Doubt(StrEnum):
    """Why what was typed is not one place: an abbreviation or an offset, the name of several
    cities, or of none, and only like that of some.
    """

    CLOCK = "clock"
    NAMESAKES = "namesakes"
    UNKNOWN = "unknown"


class WhichPlace(Refusal):
    """It has to be asked which of the `places` was meant."""

    def __init__(self, query: str, places: list[Place], doubt: Doubt) -> None:
        names = [quote(place.full_name if place.division else place.title) for place in places[:3]]
        if doubt is Doubt.CLOCK:
            names = list(dict.fromkeys(place.name for place in places))[:3]
            told = "is a clock, not a place, and clocks change. Name a city instead"
        else:
            told = "is the name of several cities, on different clocks. Say which one"
        super().__init__(
            f"I know no place called {quote(query)}. Did you mean {_either(names)}?"
            if doubt is Doubt.UNKNOWN
            else f"{quote(query)} {told}, such as {_either(names)}."
        )
        self.places = places
        self.doubt = doubt


def find_places(query: str, limit: int = _OFFERED) -> list[Place]:
    """The places `query` may mean, likeliest first, each (title, zone) once.

    A zone identifier, the cities on an abbreviated clock or at an offset, a country or state (a
    city for each of its zones), then cities of that name or beginning by their people, then near
    spellings. "Boston, US", "Boston MA" and "Boston, MA, USA" ask within a region. A caller who
    wants one place must use find_place, which refuses clocks.
    """
    asked = clean_line(query)
    if not asked or len(asked) > LONGEST_QUERY:
        return []
    found = dict.fromkeys(places_on_clock(asked) or _by_zone(asked))
    found |= dict.fromkeys(islice(_one_of_each(_by_name(asked)), limit))
    return list(found)[:limit]


def find_place(query: str) -> Place:
    """The likeliest place; raises Refusal with what to enter instead where there is none.

    Asks (WhichPlace) where a namesake on another clock is nearly as likely, and where no place is
    called so and none that begins so or looks like it goes without saying.
    """
    asked = clean_line(query)
    if clocks := places_on_clock(asked):
        raise WhichPlace(query, clocks, Doubt.CLOCK)
    places = find_places(asked)
    if places:
        namesakes = [one for one in places if fold(one.name) == fold(asked)]
        if _are_several(places[0], namesakes):
            raise WhichPlace(query, namesakes, Doubt.NAMESAKES)
        if _goes_without_saying(places[0], asked) or _is_called(places[0], asked):
            return places[0]
        return _town_called(query, asked, places)
    near = city_index().near_misses(fold(asked.partition(",")[0]))
    advice = f"Did you mean {_either(near)}?" if near else "Name the nearest large city."
    raise Refusal(f"I know no place called {quote(query)}. {advice}")


def _town_called(query: str, asked: str, others: list[Place]) -> Place:
    """The town of that name, be it small: Baden. Asks where several are, and where none is."""
    own = (match for match in city_index().exact(fold(asked)) if match.is_own)
    towns = list(islice(_one_of_each(_cities(own)), _OFFERED))
    if not towns:
        raise WhichPlace(query, others, Doubt.UNKNOWN)
    if len({town.zone for town in towns}) > 1:
        raise WhichPlace(query, towns, Doubt.NAMESAKES)
    return towns[0]


def _goes_without_saying(place: Place, asked: str) -> bool:
    """True for "Kolk" and "bost"; "Mars" is less than half of Marseille, and more than that."""
    alike = fuzz.ratio(fold(asked), fold(place.name))
    return place.population >= (_BIG if alike >= _ALIKE else _METROPOLIS)


def _is_called(place: Place, asked: str) -> bool:
    """Whether the place has that name in some spelling, or is in a region that has."""
    first = fold(asked.partition(",")[0])
    if _by_zone(asked) or _regions(first, with_codes=asked.isupper()):
        return True
    words = fold(asked.replace(",", " ")).split(" ")
    begun = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    spelled = chain.from_iterable(city_index().exact(name) for name in begun)
    return any((city.name, city.zone) == (place.name, place.zone) for city, *_ in spelled)


def _are_several(first: Place, namesakes: list[Place]) -> bool:
    """True for Springfield and Cambridge; London and Portland go without saying."""
    return first in namesakes and any(
        one.zone != first.zone and one.population * 2 >= first.population for one in namesakes
    )


def places_on_clock(asked: str) -> list[Place]:
    """The places whose clocks an abbreviation or offset may mean, one of each zone; else none.

    Those that people mostly mean come first, then every other zone by the people of its city.
    """
    named = cities_meant_by(asked)
    if named is None:
        return []
    minutes = offset_minutes(asked)
    clock = fold(asked) if minutes is None else f"{minutes:+d}"
    others = list(city_index().on_clock(clock))
    names = named or (() if others else ANYWHERE)
    first = [match.city for name in names for match in city_index().exact(fold(name))[:1]]
    zones: dict[str, City] = {}
    for city in (*first, *others):
        zones.setdefault(city.zone, city)
    return list(_one_of_each(zones.values()))


def _by_zone(asked: str) -> list[Place]:
    wanted = asked.replace(" ", "_").casefold()
    if wanted in {"utc", "etc/utc"}:
        return [Place(name="UTC", country="", zone="UTC", population=0)]
    exact = [zone for zone in zone_names() if zone.casefold() == wanted]
    begun = [zone for zone in zone_names() if "/" in wanted and zone.casefold().startswith(wanted)]
    found = exact + sorted(set(begun) - set(exact))
    return [_zone_place(zone) for zone in found if zone_country(zone)]


def _zone_place(identifier: str) -> Place:
    zone = present_name(identifier)
    name, country = zone_city(zone), zone_country(zone) or ""
    own = [match.city for match in city_index().exact(fold(name)) if match.city.zone == zone]
    if not own:
        return Place(name=name, country=country, zone=zone, population=0)
    return Place(
        name=name,
        country=country,
        zone=zone,
        population=own[0].population,
        division=own[0].division,
    )


def _by_name(asked: str) -> Iterator[City]:
    index = city_index()
    name, comma, rest = asked.rpartition(",")
    folded = fold(rest)
    if comma and fold(name):
        first, *between = (fold(part) for part in name.split(","))
        codes = _regions(folded, with_codes=True)
        for part in between:
            yield from _within(first, _inside(_regions(part, with_codes=True), codes))
        states = _inside(_regions(first, with_codes=False), codes)
        yield from _in_states(states, index.exact(first, codes) if states else [])
        yield from _within(first, codes)
        # A division that the index has no name for is called by the city of its zone.
        yield from (city for city, *_ in index.exact(first) if fold(city.division) == folded)
    elif folded:
        yield from _by_bare_name(folded, may_be_code=asked.isupper())


def _regions(name: str, *, with_codes: bool) -> list[str]:
    """The codes of the countries and states called so, also as "the Netherlands" or "D.C."."""
    name = name.removeprefix("the ")
    if _INITIALS.fullmatch(name) or name in _SMALL_CODES:
        name, with_codes = name.replace(" ", ""), True
    return city_index().regions(name, with_codes=with_codes)


def _inside(codes: Iterable[str], outer: Collection[str]) -> list[str]:
    """The states of `codes` that lie in one of these countries: the Portland of Maine, US."""
    return [code for code in codes if code.partition(".")[0] in outer]


def _by_bare_name(name: str, *, may_be_code: bool) -> Iterator[City]:
    """Cities, countries and states; "IN" may be India, "in" is the beginning of Incheon."""
    index = city_index()
    exact = index.exact(name)
    regions = _regions(name, with_codes=may_be_code)
    countries = [code for code in regions if "." not in code]
    states = [code for code in regions if "." in code]
    # In French, Salvador is a country too; "LA" is Laos' code, Louisiana's, and Los Angeles.
    yield from _cities(match for match in exact if _is_metropolis(match, or_nickname=may_be_code))
    yield from chain.from_iterable(index.in_region(code) for code in countries)
    yield from _in_states(states, exact)
    yield from _ranked(name, exact)
    yield from _with_region_at_end(name)
    if not regions and not any(match.city.population >= _LARGE for match in exact):
        yield from _cities(index.resembling(name))


def _in_states(states: Iterable[str], namesakes: Collection[Match]) -> Iterator[City]:
    """A city for each zone of these states, after those of the same name.

    Washington and Québec are cities too, not much smaller than the first of their namesakes.
    """
    for code in states:
        cities = city_index().in_region(code)
        bar = cities[0].population // 4
        yield from _cities(match for match in namesakes if match.is_own and match.weight >= bar)
        yield from cities


def _is_metropolis(match: Match, *, or_nickname: bool) -> bool:
    people = match.city.population if or_nickname else match.weight
    return people >= _METROPOLIS


def _within(name: str, codes: list[str]) -> Iterator[City]:
    """The cities of that name in the regions with these codes; none where no region is meant."""
    if codes:
        index = city_index()
        yield from _cities(index.exact(name, codes))
        yield from _cities(index.beginning(name, codes))
        yield from _cities(index.resembling(name, codes))


def _with_region_at_end(folded: str) -> Iterator[City]:
    """ "boston ma", "portland oregon", "london united kingdom": a city, then a region's name."""
    words = folded.split(" ")
    index = city_index()
    for cut in range(len(words) - 1, max(0, len(words) - 4), -1):
        if codes := _regions(" ".join(words[cut:]), with_codes=True):
            yield from _cities(index.exact(" ".join(words[:cut]), codes))


def _ranked(name: str, exact: list[Match]) -> Iterator[City]:
    """Cities of that name or beginning, the heaviest first.

    A little-known spelling of one place must not hide a large one whose name begins that way.
    """
    found = [
        match._replace(weight=match.weight * (_OWN_IN_FULL if match.is_own else _OTHER_IN_FULL))
        for match in exact
    ]
    found += city_index().beginning(name)
    if len(name) >= 3:
        found += city_index().beginning_region(name)
    return _cities(sorted(found, key=lambda match: -match.weight))


def _cities(matches: Iterable[Match]) -> Iterator[City]:
    return (match.city for match in matches)


def _one_of_each(cities: Iterable[City]) -> Iterator[Place]:
    """The first of each title and zone: the others would read the same."""
    seen: set[tuple[str, str]] = set()
    for name, country, _, zone, population, division in cities:
        place = Place(
            name=name, country=country, zone=zone, population=population, division=division
        )
        if (place.title, zone) not in seen:
            seen.add((place.title, zone))
            yield place


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
