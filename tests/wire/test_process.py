"""The process against HTTP and WebSocket on loopback: publishing, coming online, ending."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg
import pytest
from backstage import PATTERN
from postgres import psycopg_address
from sqlalchemy import delete, select, update
from wire.gateway_double import TOKEN, GatewayDouble, serving

from bot.clock import utc_now
from bot.database import Database
from bot.groups.model import Group, GroupState
from bot.groups.store import add_group
from bot.groups.welcome import WELCOME
from bot.instance import LEADER_LOCK, SharedLeadership
from bot.jobs.model import DeliveryState, JobState
from bot.jobs.store import DELIVERIES, JOBS, put_job
from bot.settings import Settings
from cogs.process import TokenRefusal, invitation, publish_commands, stay_connected
from tests.wire.answers import as_json
from tests.wire.bots import Nursery, nursery
from tests.wire.discord_server import DiscordServer
from tests.wire.faults import Trouble
from tests.wire.world import World

COMMANDS = {"ballot", "follow", "group", "help", "me", "next", "pitch", "privacy", "session"}
COMMANDS |= {"sessions", "topics", "audit", "talk"}
REFUSED = Trouble(
    name="401", answer=as_json({"code": 0, "message": "401: Unauthorized"}, status=401)
)


@pytest.fixture
def lone_settings(tmp_path: Path) -> Settings:
    """Settings of a bot that makes its own database."""
    return Settings(data_dir=tmp_path, database_url="", _env_file=None)


@pytest.fixture
async def double(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GatewayDouble]:
    async with serving(GatewayDouble(), monkeypatch) as running:
        yield running


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another task does, at most ten seconds."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - a file that appears sets no event
            await asyncio.sleep(0.01)


async def test_commands_are_published_with_the_invitation(
    lone_settings: Settings, double: GatewayDouble
) -> None:
    told = await publish_commands(lone_settings, TOKEN, if_changed=False)
    assert [{command["name"] for command in one} for one in double.published] == [COMMANDS]
    assert told == (
        "Published 13 slash commands. Invite the bot with\n"
        "https://discord.com/oauth2/authorize?client_id=700000000000000001"
        "&scope=bot+applications.commands&permissions=17901423807552"
    )


async def test_unchanged_commands_are_published_once(
    lone_settings: Settings, double: GatewayDouble
) -> None:
    await publish_commands(lone_settings, TOKEN, if_changed=True)
    told = await publish_commands(lone_settings, TOKEN, if_changed=True)
    assert told == "The slash commands are published already."
    assert len(double.published) == 1


async def test_a_token_that_discord_refuses_is_a_sentence(
    lone_settings: Settings, double: GatewayDouble
) -> None:
    sentence = "Discord refuses the token in DISCORD_TOKEN: copy it anew from the bot's page."
    with pytest.raises(TokenRefusal, match=sentence):
        await publish_commands(lone_settings, "wrong", if_changed=False)
    with pytest.raises(TokenRefusal, match=sentence):
        await stay_connected(lone_settings, "wrong", asyncio.Event())
    assert double.published == []


async def test_the_bot_comes_online_and_ends_when_it_is_told(
    lone_settings: Settings, double: GatewayDouble
) -> None:
    stopped = asyncio.Event()
    running = asyncio.create_task(stay_connected(lone_settings, TOKEN, stopped))
    await until((lone_settings.data_dir / "heartbeat").exists)
    stopped.set()
    await asyncio.wait_for(running, 10)
    assert double.identifies == 1


async def test_a_first_connection_that_fails_is_tried_again(
    lone_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = asyncio.Event()
    async with serving(GatewayDouble(refused_sockets=2), monkeypatch) as double:
        running = asyncio.create_task(
            stay_connected(lone_settings, TOKEN, stopped, first_pause=0.01)
        )
        await until(lambda: double.identifies == 1)
        stopped.set()
        await asyncio.wait_for(running, 10)
    assert double.refused_sockets == 0


def test_the_invitation_asks_for_no_more_than_is_needed() -> None:
    assert "permissions=17901423807552" in invitation(1)


# A token that is refused later.


async def test_token_that_is_refused_later_ends_the_process(
    settings: Settings, server: DiscordServer, world: World
) -> None:
    server.faults.add(REFUSED, "POST", r"/channels/\d+/messages", times=1_000)
    await put_welcome(settings, world)
    with pytest.raises(TokenRefusal):
        await asyncio.wait_for(stay_connected(settings, TOKEN, asyncio.Event()), 20)
    assert server.gateway.sockets == set()
    assert len(server.asked("POST", r"/channels/\d+/messages")) == 1


async def test_refused_token_ends_the_command_with_a_code_of_its_own(
    lone_settings: Settings, server: DiscordServer, tmp_path: Path
) -> None:
    """A supervisor has to tell it from a fault that the next start may not meet."""
    server.faults.add(REFUSED, "GET", "/users/@me", times=1_000)
    with real_process(server, lone_settings, tmp_path) as process:
        assert await asyncio.to_thread(process.wait) == 78
    assert process.errors == [
        "Discord refuses the token in DISCORD_TOKEN: copy it anew from the bot's page."
    ]


async def put_welcome(settings: Settings, world: World) -> None:
    """Have a group's welcome said in the world's channel, by whichever process does the jobs."""
    db = Database(settings.database_url)
    async with db.begin() as tx:
        group = Group(
            id=0,
            server_id=world.guild_id,
            name="ML Theory",
            state=GroupState.ACTIVE,
            creator_id=world.people[0],
            pattern=PATTERN,
            channel_id=world.channel_ids[0],
        )
        await put_job(tx, WELCOME, await add_group(tx, group, utc_now()), utc_now())
    await db.close()


# A restored backup.


async def test_after_a_restore_nothing_is_said_twice(
    settings: Settings, server: DiscordServer, world: World
) -> None:
    await put_welcome(settings, world)
    await run_until_sent(settings)
    db = Database(settings.database_url)
    async with db.begin() as tx:
        await tx.execute(delete(DELIVERIES))
        await tx.execute(update(JOBS).values(state=JobState.WAITING))
    await db.close()
    await run_until_sent(settings, after_restore=True)
    assert len(server.asked("POST", r"/channels/\d+/messages")) == 1


async def run_until_sent(settings: Settings, *, after_restore: bool = False) -> None:
    """Let a process run until the one delivery that there is counts as sent."""
    stopped, db = asyncio.Event(), Database(settings.database_url)
    running = asyncio.create_task(
        stay_connected(settings, TOKEN, stopped, after_restore=after_restore)
    )
    async with asyncio.timeout(20):
        while await sent(db) != [DeliveryState.SENT]:  # noqa: ASYNC110 - a row sets no event
            await asyncio.sleep(0.05)
    stopped.set()
    await running
    await db.close()


async def sent(db: Database) -> list[str]:
    async with db.read() as tx:
        return list(await tx.scalars(select(DELIVERIES.c.state)))


# Several processes on one database.


@pytest.fixture
def shared_settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of processes that share a PostgreSQL database."""
    return Settings(database_url=database_url, data_dir=tmp_path / "data", _env_file=None)


