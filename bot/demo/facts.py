"""How far the visitor has come, as the simulated Discord and the bot's ballots show it."""

from collections.abc import Iterator
from dataclasses import dataclass

from simcord.backend.models import Message

from bot.ballots.model import LIVE, Ballot, BallotState
from bot.ballots.store import last_ballot
from bot.ballots.votes import private_votes, record_of
from bot.cards import Tone
from bot.database import Database, Tx
from bot.demo.flatten import Kind, accent, flatten
from bot.demo.guide import Facts, Vote
from bot.demo.people import PEOPLE
from bot.demo.world import FORUM, GROUP_CHANNEL, TEXT_CHANNELS, Opening, World
from bot.groups.store import groups_in
from bot.sessions.store import calendar_of
from cogs.look import COLOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The ballot that the guided path speaks of, and the keys of those who have chosen something.

    `message` is what its voters see; None while it is being posted.
    """

    ballot: Ballot
    message: Message | None
    voters: tuple[str, ...]


async def gather_facts(world: World, opening: Opening, db: Database) -> Facts:
    """What happened since the opening."""
    poll = await find_poll(world, db)
    posts = [post for post in world.channels[FORUM].threads if post.id > opening.since_id]
    return Facts(
        pitches=sum(
            message.id > opening.since_id and _is_pitch(message) for message in _said(world)
        ),
        vote=_standing(poll.ballot) if poll else Vote.NONE,
        ballot_place=_place_of(world, poll.ballot) if poll else GROUP_CHANNEL,
        voters=poll.voters if poll else (),
        results=await _count_filled_sessions(world, db),
        told=reminded_since(world, opening),
        discussion=f"thread-{posts[0].id}" if posts else None,
    )


async def find_poll(world: World, db: Database) -> Poll | None:
    """The server's ballot that takes votes, else its latest."""
    async with db.read() as tx:
        groups = await groups_in(tx, world.guild.id)
        latest = [await last_ballot(tx, group.id) for group in groups]
        ballots = [ballot for ballot in latest if ballot is not None]
        if not ballots:
            return None
        ballot = max(ballots, key=lambda one: (one.state in LIVE, one.id))
        stored = world.env.backend.messages.get(ballot.channel_id, {})
        message = stored.get(ballot.message_id or 0)
        voted = await _voters(tx, ballot, message)
    keys = tuple(key for key, member in world.members.items() if member.id in voted)
    return Poll(ballot=ballot, message=message, voters=keys)


async def _count_filled_sessions(world: World, db: Database) -> int:
    """How many sessions since the opening, which has no talks, have got some."""
    async with db.read() as tx:
        groups = await groups_in(tx, world.guild.id)
        calendars = [await calendar_of(tx, group.id, world.opens_at) for group in groups]
    return sum(bool(session.talks) for calendar in calendars for session in calendar)


async def _voters(tx: Tx, ballot: Ballot, message: Message | None) -> set[int]:
    """Who has chosen something: by its record, in its lists, or by the letters under it."""
    if ballot.state not in LIVE:
        return {line.user_id for line in await record_of(tx, ballot.id) if line.pitch_ids}
    if not ballot.has_letters:
        return set(await private_votes(tx, ballot.id))
    return {
        user_id
        for reaction in (message.reactions if message else ())
        if reaction.emoji in ballot.emojis
        for user_id in reaction.user_ids
    }


def _standing(ballot: Ballot) -> Vote:
    if ballot.state is BallotState.CLOSING:
        return Vote.HELD
    if ballot.state in LIVE:
        return Vote.OPEN
    if ballot.result is None or not ballot.result.winners:
        return Vote.LOST
    return Vote.COUNTED if ballot.publish_at is None else Vote.HELD


def _place_of(world: World, ballot: Ballot) -> str:
    channels = {world.channels[name].id: name for name in TEXT_CHANNELS}
    return channels.get(ballot.channel_id, GROUP_CHANNEL)


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


def reminded_since(world: World, opening: Opening) -> tuple[str, ...]:
    """The keys of those whom the bot has reminded of a session since the opening."""
    return tuple(
        key for key, member in world.members.items() if _was_reminded(world, member.id, opening)
    )


def _said(world: World) -> Iterator[Message]:
    """The bot's public messages in the text channels."""
    bot_id = world.env.backend.bot_user.id
    for name in TEXT_CHANNELS:
        for message in world.env.backend.messages.get(world.channels[name].id, {}).values():
            if message.author_id == bot_id and not message.is_ephemeral:
                yield message


def _is_pitch(message: Message) -> bool:
    return accent(message.components) == f"#{COLOURS[Tone.PITCH]:06x}"


def _was_reminded(world: World, user_id: int, opening: Opening) -> bool:
    backend = world.env.backend
    stored = backend.messages.get(backend.dm_channels.get(user_id, 0), {})
    return any(
        message.author_id == backend.bot_user.id
        and message.id > opening.since_id
        and _is_reminder(message)
        for message in stored.values()
    )


def _is_reminder(message: Message) -> bool:
    """Known as its reader knows it: by the bell in its title."""
    texts = (block.text for block in flatten(message.components) if block.kind is Kind.TEXT)
    return "🔔" in next(texts, "").partition("\n")[0]
