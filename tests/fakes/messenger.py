"""A chat system in memory that honours the contract of `bot.messenger.Messenger`.

What it was told stays in it when the bot dies, as in the real one; `tests/contract` holds both to
the same tests.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from plain import plain_texts, plain_texts_of_event, require_plain

from bot.cards import Card
from bot.clock import Clock
from bot.messenger import (
    RECONCILE,
    DeliveryProblem,
    DirectMessagesClosed,
    EventPlan,
    Membership,
    MessageGone,
    NativeEvent,
    Need,
    NotAllowed,
    PlaceFull,
    PlaceGone,
    Turn,
    Vote,
)

BOT_ID = 1
LONG_AGO = datetime(2014, 12, 31, tzinfo=UTC)
"""Before the instant of every id that is given here: the first are those of Discord's first day."""

NONCE_WINDOW = timedelta(minutes=5)
MOST_EVENTS = 100
MOST_THREADS = 1_000
MOST_REACTIONS = 20

TAKES = {
    Need.TALK: ("View Channel", "Send Messages", "Read Message History"),
    Need.VOTE: ("Add Reactions",),
    Need.THREADS: ("Create Public Threads", "Send Messages in Threads"),
    Need.POSTS: (
        "View Channel",
        "Send Messages",
        "Send Messages in Threads",
        "Read Message History",
    ),
    Need.EVENTS: ("Create Events",),
    Need.PICTURES: ("Attach Files",),
}


