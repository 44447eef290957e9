"""Bots that break one rule of a ballot's protocol: each breaks a promise, and that is found out.

Each mutant has the shortest story that we know in which it fails; the true bot comes through all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fakes.ballot_discord import LONG_AGO, Discord, memberships, read
from fakes.ballot_parts import Parts
from fakes.ballot_world import World

from bot.ballots.counting import sift
from bot.ballots.machine import (
    Count,
    EventKind,
    Key,
    LiveVotes,
    Reading,
    Settled,
    Standing,
    Verdict,
    VoteEvent,
    first_changes,
    judge,
)
from bot.ballots.model import Ballot
from bot.groups.model import BallotRule
from bot.messenger import Membership, Vote


class Sums(LiveVotes):
    """Adds and subtracts what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.sums: dict[Key, int] = {}

    def take(self, event: VoteEvent) -> None:
        super().take(event)
        if event.key is not None:
            change = 1 if event.kind is EventKind.ADD else -1
            self.sums[event.key] = self.sums.get(event.key, 0) + change

    def end_read(self, reading: Reading, seen: Iterable[Key]) -> bool:
        self.sums = dict.fromkeys(seen, 1)
        return super().end_read(reading, seen)

    def stand(self) -> Standing:
        known = {key: number > 0 for key, number in self.sums.items()}
        return Standing(known=known, is_trusted=super().stand().is_trusted)


class Trusting(LiveVotes):
    """Believes what it knows though events have been lost."""

    def lose_track(self) -> None:
        return


class Deaf(LiveVotes):
    """Does not listen while it reads."""

    def end_read(self, reading: Reading, seen: Iterable[Key]) -> bool:
        reading.events.clear()
        return super().end_read(reading, seen)


class Lax(LiveVotes):
    """Finishes a read during which events were lost."""

    def end_read(self, reading: Reading, seen: Iterable[Key]) -> bool:
        reading.is_broken = False
        return super().end_read(reading, seen)


class Unmoved(LiveVotes):
    """Takes no notice of clears."""

    def take(self, event: VoteEvent) -> None:
        if not event.is_clear:
            super().take(event)


def undo_nothing(_count: Count, seen: frozenset[Key]) -> Settled:
    return Settled(votes=seen, is_exact=True)


def undo_by_first_event(count: Count, seen: frozenset[Key]) -> Settled:
    untrusted = replace(count, before=Standing(known={}, is_trusted=False))
    return untrusted.settle(seen)


def undo_by_last_event(count: Count, seen: frozenset[Key]) -> Settled:
    return replace(count, events=count.events[::-1]).settle(seen)


def undo_added_only(count: Count, seen: frozenset[Key]) -> Settled:
    added = {key for key, was_added in first_changes(count.events).items() if was_added}
    return Settled(votes=seen - added, is_exact=True)


def believe_after_a_clear(count: Count, seen: frozenset[Key]) -> Settled:
    return replace(count.settle(seen), is_exact=True)


def read_normal(discord: Discord, letter: str, is_super: bool) -> set[Vote]:
    return set() if is_super else read(discord, letter, is_super)


def read_up_to_the_count(discord: Discord, letter: str, is_super: bool) -> set[Vote]:
    found = sorted(read(discord, letter, is_super), key=lambda vote: -vote.user_id)
    return set(found[: discord.stale.get(letter, 0)])


def everybody(discord: Discord, user_ids: Iterable[int]) -> Mapping[int, Membership]:
    old = Membership(joined_at=LONG_AGO)
    return {one: discord.members.get(one, old) for one in user_ids}


def of_old(discord: Discord, user_ids: Iterable[int]) -> Mapping[int, Membership]:
    found = memberships(discord, user_ids)
    return {one: replace(member, joined_at=LONG_AGO) for one, member in found.items()}


def human(discord: Discord, user_ids: Iterable[int]) -> Mapping[int, Membership]:
    found = memberships(discord, user_ids)
    return {one: replace(member, is_bot=False) for one, member in found.items()}


def without_limit(ballot: Ballot, *rest: Any) -> Any:
    return sift(replace(ballot, choice_limit=None), *rest)


def extend_again(doubt: Any, *, may_extend: bool, **rest: Any) -> Verdict:
    return judge(doubt, may_extend=True, **rest)


