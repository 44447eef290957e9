"""Every room over one database, with a clock moved by hand and a messenger that keeps its words."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.messenger import FakeMessenger, Message
from scenery import PATTERN
from sqlalchemy import bindparam, select, update

from bot.audit.store import last_acts
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.groups import store as group_store
from bot.groups.access import find_group
from bot.groups.model import ON_BALLOT, Group, GroupState
from bot.jobs.model import JobState
from bot.jobs.runner import Runner
from bot.jobs.store import JOBS, cancel_jobs
from bot.members.model import Actor, Member, Place
from bot.members.store import save_member
from bot.messenger import EventPlan, TryLater
from bot.pictures.model import Drawing
from bot.pictures.studio import Draw, draw_nothing
from bot.pitches.model import Pitch, PitchState
from bot.pitches.store import add_pitch
from bot.rescheduling.model import Way
from bot.sessions.calendar import fill_calendar
from bot.sessions.model import EVENT
from bot.sessions.store import SESSIONS
from cogs.rooms import Rooms, build_rooms

SERVER, CHANNEL, FORUM = 1000, 1001, 1002
"""The first ids that the messenger gives."""

MAYA, BEN, CLARA, DEVI, KENJI = 11, 12, 13, 14, 15

START = datetime(2022, 10, 29, 18, 0, tzinfo=UTC)
FIRST = datetime(2022, 11, 5, 20, 0, tzinfo=UTC)
SECOND = datetime(2022, 11, 19, 21, 0, tzinfo=UTC)
THIRD = datetime(2022, 12, 3, 21, 0, tzinfo=UTC)
"""14:00 in Denver, before and after its clocks go back on 6 November."""


async def no_pause(_seconds: float) -> None:
    """Time moves by hand."""


Act = Callable[[], Awaitable[object]]


class Died(BaseException):
    """The process is gone in the middle of what it was doing."""


async def die() -> None:
    """Kill the process."""
    raise Died


async def lose_the_answer() -> None:
    """The act is done, but nobody hears of it."""
    raise TryLater("the answer was lost")


def once(act: Act) -> Act:
    """An act that happens the first time only."""
    acts = [act]

    async def act_once() -> None:
        if acts:
            await acts.pop()()

    return act_once


async def nothing() -> None:
    """What happens meanwhile, unless a test says otherwise."""


class Backroom(FakeMessenger):
    """A chat system in memory where other things happen in the middle of a call.

    `meanwhile["say"]` is awaited once a message is said and before anybody hears of it,
    `meanwhile["before read_votes"]` before anything is read.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.meanwhile: dict[str, Act] = {}
        self.add_server([MAYA, BEN, CLARA, DEVI, KENJI])
        self.add_channel(SERVER)
        self.add_channel(SERVER, is_forum=True)

    @asynccontextmanager
    async def _call(self, name: str) -> AsyncIterator[None]:
        async with super()._call(name):
            await self.meanwhile.get(f"before {name}", nothing)()
            yield
            await self.meanwhile.get(name, nothing)()

    @property
    def members(self) -> set[int]:
        return self.servers[SERVER].members

    @property
    def events(self) -> dict[int, EventPlan]:
        """What the server's native events show."""
        return {event_id: event.plan for event_id, event in self.servers[SERVER].events.items()}

    def vote(self, message_id: int, user_id: int, letters: str) -> None:
        """Let somebody react with each of the letters."""
        for letter in letters:
            self.react(user_id, CHANNEL, message_id, letter)

    def unvote(self, message_id: int, letter: str) -> None:
        """Take every reaction with the letter away."""
        self.message(message_id).reactions.pop((letter, False))

    def message(self, message_id: int) -> Message:
        return self.places[CHANNEL].messages[message_id]

    def titles(self, about: str = "", channel_id: int = CHANNEL) -> list[str]:
        """The titles of what stands in a channel, in order; those that contain `about`."""
        cards = [one.card for one in self.places[channel_id].messages.values()]
        return [card.title for card in cards if about in card.title]

    def told(self, user_id: int) -> list[Card]:
        """The cards that one person got by direct message, in order."""
        place_id = self.direct.get(user_id)
        return [one.card for one in self.places[place_id].messages.values()] if place_id else []


