"""The guided path: five steps, what each asks for, and when it has happened."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Does(StrEnum):
    """What the button of a step does."""

    COMMAND = "command"
    OPEN = "open"
    NEXT_EVENT = "next-event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One button: as whom (a person's key), where (a place's key), and what it starts."""

    label: str
    does: Does
    person: str
    place: str = "ml-theory"
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the simulated world shows since the visitor arrived; places are keys."""

    pitches: int = 0
    ballot_place: str | None = None
    votes: int = 0
    results: int = 0
    channel_reminders: int = 0
    told: tuple[str, ...] = ()
    discussion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: `is_done` and `offer` look only at the facts."""

    key: str
    title: str
    sentence: str
    is_done: Callable[[Facts], bool]
    offer: Callable[[Facts], Offer]


def _offer_vote(facts: Facts) -> Offer:
    if facts.ballot_place is None:
        return Offer(
            label="Open a ballot as Maya", does=Does.COMMAND, person="maya", command="ballot open"
        )
    return Offer(label="Vote as Devi", does=Does.OPEN, person="devi", place=facts.ballot_place)


def _offer_reminder(facts: Facts) -> Offer:
    if facts.told:
        person = "clara" if "clara" in facts.told else facts.told[0]
        label = f"Read {person.capitalize()}’s messages"
        return Offer(label=label, does=Does.OPEN, person=person, place="dm")
    return Offer(label="To the next event", does=Does.NEXT_EVENT, person="clara")


def _offer_discussion(facts: Facts) -> Offer:
    if facts.discussion is not None:
        return Offer(
            label="Join in as Kenji", does=Does.OPEN, person="kenji", place=facts.discussion
        )
    return Offer(label="To the next event", does=Does.NEXT_EVENT, person="kenji")


STEPS = (
    Step(
        key="pitch",
        title="Pitch",
        sentence="Ben suggests something to read: he types /pitch and fills in a form.",
        is_done=lambda facts: facts.pitches > 0,
        offer=lambda _: Offer(
            label="Pitch as Ben", does=Does.COMMAND, person="ben", command="pitch"
        ),
    ),
    Step(
        key="vote",
        title="Vote",
        sentence="Maya opens a ballot; everybody votes by pressing letters, as often as they like.",
        is_done=lambda facts: facts.votes > 0,
        offer=_offer_vote,
    ),
    Step(
        key="schedule",
        title="Schedule",
        sentence="Maya closes the ballot: the winners fill the next sessions in the calendar.",
        is_done=lambda facts: facts.results > 0,
        offer=lambda _: Offer(
            label="Close the ballot as Maya",
            does=Does.COMMAND,
            person="maya",
            command="ballot close",
        ),
    ),
    Step(
        key="remind",
        title="Remind",
        sentence="Move time: the channel is reminded, and Clara by direct message in Berlin time.",
        is_done=lambda facts: bool(facts.told),
        offer=_offer_reminder,
    ),
    Step(
        key="discuss",
        title="Discuss",
        sentence="Move past the talk: a post opens in the forum with a first question.",
        is_done=lambda facts: facts.discussion is not None,
        offer=_offer_discussion,
    ),
)


def steps_done(facts: Facts) -> frozenset[str]:
    """The keys of the steps that the world shows as done."""
    return frozenset(step.key for step in STEPS if step.is_done(facts))


def current_step(done: frozenset[str]) -> Step | None:
    """The first step still to do; None at the end of the path."""
    return next((step for step in STEPS if step.key not in done), None)


def find_step(key: str) -> Step | None:
    """The step an address names."""
    return next((step for step in STEPS if step.key == key), None)