def decide_alone(_doubt: Any, **rest: Any) -> Verdict:
    return judge(None, **rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """What is wrong with it, the promise it breaks, and the story in which it does."""

    parts: Parts
    breaks: str
    story: str
    conditions: Mapping[str, Any] = field(default_factory=dict)


OPEN = "work:9 deliver"
MUTANTS = {
    "counter": Mutant(
        parts=Parts(live=Sums),
        breaks="2",
        story="click:1:A deliver look click:1:A double:1:A deliver click:1:A deliver "
        "due work click:1:A work:99",
    ),
    "normal type only": Mutant(
        parts=Parts(read=read_normal), breaks="2", story="super:1:A deliver due work:99"
    ),
    "bot counted": Mutant(
        parts=Parts(robots=lambda _votes: frozenset(), memberships=human),
        breaks="2",
        story="due work:99",
    ),
    "bot put back": Mutant(
        parts=Parts(memberships=human),
        breaks="2",
        story="click:91:A deliver due work click:91:A work:99",
    ),
    "leavers": Mutant(
        parts=Parts(memberships=everybody),
        breaks="2",
        story="click:1:A deliver leave:1 due work:99",
    ),
    "newcomers": Mutant(
        parts=Parts(memberships=of_old), breaks="2", story="click:4:A deliver due work:99"
    ),
    "no undo": Mutant(
        parts=Parts(settle=undo_nothing), breaks="2", story="due work click:1:A work:99"
    ),
    "added votes undone only": Mutant(
        parts=Parts(settle=undo_added_only),
        breaks="2",
        story="click:1:A deliver due work click:1:A work:99",
    ),
    "first event only": Mutant(
        parts=Parts(settle=undo_by_first_event),
        breaks="2",
        story="click:1:A deliver look click:1:A deliver double:1:A due work:99",
    ),
    "last event": Mutant(
        parts=Parts(settle=undo_by_last_event),
        breaks="2",
        story="due work click:1:A click:1:A work:99",
    ),
    "no waiting for late events": Mutant(
        parts=Parts(waits_for_stragglers=False), breaks="2", story="due work click:1:A work:99"
    ),
    "no limit": Mutant(
        parts=Parts(sift=without_limit),
        breaks="5",
        story="click:1:A click:1:B deliver due work:99",
        conditions={"limit": 1},
    ),
    "announced twice": Mutant(
        parts=Parts(searches_before_saying=False), breaks="7", story="due work:10 die work:99"
    ),
    "told before the close": Mutant(
        parts=Parts(says_before_closing=True), breaks="8", story="due work:99"
    ),
    "old T": Mutant(
        parts=Parts(keeps_old_count=True),
        breaks="2",
        story="due work:2 die click:1:A click:1:B deliver work:99",
    ),
    "counts on after a gap": Mutant(
        parts=Parts(breaks_on_gap=False),
        breaks="2",
        story="due work click:1:A gap work:99",
    ),
    "stop at count": Mutant(
        parts=Parts(read=read_up_to_the_count), breaks="2", story="click:1:A deliver due work:99"
    ),
    "no reseed": Mutant(
        parts=Parts(lost_seeds=lambda _seeds, _there: []), breaks="9", story="clear:A look"
    ),
    "trust after a gap": Mutant(
        parts=Parts(live=Trusting),
        breaks="2",
        story="look click:1:A gap due work click:1:A work:99",
    ),
    "deaf while it reads": Mutant(
        parts=Parts(live=Deaf),
        breaks="2",
        story="click:1:A deliver look:3 click:1:A deliver look due work click:1:A work:99",
    ),
    "gap in a read": Mutant(
        parts=Parts(live=Lax),
        breaks="2",
        story="look:3 click:1:A gap look due work click:1:A work:99",
    ),
    "clear overheard": Mutant(
        parts=Parts(live=Unmoved),
        breaks="2",
        story="click:1:A deliver look clear deliver due work clear work:99",
    ),
    "clear believed": Mutant(
        parts=Parts(settle=believe_after_a_clear),
        breaks="2",
        story="click:1:A deliver due work clear work:99",
    ),
    "doubt kept to itself": Mutant(
        parts=Parts(judge=decide_alone),
        breaks="2",
        story="click:1:A deliver due work clear work:99",
    ),
    "closed again": Mutant(
        parts=Parts(may_follow=lambda _now, _after: True), breaks="1", story="due work:99 due work"
    ),
    "extended for ever": Mutant(
        parts=Parts(judge=extend_again),
        breaks="1",
        story="due work:99 due work:99",
        conditions={"quorum": 1},
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_rule_breaks_a_promise(name: str) -> None:
    mutant = MUTANTS[name]
    conditions = {"rule": BallotRule.MOST_VOTES, **mutant.conditions}
    with pytest.raises(AssertionError) as found:
        World(parts=mutant.parts, **conditions).do(f"{OPEN} {mutant.story}")
    assert str(found.value)[0] == mutant.breaks


@pytest.mark.parametrize("name", MUTANTS)
def test_the_true_rules_come_through_the_same_story(name: str) -> None:
    mutant = MUTANTS[name]
    World(**mutant.conditions).do(f"{OPEN} {mutant.story}")
