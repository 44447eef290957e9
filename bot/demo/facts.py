"""Reads off the simulated Discord how far the visitor has come."""

from collections.abc import Iterator

from simcord.backend.models import Message

from bot.demo.guide import Facts
from bot.demo.people import PEOPLE
from bot.demo.reading import LETTERS
from bot.demo.stage import Opening
from bot.demo.world import FORUM, TEXT_CHANNELS, World


def gather_facts(world: World, opening: Opening) -> Facts:
    """What happened since the opening."""
    backend = world.env.backend
    bot_id = backend.bot_user.id
    said = list(_said_by_bot(world, bot_id))
    ballots = [(place, message) for place, message in said if _is_ballot(message, bot_id)]
    new_texts = [message.id for _, message in said if message.id > opening.since_id]
    posts = [post for post in world.channels[FORUM].threads if post.id > opening.since_id]
    return Facts(
        pitches=_pitches(world, opening, new_texts),
        ballot_place=ballots[-1][0] if ballots else None,
        votes=sum(_votes(message, bot_id) for _, message in ballots),
        results=_new_events(world, opening) if ballots else 0,
        told=tuple(
            key
            for key, member in world.members.items()
            if _was_told(world, member.id, bot_id, opening)
        ),
        discussion=f"thread-{posts[-1].id}" if posts else None,
    )


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


def _said_by_bot(world: World, bot_id: int) -> Iterator[tuple[str, Message]]:
    for name in TEXT_CHANNELS:
        stored = world.env.backend.messages.get(world.channels[name].id, {})
        for message in sorted(stored.values(), key=lambda message: message.id):
            if message.author_id == bot_id and not message.is_ephemeral:
                yield name, message


def _is_ballot(message: Message, bot_id: int) -> bool:
    """A ballot is recognised as a voter would: the bot itself has put letters under it."""
    return any(
        reaction.emoji in LETTERS and bot_id in reaction.user_ids for reaction in message.reactions
    )


def _votes(message: Message, bot_id: int) -> int:
    return sum(
        len(set(reaction.user_ids) - {bot_id})
        for reaction in message.reactions
        if reaction.emoji in LETTERS
    )


def _pitches(world: World, opening: Opening, new_texts: list[int]) -> int:
    """Forms of /pitch that were sent off and followed by something public."""
    sent = [
        interaction.id
        for interaction in world.env.backend.interactions.values()
        if interaction.command_name == "pitch"
        and interaction.modal_consumed
        and interaction.id > opening.since_id
    ]
    return sum(any(text > one for text in new_texts) for one in sent)


def _new_events(world: World, opening: Opening) -> int:
    guild = world.env.backend.get_guild(world.guild.id)
    return sum(
        (event.id, event.name) not in opening.events for event in guild.scheduled_events.values()
    )


def _was_told(world: World, user_id: int, bot_id: int, opening: Opening) -> bool:
    channel_id = world.env.backend.dm_channels.get(user_id)
    stored = world.env.backend.messages.get(channel_id or 0, {})
    return any(
        message.author_id == bot_id and message.id > opening.since_id for message in stored.values()
    )
