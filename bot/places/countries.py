"""Country codes by the names people write after a comma."""

from functools import cache

from babel import Locale

from bot.places.folding import fold

_EVERYDAY_NAMES = {
    "uk": "GB",
    "britain": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "usa": "US",
    "america": "US",
    "holland": "NL",
    "czech republic": "CZ",
    "turkey": "TR",
}


def country_codes(name: str) -> frozenset[str]:
    """The ISO 3166 codes `name` may stand for: a code, an English name, or an everyday name."""
    return _codes().get(fold(name), frozenset())


@cache
def _codes() -> dict[str, frozenset[str]]:
    named: dict[str, set[str]] = {}
    territories = Locale.parse("en").territories
    for code, name in territories.items():
        if len(code) == 2:
            named.setdefault(fold(code), set()).add(code)
            named.setdefault(fold(name), set()).add(code)
    for name, code in _EVERYDAY_NAMES.items():
        named.setdefault(name, set()).add(code)
    return {name: frozenset(codes) for name, codes in named.items()}
