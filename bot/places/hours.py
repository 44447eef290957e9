"""Hours as people say them: "noon", "halb drei", "8 in the evening", "下午3点"."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import time
from functools import cache

from bot.places.hour_words import MIDDAY, MIDNIGHT, NOON, NOW, NUMBERS, PARTS, SPOKEN
from bot.places.phrases import Phrase, has_clock, split_clock, without_joiners

_UNSPACED = frozenset({"zh", "ja", "ko", "th"})
"""Languages whose words stand without spaces, or with endings."""

_VAGUE = re.compile(
    r"[~?]|(?<=\d)[- ]?ish\b|(?<=noon)[- ]?ish\b|\b(?:around|about|circa|cirka|ca\.?|approx\.?"
    r"|approximately|roughly|etwa|ungefähr|gegen|environ|vers|sobre|hacia|alrededor de"
    r"|por volta de|verso|ongeveer|rond|omkring|runt|noin|około|kolem|oko|około|около|примерно"
    r"|приблизно|yaklaşık|khoảng|sekitar)(?!\w)|大约|大約|左右|ごろ|頃|쯤",
    re.IGNORECASE,
)
_TWELVE = r"12(?:[:h.]00)?\s?(?:uhr|h|heures|uur|horas|giờ|[点點時시])?"
_DIAL = 12 * 60


def without_doubt(words: str) -> str:
    """The words without "around", "-ish" and the like; the same where it has none."""
    return " ".join(_VAGUE.sub(" ", words).split())


def means_now(words: str, language: str) -> bool:
    """Whether the words mean this very instant: "now", "jetzt"; a day has other words."""
    return _now(language).fullmatch(words) is not None


@cache
def _now(language: str) -> re.Pattern[str]:
    said = "|".join(NOW[name] for name in _languages(language) if name in NOW)
    return re.compile(said, re.IGNORECASE)


def clock_said(words: str, language: str) -> Phrase | None:
    """The one clock in `words`, in figures or as people say it; None as `split_clock`.

    An hour that a dial shows twice a day has two readings, unless a part of the day tells which.
    Midnight comes as the beginning of the day that is named, and is marked: it ends that day, too.
    """
    for table, found in _found((MIDNIGHT, NOON, MIDDAY), words, language):
        rest = f"{words[: found.start()]} {words[found.end() :]}"
        if has_clock(rest):
            return None
        is_said_twice = bool(found["before"] or found["after"])
        return Phrase(
            day_words=without_joiners(rest),
            clocks=(time(0 if table is MIDNIGHT else 12),),
            is_midnight=table is MIDNIGHT,
            # "12 Uhr mittags" means it; "mittags" may be any time around.
            is_sure=table is not MIDDAY or is_said_twice,
        )
    for said, hours in _parts(language):
        if (found_part := said.search(words)) is not None:
            return _in_part(words, found_part, hours, language)
    return _in_words(words, language) or split_clock(words)


def _found(
    tables: Iterable[Mapping[str, str]], words: str, language: str
) -> Iterator[tuple[Mapping[str, str], re.Match[str]]]:
    for place, table in enumerate(tables):
        if (found := _names(place, language).search(words)) is not None:
            yield table, found


@cache
def _names(place: int, language: str) -> re.Pattern[str]:
    """Finds a word of one of the tables, with a "12" beside it that says the same."""
    table = (MIDNIGHT, NOON, MIDDAY)[place]
    said = "|".join(_edged(table[name], name) for name in _languages(language) if name in table)
    return re.compile(
        rf"(?P<before>(?<![\w:.]){_TWELVE}\s?)?(?:{said})(?P<after>\s?{_TWELVE}(?![\w:.]))?",
        re.IGNORECASE,
    )


def _languages(language: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((language, "en")))


def _edged(said: str, language: str) -> str:
    return f"(?:{said})" if language in _UNSPACED else rf"(?<!\w)(?:{said})(?!\w)"


@cache
def _parts(language: str) -> tuple[tuple[re.Pattern[str], tuple[int, int]], ...]:
    """Finds each part of a day, with a bare hour before it, and its first and last hours."""
    return tuple(
        (re.compile(rf"(?:(?<![\w:./\-])(?P<n>\d{{1,2}})\s)?{_edged(said, name)}", re.I), hours)
        for name in _languages(language)
        for said, hours in PARTS.get(name, {}).items()
    )


def _in_part(
    words: str, found: re.Match[str], hours: tuple[int, int], language: str
) -> Phrase | None:
    """The clock of "8 in the evening": the one reading that lies in that part of the day."""
    rest = f"{words[: found.start()]} {found['n'] or ''} {words[found.end() :]}"
    rest = " ".join(rest.split())
    phrase = _in_words(rest, language) or split_clock(rest)
    if phrase is None and found["n"] is not None and int(found["n"]) < 24:
        rest = f"{words[: found.start()]} {words[found.end() :]}"
        phrase = Phrase(day_words=without_joiners(rest), clocks=(time(int(found["n"])),))
    if phrase is None:
        return None
    dial = {
        clock.replace(hour=(clock.hour + turn) % 24) for clock in phrase.clocks for turn in (0, 12)
    }
    meant = tuple(clock for clock in dial if hours[0] <= clock.hour <= hours[1])
    return replace(phrase, clocks=meant) if len(meant) == 1 else None


def _in_words(words: str, language: str) -> Phrase | None:
    """The clock of "half past two", "halb drei" or "14 uur"."""
    for name in _languages(language):
        for said, minutes in _ways(name):
            if (found := said.search(words)) is None:
                continue
            rest = f"{words[: found.start()]} {words[found.end() :]}"
            hour = _number(found["n"], name)
            if has_clock(rest) or hour > 23:
                return None
            clocks = _readings(60 * hour + minutes, hour, found["half"])
            return Phrase(day_words=without_joiners(rest), clocks=clocks, is_spoken=True)
    return None


def _readings(minutes: int, hour: int, half: str | None) -> tuple[time, ...]:
    """Both readings of an hour on a dial; one of a later hour, or beside "am" or "pm"."""
    if hour > 12:
        return (time(minutes // 60, minutes % 60),)
    first, second = (minutes % _DIAL, minutes % _DIAL + _DIAL)
    clocks = [time(one // 60, one % 60) for one in (first, second)]
    if half:
        return (clocks[half.casefold() == "p"],)
    return tuple(clocks)


@cache
def _ways(language: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    names = "|".join(NUMBERS.get(language, "").split()) or "(?!)"
    number = rf"(?P<n>\d{{1,2}}|{names})"
    word = rf"(?P<n>{names})"
    return tuple(
        (
            re.compile(
                rf"(?<![\w:./\-])(?:{said.format(n=number, word=word)})(?![\w:/\-]|\.\d)"
                r"(?:\s?(?P<half>[ap])\.?m\b\.?)?",
                re.IGNORECASE,
            ),
            minutes,
        )
        for said, minutes in SPOKEN.get(language, {}).items()
    )


def _number(said: str, language: str) -> int:
    if said.isdecimal():
        return int(said)
    names = NUMBERS[language].split()
    return next(n for n, name in enumerate(names, 1) if said.casefold() in name.split("|"))
