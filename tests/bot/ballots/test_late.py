"""Votes that come while a ballot is read are taken out again, whichever page saw them."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ballots.late import LateReactions
from bot.messenger import Vote

LETTERS = ("🇦", "🇧", "🇨")
PEOPLE = (1, 2, 3, 99)
BOT = 99

Reactions = frozenset[tuple[int, str]]

reactions = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(LETTERS))


def as_votes(found: Reactions) -> frozenset[Vote]:
    return frozenset(
        Vote(user_id=user_id, emoji=emoji, is_bot=user_id == BOT) for user_id, emoji in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A count as it happens: the state at its start, people's clicks, and when each letter is read.

    `read_after[letter]` clicks have happened when that letter's page is read.
    """

    at_start: Reactions
    clicks: tuple[tuple[int, str], ...]
    read_after: dict[str, int]

    def state_after(self, clicks: int) -> Reactions:
        """What Discord holds then: a click adds a reaction or takes it back."""
        state = set(self.at_start)
        for click in self.clicks[:clicks]:
            state ^= {click}
        return frozenset(state)

    def read(self) -> Reactions:
        """What the pages say together, which need not have been true at any one moment."""
        return frozenset(
            (user_id, letter)
            for letter, clicks in self.read_after.items()
            for user_id, emoji in self.state_after(clicks)
            if emoji == letter
        )

    def tell(self, late: LateReactions, message_id: int) -> None:
        """Send the event of every click."""
        for number, (user_id, emoji) in enumerate(self.clicks):
            was_added = (user_id, emoji) not in self.state_after(number)
            late.note(message_id, user_id, emoji, was_added=was_added)


@st.composite
def counts(draw: st.DrawFn) -> Count:
    clicks = tuple(draw(st.lists(reactions, max_size=12)))
    return Count(
        at_start=frozenset(draw(st.sets(reactions))),
        clicks=clicks,
        read_after={letter: draw(st.integers(0, len(clicks))) for letter in LETTERS},
    )


@given(counts())
def test_undone_votes_are_those_of_the_moment_counting_began(count: Count) -> None:
    late = LateReactions()
    with late.watching(5) as watch:
        count.tell(late, 5)
        undone = watch.undo(as_votes(count.read()))
    people = {vote for vote in undone if not vote.is_bot and vote.user_id != BOT}
    assert people == {vote for vote in as_votes(count.at_start) if not vote.is_bot}


def test_only_the_first_of_several_changes_says_how_it_stood() -> None:
    late = LateReactions()
    with late.watching(5) as watch:
        late.note(5, 1, "🇦", was_added=False)
        late.note(5, 1, "🇦", was_added=True)
        late.note(5, 1, "🇦", was_added=False)
        late.note(5, 2, "🇦", was_added=True)
    assert watch.undo(frozenset()) == as_votes(frozenset({(1, "🇦")}))


def test_a_letter_taken_from_a_bot_meanwhile_makes_it_no_voter() -> None:
    late = LateReactions()
    with late.watching(5) as watch:
        late.note(5, BOT, "🇦", was_added=False)
    seen = as_votes(frozenset({(BOT, "🇧"), (1, "🇦")}))
    assert watch.undo(seen) == as_votes(frozenset({(BOT, "🇦"), (BOT, "🇧"), (1, "🇦")}))


@pytest.mark.parametrize("message_id", [4, 6])
def test_reactions_to_other_messages_are_left(message_id: int) -> None:
    late = LateReactions()
    with late.watching(5) as watch:
        late.note(message_id, 1, "🇦", was_added=True)
    assert watch.undo(as_votes(frozenset({(1, "🇦")}))) == as_votes(frozenset({(1, "🇦")}))


def test_changes_after_the_count_are_not_kept() -> None:
    late = LateReactions()
    with late.watching(5) as watch:
        pass
    late.note(5, 1, "🇦", was_added=True)
    assert watch.undo(as_votes(frozenset({(1, "🇦")}))) == as_votes(frozenset({(1, "🇦")}))
