"""The running demo: one simulated Discord, its time, and everything that may be done to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from simcord import (
    BackendError,
    Env,
    InteractionResult,
    MemberActor,
    ResponseMessage,
    SetupError,
)

from bot.ballots.model import BallotState
from bot.clock import Clock
from bot.demo.commands import parse_command
from bot.demo.crowd import cast_vote
from bot.demo.facts import find_poll
from bot.demo.patches import keep_parsers, know_the_server, quicken_simcord
from bot.demo.people import Person
from bot.demo.places import Place, find_place, links_to_places
from bot.demo.reading import ReadMarks
from bot.demo.window import Viewer, Window
from bot.demo.world import Opening, World, build_world
from bot.errors import Refusal
from cogs.client import LecternBot

BuildBot = Callable[[Clock], LecternBot]

# Real seconds that one operation may take before simcord gives up waiting for the bot.
SETTLE_SECONDS = 20.0
# Simulated time per call of simcord: a stride of hourly sweeps must fit into SETTLE_SECONDS.
LONGEST_STRIDE = timedelta(days=2)
# How far ahead somebody may wait for something that has to come.
LONGEST_WAIT = timedelta(days=60)
# What has happened before the visitor comes in took this long.
BACKSTORY = timedelta(days=3)


class Stage:
    """Owns the simulated Discord; a lock makes every operation wait for the one before."""

    def __init__(self, build_bot: BuildBot, opens_at: datetime) -> None:
        self._build_bot = build_bot
        self._lock = asyncio.Lock()
        self._switching = asyncio.Lock()
        self._window: Window | None = None
        self._window_port = 0
        self._env: Env | None = None
        self._bot: LecternBot | None = None
        self._world: World | None = None
        self._opens_at = opens_at.astimezone(UTC).replace(second=0, microsecond=0)
        self.marks = ReadMarks()
        self.opening = Opening(since_id=0)

    @property
    def env(self) -> Env:
        if self._env is None:
            raise RuntimeError("the stage is not open")
        return self._env

    @property
    def bot(self) -> LecternBot:
        if self._bot is None:
            raise RuntimeError("the stage is not open")
        return self._bot

    @property
    def world(self) -> World:
        if self._world is None:
            raise RuntimeError("the stage is not set")
        return self._world

    def now(self) -> datetime:
        """The simulated instant: today when the demo began, then wherever it was moved."""
        return self._opens_at if self._env is None else self._env.now().astimezone(UTC)

    @property
    def version(self) -> str:
        """Differs whenever something may look different."""
        backend = self.env.backend
        return f"{len(backend.transcript)}-{backend.clock.elapsed}-{self.marks.version}"

    @property
    def troubles(self) -> int:
        """How many errors the bot has raised."""
        return self.env.error_cursor

    async def open(self, seed: Callable[[World], Awaitable[None]]) -> None:
        """Start the bot in an empty server, sync its commands, and let `seed` act in it."""
        quicken_simcord()
        know_the_server()
        keep_parsers()
        bot = self._bot = self._build_bot(self.now)
        env = Env(bot, check_errors=False, settle_timeout=SETTLE_SECONDS)
        env.backend.clock._epoch = self._opens_at - BACKSTORY
        env.backend.bot_user.name = "Lectern"
        # Without this, timers also fire by the wall clock, and simulated time would creep.
        env._schedule_timer = lambda *_: None  # type: ignore[method-assign] # simcord has no option
        await env.start()
        self._env = env
        async with self._lock:
            self._world = build_world(env, self._opens_at)
            await env.settle()
            # The stage itself wakes the bot at every due instant; alarms would ring in vain, as
            # APScheduler reads the real time.
            bot.runner.ticker.stop()
            await bot.tree.sync()
            await seed(self._world)
            await self._advance_to(self._opens_at)
            self.opening = Opening(since_id=self.mark_moment())
            self.marks.start(self.opening.since_id)

    async def close(self) -> None:
        """End the window, the bot and the simulation."""
        await self._close_window()
        async with self._lock:
            if self._env is not None:
                await self._env.shutdown()
            if self._bot is not None:
                await self._bot.close()

    def mark_moment(self) -> int:
        """An id that everything said from now on exceeds."""
        return self.env.backend.snowflake()

    def actor(self, person: Person, place: Place) -> Viewer:
        """The person as simcord knows them there: a member, or a user in their own DMs."""
        member = self.world.members[person.key]
        return member.user if place.is_direct else member

    def place(self, person: Person, key: str) -> Place:
        """The place of that key; raises KeyError where this person has no such place."""
        return find_place(self.world, person, key)

    # ------------------------------------------------------------------ time

    async def next_due_at(self) -> datetime | None:
        """The next instant at which the bot or Discord does something by itself."""
        moments = (
            await self.bot.next_due_at(),
            self.env.backend.next_scheduled_event_deadline(),
        )
        return min((moment for moment in moments if moment and moment > self.now()), default=None)

    async def next_act_at(self) -> datetime | None:
        """The same, but for what nobody sees: planning ahead."""
        moments = (
            await self.bot.runner.next_act_at(),
            self.env.backend.next_scheduled_event_deadline(),
        )
        return min((moment for moment in moments if moment and moment > self.now()), default=None)

    async def advance(self, distance: timedelta) -> None:
        """Move time; everything due on the way happens at its own instant."""
        async with self._acting():
            await self._advance_to(self.now() + distance)

    async def advance_until(self, is_reached: Callable[[], Awaitable[bool]]) -> None:
        """Move from one due instant to the next until `is_reached`; refuses what never comes."""
        async with self._acting():
            latest = self.now() + LONGEST_WAIT
            while not await is_reached():
                due = await self.next_due_at()
                if due is None or due > latest:
                    raise Refusal("Nothing is planned: let Maya open and close a ballot first.")
                await self._advance_to(due)

    async def advance_to_next(self) -> None:
        """Move until something can be seen that could not be seen before."""
        before = self._seen()

        async def is_seen() -> bool:
            return self._seen() > before

        await self.advance_until(is_seen)

    def _seen(self) -> int:
        """How much has happened that somebody may see; Lectern's own reading is none of it."""
        return sum(
            not (where == "HTTP" and what.startswith("GET "))
            for where, what, _ in self.env.backend.transcript
        )

    async def _advance_to(self, target: datetime) -> None:
        while (now := self.now()) < target:
            stride = min(target, await self.next_due_at() or target, now + LONGEST_STRIDE)
            await self.env.advance_time((stride - now).total_seconds())
            with self.env._bot_scope():
                # Its quarter-hourly look at open ballots hangs on the real time, too.
                await self.bot.rooms.upkeep.look_after_all()
                self.bot.runner.wake()
            await self.env.settle()

    # ------------------------------------------------------------------ acts

    async def open_place(self, person: Person, place: Place, back_url: str) -> str:
        """The secret address of a window that shows `place` to `person`."""
        return await self._open_window(person, place, back_url, None)

    async def run_command(self, person: Person, place: Place, text: str, back_url: str) -> str:
        """Use a slash command; the address of a window that shows the answer or the form."""
        actor = self.actor(person, place)
        async with self._in_turn():
            path, options = parse_command(self.world, actor, place.channel, text)
            if isinstance(actor, MemberActor):
                result = await actor.slash(place.channel, path, **options)
            else:
                result = await actor.slash(path, **options)
        return await self._open_window(person, place, back_url, result)

    async def react(self, person: Person, place: Place, message_id: int, emoji: str) -> None:
        """Put this person's reaction under a message, or take it back."""
        async with self._acting():
            stored = self.env.backend.get_message(place.channel.id, message_id)
            reaction = stored.reaction_for(emoji)
            if reaction is None:
                raise Refusal(f"Nobody has put {emoji} there: press one of the letters shown.")
            actor = self.actor(person, place)
            reacted = actor.id not in reaction.user_ids
            await actor.set_reaction(ResponseMessage(self.env, stored), emoji, reacted=reacted)

    async def let_vote(self, choices: Mapping[str, Sequence[int]]) -> None:
        """Let everybody who has not voted choose these topics of the open ballot, 0 the first."""
        async with self._acting():
            poll = await find_poll(self.world, self.bot.db)
            if poll is None or poll.message is None or poll.ballot.state is not BallotState.OPEN:
                raise Refusal("No ballot is open: let Maya open one.")
            card = ResponseMessage(self.env, poll.message)
            for key in choices.keys() - set(poll.voters):
                await cast_vote(self.world.members[key], card, poll.ballot, choices[key])

    @asynccontextmanager
    async def _acting(self) -> AsyncIterator[None]:
        """Act in turn; the open window follows."""
        async with self._in_turn():
            try:
                yield
            finally:
                if self._window is not None:
                    await self._window.refresh()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """Wait for one's turn; what simcord forbids becomes a sentence."""
        async with self._lock:
            try:
                yield
            except BackendError as error:
                raise Refusal(f"Discord says no: {error.message}.") from error
            except SetupError as error:
                raise Refusal(f"That cannot be done here: {error}.") from error
            except TimeoutError as error:
                message = "The bot is still busy with what is due: wait a moment and go on."
                raise Refusal(message) from error

    # ---------------------------------------------------------------- window

    async def _open_window(
        self, person: Person, place: Place, back_url: str, result: InteractionResult | None
    ) -> str:
        async with self._switching:
            await self._close_window()
            async with self._in_turn():
                viewer = self.actor(person, place)
                # Where somebody else has taken that port meanwhile, the next try takes any.
                port, self._window_port = self._window_port, 0
                self._window = await Window.open(
                    self.env,
                    place.channel,
                    viewer,
                    person=person,
                    lock=self._lock,
                    on_action=lambda user_id: self._mark_read(user_id, place.channel.id),
                    back_url=back_url,
                    links=links_to_places(self.world, person),
                    port=port,
                )
                self._window_port = self._window.port
                if result is not None and result.modal is not None:
                    await self._window.show(result)
                self._mark_read(viewer.id, place.channel.id)
                return self._window.url

    async def _close_window(self) -> None:
        window, self._window = self._window, None
        if window is not None:
            window.retire()
            await window.close()

    def _mark_read(self, user_id: int, channel_id: int) -> None:
        self.marks.mark(user_id, channel_id, self.mark_moment())
