"""Looking places up as they are typed: large cities, whole, begun and with a slip."""

import sqlite3
import time
from contextlib import closing
from random import Random

from bot.bench.model import Figures, Trial, lateness_of
from bot.places.cities import INDEX_FILE
from bot.places.index import find_places

CITIES = 1_000

NOTES = (
    f"the {CITIES:,} largest cities: lookup is the whole answer to the name as GeoNames has it, "
    "autocomplete that to each beginning of two letters and more, slip that to the name with two "
    "letters swapped, in processor time; right is in the city's zone, for a slip anywhere in the "
    "list of 25",
)


def measure(trial: Trial, most: int = CITIES) -> Figures:
    """How long a look-up takes, and how often it is right."""
    dice = trial.dice()
    find_places("warm")  # Refuses, in a sentence, where there is no index.
    cities = _large_cities(most)
    slipped = [(_slip(name, dice), zone) for name, zone in cities]
    begun = [(name[:end], zone) for name, zone in cities for end in range(2, len(name))]
    whole, typed, mistyped = (_ask(asked) for asked in (cities, begun, slipped))
    return {
        "cities": len(cities),
        **_milliseconds("lookup", whole),
        "right_at_one": sum(found[:1] == [zone] for zone, found, _ in whole),
        "completions": len(typed),
        **_milliseconds("autocomplete", typed),
        "slips": len(mistyped),
        **_milliseconds("slip", mistyped),
        "slips_right_in_list": sum(zone in found for zone, found, _ in mistyped),
    }


def _large_cities(most: int) -> list[tuple[str, str]]:
    """(name, zone), most people first."""
    with closing(sqlite3.connect(f"{INDEX_FILE.as_uri()}?mode=ro", uri=True)) as db:
        question = "SELECT name, zone FROM place WHERE id < ? ORDER BY id"
        return [(name, zone) for name, zone in db.execute(question, (most,))]


def _slip(name: str, dice: Random) -> str:
    """The name with two letters swapped."""
    place = dice.randrange(max(1, len(name) - 1))
    return name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]


def _ask(asked: list[tuple[str, str]]) -> list[tuple[str, list[str], float]]:
    """(the zone meant, the zones found, seconds of processor time) for each query."""
    answers = []
    for query, zone in asked:
        before = time.thread_time()
        found = find_places(query)
        answers.append((zone, [place.zone for place in found], time.thread_time() - before))
    return answers


def _milliseconds(name: str, answers: list[tuple[str, list[str], float]]) -> Figures:
    found = lateness_of([seconds for _, _, seconds in answers])
    return {
        f"{name}_p50_ms": round(found.p50 * 1000, 3),
        f"{name}_p99_ms": round(found.p99 * 1000, 3),
        f"{name}_max_ms": round(found.worst * 1000, 3),
    }
