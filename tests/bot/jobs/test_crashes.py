"""Wherever the process dies, or an answer is lost, everything happens once.

Each act is run to its end and its steps are counted; then, for each step, the same act of another
group is struck there, and a new process carries on when the dead one's lease is over. Every second
step is struck, and every single one with `--both-databases`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.ballots.model import BallotForm
from bot.ballots.store import last_ballot
from bot.groups.model import Group, GroupState, Pattern
from bot.groups.store import add_group, add_lead, group_of, toggle_follow
from bot.jobs.model import LEASE
from bot.jobs.runner import Runner
from bot.jobs.store import put_job
from bot.members.model import Actor, Member
from bot.members.store import MEMBERS, save_member
from bot.pitches.model import Pitch
from bot.pitches.store import add_pitch
from bot.sessions.answers import save_answer
from bot.sessions.model import DISCUSS, EVENT, REMIND, Answer, Session, SessionState, Talk
from bot.sessions.store import add_session, calendar_of, get_session
from bot.sessions.talks import add_talk
from cogs.rooms import Rooms, build_rooms
from tests.fakes.clock import START, HandClock
from tests.fakes.death import Death, MortalDatabase, Reaper
from tests.fakes.errands import no_pause
from tests.fakes.messenger import FakeMessenger, Place

pytestmark = pytest.mark.both_databases

ANN, BEN, CLARA = 11, 12, 13
NAMES = {ANN: "ann", BEN: "ben", CLARA: "clara"}
HOUR = timedelta(hours=1)
BACK_SOON, BACK_LATE = timedelta(hours=1), timedelta()
"""How long the chat system remembers a nonce, beside the minute that a process stays away."""

Seen = list[tuple[str, ...]]


@dataclass(slots=True, kw_only=True)
class Theatre:
    """One database and one chat system, on which processes come and go."""

    clock: HandClock
    reaper: Reaper
    db: MortalDatabase
    chat: FakeMessenger

    def new_process(self) -> tuple[Runner, Rooms]:
        self.reaper.arm(None)
        runner = Runner(self.db, self.clock)
        rooms = build_rooms(self.db, self.clock, self.chat, runner, no_pause)
        rooms.listener.begin_session()
        return runner, rooms


@pytest.fixture
async def theatre(database_url: str) -> AsyncIterator[Theatre]:
    clock, reaper = HandClock(), Reaper()
    db = MortalDatabase(database_url, reaper)
    chat = FakeMessenger(clock, on_step=reaper.step)
    yield Theatre(clock=clock, reaper=reaper, db=db, chat=chat)
    await db.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A group of its own in a server of its own, with one act due at `due_at`."""

    theatre: Theatre
    rooms: Rooms
    group: Group
    due_at: datetime = START

    @property
    def lead(self) -> Actor:
        return Actor(user_id=ANN, server_id=self.group.server_id, channel_id=self.group.channel_id)

    def everything_said(self) -> Seen:
        """(place, title, those pinged, letters of ours) of each message in the group's server."""
        chat, found = self.theatre.chat, []
        for place in chat.places.values():
            if place.server_id == self.group.server_id:
                found += self._said_in(place)
        return sorted(found)

    def _said_in(self, place: Place) -> Seen:
        roles = {self.group.channel_id: "channel", self.group.forum_id: "forum"}
        role = roles.get(place.id) or f"thread in {roles[place.parent_id]}"
        return [
            (
                role,
                one.card.title,
                " ".join(sorted(NAMES[user_id] for user_id in one.pings)),
                "".join(sorted(emoji for emoji, _ in one.reactions)),
            )
            for one in place.messages.values()
        ]

    def threads(self) -> list[str]:
        places = self.theatre.chat.places.values()
        server_id = self.group.server_id
        mine = [place for place in places if place.parent_id and place.server_id == server_id]
        return sorted(place.title for place in mine)

    def events(self) -> list[str]:
        server = self.theatre.chat.servers[self.group.server_id]
        return sorted(event.plan.name for event in server.events.values())


async def new_scene(theatre: Theatre, *, has_forum: bool = False) -> Scene:
    """A published group that meets on Saturdays, led by ann."""
    _, rooms = theatre.new_process()
    theatre.clock.now = START
    server_id = theatre.chat.add_server([ANN, BEN, CLARA])
    group = Group(
        id=0,
        server_id=server_id,
        name="ML Theory",
        state=GroupState.ACTIVE,
        creator_id=ANN,
        pattern=Pattern(
            zone="America/Denver",
            first_at=datetime(2022, 11, 5, 14, 0),  # noqa: DTZ001 - a wall time
            every_weeks=2,
            minutes=60,
        ),
        channel_id=theatre.chat.add_channel(server_id),
        forum_id=theatre.chat.add_channel(server_id, is_forum=True) if has_forum else None,
    )
    async with theatre.db.begin() as tx:
        group_id = await add_group(tx, group, START)
        await add_lead(tx, group_id, ANN)
        group = await group_of(tx, group_id)
    return Scene(theatre=theatre, rooms=rooms, group=group)


