"""The bot: every room built and wired, every cog added."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import discord
import structlog
from discord.ext import commands
from discord.http import HTTPClient

from bot.clock import Clock, utc_now
from bot.database import Database
from bot.jobs.lookout import HEARTBEAT
from bot.jobs.pacer import REACTIONS, Unpaced, pacer_for
from bot.jobs.runner import Runner
from bot.migrate import prepare_database
from bot.pictures.studio import Studio
from bot.places.phrases import preload
from bot.settings import Settings
from cogs.answers import Tree
from cogs.ballots import BallotCog
from cogs.discord_time import DiscordTime
from cogs.events import EventCog
from cogs.faults import limit_watch
from cogs.groups import GroupCog
from cogs.help import HelpCog
from cogs.members import MemberCog
from cogs.messenger import DiscordMessenger
from cogs.outgoing.turns import GAP_SECONDS, Turns
from cogs.pitches import PitchCog
from cogs.presses import Routes, press_class
from cogs.reactions import ReactionCog
from cogs.rescheduling import ReschedulingCog
from cogs.rooms import Rooms, build_rooms
from cogs.servers import ServerCog
from cogs.sessions import SessionCog
from cogs.speakers import SpeakerCog

log = structlog.get_logger()

Pause = Callable[[float], Awaitable[None]]

INTENTS = discord.Intents(guilds=True, guild_reactions=True, guild_scheduled_events=True)
"""66561: nothing privileged."""

FACES = (
    GroupCog,
    PitchCog,
    BallotCog,
    SessionCog,
    ReschedulingCog,
    EventCog,
    SpeakerCog,
    MemberCog,
    HelpCog,
)

UPKEEP = timedelta(minutes=15)
HOURLY = timedelta(hours=1)
DAILY = timedelta(days=1)
PURGE = timedelta(hours=6)
GOODBYE_SECONDS = 1.0


# Lectern never speaks; discord.py would warn at every start that it can't.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class LecternBot(commands.Bot):
    """One process of Lectern. Closing it closes everything it opened."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        heartbeat: timedelta,
        pause: Pause,
        *,
        is_paced: bool,
        after_restore: bool,
        is_alone: bool,
    ) -> None:
        discord_time = DiscordTime(clock)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=INTENTS,
            tree_cls=Tree,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=discord.app_commands.AppCommandContext(guild=True),
            allowed_installs=discord.app_commands.AppInstallationType(guild=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=30,
            http_trace=discord_time.watching(limit_watch()),
        )
        self.settings = settings
        self.clock = clock
        self.db = Database(settings.database_url)
        self.runner = Runner(
            self.db,
            clock,
            heartbeat=heartbeat,
            on_beat=self._beat,
            pacer=pacer_for(self.db) if is_paced else Unpaced(),
            after_restore=after_restore,
            is_alone=is_alone,
            skew=discord_time.ahead,
            on_refused=self._refuse,
        )
        self.messenger = self._make_messenger(GAP_SECONDS if is_paced else 0)
        self.studio = Studio()
        self.rooms: Rooms = build_rooms(
            self.db, clock, self.messenger, self.runner, self._if_real(pause), self.studio.draw
        )
        self.routes = Routes(self.rooms.unsent, self.rooms.questions)
        self.refused = asyncio.Event()
        """Set when Discord refuses the token of a bot that it had let in."""
        self._servers = ServerCog(self, self.rooms.absence, self.runner.pacer.wait)
        self._works = self._leads = False

    async def setup_hook(self) -> None:
        """Prepare the database and everything that answers; jobs wait for `begin_work`."""
        await prepare_database(self.settings)
        await asyncio.to_thread(preload)
        if self._is_simulated():
            self.runner.pacer.is_needed = False
            self._turns.gap_seconds = 0.0
        self.add_dynamic_items(press_class(self.routes))
        for face in FACES:
            await self.add_cog(face(self.rooms, self.routes))
        await self.add_cog(self._servers)
        await self.add_cog(ReactionCog(self, self.rooms.listener, self.rooms.upkeep))

    def _is_simulated(self) -> bool:
        """Whether Discord is in this process, not behind HTTP: nothing limits it, or comes late."""
        return type(self.http) is not HTTPClient

    def _if_real(self, pause: Pause) -> Pause:
        async def pause_if_real(seconds: float) -> None:
            if not self._is_simulated():
                await pause(seconds)

        return pause_if_real

    def _make_messenger(self, gap_seconds: float) -> DiscordMessenger:
        wait = self.runner.pacer.wait

        async def leave_for_reactions() -> None:
            await wait()
            await wait(REACTIONS.name)

        self._turns = Turns(leave_for_reactions, gap_seconds)
        return DiscordMessenger(self, wait, self._turns)

    def follow(self, is_sure_to_lead: Callable[[], bool]) -> None:
        """Leave to another process what only the leader does, until this one is at the gateway.

        `is_sure_to_lead` says then, before each call about reactions, whether it still leads.
        """
        self._turns.is_ours = is_sure_to_lead
        self.runner.follow()

    def step_down(self) -> None:
        """Lead no more, for good: what the leader alone does is broken off."""
        self.runner.follow()
        self._turns.shut()

    def begin_work(self) -> None:
        """Do the jobs from now on; harmless where they are being done."""
        if not self._works:
            self._works = True
            self.runner.start()

    async def on_ready(self) -> None:
        """Start sending once the servers are known; look after ballots after every new session.

        Only the process at the gateway gets here: what is to be done once for all processes on
        the database hangs on it.
        """
        try:
            await self._servers.call_roll()
        finally:
            self.runner.lead()
            self.begin_work()
        if not self._leads:
            self._leads = True
            self.runner.ticker.every(UPKEEP, self._servers.call_roll, name="servers")
            self.runner.ticker.every(UPKEEP, self.rooms.upkeep.look_after_all, name="ballots")
            self.runner.ticker.every(HOURLY, self.rooms.events.look_after_all, name="events")
            self.runner.ticker.every(DAILY, self.rooms.unsent.forget_old, name="unsent forms")
            self.runner.ticker.every(DAILY, self.rooms.zones.look_after_all, name="zones")
            self.runner.ticker.every(DAILY, self.rooms.absence.forget_old, name="old groups")
            self.runner.ticker.every(DAILY, self.rooms.listener.forget_old, name="old vote log")
            self.runner.ticker.every(PURGE, self.runner.purge, name="purge")
            log.info("bot.ready", guilds=len(self.guilds))
        await self.rooms.zones.look_after_all()
        await self.rooms.upkeep.look_after_all()
        await self.rooms.events.look_after_all()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take in submitted forms, also those that an earlier process had opened."""
        if interaction.type is discord.InteractionType.modal_submit:
            await self.routes.take(interaction)

    async def next_due_at(self) -> datetime | None:
        """The next instant at which there is something to do, None for never."""
        return await self.runner.next_due_at()

    def _beat(self) -> None:
        try:
            self.settings.data_dir.mkdir(parents=True, exist_ok=True)
            (self.settings.data_dir / "heartbeat").touch()
        except OSError as error:
            log.warning("bot.no_heartbeat", error=repr(error))

    def _refuse(self) -> None:
        self.refused.set()

    async def leave_gateway(self) -> None:
        """Hear of members no more; what is being answered or sent goes on."""
        if self.ws is not None and self.ws.open:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ws.close(code=1000), GOODBYE_SECONDS)

    async def close(self) -> None:
        """Finish what is being sent, leave Discord, give the database back."""
        await self.runner.stop()
        await super().close()
        await asyncio.to_thread(self.studio.close)
        await self.db.close()


def create_bot(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    heartbeat: timedelta = HEARTBEAT,
    pause: Pause = asyncio.sleep,
    is_paced: bool = True,
    after_restore: bool = False,
    is_alone: bool = False,
) -> LecternBot:
    """The complete bot, database included, not connected.

    `heartbeat` is the longest time between two looks at the database; `pause` waits for late
    votes. Calls to Discord are spaced unless `is_paced` is False. A Discord that is simulated in
    this process has no limits and no late votes: neither is done there.
    `is_alone` says that no other process works on the database. With `after_restore` everything
    is looked for before it is sent, also at first attempts.
    """
    return LecternBot(
        settings,
        clock,
        heartbeat,
        pause,
        is_paced=is_paced,
        after_restore=after_restore,
        is_alone=is_alone,
    )
