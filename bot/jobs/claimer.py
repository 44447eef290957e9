"""Takes for one worker what is due, each with a lease; rows say who has what in hand."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock, utc_now
from bot.database import Database
from bot.jobs import queue
from bot.jobs.agenda import Agenda, read_agenda
from bot.jobs.duties import Duties
from bot.jobs.model import Delivery


class Claimer:
    """`ahead` is how long before their instant deliveries are claimed, `skew` how far `clock` is
    ahead of the chat system's. Who `is_alone` on a database has outlived all who had leases.
    """

    def __init__(  # noqa: PLR0913 - a worker has these settings
        self,
        db: Database,
        clock: Clock,
        duties: Duties,
        *,
        ahead: timedelta,
        skew: Callable[[], timedelta],
        is_alone: bool,
        is_restored: bool,
    ) -> None:
        self._db = db
        self._clock = clock
        self._duties = duties
        self._ahead = ahead
        self._skew = skew
        self._is_restored = is_restored
        self._on_server_time = clock is utc_now and not db.is_sqlite
        self._outlived_all = is_alone
        self._outlived_leader = False
        self.owner = secrets.token_hex(8)

    def inherit(self) -> None:
        """The leader before has given up: what it had in hand as one is to be released."""
        self._outlived_leader = True

    @property
    def has_heritage(self) -> bool:
        """Whether there is something to release that others had in hand."""
        return self._outlived_all or self._outlived_leader

    async def release(self) -> None:
        """Make ready at once what others had in hand that are dead, or lead no more."""
        if self.has_heritage:
            async with self._db.begin() as tx:
                await queue.release(tx, None if self._outlived_all else self._duties.for_leader)
            self._outlived_all = self._outlived_leader = False

    async def look(self, *, skips_planning: bool = False) -> Agenda:
        """What is next of this worker's kinds."""
        async with self._db.read() as tx:
            return await read_agenda(tx, self._duties.kinds, skips_planning=skips_planning)

    async def claim(self, most: int) -> tuple[list[Delivery], Agenda]:
        """What is this worker's now, and what is left to be done as far as it is known."""
        now = self._clock()
        async with self._db.begin() as tx:
            agenda = await read_agenda(tx, self._duties.kinds)
            claimed = await queue.claim(
                tx,
                now,
                self.owner,
                self._duties.kinds,
                most,
                agenda=agenda,
                ahead=self._ahead,
                is_restored=self._is_restored,
                on_server_time=self._on_server_time,
                # An attempt is searched for by the chat system's time: ours may be put right later.
                skew=max(self._skew(), timedelta()),
            )
        lanes = agenda.lanes_due(now + self._ahead)
        if lanes and not claimed:  # another holds it, or it was overtaken
            return claimed, await self.look()
        # What comes next in a lane that is empty now is read when the first of these has landed.
        return claimed, agenda if len(claimed) == most else agenda.without(lanes)