async def add_meeting(scene: Scene, starts_at: datetime, number: int = 1) -> Session:
    """A session of the group with no job of its own yet."""
    wall = starts_at.replace(tzinfo=None)
    session = Session(
        id=0,
        group_id=scene.group.id,
        number=number,
        wall_start=wall,
        zone="Etc/UTC",
        starts_at=starts_at,
        minutes=60,
        state=SessionState.PLANNED,
        changed_at=START,
    )
    async with scene.theatre.db.begin() as tx:
        session_id = await add_session(tx, session, wall, "test")
        found = await get_session(tx, session_id)
    assert found is not None
    return found


# The acts: what is due, and what must have been seen when it is over.


async def reminder(theatre: Theatre) -> Scene:
    """An hour ahead, in the channel and by direct message."""
    scene = await new_scene(theatre)
    session = await add_meeting(scene, START + HOUR)
    async with theatre.db.begin() as tx:
        await save_member(tx, Member(user_id=BEN, wants_direct_messages=True))
        await toggle_follow(tx, scene.group.id, BEN, START)
        await put_job(tx, REMIND, session.id, START, lead_minutes=60)
        # The same person, but with whom no channel is known and who has read nothing so far.
        await tx.execute(update(MEMBERS).values(direct_channel_id=None))
    for channel_id in theatre.chat.direct.values():
        theatre.chat.places[channel_id].messages.clear()
    return scene


async def seen_of_reminder(scene: Scene) -> Seen:
    chat = scene.theatre.chat
    told = [
        (NAMES[user_id], message.card.title, "", "")
        for user_id, channel_id in chat.direct.items()
        for message in chat.places[channel_id].messages.values()
    ]
    channel = [
        (place, title[: len(REMINDER)], *rest) for place, title, *rest in scene.everything_said()
    ]
    return [*channel, *told]


async def ballot(theatre: Theatre) -> Scene:
    """Four pitches for one session with two talks."""
    scene = await new_scene(theatre)
    await add_meeting(scene, START + timedelta(days=14))
    async with theatre.db.begin() as tx:
        for number, title in enumerate(("Meta-learning", "Quantum", "Retrieval", "Depth")):
            pitch = Pitch(
                id=0,
                group_id=scene.group.id,
                author_id=BEN,
                title=title,
                speaker_id=BEN if number else CLARA,
                submitted_at=START + timedelta(minutes=number),
            )
            await add_pitch(tx, pitch)
    await scene.rooms.ballots.open(scene.lead, None, BallotForm(sessions=1, days=7))
    return scene


async def seen_of_ballot(scene: Scene) -> Seen:
    async with scene.theatre.db.read() as tx:
        found = await last_ballot(tx, scene.group.id)
    assert found is not None
    return [*scene.everything_said(), (str(found.state), str(len(found.tie_order)))]


async def ballot_close(theatre: Theatre) -> Scene:
    """The ballot of above when it was posted and voted on, and its time is over."""
    scene = await ballot(theatre)
    runner, _ = theatre.new_process()
    await runner.run_due()
    (message_id,) = theatre.chat.places[scene.group.channel_id].messages
    for user_id, emojis in ((BEN, "🇧🇨"), (CLARA, "🇧"), (ANN, "🇧🇨🇩")):
        for emoji in emojis:
            theatre.chat.react(user_id, scene.group.channel_id, message_id, emoji)
    return Scene(
        theatre=theatre,
        rooms=scene.rooms,
        group=scene.group,
        due_at=START + timedelta(days=7),
    )


async def seen_of_ballot_close(scene: Scene) -> Seen:
    async with scene.theatre.db.read() as tx:
        (session,) = await calendar_of(tx, scene.group.id, START)
    talks = [(f"talk {talk.position}", talk.title) for talk in session.talks]
    return [*(await seen_of_ballot(scene)), *talks, *((name,) for name in scene.events())]


async def discussion(theatre: Theatre, *, has_forum: bool) -> Scene:
    """A talk that is over, with two who were going."""
    scene = await new_scene(theatre, has_forum=has_forum)
    session = await add_meeting(scene, START - HOUR)
    async with theatre.db.begin() as tx:
        talk = Talk(
            id=0, session_id=session.id, position=0, title="Dune", speaker_id=CLARA, minutes=60
        )
        talk_id = await add_talk(tx, talk)
        await save_answer(tx, session.id, BEN, Answer.GOING, START)
        await put_job(tx, DISCUSS, talk_id, START)
    return scene


async def forum_post(theatre: Theatre) -> Scene:
    return await discussion(theatre, has_forum=True)


async def thread(theatre: Theatre) -> Scene:
    return await discussion(theatre, has_forum=False)


async def seen_of_discussion(scene: Scene) -> Seen:
    return [*scene.everything_said(), *((title,) for title in scene.threads())]


