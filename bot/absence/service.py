"""What happens when a server removes Lectern, and when it invites it again."""

from collections.abc import Collection
from datetime import timedelta

import structlog

from bot.absence import store
from bot.absence.model import Roll
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.model import MATERIALISE
from bot.jobs.frozen import freeze, thaw
from bot.jobs.store import put_job
from bot.sessions.mirror_store import forget_events
from bot.sessions.model import EVENT
from bot.sessions.store import calendar_of

log = structlog.get_logger()

KEPT = timedelta(days=30)
"""How long a server that removed us finds everything as it was when it invites us again."""


class AbsenceService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def leave(self, server_id: int) -> None:
        """Freeze the groups of a server that has removed us: nothing is deleted, nothing sent."""
        async with self._db.begin() as tx:
            left = await store.mark_left(tx, server_id, self._clock())
            await freeze(tx, store.work_of(store.groups_in(server_id)))
        if left:
            log.warning("absence.left", server_id=server_id, groups=len(left))

    async def rejoin(self, server_id: int) -> None:
        """Let the groups of a server that is back go on, as after a time when no process ran.

        Their native events may be gone, so each session's is looked for and made anew.
        """
        async with self._db.begin() as tx:
            back = await store.mark_back(tx, server_id)
            for group_id in back:
                await self._wake(tx, group_id)
        if back:
            log.info("absence.back", server_id=server_id, groups=len(back))

    async def _wake(self, tx: Tx, group_id: int) -> None:
        now = self._clock()
        await thaw(tx, store.work_of(store.just(group_id)))
        await forget_events(tx, group_id)
        for session in await calendar_of(tx, group_id, now):
            await put_job(tx, EVENT, session.id, now)
        await put_job(tx, MATERIALISE, group_id, now)

    async def forget_old(self) -> None:
        """Forget the groups of servers that removed us long ago: they will not come back."""
        async with self._db.begin() as tx:
            count = await store.forget_groups(tx, self._clock() - KEPT)
        if count:
            log.warning("absence.forgotten", groups=count)

    async def call_roll(self, present_ids: Collection[int]) -> Roll:
        """Take back in which of the servers with groups are there, and tell which are not.

        Whoever calls asks about each that is missing before believing that it has removed us.
        """
        async with self._db.read() as tx:
            servers = await store.servers(tx)
        away = {server_id for server_id, has_left in servers.items() if has_left}
        for server_id in sorted(away.intersection(present_ids)):
            await self.rejoin(server_id)
        return Roll(
            missing=frozenset(servers.keys() - away - set(present_ids)),
            away=frozenset(away - set(present_ids)),
        )
