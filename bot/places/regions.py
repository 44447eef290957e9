"""Which country's customs apply in a zone, and which CLDR locale writes them."""

from functools import cache

from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global

from bot.places.wall import zone_info
from bot.places.zones import zone_countries

CLIENT_DEFAULT = "en-US"
"""What Discord reports until a person chooses a language, so it tells nothing about them."""


@cache
def zone_country(zone: str) -> str | None:
    """The ISO 3166 code of the zone's country; None for UTC and its like. Links count too."""
    present = present_name(zone)
    country = zone_countries().get(present) or get_global("zone_territories").get(present)
    return country if country in _countries() else None


@cache
def present_name(zone: str) -> str:
    """What the database calls the zone today: Asia/Kolkata for Asia/Calcutta."""
    key = zone_info(zone).key
    return key if key in zone_countries() else get_global("zone_aliases").get(key, key)


@cache
def regional_locale(discord_locale: str, zone: str) -> Locale:
    """The CLDR locale to write in: a chosen language's own, else English as written in the zone.

    A country without its own English, and a zone without a country, get world English (en_001).
    A locale that CLDR does not know counts as the client's default.
    """
    chosen = chosen_locale(discord_locale)
    if chosen is not None:
        return chosen
    country = zone_country(zone)
    name = f"en_{country}" if country else "en_001"
    return Locale.parse(name if localedata.exists(name) else "en_001")


@cache
def chosen_locale(discord_locale: str) -> Locale | None:
    """The locale a person chose in Discord, or None for the client's default and unknown ones."""
    if discord_locale == CLIENT_DEFAULT:
        return None
    try:
        return Locale.parse(discord_locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


@cache
def _countries() -> frozenset[str]:
    return frozenset(zone_countries().values())