async def event(theatre: Theatre) -> Scene:
    """A session that has no native event yet."""
    scene = await new_scene(theatre)
    session = await add_meeting(scene, START + timedelta(days=14))
    async with theatre.db.begin() as tx:
        await put_job(tx, EVENT, session.id, START)
    return scene


async def seen_of_event(scene: Scene) -> Seen:
    async with scene.theatre.db.read() as tx:
        (session,) = await calendar_of(tx, scene.group.id, START)
    server = scene.theatre.chat.servers[scene.group.server_id]
    assert set(server.events) == {session.event_id}
    return [(name,) for name in scene.events()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    prepare: Callable[[Theatre], Awaitable[Scene]]
    look: Callable[[Scene], Awaitable[Seen]]
    seen: Seen
    least_steps: int


REMINDER = "🔔 ML Theory #1"
BALLOT = "🗳️ ML Theory: what shall we hear next?"
ACTS: Mapping[str, Act] = {
    "reminder": Act(
        prepare=reminder,
        look=seen_of_reminder,
        seen=[("channel", REMINDER, "", ""), ("ben", REMINDER, "", "")],
        least_steps=16,
    ),
    "ballot post": Act(
        prepare=ballot,
        look=seen_of_ballot,
        seen=[("channel", BALLOT, "", "🇦🇧🇨🇩"), ("open", "4")],
        least_steps=18,
    ),
    "ballot close": Act(
        prepare=ballot_close,
        look=seen_of_ballot_close,
        seen=[
            ("channel", "🗳️ ML Theory: the vote is counted", "ben", ""),
            ("channel", BALLOT, "", "🇦🇧🇨🇩"),
            ("announced", "4"),
            ("talk 0", "Quantum"),
            ("talk 1", "Retrieval"),
            ("ML Theory #1: Quantum · Retrieval",),
        ],
        least_steps=30,
    ),
    "forum post": Act(
        prepare=forum_post,
        look=seen_of_discussion,
        seen=[
            ("thread in forum", "Dune", "ben clara", ""),
            ("Dune (ML Theory #1)",),
        ],
        least_steps=12,
    ),
    "thread": Act(
        prepare=thread,
        look=seen_of_discussion,
        seen=[("channel", "Dune", "ben clara", ""), ("Dune (ML Theory #1)",)],
        least_steps=14,
    ),
    "event": Act(prepare=event, look=seen_of_event, seen=[("ML Theory #1",)], least_steps=12),
}


async def carry_on(theatre: Theatre) -> None:
    """What a new process does: everything that is due, and what was put back, until all is calm."""
    runner, _ = theatre.new_process()
    theatre.clock.move(LEASE)
    await runner.run_due()
    last = theatre.clock() + LEASE
    while (look_at := runner.look_at) is not None and look_at <= last:
        theatre.clock.now = look_at
        await runner.run_due()


async def perform(
    theatre: Theatre, act: Act, strikes_at: int | None = None, *, kills: bool = True
) -> list[str]:
    """The steps of one performance, struck at one of them (the first is 1) and carried on."""
    scene = await act.prepare(theatre)
    theatre.chat.nonce_window = _nonce_window(strikes_at or 0, kills=kills)
    runner, _ = theatre.new_process()
    theatre.clock.now = scene.due_at
    theatre.reaper.arm(strikes_at, kills=kills)
    try:
        await runner.run_due()
    except Death:
        assert kills
    steps = list(theatre.reaper.steps)
    # Ends that arrive together share a commit, so one performance may have fewer steps.
    assert theatre.reaper.has_struck or strikes_at is None or strikes_at > len(steps)
    await carry_on(theatre)
    assert await act.look(scene) == act.seen, f"struck at step {strikes_at} of {steps}"
    return steps


def _nonce_window(step: int, *, kills: bool) -> timedelta:
    """Now the process is back within the window, now after it: the nonce helps in the one case
    and the search in both. Where only an answer is lost, the search has to do alone.
    """
    return BACK_SOON if kills and step // 2 % 2 else BACK_LATE


def shared_out(theatre: Theatre, steps: list[int]) -> list[int]:
    """Half of the steps: the other half is struck on the other database, which takes the time."""
    return steps[theatre.db.is_sqlite :: 2]


@pytest.mark.parametrize("name", ACTS)
async def test_killed_at_any_step_it_happens_once(theatre: Theatre, name: str) -> None:
    steps = await perform(theatre, ACTS[name])
    assert len(steps) >= ACTS[name].least_steps
    for number in shared_out(theatre, list(range(1, len(steps) + 1))):
        await perform(theatre, ACTS[name], number)


@pytest.mark.parametrize("name", ACTS)
async def test_whichever_call_fails_or_loses_its_answer_it_happens_once(
    theatre: Theatre, name: str
) -> None:
    steps = await perform(theatre, ACTS[name])
    calls = [number for number, step in enumerate(steps, start=1) if "commit" not in step]
    assert len(calls) >= 4
    for number in shared_out(theatre, calls):
        await perform(theatre, ACTS[name], number, kills=False)
