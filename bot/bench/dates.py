"""Reading dates as people write them: in every language, and the worst that 64 characters hold."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from babel import Locale

from bot.bench.model import Figures, Trial, lateness_of
from bot.errors import Refusal
from bot.places.asking import AskBack
from bot.places.hour_words import MIDDAY, MIDNIGHT, NOON
from bot.places.phrases import preload
from bot.places.regions import chosen_locale
from bot.places.spoken import Habit
from bot.places.written import LONGEST, read_moment

LOCALES = (
    "en-US en-GB id da de es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru "
    "uk hi th zh-CN ja zh-TW ko"
)
"""Discord's locales (https://discord.com/developers/docs/reference#locales)."""

HARDEST_PER_LOCALE = 12
NOW = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)

_HOURS = ("14:00", "9h00", "2pm", "at 8", "25:00", "")
_HARD = (
    "1" * LONGEST,
    "1 " * (LONGEST // 2),
    "1/2/" * (LONGEST // 4),
    "12:00 " * (LONGEST // 6),
    ":.-/" * (LONGEST // 4),
    "a" * LONGEST,
    "am pm " * (LONGEST // 6),
    "at at " * (LONGEST // 6),
    "in 1 in 2 " * (LONGEST // 10),
    "12" * 20 + " noon",
)

NOTES = (
    "what is written: days and months of all of Discord's languages with hours beside them; hard: "
    f"{LONGEST} characters of words and figures that mean no date, in each language; each is read "
    "once for the group's clock, in processor time, with the tables of all languages in memory as "
    "the bot has them; worst is what took longest",
)


def measure(trial: Trial, most_locales: int = 99) -> Figures:
    """How long a phrase takes, and what became of it."""
    dice = trial.dice()
    preload()
    locales = LOCALES.split()[:most_locales]
    usual = [(one, text) for one in locales for text in _usual_phrases(one)]
    hard = [(one, text[:LONGEST]) for one in locales for text in _hard_phrases(one, dice)]
    read, slow = [_timed(*one) for one in usual], [_timed(*one) for one in hard]
    worst = max(zip(read + slow, usual + hard, strict=True))
    return {
        "languages": len(locales),
        "phrases": len(read),
        "understood": sum(what == "read" for _, what in read),
        "asked_back": sum(what == "asked" for _, what in read),
        **_milliseconds("phrase", read),
        "hard_phrases": len(slow),
        **_milliseconds("hard", slow),
        "worst": " ".join(worst[1]).rstrip(),
    }


def _usual_phrases(locale: str) -> Iterator[str]:
    """What members write in that language, and in English."""
    known = chosen_locale(locale) or Locale.parse("en")
    days = [*known.days["format"]["wide"].values(), *known.days["format"]["abbreviated"].values()]
    months = known.months["format"]["wide"].values()
    days += [f"3 {month}" for month in months] + [f"3 {month} 2027" for month in months]
    days += ["tomorrow", "next Sat", "in 3 weeks", "3/12", "2026-12-05"]
    yield from (f"{day} {hour}".strip() for day in days for hour in _HOURS)
    for table in (NOON, MIDDAY, MIDNIGHT):
        words = table.get(known.language, "").split("|")
        yield from (f"{days[5]} {word}" for word in words if word)


def _hard_phrases(locale: str, dice: Random) -> Iterator[str]:
    """As long as is taken: the same words over and over, and words and figures at random."""
    known = chosen_locale(locale) or Locale.parse("en")
    words = [*known.days["format"]["wide"].values(), *known.months["format"]["wide"].values()]
    scraps = [*words, "1", "12", "30", "2027", "in", "at", "14:00", "pm", ",", ".", "/", "CST"]
    yield from _HARD
    yield from (f"{word} " * LONGEST for word in words[:2])
    for _ in range(HARDEST_PER_LOCALE):
        yield " ".join(dice.choice(scraps) for _ in range(LONGEST))


def _timed(locale: str, text: str) -> tuple[float, str]:
    """(seconds of processor time, what became of it)."""
    habit = Habit(locale=locale, hour_cycle=None, zone="America/Denver")
    before = time.thread_time()
    try:
        read_moment(text, habit, "Denver", NOW)
        what = "read"
    except AskBack:
        what = "asked"
    except Refusal:
        what = "refused"
    return time.thread_time() - before, what


def _milliseconds(name: str, taken: list[tuple[float, str]]) -> Figures:
    found = lateness_of([seconds for seconds, _ in taken])
    return {
        f"{name}_p50_ms": round(found.p50 * 1000, 3),
        f"{name}_p99_ms": round(found.p99 * 1000, 3),
        f"{name}_max_ms": round(found.worst * 1000, 3),
    }
