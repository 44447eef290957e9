"""What has happened before the visitor comes in, done by members through the real bot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from simcord import InteractionResult, MemberActor, ResponseMessage
from simcord.components import walk_components

from bot.demo.flatten import Component, flatten
from bot.demo.people import PEOPLE
from bot.demo.world import FORUM, GROUP_CHANNEL, World
from bot.errors import Refusal

SATURDAY = 5
# A week to pitch and to vote in, and the reminder of a week before still lies ahead.
LEAST_DAYS_AHEAD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A pitch of the backlog, and how long after the one before it came."""

    author: str
    title: str
    why: str
    sources: str
    has_speaker: bool = True
    after: timedelta


IDEAS = (
    Idea(
        author="maya",
        title="Meta-learning: teaching a model to learn",
        why="MAML looks for a starting point from which a few steps are enough. I will derive the "
        "second-order term on one slide.",
        sources="1703.03400",
        after=timedelta(hours=5),
    ),
    Idea(
        author="clara",
        title="Neural tangent kernels without tears",
        why="Very wide networks train like kernel machines. What does that explain, and what not?",
        sources="1806.07572",
        after=timedelta(hours=17),
    ),
    Idea(
        author="devi",
        title="Dense retrieval: embeddings or keywords?",
        why="Two encoders and a dot product against forty years of word counts.",
        sources="2004.04906",
        after=timedelta(hours=20),
    ),
    Idea(
        author="kenji",
        title="Grokking: insight after memorising",
        why="I would love to hear this from somebody who has tried to reproduce it.",
        sources="2201.02177",
        has_speaker=False,
        after=timedelta(hours=14),
    ),
)

WISHES = {"clara": ("10080", "1440", "60", "votes"), "ben": ("60", "10"), "devi": ("1440",)}
ANSWERS = {"clara": "Going", "devi": "Going", "kenji": "Recording only"}


async def seed(world: World) -> None:
    """Publish the group, tell the bot where people live, put pitches on its backlog."""
    await _publish_group(world)
    for person in PEOPLE:
        member = world.members[person.key]
        await _use(world, member, "me timezone", city=person.city)
        await _use(world, member, "follow")
    await _use(world, world.members["devi"], "me reminders", clock="24")
    for key, leads in WISHES.items():
        card = _card(await _use(world, world.members[key], "me reminders"))
        choice = control_in(card.components, "remind:choose")
        await world.members[key].select(card, list(leads), custom_id=choice)
    for key, label in ANSWERS.items():
        card = _card(await _use(world, world.members[key], "next"))
        await world.members[key].click(card, label=label)
    for idea in IDEAS:
        await world.env.advance_time(idea.after.total_seconds())
        await _pitch(world, idea)
    _forget_private_answers(world)


def first_session(now: datetime) -> str:
    """The group's first meeting as Maya types it; `now` is on her clock."""
    earliest = now + timedelta(days=LEAST_DAYS_AHEAD)
    day = earliest + timedelta(days=(SATURDAY - earliest.weekday()) % 7)
    return f"{day:%Y-%m-%d} 14:00"


async def _publish_group(world: World) -> None:
    maya = world.members["maya"]
    now = PEOPLE[0].local(world.opens_at)
    form = {
        "name": "ML Theory",
        "city": "Denver",
        "first_session": first_session(now),
        "meeting_place": "The reading room (voice channel)",
        "about": "One paper at a time, with the proofs. Everybody is welcome, questions too.",
    }
    draft = _card(await maya.submit_modal(await _use(world, maya, "group setup"), form))
    forum = world.channels[FORUM]
    await maya.select(draft, [forum], custom_id=control_in(draft.components, "setup:forum"))
    await maya.click(draft, label="Publish")


async def _pitch(world: World, idea: Idea) -> None:
    author = world.members[idea.author]
    form = {"title": idea.title, "why": idea.why, "sources": idea.sources}
    speaker = {"speaker": [author]} if idea.has_speaker else {}
    await author.submit_modal(await _use(world, author, "pitch"), form | speaker)


async def _use(
    world: World, member: MemberActor, command: str, **options: str
) -> InteractionResult:
    return await member.slash(world.channels[GROUP_CHANNEL], command, **options)


def _card(answer: InteractionResult) -> ResponseMessage:
    if answer.response is None:
        raise LookupError("the bot has not answered with a card")
    return answer.response


def control_in(components: Sequence[Component], prefix: str) -> str:
    """The id of the list whose id begins so; refuses in the card's own words where it has none."""
    ids = (str(each.get("custom_id", "")) for each in walk_components(components))
    found = next((each for each in ids if each.startswith(prefix)), None)
    if found is None:
        _title, *said = [block.text for block in flatten(components) if block.text]
        raise Refusal(f"The demo can't begin, as the bot answered: {' '.join(said[:1])}")
    return found


def _forget_private_answers(world: World) -> None:
    """Discord's own client forgets them too when it is started anew."""
    for messages in world.env.backend.messages.values():
        for message in [each for each in messages.values() if each.is_ephemeral]:
            del messages[message.id]
