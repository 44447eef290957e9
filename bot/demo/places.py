"""Where one can be in the simulated server: channels, forum posts, threads, one's own messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from simcord import ChannelHandle

from bot.demo.people import Person
from bot.demo.world import FORUM, TEXT_CHANNELS, World


class PlaceKind(StrEnum):
    CHANNEL = "channel"
    POST = "post"
    THREAD = "thread"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One conversation; `key` is how addresses name it."""

    key: str
    name: str
    kind: PlaceKind
    about: str
    channel: ChannelHandle

    @property
    def is_direct(self) -> bool:
        return self.kind is PlaceKind.DIRECT

    @property
    def label(self) -> str:
        """The name as people write it: with a hash where it is a channel's."""
        return f"#{self.name}" if self.kind is PlaceKind.CHANNEL else self.name


def places_for(world: World, person: Person) -> tuple[Place, ...]:
    """Every place open to this person: the group's own, their messages, talk by talk, the rest."""
    channels = [
        Place(
            key=name, name=name, kind=PlaceKind.CHANNEL, about=about, channel=world.channels[name]
        )
        for name, about in TEXT_CHANNELS.items()
    ]
    direct = Place(
        key="dm",
        name=f"{person.name}’s messages",
        kind=PlaceKind.DIRECT,
        about=f"what Lectern tells {person.name} alone",
        channel=world.members[person.key].user.dm_channel,
    )
    posts = [
        _thread(post, PlaceKind.POST, f"post in {FORUM}") for post in world.channels[FORUM].threads
    ]
    threads = [
        _thread(thread, PlaceKind.THREAD, f"thread in #{name}")
        for name in TEXT_CHANNELS
        for thread in world.channels[name].threads
    ]
    home, *others = channels
    return (home, direct, *reversed(posts), *threads, *others)


def find_place(world: World, person: Person, key: str) -> Place:
    """The place of that key; raises KeyError where this person has no such place."""
    for place in places_for(world, person):
        if place.key == key:
            return place
    raise KeyError(key)


Links = Mapping[str, tuple[str, str]]
"""Discord's own addresses of channels: where on the hub they lead to, and how they are called."""


def links_to_places(world: World, person: Person) -> Links:
    """The addresses of this person's places in the server."""
    return {
        f"https://discord.com/channels/{world.guild.id}/{place.channel.id}": (
            f"/?as={person.key}#place-{place.key}",
            place.label,
        )
        for place in places_for(world, person)
        if not place.is_direct
    }


def _thread(channel: ChannelHandle, kind: PlaceKind, about: str) -> Place:
    return Place(
        key=f"thread-{channel.id}",
        name=channel.name or "untitled",
        kind=kind,
        about=about,
        channel=channel,
    )
