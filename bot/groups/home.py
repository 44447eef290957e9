"""Where a group is at home: the city whose clock its meetings are kept on."""

from dataclasses import dataclass

from bot.places.spoken import zone_city
from bot.places.zones import zone_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A city as the group's lead named it, and the zone whose clock it has."""

    city: str
    zone: str

    @property
    def is_lost(self) -> bool:
        """True where the zone is not in the zone data any more: nothing can be planned on it."""
        return self.zone not in zone_names()

    @property
    def name(self) -> str:
        """What people call it: the city, else the zone's own."""
        if self.city:
            return self.city
        if self.is_lost:
            return self.zone.rpartition("/")[2].replace("_", " ")
        return zone_city(self.zone)

    @property
    def clock(self) -> "Home":
        """Where instants can be spoken of: here with its name, or UTC where the zone is lost."""
        if self.is_lost:
            return Home(city="UTC", zone="UTC")
        return self if self.city else Home(city=self.name, zone=self.zone)
