"""The cities of the world, read from places.sqlite (see bot/places/build.py).

City data: GeoNames (https://www.geonames.org), licensed CC BY 4.0.
"""

import atexit
import sqlite3
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from bot.errors import Refusal

INDEX_FILE = Path(__file__).with_name("places.sqlite")
NO_INDEX = (
    "The index of places is missing or can't be read: run `python -m bot.places.build` where "
    "Lectern is installed (`make setup` and the Docker image do)."
)
SHORTEST_MISTAKE = 4
"""Typing errors are looked for from this many letters; below, every word resembles every other."""

_LAST = "\U0010ffff"
_LARGE_CITIES = 1000
_MOST = 120
"""Rows of one question: a list of 25 without repeats is always among them."""

_COLUMNS = "place.name, place.country, place.region, place.zone, place.population, place.division"


class City(NamedTuple):
    """One row; `region` is the country and its division, such as "US.TX".

    `division` tells it from its namesakes there, such as "Texas"; empty where nothing has to.
    """

    name: str
    country: str
    region: str
    zone: str
    population: int
    division: str = ""


class Match(NamedTuple):
    """A city and how much speaks for it: its people, a tenth of them for another spelling."""

    city: City
    weight: int
    is_own: bool = False


class CityIndex:
    """Questions to one index file; raises Refusal, in the operator's words, where it is none."""

    def __init__(self, file: Path) -> None:
        # Read from any thread: SQLite serialises calls, and nothing is ever written.
        try:
            self._db = sqlite3.connect(
                f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise Refusal(NO_INDEX) from error
        try:
            self.places = int(self._rows("SELECT value FROM fact WHERE name = 'places'")[0][0])
        except (sqlite3.Error, IndexError) as error:
            self.close()
            raise Refusal(NO_INDEX) from error

    def close(self) -> None:
        """Give the file back; nothing can be asked any more."""
        self._db.close()

    def exact(self, name: str, regions: Iterable[str] = ()) -> list[Match]:
        """The cities spelled `name`, heaviest first; of these `regions` where some are given."""
        return self._spelled("folded = ?", (name,), regions)

    def beginning(self, name: str, regions: Iterable[str] = ()) -> list[Match]:
        """The heaviest cities with a spelling that begins with `name`."""
        if len(name) <= 3 and not regions:
            return self._matches(
                f"SELECT {_COLUMNS}, weight, 0 FROM beginning JOIN place ON place.id = place "  # noqa: S608
                "WHERE letters = ? ORDER BY rank",
                (name,),
            )
        return self._spelled("folded >= ? AND folded < ?", (name, name + _LAST), regions)

    def resembling(self, name: str, regions: Iterable[str] = ()) -> list[Match]:
        """The cities whose spelling is a typing error or two away, nearest first."""
        if len(name) < SHORTEST_MISTAKE:
            return []
        errors = 1 if len(name) < 6 else 2
        texts = self._rows(
            "SELECT spellings FROM bucket WHERE bucket IN (?, ?) AND length BETWEEN ? AND ?",
            (name[0], "-" + name[-3:], len(name) - errors, len(name) + errors),
        )
        spelled = {spelling for (text,) in texts for spelling in text.split("\n")}
        near = process.extract(name, spelled, scorer=OSA.distance, score_cutoff=errors, limit=60)
        found = [
            (distance, match)
            for spelling, distance, _ in near
            for match in self.exact(spelling, regions)
        ]
        found.sort(key=lambda pair: (pair[0], -pair[1].weight))
        return [match for _, match in found]

    def regions(self, name: str, *, with_codes: bool) -> list[str]:
        """The codes of the countries and states called `name`, most people first."""
        rows = self._rows(
            "SELECT code FROM region JOIN region_place USING (code) JOIN place ON place.id = place "
            "WHERE folded = ? AND is_code <= ? AND rank = 0 ORDER BY population DESC, code",
            (name, with_codes),
        )
        return [code for (code,) in rows]

    def in_region(self, code: str) -> list[City]:
        """A city for each zone of a country ("KE") or state ("US.TX"), most people first."""
        found = self._matches(
            f"SELECT {_COLUMNS}, 0, 0 FROM region_place JOIN place ON place.id = place "  # noqa: S608
            "WHERE code = ? ORDER BY rank",
            (code,),
        )
        return [match.city for match in found]

    def beginning_region(self, name: str) -> list[Match]:
        """The first city of each country or state whose name begins with `name`."""
        return self._matches(
            f"SELECT DISTINCT {_COLUMNS}, population / 2, 0 FROM region "  # noqa: S608
            "JOIN region_place USING (code) JOIN place ON place.id = place "
            "WHERE folded >= ? AND folded < ? AND NOT is_code AND rank = 0 "
            "ORDER BY population DESC LIMIT 10",
            (name, name + _LAST),
        )

    def on_clock(self, name: str) -> list[City]:
        """A city for each zone that shows this abbreviation or offset, most people first."""
        found = self._matches(
            f"SELECT {_COLUMNS}, 0, 0 FROM clock JOIN place ON place.id = place "  # noqa: S608
            "WHERE clock.name = ? ORDER BY rank",
            (name,),
        )
        return [match.city for match in found]

    def near_misses(self, name: str) -> tuple[str, ...]:
        """Up to three large cities that look a little like `name`."""
        rows = self._rows("SELECT name FROM place WHERE id < ? ORDER BY id", (_LARGE_CITIES,))
        names: list[str] = [known for (known,) in rows]
        near = process.extract(name.title(), names, scorer=fuzz.ratio, score_cutoff=55, limit=3)
        return tuple(known for known, _, _ in near)

    def _spelled(self, where: str, words: tuple[str, ...], regions: Iterable[str]) -> list[Match]:
        codes = tuple(regions)
        if codes:
            marks = ", ".join("?" * len(codes))
            where += f" AND (country IN ({marks}) OR region IN ({marks}))"
        return self._matches(
            f"SELECT {_COLUMNS}, weight, is_own FROM spelling JOIN place ON place.id = place "  # noqa: S608
            f"WHERE {where} ORDER BY weight DESC, place LIMIT {_MOST}",
            (*words, *codes, *codes),
        )

    def _matches(self, question: str, words: tuple[str, ...]) -> list[Match]:
        return [Match(City(*row[:6]), row[6], bool(row[7])) for row in self._rows(question, words)]

    def _rows(self, question: str, words: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(question, words).fetchall()


@cache
def city_index() -> CityIndex:
    """The index that came with this Lectern, opened once and closed when the process ends."""
    index = CityIndex(INDEX_FILE)
    atexit.register(index.close)
    return index
