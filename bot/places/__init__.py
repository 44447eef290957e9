"""City to zone look-up and clock arithmetic; importing it pins the zone database."""

from bot.places.zones import use_pinned_zone_data, zone_data_version

__all__ = ["use_pinned_zone_data", "zone_data_version"]

use_pinned_zone_data()
