"""Of several processes on one database one alone reads and puts reactions, whoever leads."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby, pairwise
from pathlib import Path

import psycopg
import pytest
from postgres import psycopg_address
from scenery import PATTERN

from bot.ballots.model import LETTERS, Ballot, BallotOption, BallotState
from bot.ballots.service import CLOSE, POST
from bot.ballots.store import add_ballot, get_ballot
from bot.clock import utc_now
from bot.database import Database
from bot.groups.model import BallotRule, Group, GroupState
from bot.groups.store import add_group
from bot.instance import SharedLeadership
from bot.jobs.store import put_job
from bot.pitches.model import Pitch, PitchState
from bot.pitches.store import add_pitch
from bot.settings import Settings
from cogs.process import stay_connected
from tests.wire.desk import until
from tests.wire.discord_server import TOKEN, DiscordServer, Entry, Phase
from tests.wire.world import World

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

ABOUT_REACTIONS = re.compile(r"/channels/(\d+)/messages/\d+(/reactions/.*)?")
SELDOM_SECONDS, OFTEN_SECONDS, GRACE_SECONDS = 0.3, 0.02, 0.8
LEAST_GAP = 0.15
"""Arrivals may be a little closer than the starts, which are 0.2 s apart."""


@dataclass(slots=True)
class Line:
    """The calls about reactions as Discord meets them, whichever process makes them."""

    began: list[tuple[float, int, str]] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    def watch(self, entry: Entry, phase: Phase) -> bool:
        found = ABOUT_REACTIONS.fullmatch(entry.path)
        if found is None or entry.method not in ("GET", "PUT"):
            return False
        if phase is Phase.BEFORE:
            now = asyncio.get_running_loop().time()
            self.began.append((now, int(found[1]), entry.method))
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        elif phase is Phase.ANSWERED:
            self.in_flight -= 1
        return False

    def gaps(self) -> list[float]:
        return [later[0] - earlier[0] for earlier, later in pairwise(self.began)]

    def order(self, first: int = 0) -> list[tuple[int, str]]:
        """Whose turn it was, by channel, and whether they read or put."""
        return [
            one for one, _ in groupby((place, method) for _, place, method in self.began[first:])
        ]


@asynccontextmanager
async def process(settings: Settings, look_seconds: float) -> AsyncIterator[None]:
    """One of several; whoever looks more often takes a lock that is free."""
    leadership = SharedLeadership(
        settings.database_url, look_seconds=look_seconds, grace_seconds=GRACE_SECONDS
    )
    stopped = asyncio.Event()
    running = asyncio.create_task(stay_connected(settings, TOKEN, stopped, leadership=leadership))
    try:
        yield
    finally:
        stopped.set()
        await asyncio.wait_for(running, 20)


async def draft(db: Database, world: World, channel_id: int) -> int:
    """A ballot of one topic in a group of its own, to be posted some day."""
    now = utc_now()
    async with db.begin() as tx:
        group = Group(
            id=0,
            server_id=world.guild_id,
            name=f"Group {channel_id}",
            state=GroupState.ACTIVE,
            creator_id=world.people[0],
            pattern=PATTERN,
            channel_id=channel_id,
        )
        group_id = await add_group(tx, group, now)
        pitch = Pitch(
            id=0,
            group_id=group_id,
            author_id=world.people[0],
            title="Alpha",
            state=PitchState.ON_BALLOT,
            submitted_at=now,
        )
        option = BallotOption(pitch_id=await add_pitch(tx, pitch), emoji=LETTERS[0], title="Alpha")
        return await add_ballot(
            tx,
            Ballot(
                id=0,
                group_id=group_id,
                state=BallotState.POSTING,
                rule=BallotRule.MOST_VOTES,
                sessions=1,
                talks_each=1,
                opened_by=world.people[0],
                channel_id=channel_id,
                opened_at=now,
                due_at=now + timedelta(days=1),
                options=(option,),
            ),
        )


async def begin(db: Database, kind: str, *ballot_ids: int) -> None:
    async with db.begin() as tx:
        for ballot_id in ballot_ids:
            await put_job(tx, kind, ballot_id, utc_now())


async def reach(db: Database, ballot_ids: Sequence[int], *states: BallotState) -> None:
    async with asyncio.timeout(30):
        while True:
            async with db.read() as tx:
                found = [await get_ballot(tx, one) for one in ballot_ids]
            if all(one is not None and one.state in states for one in found):
                return
            await asyncio.sleep(0.02)


async def take_the_lead_away(settings: Settings) -> None:
    """End the session with the lock, as a restart of the database does."""
    address = psycopg_address(settings.database_url)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as operator:
        await operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND datname = current_database()"
        )


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path / "data", _env_file=None)


async def test_two_processes_have_one_line_before_and_after_the_lead_changes(
    settings: Settings, server: DiscordServer, world: World
) -> None:
    """The reads that the leader has begun are broken off, and begun anew by the one after it."""
    db, line = Database(settings.database_url), Line()
    server.watch = line.watch
    first, second, third = (
        world.channel_ids[0],
        world.add_channel("two"),
        world.add_channel("three"),
    )
    one, two, three = [await draft(db, world, place) for place in (first, second, third)]
    async with process(settings, SELDOM_SECONDS):
        await until(lambda: server.gateway.identifies == 1)
        async with process(settings, OFTEN_SECONDS):
            await begin(db, POST, one, two)
            await reach(db, [one, two], BallotState.OPEN)
            begun = len(line.began)
            await begin(db, CLOSE, one, two)
            await until(lambda: len(line.began) >= begun + 3)
            await take_the_lead_away(settings)
            await until(lambda: server.gateway.identifies == 2)
            begun = len(line.began)
            await until(lambda: len(line.began) > begun)
            await begin(db, POST, three)
            await reach(db, [one, two], BallotState.CLOSED, BallotState.ANNOUNCED)
            await until(lambda: (third, "PUT") in line.order(begun))
    await db.close()
    assert line.most_in_flight == 1
    assert min(line.gaps()) >= LEAST_GAP
    # The posting was in line before nearly all of these reads. Looks at what was open come last.
    taken = line.order(begun)
    assert set(taken[: taken.index((third, "PUT"))]) == {(first, "GET"), (second, "GET")}
