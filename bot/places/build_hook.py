"""What hatchling runs before it installs or packs Lectern: the index of places is made then."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PlacesHook(BuildHookInterface[Any]):
    """Makes bot/places/places.sqlite, for a wheel and for an installation of the clone alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Write the index unless it is up to date; pyproject.toml names it as an artifact."""
        sys.path.insert(0, self.root)
        try:
            from bot.places.build import build  # noqa: PLC0415 - only now it can be found
        finally:
            sys.path.remove(self.root)
        build()
