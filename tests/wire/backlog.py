"""What is overdue after a day in which the bot was down: many groups, each with six sessions."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.database import Database, Tx
from bot.groups import store as group_store
from bot.groups.model import Group, GroupState, Pattern
from bot.jobs.store import cancel_jobs
from bot.sessions.calendar import arm
from bot.sessions.model import EVENT, WRAP, Session, SessionState
from bot.sessions.store import add_session
from tests.wire.discord_server import DiscordServer
from tests.wire.world import World, add_world

CHANNELS_IN_A_SERVER = 250
DOWN = timedelta(days=1, hours=1)
LEADS = (1_440, 60)
STARTS = (
    timedelta(hours=-2),
    timedelta(minutes=40),
    timedelta(hours=5),
    timedelta(hours=20),
    timedelta(hours=23),
)
"""When a group's sessions start, from the moment the bot is back."""

STALE = re.compile(r"24 hours|1 day|a day")


@dataclass(slots=True, kw_only=True)
class Backlog:
    """Groups in servers of 250 channels each. Of a group's five sessions one has been missed."""

    db: Database
    server: DiscordServer
    worlds: list[World] = field(default_factory=list)
    groups: dict[int, str] = field(default_factory=dict)
    """The groups' names by their channels."""

    async def plant(self, groups: int) -> None:
        now = self.server.clock()
        for number in range(groups):
            if number % CHANNELS_IN_A_SERVER == 0:
                self.worlds.append(add_world(self.server.backend, channels=0, people=1))
            channel_id = self.worlds[-1].add_channel(f"group-{number}")
            self.groups[channel_id] = f"Group {number}"
            async with self.db.begin() as tx:
                await self._found(tx, self.worlds[-1], channel_id, now)

    async def _found(self, tx: Tx, world: World, channel_id: int, now: datetime) -> None:
        group = Group(
            id=0,
            server_id=world.guild_id,
            name=self.groups[channel_id],
            state=GroupState.ACTIVE,
            creator_id=world.people[0],
            pattern=Pattern(
                zone="Etc/UTC",
                first_at=datetime(2030, 1, 5, 14, 0),  # noqa: DTZ001 - a wall time
                every_weeks=2,
                minutes=60,
            ),
            channel_id=channel_id,
            lead_minutes=LEADS,
        )
        group_id = await group_store.add_group(tx, group, now - DOWN)
        group = await group_store.group_of(tx, group_id)
        for number, start in enumerate(STARTS, 1):
            await self._add_session(tx, group, number, now + start, now - DOWN)

    async def _add_session(
        self, tx: Tx, group: Group, number: int, starts_at: datetime, down_at: datetime
    ) -> None:
        wall = starts_at.astimezone(UTC).replace(tzinfo=None)
        session = Session(
            id=0,
            group_id=group.id,
            number=number,
            wall_start=wall,
            zone="Etc/UTC",
            starts_at=starts_at,
            minutes=60,
            state=SessionState.PLANNED,
            changed_at=down_at,
        )
        session_id = await add_session(tx, session, wall, "2026a")
        await arm(tx, group, replace(session, id=session_id), down_at)
        await cancel_jobs(tx, session_id, [EVENT, WRAP])

    @property
    def promised(self) -> Counter[str]:
        """One reminder for each session that is still to come."""
        ahead = [number for number, start in enumerate(STARTS, 1) if start > timedelta()]
        return Counter(f"🔔 {name} #{one}" for name in self.groups.values() for one in ahead)

    @property
    def titles(self) -> list[str]:
        """Every message's title."""
        return [
            title
            for world in self.worlds
            for channel_id in world.channel_ids
            for title in world.titles(channel_id)
        ]

    @property
    def shown(self) -> Counter[str]:
        """How often each session was spoken of."""
        return Counter(re.sub(r"(🔔 .*?#\d+).*", r"\1", title) for title in self.titles)

    @property
    def stale(self) -> list[str]:
        """Titles that speak of a day, though no session is as far away any more."""
        return [title for title in self.titles if STALE.search(title)]

    def sends_a_second(self) -> float:
        """The pace from the first message to the last."""
        said = [one.at for one in self.server.asked("POST", r"/channels/\d+/messages")]
        return (len(said) - 1) / (max(said) - min(said)).total_seconds()
