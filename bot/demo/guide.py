"""The guided path: five steps, what each asks for, and when it has happened."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Does(StrEnum):
    """What the button of a step does."""

    COMMAND = "command"
    OPEN = "open"
    WAIT = "wait"
    CROWD = "crowd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One button: as whom (a person's key), where (a place's key), and what it starts."""

    label: str
    does: Does
    person: str
    place: str = "ml-theory"
    command: str = ""


class Vote(StrEnum):
    """How the latest ballot stands: held for its leads to look at, lost where it elects nobody."""

    NONE = "none"
    OPEN = "open"
    HELD = "held"
    COUNTED = "counted"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the simulated world shows since the visitor arrived; places are keys.

    `voters` are those of the latest ballot, which stands in `ballot_place`; `results` counts the
    sessions that have talks.
    """

    pitches: int = 0
    vote: Vote = Vote.NONE
    ballot_place: str = "ml-theory"
    voters: tuple[str, ...] = ()
    results: int = 0
    told: tuple[str, ...] = ()
    discussion: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: `is_done` and `offer` look only at the facts.

    `lacks` is a sentence where the step can't be taken yet, `is_undone` whether it has to be
    taken again.
    """

    key: str
    title: str
    sentence: str
    is_done: Callable[[Facts], bool]
    offer: Callable[[Facts], Offer]
    lacks: Callable[[Facts], str | None] = lambda _: None
    is_undone: Callable[[Facts], bool] = lambda _: False


# Who votes when the visitor lets the others vote, and for which of the letters (0 is the first).
CROWD = {"maya": (0, 1, 4), "ben": (1, 4), "clara": (0, 1), "devi": (0, 2), "kenji": (1, 2, 4)}


def _needs_ballot(facts: Facts) -> bool:
    """Whether none is open, and the calendar has no talks from an earlier one."""
    return facts.vote not in (Vote.OPEN, Vote.HELD) and not facts.results


def _offer_vote(facts: Facts) -> Offer:
    if _needs_ballot(facts):
        return Offer(
            label="Open a ballot as Maya",
            does=Does.COMMAND,
            person="maya",
            command="ballot open sessions:2 talks:2 review:False",
        )
    is_open = facts.vote is Vote.OPEN
    if is_open and facts.voters and set(facts.voters) < set(CROWD):
        return Offer(
            label="Let the others vote", does=Does.CROWD, person="devi", place=facts.ballot_place
        )
    label = "Vote as Devi" if is_open and not facts.voters else "Look at the ballot as Devi"
    return Offer(label=label, does=Does.OPEN, person="devi", place=facts.ballot_place)


def _offer_close(facts: Facts) -> Offer:
    if facts.vote is Vote.HELD:
        return Offer(
            label="Look at the count as Maya",
            does=Does.COMMAND,
            person="maya",
            place=facts.ballot_place,
            command="ballot status",
        )
    if facts.vote is not Vote.OPEN and facts.results:
        return Offer(
            label="See the result as Maya", does=Does.OPEN, person="maya", place=facts.ballot_place
        )
    return Offer(
        label="Close the ballot as Maya",
        does=Does.COMMAND,
        person="maya",
        place=facts.ballot_place,
        command="ballot close",
    )


def _lacks_ballot(facts: Facts) -> str | None:
    return "No ballot is open: take the step Vote first." if _needs_ballot(facts) else None


def _offer_reminder(facts: Facts) -> Offer:
    if facts.told:
        person = "clara" if "clara" in facts.told else facts.told[0]
        label = f"Read {person.capitalize()}’s messages"
        return Offer(label=label, does=Does.OPEN, person=person, place="dm")
    return Offer(label="To the first reminder", does=Does.WAIT, person="clara")


def _offer_discussion(facts: Facts) -> Offer:
    if facts.discussion is not None:
        return Offer(
            label="Join in as Kenji", does=Does.OPEN, person="kenji", place=facts.discussion
        )
    return Offer(label="To the end of the talk", does=Does.WAIT, person="kenji")


def _lacks_talk(facts: Facts) -> str | None:
    if facts.results or facts.discussion:
        return None
    return "No talk is in the calendar yet: take the steps Vote and Schedule first."


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
        sentence="Maya opens a ballot; everybody presses the letters of what they would come for.",
        is_done=lambda facts: len(facts.voters) > 1 and facts.vote is not Vote.LOST,
        offer=_offer_vote,
        is_undone=lambda facts: facts.vote is Vote.LOST and not facts.results,
    ),
    Step(
        key="schedule",
        title="Schedule",
        sentence="Maya closes the ballot: the winners fill the next sessions in the calendar.",
        is_done=lambda facts: facts.results > 0,
        offer=_offer_close,
        lacks=_lacks_ballot,
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
        sentence="Move past the talk: a post opens in the forum, with its sources and a question.",
        is_done=lambda facts: facts.discussion is not None,
        offer=_offer_discussion,
        lacks=_lacks_talk,
    ),
)


def steps_done(facts: Facts) -> frozenset[str]:
    """The keys of the steps that the world shows as done."""
    return frozenset(step.key for step in STEPS if step.is_done(facts))


def steps_undone(facts: Facts) -> frozenset[str]:
    """The keys of the steps that had been done and have to be taken again."""
    return frozenset(step.key for step in STEPS if step.is_undone(facts))


def current_step(done: frozenset[str]) -> Step | None:
    """The first step still to do; None at the end of the path."""
    return next((step for step in STEPS if step.key not in done), None)


def find_step(key: str) -> Step | None:
    """The step an address names."""
    return next((step for step in STEPS if step.key == key), None)
