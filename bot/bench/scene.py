"""A published group with as many followers as it takes, its next sessions in the calendar."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert

from bot.bench.model import Trial
from bot.clock import utc_now
from bot.database import Database
from bot.groups.model import Group, GroupState, Pattern
from bot.groups.store import FOLLOWS, add_group, group_of
from bot.members.model import Actor
from bot.members.store import MEMBERS
from bot.sessions.calendar import fill_calendar
from bot.sessions.model import Session
from bot.sessions.store import sessions_ahead

SERVER, CHANNEL, LEAD = 1000, 1001, 1
FIRST_FOLLOWER = 10_000
WEEK_MINUTES = 10_080
ZONES = ("Europe/Berlin", "America/Denver", "Asia/Tokyo", "Australia/Sydney")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The group, its next session, and the lead who acts in its channel."""

    group: Group
    session: Session
    actor: Actor


async def set_scene(db: Database, trial: Trial) -> Scene:
    """A group that meets on each weekday of three days from now; everybody follows it.

    All followers want direct messages a week, a day and an hour before, in four time zones.
    """
    now = utc_now()
    first_at = (now + timedelta(days=3)).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    group = Group(
        id=0,
        server_id=SERVER,
        name="ML Theory",
        state=GroupState.ACTIVE,
        creator_id=LEAD,
        pattern=Pattern(zone="Europe/Berlin", first_at=first_at, every_weeks=1, minutes=60),
        channel_id=CHANNEL,
    )
    async with db.begin() as tx:
        group_id = await add_group(tx, group, now)
        group = await group_of(tx, group_id)
        await fill_calendar(tx, group, now)
        people = range(FIRST_FOLLOWER, FIRST_FOLLOWER + trial.load.followers)
        await tx.execute(
            insert(FOLLOWS),
            [{"group_id": group_id, "user_id": one, "since": now} for one in people],
        )
        await tx.execute(insert(MEMBERS), [_member(one) for one in people])
        session = (await sessions_ahead(tx, group_id, now, 1))[0]
    actor = Actor(user_id=LEAD, server_id=SERVER, channel_id=CHANNEL)
    return Scene(group=group, session=session, actor=actor)


def _member(user_id: int) -> dict[str, object]:
    zone = ZONES[user_id % len(ZONES)]
    return {
        "user_id": user_id,
        "place_name": zone.partition("/")[2],
        "zone": zone,
        "locale": "en-US",
        "wants_direct_messages": True,
        "lead_minutes": [WEEK_MINUTES, 1_440, 60],
        "has_closed_messages": False,
    }
