"""Clock shorthands that are not places, and the cities to offer instead.

"MST" is Denver's clock in winter and Phoenix's all year; "UTC+1" is Berlin's in winter only.
"""

import re

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−–])\s*0?(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_RULE_NAME = re.compile(r"[A-Z]{3}\d[A-Z]{3}", re.IGNORECASE)
_FIXED_ZONE = re.compile(
    r"(?:etc/)?(?:gmt[+\-]?\d{1,2}|uct|zulu|universal|greenwich)|factory", re.I
)

_ANYWHERE = ("New York", "London", "Kolkata")
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
    "cst": ("Chicago", "Shanghai", "Havana"),
    **dict.fromkeys(("mt", "mst", "mdt"), _MOUNTAIN),
    **dict.fromkeys(("pt", "pst", "pdt"), _PACIFIC),
    **dict.fromkeys(("akst", "akdt"), ("Anchorage",)),
    "hst": ("Honolulu",),
    "ast": ("Halifax", "San Juan", "Riyadh"),
    "brt": ("São Paulo",),
    "gmt": ("London", "Accra", "Reykjavík"),
    "bst": ("London", "Dhaka"),
    **dict.fromkeys(("wet", "west"), _WEST_EUROPE),
    **dict.fromkeys(("cet", "cest", "met"), _MID_EUROPE),
    **dict.fromkeys(("eet", "eest"), _EAST_EUROPE),
    "msk": ("Moscow",),
    **dict.fromkeys(("eat", "cat"), ("Nairobi", "Harare")),
    "sast": ("Johannesburg",),
    "wat": ("Lagos",),
    "gst": ("Dubai",),
    "pkt": ("Karachi",),
    "ist": ("Kolkata", "Jerusalem", "Dublin"),
    "wib": ("Jakarta",),
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
    """The cities to offer for a bare abbreviation or offset, best first; None for anything else."""
    if found := _OFFSET.fullmatch(query):
        sign, hours, minutes = found.groups()
        key = f"{'+' if sign == '+' or hours == '0' else '-'}{hours}"
        return _OFFSETS.get(f"{key}:{minutes}" if minutes and minutes != "00" else key, _ANYWHERE)
    if _RULE_NAME.fullmatch(query):
        return _ABBREVIATIONS.get(query[:3].casefold(), _ANYWHERE)
    if _FIXED_ZONE.fullmatch(query):
        return _ANYWHERE
    return _ABBREVIATIONS.get(query.casefold())
