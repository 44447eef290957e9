"""Looking places up as they are typed: every zone's own city, whole, begun and with a slip."""

import time
from collections.abc import Callable
from random import Random

from bot.bench.model import Figures, Trial, lateness_of
from bot.places.index import find_places
from bot.places.regions import present_name
from bot.places.spoken import zone_city
from bot.places.zones import zone_countries

NOTES = (
    "a look-up is the whole answer to a member who typed a city's name; autocompletion is asked "
    "for each beginning of two letters and more, and for the name with two letters swapped",
)


def measure(trial: Trial) -> Figures:
    """How long a look-up takes, and how often it is right."""
    names = {zone: zone_city(zone) for zone in sorted(zone_countries())}
    find_places("warm")
    whole = [_timed(name) for name in names.values()]
    dice = trial.dice()
    typed = [part for name in names.values() for part in _typed(name, dice)]
    partial = [_timed(part) for part in typed]
    right = [zone for zone, name in names.items() if _first_zone(name) == present_name(zone)]
    return {
        "lookups": len(whole),
        **_milliseconds("lookup", whole),
        "completions": len(partial),
        **_milliseconds("autocomplete", partial),
        "own_cities_right_at_one": len(right),
    }


def _typed(name: str, dice: Random) -> list[str]:
    """What somebody has typed on the way to `name`, and the name with a slip."""
    place = dice.randrange(max(1, len(name) - 1))
    slip = name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]
    return [*(name[:end] for end in range(2, len(name))), slip]


def _timed(query: str, find: Callable[[str], object] = find_places) -> float:
    """Seconds that one query takes."""
    before = time.perf_counter()
    find(query)
    return time.perf_counter() - before


def _milliseconds(name: str, seconds: list[float]) -> Figures:
    found = lateness_of(seconds)
    return {
        f"{name}_p50_ms": round(found.p50 * 1000, 3),
        f"{name}_p99_ms": round(found.p99 * 1000, 3),
        f"{name}_max_ms": round(found.worst * 1000, 3),
    }


def _first_zone(name: str) -> str | None:
    found = find_places(name, limit=1)
    return found[0].zone if found else None
