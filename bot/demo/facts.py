"""Reads off the simulated Discord how far the visitor has come."""

from collections.abc import Iterator

from simcord.backend.models import Message

from bot.cards import Tone
from bot.demo.flatten import accent
from bot.demo.guide import Facts
from bot.demo.people import PEOPLE
from bot.demo.reading import LETTERS
from bot.demo.world import FORUM, TEXT_CHANNELS, Opening, World
from cogs.look import COLOURS


def gather_facts(world: World, opening: Opening) -> Facts:
    """What happened since the opening."""
    ballot = latest_ballot(world)
    posts = [post for post in world.channels[FORUM].threads if post.id > opening.since_id]
    return Facts(
        pitches=sum(
            message.id > opening.since_id and _is_pitch(message) for _, message in _said(world)
        ),
        ballot_place=ballot[0] if ballot else None,
        voters=voters_of(world, ballot[1]) if ballot else (),
        results=_renamed_events(world, opening),
        told=tuple(
            key for key, member in world.members.items() if _was_told(world, member.id, opening)
        ),
        discussion=f"thread-{posts[0].id}" if posts else None,
    )


def latest_ballot(world: World) -> tuple[str, Message] | None:
    """The last ballot and the key of its place.

    It is recognised as a voter would: the bot itself has put letters under it.
    """
    bot_id = world.env.backend.bot_user.id
    ballots = [
        (place, message)
        for place, message in _said(world)
        if any(each.emoji in LETTERS and bot_id in each.user_ids for each in message.reactions)
    ]
    return ballots[-1] if ballots else None


def voters_of(world: World, ballot: Message) -> tuple[str, ...]:
    """The keys of those who have put a letter under the ballot."""
    voted = {
        user_id
        for reaction in ballot.reactions
        if reaction.emoji in LETTERS
        for user_id in reaction.user_ids
    }
    return tuple(key for key, member in world.members.items() if member.id in voted)


def places_with_news(world: World, since_id: int) -> tuple[str, ...]:
    """Where the bot has said something since, in words: "#ml-theory", "Clara’s messages"."""
    backend = world.env.backend
    names = {channel.id: f"#{name}" for name, channel in world.channels.items()}
    names |= {post.id: f"“{post.name}” in {FORUM}" for post in world.channels[FORUM].threads}
    for name in TEXT_CHANNELS:
        names |= {thread.id: f"“{thread.name}”" for thread in world.channels[name].threads}
    for person in PEOPLE:
        user_id = world.members[person.key].id
        names[backend.dm_channels.get(user_id, 0)] = f"{person.name}’s messages"
    return tuple(
        name
        for channel_id, name in names.items()
        if any(
            message.author_id == backend.bot_user.id and message.id > since_id
            for message in backend.messages.get(channel_id, {}).values()
        )
    )


def events_on(world: World) -> frozenset[str]:
    """The names of the native events that have begun and not ended."""
    guild = world.env.backend.get_guild(world.guild.id)
    return frozenset(event.name for event in guild.scheduled_events.values() if event.status == 2)


def _said(world: World) -> Iterator[tuple[str, Message]]:
    """The bot's public messages in each text channel, oldest first."""
    bot_id = world.env.backend.bot_user.id
    for name in TEXT_CHANNELS:
        stored = world.env.backend.messages.get(world.channels[name].id, {})
        for message in sorted(stored.values(), key=lambda message: message.id):
            if message.author_id == bot_id and not message.is_ephemeral:
                yield name, message


def _is_pitch(message: Message) -> bool:
    return accent(message.components) == f"#{COLOURS[Tone.PITCH]:06x}"


def _renamed_events(world: World, opening: Opening) -> int:
    """How many events of the opening have got talks since, which are named in their titles."""
    guild = world.env.backend.get_guild(world.guild.id)
    names = {event.id: event.name for event in guild.scheduled_events.values()}
    return sum(names.get(event_id, name) != name for event_id, name in opening.events.items())


def _was_told(world: World, user_id: int, opening: Opening) -> bool:
    backend = world.env.backend
    stored = backend.messages.get(backend.dm_channels.get(user_id, 0), {})
    return any(
        message.author_id == backend.bot_user.id and message.id > opening.since_id
        for message in stored.values()
    )
