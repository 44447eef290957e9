"""One group and its second session: what the tests of words speak about."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.groups.model import Group, GroupState, Pattern
from bot.places.wall import resolve
from bot.sessions.model import Session, SessionState
from bot.sessions.stays import Occasion, stays_of

PATTERN = Pattern(
    zone="America/Denver",
    first_at=datetime(2022, 11, 5, 14, 0),  # noqa: DTZ001 - a wall time
    every_weeks=2,
    minutes=60,
)
GROUP = Group(
    id=1,
    server_id=900,
    name="ML *Theory*",
    state=GroupState.ACTIVE,
    creator_id=11,
    pattern=PATTERN,
    channel_id=901,
)
STARTS = datetime(2022, 11, 19, 21, 0, tzinfo=UTC)
SESSION = Session(
    id=7,
    group_id=1,
    number=2,
    wall_start=datetime(2022, 11, 19, 14, 0),  # noqa: DTZ001 - a wall time
    zone="America/Denver",
    starts_at=STARTS,
    minutes=60,
    state=SessionState.PLANNED,
    changed_at=STARTS,
)


def occasions(walls: Iterable[datetime], zone: str) -> tuple[Occasion, ...]:
    """Meetings of a group that stays in that zone."""
    [stay] = stays_of(Pattern(zone=zone, first_at=STARTS.replace(tzinfo=None)))
    return tuple(stay.occasion(wall, resolve(wall, zone).starts_at) for wall in walls)