def on_postgres(test: Callable[..., object]) -> Callable[..., object]:
    """Run the test on PostgreSQL only: a file is one process's own."""
    return pytest.mark.parametrize("database_url", ["postgres"], indirect=True)(test)


@asynccontextmanager
async def process(settings: Settings, *, first_pause: float = 0.01) -> AsyncIterator[asyncio.Event]:
    """A process that runs until the block ends, or the event is set."""
    leadership = SharedLeadership(settings.database_url, look_seconds=0.02, grace_seconds=0.1)
    stopped = asyncio.Event()
    running = asyncio.create_task(
        stay_connected(settings, TOKEN, stopped, first_pause=first_pause, leadership=leadership)
    )
    try:
        yield stopped
    finally:
        stopped.set()
        await asyncio.wait_for(running, 20)


@asynccontextmanager
async def another_leader(settings: Settings) -> AsyncIterator[None]:
    """Somebody else has the lock until the block ends."""
    address = psycopg_address(settings.database_url)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as session:
        await session.execute("SELECT pg_advisory_lock(%s)", [LEADER_LOCK])
        yield


@on_postgres
async def test_process_that_does_not_lead_works_and_is_not_at_the_gateway(
    shared_settings: Settings, server: DiscordServer, world: World
) -> None:
    await put_welcome(shared_settings, world)
    async with another_leader(shared_settings), process(shared_settings):
        await until(lambda: world.titles(world.channel_ids[0]) == ["📚 ML Theory"])
        assert server.gateway.identifies == 0


