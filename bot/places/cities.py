"""The cities of the world's larger places, read once from cities.tsv.gz (see bot/places/build.py).

City data: GeoNames (https://www.geonames.org), licensed CC BY 4.0.
"""

import gzip
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from importlib import resources
from typing import NamedTuple

_ALPHABET = "abcdefghijklmnopqrstuvwxyz "
_LAST = "\U0010ffff"
_NEAR = 0.75
_LARGE_CITIES = 1000


class City(NamedTuple):
    """One row; a tuple, since a query of one letter makes thousands of them."""

    name: str
    country: str
    zone: str
    population: int


class Match(NamedTuple):
    """A city, and whether it was found by its own name or by another spelling."""

    city: City
    is_own_name: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CityIndex:
    """Cities by spelling: `rows_of` runs parallel to the sorted, folded `spellings`."""

    cities: list[str]
    spellings: list[str]
    rows_of: list[str]

    def exact(self, name: str) -> list[Match]:
        """The cities spelled `name`, most people first."""
        place = bisect_left(self.spellings, name)
        is_known = self.spellings[place : place + 1] == [name]
        return list(self._matches([place])) if is_known else []

    def beginning(self, name: str) -> list[Match]:
        """The cities with a spelling that begins with `name`, in no useful order."""
        return list(self._matches(self._range(name)))

    def resembling(self, name: str) -> list[Match]:
        """The cities whose spelling is a typing error or two away, nearest first."""
        near = {place: 1.0 for slip in _slips(name) if (place := self._place(slip)) is not None}
        matcher = SequenceMatcher(b=name, autojunk=False)
        for place in self._range(name[0]):
            spelling = self.spellings[place]
            if place in near or abs(len(spelling) - len(name)) > 2:
                continue
            matcher.set_seq1(spelling)
            if matcher.quick_ratio() >= _NEAR and (ratio := matcher.ratio()) >= _NEAR:
                near[place] = ratio
        found = [(near[place], match) for place in near for match in self._matches([place])]
        found.sort(key=lambda pair: (-round(pair[0], 1), -pair[1].city.population))
        return [match for _, match in found]

    def near_misses(self, name: str) -> tuple[str, ...]:
        """Up to three large cities that look a little like `name`."""
        names = [line.partition("\t")[0] for line in self.cities[:_LARGE_CITIES]]
        return tuple(get_close_matches(name.title(), names, n=3, cutoff=0.5))

    def _place(self, spelling: str) -> int | None:
        place = bisect_left(self.spellings, spelling)
        return place if self.spellings[place : place + 1] == [spelling] else None

    def _range(self, beginning: str) -> range:
        first = bisect_left(self.spellings, beginning)
        return range(first, bisect_left(self.spellings, beginning + _LAST, lo=first))

    def _matches(self, places: Iterable[int]) -> Iterator[Match]:
        for place in places:
            for mark in self.rows_of[place].split(" "):
                name, country, zone, population = self.cities[int(mark)].split("\t")
                city = City(name, country, zone, int(population))
                yield Match(city, mark.startswith("+"))


@cache
def city_index() -> CityIndex:
    """The whole index; the first call reads it, which takes about 20 ms."""
    return unpacked_index(resources.files("bot.places").joinpath("cities.tsv.gz").read_bytes())


def unpacked_index(packed: bytes) -> CityIndex:
    """The index in a file that bot.places.build made."""
    parts = gzip.decompress(packed).decode().split("\n\n")
    cities, spellings, rows_of = (part.split("\n") for part in parts)
    return CityIndex(cities=cities, spellings=spellings, rows_of=rows_of)


def _slips(name: str) -> set[str]:
    """Every string one wrong, missing, extra or swapped letter away (Norvig's edits1)."""
    splits = [(name[:cut], name[cut:]) for cut in range(len(name) + 1)]
    swaps = {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    drops = {left + right[1:] for left, right in splits if right}
    changes = {left + new + right[1:] for left, right in splits if right for new in _ALPHABET}
    return (
        swaps
        | drops
        | changes
        | {left + new + right for left, right in splits for new in _ALPHABET}
    )
