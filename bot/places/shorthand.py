"""Clock shorthands that are not places, and the cities to offer instead.

"MST" is Denver's clock in winter and Phoenix's all year; "UTC+1" is Berlin's in winter only.
"""

import re

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−–])\s*0?(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_RULE_NAME = re.compile(r"[A-Z]{3}\d[A-Z]{3}", re.IGNORECASE)
_FIXED_ZONE = re.compile(
    r"(?:etc/)?(?:gmt[+\-]?\d{1,2}|uct|zulu|universal|greenwich)|factory", re.I
)

ANYWHERE = ("New York", "London", "Kolkata")
_EASTERN = ("New York", "Toronto", "Panama City")
_CENTRAL = ("Chicago", "Mexico City", "Winnipeg")
_MOUNTAIN = ("Denver", "Phoenix", "Edmonton")
_PACIFIC = ("Los Angeles", "Vancouver", "Tijuana")
_WEST_EUROPE = ("London", "Lisbon", "Dublin")
_MID_EUROPE = ("Berlin", "Paris", "Madrid")
_EAST_EUROPE = ("Athens", "Kyiv", "Helsinki")
_EAST_AUSTRALIA = ("Sydney", "Melbourne", "Brisbane")

_ABBREVIATIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("et", "est", "edt"), _EASTERN),
    **dict.fromkeys(("ct", "cdt"), _CENTRAL),
    "cst": ("Chicago", "Shanghai", "Havana", "Mexico City"),
    **dict.fromkeys(("mt", "mst", "mdt"), _MOUNTAIN),
    **dict.fromkeys(("pt", "pdt"), _PACIFIC),
    "pst": ("Los Angeles", "Manila", "Vancouver", "Tijuana"),
    **dict.fromkeys(("akst", "akdt"), ("Anchorage",)),
    "hst": ("Honolulu",),
    "chst": ("Guam",),
    "sst": ("Pago Pago",),
    "ast": ("Halifax", "San Juan", "Riyadh"),
    "adt": ("Halifax",),
    **dict.fromkeys(("nst", "ndt"), ("St. John's",)),
    "amt": ("Manaus", "Yerevan"),
    "brt": ("São Paulo",),
    "art": ("Buenos Aires",),
    "clt": ("Santiago",),
    "cot": ("Bogotá",),
    "pet": ("Lima",),
    "vet": ("Caracas",),
    "uyt": ("Montevideo",),
    "gmt": ("London", "Accra", "Reykjavík"),
    "bst": ("London", "Dhaka", "Arawa"),
    **dict.fromkeys(("wet", "west"), _WEST_EUROPE),
    **dict.fromkeys(("cet", "cest", "met"), _MID_EUROPE),
    **dict.fromkeys(("eet", "eest"), _EAST_EUROPE),
    "msk": ("Moscow",),
    "eat": ("Nairobi", "Addis Ababa"),
    "cat": ("Harare", "Lusaka", "Khartoum"),
    "sast": ("Johannesburg",),
    "wat": ("Lagos",),
    "gst": ("Dubai",),
    "trt": ("Istanbul",),
    "irst": ("Tehran",),
    "npt": ("Kathmandu",),
    "uzt": ("Tashkent",),
    "ict": ("Bangkok", "Hanoi"),
    "mmt": ("Yangon",),
    "myt": ("Kuala Lumpur",),
    **dict.fromkeys(("pht", "phst"), ("Manila",)),
    "pkt": ("Karachi",),
    "ist": ("Kolkata", "Jerusalem", "Dublin"),
    "wib": ("Jakarta",),
    "wita": ("Makassar",),
    "wit": ("Jayapura",),
    "sgt": ("Singapore",),
    "hkt": ("Hong Kong",),
    "jst": ("Tokyo",),
    "kst": ("Seoul",),
    "awst": ("Perth",),
    **dict.fromkeys(("acst", "acdt"), ("Adelaide", "Darwin")),
    **dict.fromkeys(("aest", "aedt"), _EAST_AUSTRALIA),
    **dict.fromkeys(("nzst", "nzdt"), ("Auckland",)),
}
_OFFSETS: dict[str, tuple[str, ...]] = {
    "-12": ("Honolulu", "Pago Pago"),
    "-11": ("Pago Pago",),
    "-10": ("Honolulu",),
    "-9": ("Anchorage",),
    "-8": _PACIFIC,
    "-7": ("Denver", "Phoenix", "Los Angeles"),
    "-6": ("Chicago", "Mexico City", "Denver"),
    "-5": ("New York", "Bogotá", "Chicago"),
    "-4": ("Halifax", "New York", "Santiago"),
    "-3": ("São Paulo", "Buenos Aires", "Halifax"),
    "+0": ("London", "Accra", "Reykjavík"),
    "+1": ("Berlin", "Lagos", "London"),
    "+2": ("Johannesburg", "Cairo", "Berlin"),
    "+3": ("Istanbul", "Moscow", "Nairobi"),
    "+3:30": ("Tehran",),
    "+4": ("Dubai", "Tbilisi"),
    "+4:30": ("Kabul",),
    "+5": ("Karachi", "Tashkent"),
    "+5:30": ("Kolkata", "Colombo"),
    "+5:45": ("Kathmandu",),
    "+6": ("Dhaka",),
    "+6:30": ("Yangon",),
    "+7": ("Bangkok", "Jakarta"),
    "+8": ("Shanghai", "Singapore", "Perth"),
    "+9": ("Tokyo", "Seoul"),
    "+9:30": ("Adelaide", "Darwin"),
    "+10": _EAST_AUSTRALIA,
    "+11": ("Sydney", "Nouméa"),
    "+12": ("Auckland", "Suva"),
    "+13": ("Auckland", "Apia"),
}


def cities_meant_by(query: str) -> tuple[str, ...] | None:
    """The cities to offer first for a bare abbreviation or offset; None for anything else.

    None of them where few live by such an offset: "+12:45".
    """
    if (minutes := offset_minutes(query)) is not None:
        return _OFFSETS.get(_offset_key(minutes), ())
    if _RULE_NAME.fullmatch(query):
        return _ABBREVIATIONS.get(query[:3].casefold(), ANYWHERE)
    if _FIXED_ZONE.fullmatch(query):
        return ANYWHERE
    return _ABBREVIATIONS.get(query.casefold())


def offset_minutes(query: str) -> int | None:
    """Minutes ahead of UTC of a bare offset such as "UTC+5:30"; None for anything else.

    No clock on earth is more than 14 hours away.
    """
    found = _OFFSET.fullmatch(query)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    size = 60 * int(hours) + int(minutes or 0)
    return (size if sign == "+" else -size) if size <= 14 * 60 else None


def _offset_key(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{hours}:{rest:02}" if rest else f"{sign}{hours}"
