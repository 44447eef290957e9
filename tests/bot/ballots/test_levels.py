"""Credits that leave with a private vote are shared by five, and elect the same."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ballots.counting import Count, conclude
from bot.ballots.levels import ALIKE, level_credits
from bot.ballots.model import Ballot, BallotMode, BallotOption, BallotState, result_of
from bot.ballots.record import releasable
from bot.ballots.tally import order_ties, tally
from bot.groups.model import BallotRule

PITCHES = (1, 2, 3, 4)
MOMENT = datetime(2022, 11, 5, tzinfo=UTC)
PRIVATE = Ballot(
    id=1,
    group_id=1,
    state=BallotState.OPEN,
    rule=BallotRule.FAIR_TURNS,
    mode=BallotMode.PRIVATE,
    sessions=1,
    talks_each=2,
    opened_by=1,
    channel_id=1,
    message_id=77,
    opened_at=MOMENT,
    due_at=MOMENT,
    options=tuple(
        BallotOption(pitch_id=one, emoji=chr(0x1F1E6 + one), title=str(one)) for one in PITCHES
    ),
    tie_order=order_ties(77, (), PITCHES),
)

votes = st.dictionaries(
    st.integers(1001, 1040), st.frozensets(st.sampled_from(PITCHES), min_size=1), max_size=40
)
entries_in = st.dictionaries(st.integers(1001, 1050), st.integers(0, 3_000_000), max_size=50)


@settings(max_examples=60)
@given(votes, entries_in, st.integers(0, 9), st.sampled_from(list(BallotRule)))
def test_what_leaves_elects_the_same_and_nobody_has_a_number_alone(
    choices: dict[int, frozenset[int]], entries: dict[int, int], seed: int, rule: BallotRule
) -> None:
    ballot = replace(PRIVATE, rule=rule)
    closing = conclude(ballot, Count(choices=choices, exclusions={}), entries)
    closed = replace(ballot, result=closing.result)
    record = releasable(closed, closing.record, Random(seed), holds_private=False)
    if not record.is_complete:
        assert (rule, record.before, record.after) == (BallotRule.FAIR_TURNS, {}, {})
        return
    again = tally(
        rule,
        {name: frozenset(chosen) for name, chosen in record.choices.items()},
        closed.seats,
        closed.tie_order,
        record.before,
    )
    assert again.winners == result_of(closed).winners
    assert again.credits == record.after
    assert sorted(record.choices) == sorted(f"voter-{n}" for n in range(1, len(choices) + 1))
    assert sorted(record.choices.values()) == sorted(tuple(sorted(one)) for one in choices.values())
    shared = Counter(record.before.values())
    assert len(shared) <= 1 or min(shared.values()) >= ALIKE


def test_numbers_that_decided_among_few_do_not_leave() -> None:
    choices = {1: frozenset({1}), 2: frozenset({1}), 3: frozenset({2})}
    entries = {1: 2_000_000, 2: 2_000_000, 3: 0}
    ballot = replace(PRIVATE, talks_each=1)
    closing = conclude(ballot, Count(choices=choices, exclusions={}), entries)
    assert closing.result.winners == (2,)
    closed = replace(ballot, result=closing.result)
    assert level_credits(closed, choices, entries, Random(1)) is None
    record = releasable(closed, closing.record, Random(1), holds_private=False)
    assert not record.is_complete
    assert (record.before, record.after) == ({}, {})
    assert sorted(record.choices.values()) == [(1,), (1,), (2,)]


def test_voters_are_in_another_order_each_time() -> None:
    choices = {number: frozenset({number % 4 + 1}) for number in range(1001, 1021)}
    closing = conclude(PRIVATE, Count(choices=choices, exclusions={}), {})
    closed = replace(PRIVATE, result=closing.result)
    found = [
        releasable(closed, closing.record, Random(seed), holds_private=False) for seed in (1, 2)
    ]
    orders = [tuple(one.choices.values()) for one in found]
    by_id = tuple(tuple(sorted(chosen)) for chosen in choices.values())
    assert len({*orders, by_id}) == 3
