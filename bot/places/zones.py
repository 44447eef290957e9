"""The time zone database Lectern trusts: the pinned tzdata package, never the machine's own."""

import zoneinfo
from functools import cache
from importlib import resources

import tzdata  # type: ignore[import-untyped]  # ships no annotations
from dateutil import tz


def use_pinned_zone_data() -> None:
    """Makes zoneinfo, and with it dateutil 4 and icalendar, read the tzdata package only.

    The machine's database comes first by default and may be years old: Debian 12 with 2025b puts
    Edmonton an hour off from November 2026. ZoneInfo objects made before keep their old rules.
    """
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    tz.gettz.cache_clear()


def zone_data_version() -> str:
    """The IANA version in use, such as "2026f"."""
    return str(tzdata.IANA_VERSION)


@cache
def zone_names() -> frozenset[str]:
    """Every zone identifier of the pinned database, links included."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


@cache
def zone_countries() -> dict[str, str]:
    """The country code of each zone in zone.tab, which gives every such zone exactly one."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {row[2]: row[0] for row in rows}
