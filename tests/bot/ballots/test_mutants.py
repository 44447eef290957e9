"""Bots that break one rule of a ballot's protocol: each breaks a promise, and that is found out.

Nothing tells the courses what to look for: they have to come upon each by themselves.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fakes.ballot_courses import Course, courses, run
from fakes.ballot_discord import LONG_AGO, Discord, memberships, read
from fakes.ballot_parts import Parts
from hypothesis import Phase, given, settings

from bot.ballots.counting import Closing, conclude, sift
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


class Unbroken(LiveVotes):
    """Goes on with a count during which events were lost."""

    def lose_track(self) -> None:
        super().lose_track()
        for count in self._counts:
            count.is_broken = False


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


def with_one_more(ballot: Ballot, *rest: Any) -> Closing:
    """Elects somebody for a seat that there is not."""
    closing = conclude(ballot, *rest)
    first, *_ = (*closing.result.runners_up, *closing.result.winners)
    winners = (*closing.result.winners, first)
    return replace(closing, result=replace(closing.result, winners=winners))


def without_quorum(ballot: Ballot, *rest: Any) -> Closing:
    return conclude(replace(ballot, quorum=None), *rest)


def with_lots_drawn_anew(ballot: Ballot, *rest: Any) -> Closing:
    return conclude(replace(ballot, tie_order=ballot.tie_order[::-1]), *rest)


def without_credits(*about: Any) -> Closing:
    """Forgets to write down what everybody has received."""
    closing = conclude(*about)
    return replace(
        closing, record=tuple(replace(line, credits_after=None) for line in closing.record)
    )


def everybody_again(closing: Closing) -> Closing:
    """A result that is done again after the close."""
    return replace(closing, result=replace(closing.result, voters=closing.result.voters + 1))


MUTANTS: Mapping[str, tuple[str, Parts]] = {
    "closed again": ("1", Parts(may_follow=lambda _now, _after: True)),
    "extended for ever": ("1", Parts(judge=extend_again)),
    "counter": ("2", Parts(live=Sums)),
    "normal type only": ("2", Parts(read=read_normal)),
    "stop at count": ("2", Parts(read=read_up_to_the_count)),
    "bot counted": ("2", Parts(robots=lambda _votes: frozenset(), memberships=human)),
    "bot put back": ("2", Parts(memberships=human)),
    "leavers": ("2", Parts(memberships=everybody)),
    "newcomers": ("2", Parts(memberships=of_old)),
    "no undo": ("2", Parts(settle=undo_nothing)),
    "added votes undone only": ("2", Parts(settle=undo_added_only)),
    "first event only": ("2", Parts(settle=undo_by_first_event)),
    "last event": ("2", Parts(settle=undo_by_last_event)),
    "no waiting for late events": ("2", Parts(waits_for_stragglers=False)),
    "old T": ("2", Parts(keeps_old_count=True)),
    "counts on after a gap": ("2", Parts(live=Unbroken)),
    "trust after a gap": ("2", Parts(live=Trusting)),
    "deaf while it reads": ("2", Parts(live=Deaf)),
    "gap in a read": ("2", Parts(live=Lax)),
    "clear overheard": ("2", Parts(live=Unmoved)),
    "clear believed": ("2", Parts(settle=believe_after_a_clear)),
    "doubt kept to itself": ("2", Parts(judge=decide_alone)),
    "one winner too many": ("3", Parts(conclude=with_one_more)),
    "quorum overlooked": ("3", Parts(conclude=without_quorum)),
    "lots drawn anew": ("4", Parts(conclude=with_lots_drawn_anew)),
    "credits not written down": ("4", Parts(conclude=without_credits)),
    "no limit": ("5", Parts(sift=without_limit)),
    "done again after the close": ("6", Parts(last_look=everybody_again)),
    "announced twice": ("7", Parts(searches_before_saying=False)),
    "told before the close": ("8", Parts(says_before_closing=True)),
    "no reseed": ("9", Parts(lost_seeds=lambda _seeds, _there: [])),
}
"""Each with the number of the promise that it breaks."""


class AllFoundError(Exception):
    """No mutant is left."""


def test_broken_rule_breaks_a_promise() -> None:
    """All go the same courses until the last is found out: some hundred, whatever the seed."""
    found: dict[str, str] = {}

    @settings(
        max_examples=3000,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
    )
    @given(courses())
    def go(course: Course) -> None:
        for name in MUTANTS.keys() - found.keys():
            _, parts = MUTANTS[name]
            try:
                run(course, parts)
            except AssertionError as error:
                found[name] = str(error)[0]
        if found.keys() == MUTANTS.keys():
            raise AllFoundError

    with suppress(AllFoundError):
        go()
    assert found == {name: promise for name, (promise, _) in MUTANTS.items()}


def test_each_promise_is_broken_by_some_mutant() -> None:
    assert {promise for promise, _ in MUTANTS.values()} == set("123456789")
