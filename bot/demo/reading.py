"""What one person can see of the simulated server, as values for a page."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup
from simcord.backend.models import Message

from bot.demo.flatten import Block, Kind, accent, flatten
from bot.demo.markdown import Reader
from bot.demo.people import Person, clock_time, relative, short_moment
from bot.demo.places import Place, links_to_places, places_for
from bot.demo.world import World

# Enough to see what just happened; the whole conversation is one press away.
SHOWN_MESSAGES = 2


class ReadMarks:
    """Up to where each person has read each place."""

    def __init__(self) -> None:
        self._start_id = 0
        self._read: dict[tuple[int, int], int] = {}
        self.version = 0

    def start(self, message_id: int) -> None:
        """Everybody has read everything up to here."""
        self._start_id = message_id

    def mark(self, user_id: int, channel_id: int, message_id: int) -> None:
        self._read[user_id, channel_id] = message_id
        self.version += 1

    def is_unread(self, user_id: int, message: Message) -> bool:
        """True for what somebody else said after this person last looked."""
        mark = self._read.get((user_id, message.channel_id), self._start_id)
        return message.id > mark and message.author_id != user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionView:
    emoji: str
    count: int
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """A picture in words, and itself as a data URL where simcord keeps it."""

    alt: str
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message as this person reads it; `blocks` pair a kind with text or labels."""

    message_id: int
    author: str
    is_bot: bool
    at: str
    is_private: bool
    is_unread: bool
    colour: str | None
    blocks: tuple[tuple[Kind, Any], ...]
    files: tuple[str, ...]
    reactions: tuple[ReactionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    place: Place
    unread: int
    earlier: int
    messages: tuple[MessageView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    name: str
    at: str
    distance: str


class Eyes:
    """One person's view of the world at one moment."""

    def __init__(self, world: World, person: Person, now: datetime, marks: ReadMarks) -> None:
        self._world = world
        self._person = person
        self._now = now
        self._marks = marks
        self._user_id = world.members[person.key].id
        self._reader = Reader(person, now, self._name_of, links_to_places(world, person))

    def places(self) -> tuple[PlaceView, ...]:
        """Every place of this person with its latest messages."""
        return tuple(self._look(place) for place in places_for(self._world, self._person))

    def unread(self) -> int:
        """How many messages wait for this person, everywhere."""
        return sum(view.unread for view in self.places())

    def events(self) -> tuple[EventView, ...]:
        """Native events that are still to come or on now, soonest first."""
        guild = self._world.env.backend.get_guild(self._world.guild.id)
        coming = [event for event in guild.scheduled_events.values() if event.status in (1, 2)]
        views = []
        for event in sorted(coming, key=lambda event: _instant(event.scheduled_start_time)):
            start = _instant(event.scheduled_start_time)
            local = self._person.local(start)
            views.append(
                EventView(
                    name=event.name,
                    at=f"{local:%a} {local.day} {local:%b}, {clock_time(start, self._person)}",
                    distance="now" if event.status == 2 else relative(start - self._now),
                )
            )
        return tuple(views)

    def _look(self, place: Place) -> PlaceView:
        visible = visible_messages(self._world, place.channel.id, self._user_id)
        return PlaceView(
            place=place,
            unread=sum(self._marks.is_unread(self._user_id, message) for message in visible),
            earlier=max(0, len(visible) - SHOWN_MESSAGES),
            messages=tuple(self._read(message) for message in visible[-SHOWN_MESSAGES:]),
        )

    def _read(self, message: Message) -> MessageView:
        backend = self._world.env.backend
        author = backend.get_user(message.author_id)
        blocks = [Block(kind=Kind.TEXT, text=message.content)] if message.content else []
        for embed in message.embeds:
            words = [embed.get("title"), embed.get("description")]
            blocks.append(Block(kind=Kind.TEXT, text="\n".join(word for word in words if word)))
        blocks += flatten(message.components, self._name_of)
        return MessageView(
            message_id=message.id,
            author=author.global_name or author.name,
            is_bot=author.bot,
            at=short_moment(_instant(message.timestamp), self._person, self._now),
            is_private=message.is_ephemeral,
            is_unread=self._marks.is_unread(self._user_id, message),
            colour=accent(message.components),
            blocks=tuple((block.kind, self._shown(block)) for block in blocks),
            files=tuple(
                str(item.get("filename", "file"))
                for item in message.attachments
                if item.get("url") not in {block.url for block in blocks}
            ),
            reactions=tuple(
                ReactionView(
                    emoji=reaction.emoji,
                    count=len(reaction.user_ids),
                    is_mine=self._user_id in reaction.user_ids,
                )
                for reaction in message.reactions
            ),
        )

    def _shown(self, block: Block) -> Markup | PictureView | str | tuple[str, ...]:
        if block.kind is Kind.TEXT:
            return self._reader.render(block.text)
        if block.kind is Kind.PICTURE:
            content = self._world.env.backend.cdn.get(block.url)
            source = f"data:image/png;base64,{b64encode(content).decode()}" if content else None
            return PictureView(alt=block.text, source=source)
        return block.labels or block.text

    def _name_of(self, kind: str, subject_id: int) -> str:
        backend = self._world.env.backend
        if kind == "#":
            channel = backend.channels.get(subject_id)
            return f"#{channel.name}" if channel is not None else "#unknown"
        if kind == "@&":
            role = backend.get_guild(self._world.guild.id).roles.get(subject_id)
            return f"@{role.name}" if role is not None else "@unknown"
        user = backend.users.get(subject_id)
        return f"@{user.global_name or user.name}" if user is not None else "@unknown"


def visible_messages(world: World, channel_id: int, user_id: int) -> Sequence[Message]:
    """What this user sees in a channel, oldest first, without Discord's own notices."""
    messages = world.env.backend.messages.get(channel_id, {}).values()
    return sorted(
        (
            message
            for message in messages
            if message.visible_to(user_id)
            and (message.content or message.components or message.embeds or message.attachments)
        ),
        key=lambda message: message.id,
    )


def _instant(iso: str) -> datetime:
    moment = datetime.fromisoformat(iso)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
