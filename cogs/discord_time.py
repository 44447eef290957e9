"""How far our clock is from Discord's, by what each of its answers says about the time."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.clock import Clock

LONGEST = timedelta(days=1)
"""More is no wrong clock but a simulated one."""


class DiscordTime:
    """Reads the Date of every answer (RFC 9110, section 6.6.1; whole seconds)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta()

    def ahead(self) -> timedelta:
        """How far our clock was ahead of Discord's at the latest answer; negative when behind."""
        return self._ahead

    def watching(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """The trace, by which every answer of its client is read from now on."""
        trace.on_request_end.append(self._note)
        return trace

    async def _note(
        self, _session: aiohttp.ClientSession, _context: Any, seen: aiohttp.TraceRequestEndParams
    ) -> None:
        try:
            told: datetime = parsedate_to_datetime(seen.response.headers.get("Date", ""))
        except ValueError:
            return
        ahead = self._clock() - told.astimezone(UTC)
        self._ahead = min(max(ahead, -LONGEST), LONGEST)
