"""An open ballot over three topics, with people who click and moderators who clear."""

from typing import Any

from backstage import BEN, CLARA, Backstage, actor, once

from bot.ballots.machine import EventKind
from bot.ballots.model import Ballot, BallotForm
from bot.ballots.store import last_ballot
from bot.groups.model import BallotRule, Group

A, B, C = "🇦🇧🇨"


async def latest(house: Backstage) -> Ballot:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, 1)
    assert ballot is not None
    return ballot


async def opened(house: Backstage, **form: Any) -> tuple[Ballot, int]:
    """An open ballot over Alpha, Beta and Gamma, and its message."""
    group: Group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma", speakers=(BEN, CLARA))
    asked = {"rule": BallotRule.MOST_VOTES, "talks_each": 1, **form}
    await house.rooms.ballots.open(actor(), None, BallotForm(**asked))
    await house.runner.run_due()
    ballot = await latest(house)
    assert ballot.message_id is not None
    return ballot, ballot.message_id


async def close(house: Backstage) -> Ballot:
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    return await latest(house)


def click(
    house: Backstage, message_id: int, user_id: int, letter: str, *, is_super: bool = False
) -> None:
    """Somebody reacts or takes the reaction back, and the gateway tells us."""
    people = house.messenger.message(message_id).reactions.setdefault((letter, is_super), set())
    kind = EventKind.REMOVE if user_id in people else EventKind.ADD
    people ^= {user_id}
    house.rooms.listener.note(message_id, kind, user_id, letter, is_super=is_super)


def clear(house: Backstage, message_id: int, letter: str | None = None) -> None:
    """A moderator takes reactions away, and the gateway tells us."""
    reactions = house.messenger.message(message_id).reactions
    for kind in [kind for kind in reactions if letter in (None, kind[0])]:
        del reactions[kind]
    event = EventKind.CLEAR_EMOJI if letter else EventKind.CLEAR
    house.rooms.listener.note(message_id, event, emoji=letter)


def counts(ballot: Ballot) -> list[int]:
    """How many chose each option, in order."""
    assert ballot.result is not None
    return [ballot.result.counts[option.pitch_id] for option in ballot.options]


def meanwhile(house: Backstage, *acts: Any) -> None:
    """Do it while the votes are read, before anything of them is seen."""

    async def act() -> None:
        for one in acts:
            one()

    house.messenger.meanwhile["before read_votes"] = once(act)