@dataclass(slots=True, kw_only=True)
class Backstage:
    """The services, and the hands that move them."""

    db: Database
    now: datetime = START
    draw: Draw = draw_nothing
    messenger: Backroom = field(init=False)
    runner: Runner = field(init=False)
    rooms: Rooms = field(init=False)

    def __post_init__(self) -> None:
        self.messenger = Backroom(self.clock)
        self.restart()

    def clock(self) -> datetime:
        return self.now

    def restart(self) -> None:
        """A new process on the same database."""
        self.runner = Runner(self.db, self.clock)
        self.rooms = build_rooms(
            self.db, self.clock, self.messenger, self.runner, no_pause, self._draw
        )
        self.rooms.listener.begin_session()

    async def _draw(self, drawing: Drawing) -> bytes | None:
        return await self.draw(drawing)

    async def crash(self) -> None:
        """Do what is due until something kills the process, and start another."""
        with pytest.raises(Died):
            await self.runner.run_due()
        self.messenger.meanwhile.clear()
        self.restart()

    async def advance_to(self, moment: datetime) -> None:
        """Let time pass, with everything done when it is due."""
        await self.runner.run_due()
        while (look_at := self.runner.look_at) is not None and look_at <= moment:
            self.now = max(self.now, look_at)
            await self.runner.run_due()
        self.now = moment

    async def sleep_until(self, moment: datetime) -> None:
        """Let time pass while the bot is down; what is due then is done on waking."""
        self.now = moment
        await self.runner.run_due()

    async def found_group(self, *, is_mirrored: bool = False, **changes: Any) -> Group:
        """Maya's published group, its sessions in the calendar.

        Native events are only made where they are looked at: they are most of the work. A group
        that is new has no ballot to be drawn anew.
        """
        values = {
            "id": 0,
            "server_id": SERVER,
            "name": "ML Theory",
            "state": GroupState.ACTIVE,
            "creator_id": MAYA,
            "pattern": PATTERN,
            "channel_id": CHANNEL,
            "forum_id": FORUM,
            "meeting_place": "Stage 1",
        }
        async with self.db.begin() as tx:
            group_id = await group_store.add_group(tx, Group(**values | changes), self.now)
            group = await group_store.group_of(tx, group_id)
            await fill_calendar(tx, group, self.now)
            await cancel_jobs(tx, group_id, [ON_BALLOT])
            if not is_mirrored:
                await tx.execute(_WITHOUT_EVENTS, {"its_group": group_id})
        if is_mirrored:
            await self.runner.run_due()
        return group

    async def move(
        self, number: int, when: str, label: str = "Move only this one", *, user_id: int = MAYA
    ) -> Card:
        """What a lead sees after moving a session and confirming it."""
        card = await self.rooms.rescheduling.propose_move(actor(user_id), None, number, when)
        if label not in [button.label for button in card.buttons]:
            card = await self.press(card, "Shift the rest too…", user_id)
        return await self.press(card, label, user_id)

    async def cancel(
        self,
        number: int | None,
        reason: str = "",
        *,
        user_id: int = MAYA,
        typed_group: str | None = None,
    ) -> Card:
        """What a lead sees after cancelling a session and confirming it."""
        propose = self.rooms.rescheduling.propose_cancel
        card = await propose(actor(user_id), typed_group, number, reason)
        return await self.press(card, "Cancel the session", user_id)

    async def call_off(self, *, user_id: int = MAYA) -> Card:
        """What a lead sees after calling the ballot off and confirming it."""
        card = await self.rooms.cancelling.propose(actor(user_id), None)
        return await self.press(card, "Call it off", user_id)

    async def press(
        self, card: Card, label: str, user_id: int = MAYA, server_id: int = SERVER
    ) -> Card:
        """What is seen after a press on a button of a proposal, a question or the list of acts."""
        [pressed] = [one.action for one in card.buttons if one.label == label and one.action]
        verb, *subject = pressed.split(":")
        who = actor(user_id, server_id)
        if verb == "undo":
            return await self.rooms.acts.undo(who, int(subject[0]))
        if verb == "calloff":
            return await self.rooms.cancelling.confirm(who, int(subject[0]), subject[1])
        proposal_id, what, way, talk_id = subject
        if what == "leave":
            return await self.rooms.rescheduling.leave(who, int(proposal_id))
        do = self.rooms.rescheduling.confirm if what == "do" else self.rooms.rescheduling.show
        return await do(who, int(proposal_id), Way(way), int(talk_id))

    async def undo(self, number: int = 1, user_id: int = MAYA) -> Card:
        """The list of acts after its `number`th, counted from the newest, was taken back.

        What is refused has no Undo, and what has none is refused.
        """
        listed = await self.rooms.acts.acts_card(actor(user_id), None)
        is_offered = f"Undo {number}" in [button.label for button in listed.buttons]
        async with self.db.read() as tx:
            group = await find_group(tx, actor(user_id), None)
            acts = await last_acts(tx, group.id, number)
        try:
            card = await self.rooms.acts.undo(actor(user_id), acts[-1].id)
        except Refusal:
            assert not is_offered
            raise
        assert is_offered
        return card

    async def pitch(self, group: Group, *titles: str, speakers: Sequence[int] = ()) -> list[int]:
        """The ids of new pitches, a minute apart, the first ones with speakers."""
        ids = []
        async with self.db.begin() as tx:
            for number, title in enumerate(titles):
                pitch = Pitch(
                    id=0,
                    group_id=group.id,
                    author_id=BEN,
                    title=title,
                    speaker_id=speakers[number] if number < len(speakers) else None,
                    state=PitchState.OPEN,
                    submitted_at=self.now - timedelta(days=1) + timedelta(minutes=number),
                )
                ids.append(await add_pitch(tx, pitch))
        return ids

    async def know(self, user_id: int, place: Place | None = None, **wishes: Any) -> None:
        """Somebody has said where they live and how they want to be reminded."""
        async with self.db.begin() as tx:
            await save_member(tx, Member(user_id=user_id, place=place, **wishes))

    async def leave_for(self, user_id: int, *moments: datetime) -> None:
        """Somebody says that they are away on the day of each of the moments."""
        for moment in moments:
            await self.rooms.away.be_away(user_id, moment.date(), moment.date())

    async def follow(self, group: Group, *user_ids: int) -> None:
        async with self.db.begin() as tx:
            for user_id in user_ids:
                await group_store.toggle_follow(tx, group.id, user_id, self.now)


_SESSIONS_OF = select(SESSIONS.c.id).where(SESSIONS.c.group_id == bindparam("its_group"))
_WITHOUT_EVENTS = (
    update(JOBS)
    .where(JOBS.c.kind == EVENT, JOBS.c.subject_id.in_(_SESSIONS_OF))
    .values(state=JobState.CANCELLED, rev=JOBS.c.rev + 1)
)


def manager(user_id: int = MAYA, server_id: int = SERVER) -> Actor:
    """Somebody who may set up groups."""
    return Actor(user_id=user_id, server_id=server_id, channel_id=CHANNEL, manages_server=True)


def actor(user_id: int = MAYA, server_id: int = SERVER) -> Actor:
    """Somebody acting in the group's home channel."""
    return Actor(user_id=user_id, server_id=server_id, channel_id=CHANNEL)
