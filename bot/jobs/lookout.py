"""Knows when to look at the database again: when something falls due, and once a minute."""

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.jobs.agenda import Agenda

HEARTBEAT = timedelta(seconds=60)
"""The longest time between two looks at the database, whatever the timers say."""

SHORTEST_REST = 0.05
"""Seconds."""


class Lookout:
    """Keeps what was read of what is next, and looks at deliveries `ahead` of their instant."""

    def __init__(self, clock: Clock, ahead: timedelta, heartbeat: timedelta) -> None:
        self._clock = clock
        self._ahead = ahead
        self._heartbeat = heartbeat
        self._agenda = Agenda()
        self.look_at: datetime | None = None
        self.is_sure = True
        """False when something may fall due before `look_at`."""

    def note(self, agenda: Agenda) -> None:
        """Look when the first of it falls due."""
        self._agenda, self.look_at = agenda, agenda.look_at(self._ahead)
        self.is_sure = agenda.is_whole

    def put_off(self, pause: timedelta) -> None:
        """Look after a pause, whatever is due by then."""
        self.look_at, self.is_sure = self._clock() + pause, True

    def is_due(self) -> bool:
        """Whether it is time to look."""
        return self.look_at is not None and self.look_at <= self._clock()

    def has_planning(self) -> bool:
        """Whether something is to be planned, as far as it is known."""
        return self._agenda.has_planning(self._clock())

    def seconds_to_rest(self) -> float:
        """How long there is nothing to look at."""
        if self.look_at is None:
            return self._heartbeat.total_seconds()
        rest = min(self.look_at - self._clock(), self._heartbeat)
        return max(rest.total_seconds(), SHORTEST_REST)
