"""One group and its second session: what the tests of words speak about."""

from datetime import UTC, datetime

from bot.groups.model import Group, GroupState, Pattern
from bot.sessions.model import Session, SessionState

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
    city="Denver",
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