@on_postgres
async def test_process_that_comes_to_lead_goes_to_the_gateway(
    shared_settings: Settings, server: DiscordServer
) -> None:
    async with process(shared_settings) as stopped:
        await until(lambda: len(server.gateway.sockets) == 1)
        async with process(shared_settings):
            await until(lambda: len(server.asked("GET", "/users/@me")) == 2)
            assert server.gateway.identifies == 1
            stopped.set()
            await until(lambda: server.gateway.identifies == 2)
            await until(lambda: len(server.gateway.sockets) == 1)


@on_postgres
async def test_leader_that_another_has_followed_leaves_the_gateway_and_competes_again(
    shared_settings: Settings, server: DiscordServer
) -> None:
    address = psycopg_address(shared_settings.database_url)
    async with process(shared_settings):
        await until(lambda: len(server.gateway.sockets) == 1)
        other = asyncio.Event()
        following = asyncio.create_task(follow(shared_settings, other))
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as operator:
            while not await is_waited_for(operator):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
            await operator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'lectern leader' AND datname = current_database()"
            )
        await until(lambda: server.gateway.sockets == set())
        other.set()
        await following
        await until(lambda: server.gateway.identifies == 2)


@on_postgres
async def test_leader_that_is_cut_off_from_the_gateway_lets_another_lead(
    shared_settings: Settings, server: DiscordServer
) -> None:
    async with process(shared_settings, first_pause=600):
        await until(lambda: len(server.gateway.sockets) == 1)
        async with process(shared_settings):
            await until(lambda: len(server.asked("GET", "/users/@me")) == 2)
            await server.gateway.drop(4004)
            await until(lambda: server.gateway.identifies == 2)


async def follow(settings: Settings, until_set: asyncio.Event) -> None:
    async with another_leader(settings):
        await until_set.wait()


async def is_waited_for(session: psycopg.AsyncConnection[tuple[int]]) -> bool:
    found = await session.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    )
    row = await found.fetchone()
    return row is not None and row[0] > 0


@contextmanager
def real_process(server: DiscordServer, settings: Settings, folder: Path) -> Iterator[Nursery]:
    """A process of its own, as `lectern run` starts it."""
    folder.mkdir(exist_ok=True)
    with nursery(server.port, settings.database_url, folder) as running:
        running.start()
        yield running


@on_postgres
async def test_killed_leader_is_followed_by_a_process_that_was_waiting(
    shared_settings: Settings, server: DiscordServer, tmp_path: Path
) -> None:
    with real_process(server, shared_settings, tmp_path / "first") as first:
        await until(lambda: server.gateway.identifies == 1)
        with real_process(server, shared_settings, tmp_path / "second") as second:
            await until(lambda: "lead.waiting" in [line["event"] for line in second.log])
            assert server.gateway.identifies == 1
            first.kill()
            await until(lambda: server.gateway.identifies == 2)
            assert await second.stop() == 0
    assert (first.errors, second.errors) == ([], [])


async def test_second_process_on_a_file_ends_in_a_sentence(
    lone_settings: Settings, server: DiscordServer, tmp_path: Path
) -> None:
    with real_process(server, lone_settings, tmp_path / "first") as first:
        await until(lambda: server.gateway.identifies == 1)
        with real_process(server, lone_settings, tmp_path / "second") as second:
            assert await asyncio.to_thread(second.wait) == 1
        assert second.errors == [
            f"Lectern is running on {lone_settings.database_file} already: stop that process "
            "first. Several processes can share a PostgreSQL database, not a file."
        ]
        assert await first.stop() == 0
    assert server.gateway.identifies == 1