@dataclass(slots=True, kw_only=True)
class Message:
    """Something said. `marker` is what it can be found by; an edit may take it away."""

    id: int
    card: Card
    nonce: str
    marker: str | None
    sent_at: datetime
    pings: frozenset[int]
    reactions: dict[tuple[str, bool], set[int]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Place:
    """A channel, a forum, a thread in one of them, or the direct messages with somebody."""

    id: int
    server_id: int | None = None
    parent_id: int | None = None
    person_id: int | None = None
    is_forum: bool = False
    title: str = ""
    denied: set[str] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: list[Message] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Event:
    plan: EventPlan
    creator_id: int
    is_running: bool = False
    interested: set[int] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Server:
    members: set[int] = field(default_factory=set)
    known: dict[int, Membership] = field(default_factory=dict)
    """Of those who did not come long ago, or have a role."""
    denied: set[str] = field(default_factory=set)
    events: dict[int, Event] = field(default_factory=dict)
    most_events: int = MOST_EVENTS
    most_threads: int = MOST_THREADS


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A problem in the next call: before anything happened, or with the answer lost."""

    problem: DeliveryProblem
    is_after: bool


class FakeMessenger:
    """`on_step` is called before and after every effect; what it raises ends the call there."""

    def __init__(
        self,
        clock: Clock,
        *,
        nonce_window: timedelta = NONCE_WINDOW,
        on_step: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._clock = clock
        self.nonce_window = nonce_window
        self.on_step = on_step
        self._ids = count(1_000)
        self.servers: dict[int, Server] = {}
        self.places: dict[int, Place] = {}
        self.direct: dict[int, int] = {}
        self.closed: set[int] = set()
        self.robots: set[int] = {BOT_ID}
        self.calls: list[str] = []
        self.turns: list[Turn] = []
        self._faults: list[Fault] = []

    # What tests arrange and look at.

    def add_server(self, members: Iterable[int] = ()) -> int:
        server_id = next(self._ids)
        self.servers[server_id] = Server(members={BOT_ID, *members})
        return server_id

    def add_channel(self, server_id: int, *, is_forum: bool = False) -> int:
        return self._add_place(server_id=server_id, is_forum=is_forum).id

    def react(
        self, user_id: int, channel_id: int, message_id: int, emoji: str, *, is_super: bool = False
    ) -> None:
        message = self.places[channel_id].messages[message_id]
        message.reactions.setdefault((emoji, is_super), set()).add(user_id)

    def delete(self, channel_id: int, message_id: int) -> None:
        place = self.places[channel_id]
        place.deleted.append(place.messages.pop(message_id))

    def said(self) -> list[tuple[int, Message]]:
        """Every message with its place, in the order they were sent."""
        found = [
            (place.id, one) for place in self.places.values() for one in place.messages.values()
        ]
        return sorted(found, key=lambda entry: entry[1].id)

    def fail(self, problem: DeliveryProblem, *, is_after: bool = False) -> None:
        """Let the next call raise `problem`, `is_after` when its effect is there already."""
        self._faults.append(Fault(problem=problem, is_after=is_after))

    def _add_place(
        self,
        *,
        server_id: int | None = None,
        parent_id: int | None = None,
        person_id: int | None = None,
        is_forum: bool = False,
        title: str = "",
        place_id: int | None = None,
    ) -> Place:
        place = Place(
            id=place_id or next(self._ids),
            server_id=server_id,
            parent_id=parent_id,
            person_id=person_id,
            is_forum=is_forum,
            title=title,
        )
        self.places[place.id] = place
        return place

    # How every call begins and ends.

    @asynccontextmanager
    async def _call(self, name: str) -> AsyncIterator[None]:
        self.calls.append(name)
        await asyncio.sleep(0)
        self._reach(name, is_after=False)
        yield
        self._reach(name, is_after=True)

    def _reach(self, name: str, *, is_after: bool) -> None:
        self.on_step(f"{'after' if is_after else 'before'} {name}")
        if self._faults and self._faults[0].is_after is is_after:
            raise self._faults.pop(0).problem

    def _place(self, place_id: int, *needed: str) -> Place:
        if place_id not in self.places:
            raise PlaceGone(str(place_id))
        place = self.places[place_id]
        if place.denied & {"View Channel", *needed}:
            raise NotAllowed(needed)
        return place

    def _message(self, channel_id: int, message_id: int, *needed: str) -> Message:
        place = self._place(channel_id, *needed)
        if message_id not in place.messages:
            raise MessageGone(str(message_id))
        return place.messages[message_id]

    def _server(self, server_id: int, *needed: str) -> Server:
        if server_id not in self.servers:
            raise PlaceGone(str(server_id))
        server = self.servers[server_id]
        if server.denied & set(needed):
            raise NotAllowed(needed)
        return server

    # Messages.

    async def say(
        self, channel_id: int, card: Card, *, nonce: str, mentions: Collection[int] = ()
    ) -> int | None:
        async with self._call("say"):
            place = self._place(channel_id, "Send Messages")
            if place.person_id in self.closed:
                raise DirectMessagesClosed("50007")
            if any(self._is_again(one, nonce) for one in place.deleted):
                return None
            if "Attach Files" in place.denied:
                card = replace(card, pictures=())
            return self._put(place, card, nonce, mentions).id

    def _put(
        self,
        place: Place,
        card: Card,
        nonce: str,
        mentions: Collection[int],
        *,
        message_id: int | None = None,
    ) -> Message:
        require_plain(plain_texts(card))
        for earlier in place.messages.values():
            if self._is_again(earlier, nonce):
                return earlier
        message = Message(
            id=message_id or next(self._ids),
            card=card,
            nonce=nonce,
            marker=nonce,
            sent_at=self._clock(),
            pings=frozenset(mentions),
        )
        place.messages[message.id] = message
        return message

    def _is_again(self, earlier: Message, nonce: str) -> bool:
        age = self._clock() - earlier.sent_at
        return earlier.nonce == nonce and age < self.nonce_window

    async def edit(
        self, channel_id: int, message_id: int, card: Card, *, nonce: str | None = None
    ) -> None:
        async with self._call("edit"):
            message = self._message(channel_id, message_id, "View Channel")
            message.card, message.marker = card, nonce

    async def open_direct(self, user_id: int) -> int:
        async with self._call("open_direct"):
            if self.direct.get(user_id) not in self.places:
                self.direct[user_id] = self._add_place(person_id=user_id).id
            return self.direct[user_id]

    async def find_message(self, channel_id: int, nonce: str, *, since: datetime) -> int | None:
        async with self._call("find_message"):
            return _found(self._place(channel_id, "Read Message History"), nonce, since)

    # Discussions.

    async def open_discussion(
        self,
        channel_id: int,
        title: str,
        card: Card,
        *,
        nonce: str,
        mentions: Collection[int] = (),
    ) -> int:
        if self._place(channel_id).is_forum:
            async with self._call("open_post"):
                forum = self._place(channel_id, "Create Posts")
                self._require_room_for_thread(forum)
                post = self._add_place(server_id=forum.server_id, parent_id=forum.id, title=title)
                return self._put(post, card, nonce, mentions, message_id=post.id).id
        message_id = await self._announced(channel_id, nonce)
        if message_id is None:
            message_id = await self.say(channel_id, card, nonce=nonce, mentions=mentions)
        if message_id is None:
            raise MessageGone("the announcement was deleted")
        return await self.open_thread(channel_id, message_id, title)

    async def open_thread(self, channel_id: int, message_id: int, title: str) -> int:
        async with self._call("open_thread"):
            channel = self._place(channel_id, "Create Public Threads")
            if message_id not in self.places:
                self._message(channel_id, message_id)
                self._require_room_for_thread(channel)
                self._add_place(
                    place_id=message_id,
                    server_id=channel.server_id,
                    parent_id=channel_id,
                    title=title,
                )
            return message_id

    async def _announced(self, channel_id: int, nonce: str) -> int | None:
        async with self._call("find_announcement"):
            place = self._place(channel_id, "Read Message History")
            return _found(place, nonce, since=None)

    def _require_room_for_thread(self, parent: Place) -> None:
        threads = [one for one in self.places.values() if one.parent_id is not None]
        here = [one for one in threads if one.server_id == parent.server_id]
        if len(here) >= self.servers[parent.server_id or 0].most_threads:
            raise PlaceFull("160006")

    async def find_discussions(self, channel_id: int, title: str, *, nonce: str) -> tuple[int, ...]:
        async with self._call("find_discussions"):
            if not self._place(channel_id, "Read Message History").is_forum:
                return ()
            alike = [
                one
                for one in self.places.values()
                if (one.parent_id, one.title) == (channel_id, title)
            ]
            firsts = {one.id: one.messages.get(one.id) for one in alike}
            return tuple(
                sorted(place_id for place_id, one in firsts.items() if one and one.marker == nonce)
            )

    async def remove_discussion(self, discussion_id: int) -> None:
        async with self._call("remove_discussion"):
            self.places.pop(discussion_id, None)

    # Events.

    async def mirror_event(self, server_id: int, event_id: int | None, plan: EventPlan) -> int:
        require_plain(plain_texts_of_event(plan))
        async with self._call("mirror_event"):
            server = self._server(server_id, "Create Events")
            events = server.events
            if event_id is None:
                if len(events) >= server.most_events:
                    raise PlaceFull("30038")
                event_id = next(self._ids)
                events[event_id] = Event(plan=plan, creator_id=BOT_ID)
            elif event_id not in events:
                raise MessageGone(str(event_id))
            else:
                events[event_id].plan = plan
            return event_id

    async def list_events(self, server_id: int) -> tuple[NativeEvent, ...]:
        async with self._call("list_events"):
            events = self._server(server_id).events
            return tuple(
                NativeEvent(
                    id=event_id,
                    shows=event.plan,
                    is_ours=event.creator_id == BOT_ID,
                    is_running=event.is_running,
                    interested=len(event.interested),
                )
                for event_id, event in sorted(events.items())
            )

    async def interested_in(self, server_id: int, event_id: int) -> frozenset[int]:
        async with self._call("interested_in"):
            events = self._server(server_id).events
            if event_id not in events:
                raise MessageGone(str(event_id))
            return frozenset(events[event_id].interested)

    async def remove_event(self, server_id: int, event_id: int) -> None:
        async with self._call("remove_event"):
            self._server(server_id, "Create Events").events.pop(event_id, None)

    # Reactions and people.

    async def seed_reactions(
        self, channel_id: int, message_id: int, emojis: Sequence[str], *, turn: Turn = RECONCILE
    ) -> None:
        for emoji in emojis:
            self.turns.append(turn)
            async with self._call("seed_reaction"):
                needed = ("Add Reactions", "Read Message History")
                message = self._message(channel_id, message_id, *needed)
                kinds = {kind for kind, _ in message.reactions}
                if emoji not in kinds and len(kinds) >= MOST_REACTIONS:
                    raise PlaceFull("30010")
                message.reactions.setdefault((emoji, False), set()).add(BOT_ID)

    async def own_reactions(
        self, channel_id: int, message_id: int, *, turn: Turn = RECONCILE
    ) -> frozenset[str]:
        self.turns.append(turn)
        async with self._call("own_reactions"):
            message = self._message(channel_id, message_id, "Read Message History")
            return frozenset(
                emoji for (emoji, _), people in message.reactions.items() if BOT_ID in people
            )

    async def read_votes(
        self, channel_id: int, message_id: int, emojis: Sequence[str], *, turn: Turn = RECONCILE
    ) -> frozenset[Vote]:
        self.turns.append(turn)
        async with self._call("read_votes"):
            message = self._message(channel_id, message_id, "Read Message History")
            return frozenset(
                Vote(
                    user_id=user_id,
                    emoji=emoji,
                    is_bot=user_id in self.robots,
                    is_super=is_super,
                )
                for (emoji, is_super), people in message.reactions.items()
                for user_id in people
                if emoji in emojis
            )

    async def present_members(self, server_id: int, user_ids: Collection[int]) -> frozenset[int]:
        async with self._call("present_members"):
            return frozenset(self._server(server_id).members & set(user_ids))

    async def memberships(
        self, server_id: int, user_ids: Collection[int]
    ) -> Mapping[int, Membership]:
        async with self._call("memberships"):
            server = self._server(server_id)
            plain = {
                user_id: Membership(joined_at=LONG_AGO, is_bot=user_id in self.robots)
                for user_id in server.members & set(user_ids)
            }
            return {user_id: server.known.get(user_id, one) for user_id, one in plain.items()}

    async def missing_permissions(
        self, channel_id: int, needs: Collection[Need]
    ) -> tuple[str, ...]:
        async with self._call("missing_permissions"):
            if channel_id not in self.places:
                raise PlaceGone(f"channel {channel_id}")
            place = self.places[channel_id]
            server = self.servers[place.server_id] if place.server_id else Server()
            denied = place.denied | server.denied
            if "View Channel" in denied:
                return ("View Channel",)
            wanted = dict.fromkeys(name for need in Need if need in needs for name in TAKES[need])
            return tuple(name for name in wanted if name in denied)


def _found(place: Place, nonce: str, since: datetime | None) -> int | None:
    """The first message of ours that carries `nonce`; everything here is ours."""
    for message in place.messages.values():
        if message.marker == nonce and (since is None or message.sent_at >= since):
            return message.id
    return None
