"""Finds the place somebody means: a city in most spellings, or an IANA zone identifier."""

from bot.errors import Refusal
from bot.places.cities import City, Match, city_index
from bot.places.countries import country_codes
from bot.places.folding import fold
from bot.places.model import Place
from bot.places.regions import present_name, zone_country
from bot.places.shorthand import cities_meant_by
from bot.places.spoken import zone_city
from bot.places.zones import zone_names
from bot.text import clean_line, quote

LONGEST_QUERY = 100
SHORTEST_MISTAKE = 4
"""Typing errors are looked for from this many letters; below, every word resembles every other."""


def find_places(query: str, limit: int = 25) -> list[Place]:
    """The places `query` may mean, likeliest first, each (name, country, zone) once.

    A zone identifier, then cities of exactly that name, then of that beginning by population, then
    near spellings. "Boston, US" asks within a country. For an abbreviation or a bare offset, the
    cities it may mean come first; a caller who wants one place must use find_place, which refuses.
    """
    asked = clean_line(query)
    if not asked or len(asked) > LONGEST_QUERY:
        return []
    offered = [place for name in cities_meant_by(asked) or () for place in _by_city(name)[:1]]
    return list(dict.fromkeys(offered or _by_zone(asked)) | dict.fromkeys(_by_city(asked)))[:limit]


def find_place(query: str) -> Place:
    """The likeliest place; raises Refusal with what to enter instead where there is none."""
    asked = clean_line(query)
    if offered := cities_meant_by(asked):
        raise Refusal(
            f"{quote(query)} is a clock, not a place, and clocks change. "
            f"Name a city instead, such as {_either(offered)}."
        )
    places = find_places(asked, limit=1)
    if places:
        return places[0]
    near = city_index().near_misses(fold(asked.partition(",")[0]))
    advice = f"Did you mean {_either(near)}?" if near else "Name the nearest large city."
    raise Refusal(f"I know no place called {quote(query)}. {advice}")


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
    return Place(name=name, country=country, zone=zone, population=own[0].population if own else 0)


def _by_city(asked: str) -> list[Place]:
    name, comma, country = asked.rpartition(",")
    cities = _ranked(fold(name or country))
    if comma:
        codes = country_codes(country)
        cities = [city for city in cities if city.country in codes]
    return [
        Place(name=city.name, country=city.country, zone=city.zone, population=city.population)
        for city in cities
    ]


def _ranked(name: str) -> list[City]:
    index = city_index()
    if not name:
        return []
    begun = sorted(index.beginning(name), key=_weight, reverse=True)
    # A little-known spelling of one place must not hide a large one whose name begins that way.
    bar = max((match.city.population for match in begun if match.is_own_name), default=0)
    exact = [m for m in index.exact(name) if m.is_own_name or m.city.population >= bar]
    found = sorted(exact, key=_weight, reverse=True) + begun
    if not found and len(name) >= SHORTEST_MISTAKE:
        found = index.resembling(name)
    return list(dict.fromkeys(match.city for match in found))


def _weight(match: Match) -> float:
    return match.city.population * (1.0 if match.is_own_name else 0.1)


def _either(names: tuple[str, ...]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
