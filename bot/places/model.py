"""A place people live in, with the zone its clocks keep."""

from dataclasses import dataclass
from datetime import datetime

from bot.places.wall import local, short_offset_label
from bot.text import shorten

LABEL_LIMIT = 100
"""Discord's limit for the name of an autocomplete choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One city; `country` is an ISO 3166 code or empty, `population` 0 where nobody counted.

    `division` tells it from its namesakes in the country: a state, or the city of its zone.
    """

    name: str
    country: str
    zone: str
    population: int
    division: str = ""

    @property
    def full_name(self) -> str:
        """ "Boston", or "Springfield, Missouri" where the name alone would not say which."""
        return f"{self.name}, {self.division}" if self.division else self.name

    @property
    def title(self) -> str:
        """ "Boston, US", "Springfield, Missouri, US", or the name alone without a country."""
        return f"{self.full_name}, {self.country}" if self.country else self.full_name

    def label(self, now: datetime) -> str:
        """What a choice shows: "Boston, US · 14:05 now (UTC−5)", at most LABEL_LIMIT long."""
        clock = f" · {local(now, self.zone):%H:%M} now ({short_offset_label(now, self.zone)})"
        return shorten(self.title, LABEL_LIMIT - len(clock)) + clock
