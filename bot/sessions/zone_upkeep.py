"""New zone data: sessions ahead keep their hour on the wall, and what hangs on them follows."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, select

from bot.cards import spoken_list
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import raise_alert
from bot.groups.model import Group
from bot.groups.revising import spoken_loss
from bot.groups.store import lock_group
from bot.jobs.store import put_job
from bot.places.wall import resolve
from bot.places.zones import zone_data_version, zone_names
from bot.sessions.calendar import arm
from bot.sessions.model import NOTICE, SessionState
from bot.sessions.store import SESSIONS, get_sessions, set_session
from bot.text import escape

log = structlog.get_logger()


class ZoneUpkeep:
    """Run at the start and once a day: the data changes with Lectern's own version.

    A session's instant is computed anew when its row was written with other data. Where it moves,
    calendars, reminders, events and the channel hear of it as of any move; what has begun stays.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def look_after_all(self) -> None:
        """Bring every session ahead to the zone data in use, each group on its own."""
        async with self._db.read() as tx:
            stale = select(SESSIONS.c.group_id).where(_is_stale(self._clock()))
            group_ids = list(await tx.scalars(stale.distinct()))
        for group_id in sorted(group_ids):
            async with self._db.begin() as tx:
                await self._look_after(tx, await lock_group(tx, group_id))

    async def _look_after(self, tx: Tx, group: Group) -> None:
        now = self._clock()
        stale = select(SESSIONS).where(_is_stale(now), SESSIONS.c.group_id == group.id)
        rows = (await tx.execute(stale.order_by(SESSIONS.c.starts_at).with_for_update())).all()
        lost = {row.zone for row in rows if row.zone not in zone_names()}
        right = {row.id: _put_right(row) for row in rows if row.zone not in lost}
        moved = [row for row in rows if right.get(row.id, row.starts_at) != row.starts_at]
        for row in rows:
            await set_session(tx, row.id, zone_data=zone_data_version())
        for row in moved:
            await set_session(
                tx,
                row.id,
                moved_from=row.starts_at,
                starts_at=right[row.id],
                sequence=row.sequence + 1,
                changed_at=now,
            )
        for session in (await get_sessions(tx, [row.id for row in moved])).values():
            await arm(tx, group, session, now)
            await put_job(tx, NOTICE, session.id, now)
        if moved:
            await raise_alert(tx, group.id, _spoken_move(group, moved), now)
        for zone in sorted(lost):
            await raise_alert(tx, group.id, spoken_loss(zone), now)
        log.info("sessions.zone_data", group_id=group.id, looked_at=len(rows), moved=len(moved))


def _is_stale(now: datetime) -> ColumnElement[bool]:
    return and_(
        SESSIONS.c.state == SessionState.PLANNED,
        SESSIONS.c.starts_at > now,
        SESSIONS.c.zone_data != zone_data_version(),
    )


def _put_right(row: Any) -> datetime:
    """The row's instant by the data in use."""
    return resolve(row.wall_start, row.zone, fold=row.fold).starts_at


def _spoken_move(group: Group, rows: Collection[Any]) -> str:
    numbers = ", ".join(f"#{row.number}" for row in rows)
    cities = {group.pattern.home_of(row.zone, row.wall_start).city for row in rows}
    return (
        f"The rules for clocks in {escape(spoken_list(sorted(cities)))} have changed. Sessions "
        f"{numbers} keep their hour there, so they are at another time for people elsewhere: the "
        "channel, reminders and calendars have been told."
    )
