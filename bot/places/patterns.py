"""CLDR patterns for a day without its year and for a clock in a wanted hour cycle."""

import re
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import tokenize_pattern, untokenize_pattern

from bot.places.regions import chosen_locale

_LITERAL = re.compile("'[^']*'")
_Tokens = list[tuple[str, str | tuple[str, int]]]


@cache
def day_pattern(locale: Locale) -> str:
    """The locale's pattern for a day with weekday and month in full and no year.

    Its own yearless pattern where CLDR has one; else its full date with the year taken out.
    Babel's format_skeleton would fall back to abbreviated weekdays. Day-first Englishes other
    than en_GB have no pattern of their own and use that one: "Saturday 19 November".
    """
    own = locale.datetime_skeletons.get("MMMMEEEEd")
    if own is not None:
        return str(own.pattern)
    full = str(locale.date_formats["full"].pattern)
    if locale.language == "en" and full.startswith("EEEE, d MMMM"):
        return str(Locale.parse("en_GB").datetime_skeletons["MMMMEEEEd"].pattern)
    return _without_year(full)


@cache
def clock_pattern(locale: Locale, *, is_twelve: bool) -> str:
    """The locale's short time pattern in the wanted hour cycle."""
    short = str(locale.time_formats["short"].pattern)
    if _is_twelve(short) != is_twelve:
        short = str(locale.datetime_skeletons["hm" if is_twelve else "Hm"].pattern)
    return short.replace("a", "aaaa") if is_twelve and _has_own_halves(locale) else short


def _has_own_halves(locale: Locale) -> bool:
    """Whether a language that writes "AM" for short has words of its own, as 오전 in Korean.

    Phones and browsers show those (ICU takes the wide form). Elsewhere Babel finds no wide form
    and falls back to the narrow one, "a" or "p".
    """
    halves = locale.day_periods["format"]
    wide = halves["wide"].get("am") or ""
    return halves["abbreviated"]["am"].isascii() and not wide.isascii()


@cache
def joined_pattern(locale: Locale) -> str:
    """How the locale puts clock {0} and day {1} together; Vietnamese says the clock first."""
    return str(locale.datetime_formats["medium"]).replace("'", "")


@cache
def has_twelve_hours(discord_locale: str, country: str | None) -> bool:
    """Whether a chosen locale, else the likeliest language of `country`, counts to twelve."""
    locale = chosen_locale(discord_locale)
    if locale is None and country is not None:
        try:
            locale = Locale.parse(f"und_{country}")
        except UnknownLocaleError:  # Antarctica: no language is likely there.
            return False
    return locale is not None and _is_twelve(str(locale.time_formats["short"].pattern))


def _is_twelve(pattern: str) -> bool:
    return not {"h", "K"}.isdisjoint(_LITERAL.sub("", pattern))


def _without_year(pattern: str) -> str:
    tokens: _Tokens = tokenize_pattern(pattern)
    fields = [place for place, (kind, _) in enumerate(tokens) if kind == "field"]
    year = next(place for place in fields if tokens[place][1][0] == "y")
    # A literal belongs to the year where it stands between the year and the edge or its neighbour.
    before = max((place + 1 for place in fields if place < year), default=0)
    after = min((place for place in fields if place > year), default=len(tokens))
    is_between = before > 0 and after < len(tokens)
    kept = tokens[:before] + tokens[year + 1 if is_between else after :]
    return str(untokenize_pattern(kept))
