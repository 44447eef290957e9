"""Credits that leave in the members' place elect the same, and tell nothing of anybody."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ballots.counting import Closing, Count, conclude
from bot.ballots.model import Ballot, BallotMode, BallotOption, BallotState, result_of
from bot.ballots.record import Record, RecordKind, releasable
from bot.ballots.standins import stand_in_credits
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

Choices = Mapping[int, frozenset[int]]
chosen_sets = st.frozensets(st.sampled_from(PITCHES), min_size=1)
votes = st.dictionaries(st.integers(1001, 1040), chosen_sets, max_size=40)
entries_in = st.dictionaries(st.integers(1001, 1050), st.integers(0, 3_000_000), max_size=50)


def closed(ballot: Ballot, choices: Choices, entries: Mapping[int, int]) -> tuple[Ballot, Closing]:
    closing = conclude(ballot, Count(choices=choices, exclusions={}), entries)
    return replace(ballot, result=closing.result), closing


def released(
    choices: Choices, entries: Mapping[int, int], seed: int = 1, ballot: Ballot = PRIVATE
) -> Record:
    """What leads get of the ballot in which members with these credits chose so."""
    over, closing = closed(ballot, choices, entries)
    return releasable(over, closing.record, Random(seed), holds_private=True)


@settings(max_examples=60, deadline=None)
@given(votes, entries_in, st.integers(0, 9), st.sampled_from(list(BallotRule)))
def test_what_leaves_elects_the_same_and_has_no_number_of_one_voter_alone(
    choices: dict[int, frozenset[int]], entries: dict[int, int], seed: int, rule: BallotRule
) -> None:
    ballot, closing = closed(replace(PRIVATE, rule=rule), choices, entries)
    record = releasable(ballot, closing.record, Random(seed), holds_private=False)
    assert sorted(record.choices) == sorted(f"voter-{n}" for n in range(1, len(choices) + 1))
    assert sorted(record.choices.values()) == sorted(tuple(sorted(one)) for one in choices.values())
    if record.kind is RecordKind.NOT_TO_COUNT:
        assert (rule, record.before, record.after) == (BallotRule.FAIR_TURNS, {}, {})
        return
    again = tally(
        rule,
        {name: frozenset(chosen) for name, chosen in record.choices.items()},
        ballot.seats,
        ballot.tie_order,
        record.before,
    )
    assert again.winners == result_of(ballot).winners
    assert again.credits == record.after
    # A number says no more than the choices beside it.
    told = {(chosen, record.before.get(name)) for name, chosen in record.choices.items()}
    assert len(told) == len(set(record.choices.values()))


def test_numbers_decide_among_few_and_stay_here_all_the_same() -> None:
    choices = {1: frozenset({1}), 2: frozenset({1}), 3: frozenset({2})}
    entries = {1: 2_000_000, 2: 2_000_000, 3: 0}
    ballot, _ = closed(replace(PRIVATE, talks_each=1), choices, entries)
    assert result_of(ballot).winners == (2,)
    found = stand_in_credits(ballot, choices)
    assert found is not None
    assert found[1] == found[2] > found[3] == 0
    assert tally(ballot.rule, choices, 1, ballot.tie_order, found).winners == (2,)
    assert not set(found.values()) & {2_000_000}


def test_where_no_numbers_elect_the_same_none_leave() -> None:
    choices = {1: frozenset({1}), 2: frozenset({2})}
    ballot, closing = closed(PRIVATE, choices, {})
    odd = replace(ballot, result=replace(result_of(ballot), winners=(4,)))  # whom nobody chose
    record = releasable(odd, closing.record, Random(1), holds_private=False)
    assert (record.kind, record.before, record.after) == (RecordKind.NOT_TO_COUNT, {}, {})
    assert sorted(record.choices.items()) in (
        [("voter-1", (1,)), ("voter-2", (2,))],
        [("voter-1", (2,)), ("voter-2", (1,))],
    )


@pytest.mark.parametrize("seed", range(40))
def test_small_ballots_have_a_file_with_the_same_winners_reserves_and_ties(seed: int) -> None:
    draws = Random(seed)
    voters = range(1001, 1001 + draws.randint(2, 9))
    entries = {one: draws.randrange(1_500_000) for one in voters}
    choices = {one: frozenset(draws.sample(PITCHES, draws.randint(1, 2))) for one in voters}
    ballot, closing = closed(replace(PRIVATE, talks_each=draws.randint(1, 3)), choices, entries)
    record = releasable(ballot, closing.record, draws, holds_private=False)
    named = {name: frozenset(chosen) for name, chosen in record.choices.items()}
    again = tally(ballot.rule, named, ballot.seats, ballot.tie_order, record.before)
    told = [(one.pitch_id, one.ground, one.equals) for one in again.steps]
    seats = ballot.seats
    due = [(one.pitch_id, one.ground, one.equals) for one in closing.result.steps]
    assert (record.kind, told[:seats]) == (RecordKind.STAND_IN, due[:seats])
    assert [one[0] for one in told] == [one[0] for one in due]


def worlds(choices: Choices) -> list[Choices]:
    """Every way in which the voters may have handed in these ballots."""
    ballots = sorted(choices.values(), key=sorted)
    return [
        dict(zip(choices, one, strict=True)) for one in sorted({*permutations(ballots)}, key=str)
    ]


def content(record: Record) -> tuple[object, ...]:
    """All that stands in it, whatever the drawn names are."""
    rows = [
        (chosen, record.before.get(name), record.after.get(name))
        for name, chosen in record.choices.items()
    ]
    return record.kind, record.exclusions, sorted(rows, key=str)


@pytest.mark.parametrize("seed", range(12))
def test_who_knows_all_earlier_credits_and_tries_every_assignment_learns_no_choice(
    seed: int,
) -> None:
    """The file is compared with that of each world in which the same is announced: what it does
    not tell apart, it does not tell. So a choice is known of somebody only where the announced
    counts tell it of everybody, or where the announced winners would with no file at all.
    """
    draws = Random(seed)
    voters = range(1001, 1001 + draws.randint(3, 5))
    entries = {one: draws.randrange(1_500_000) for one in voters}
    choices = {one: frozenset(draws.sample(PITCHES, draws.randint(1, 2))) for one in voters}
    over, closing = closed(PRIVATE, choices, entries)
    seen = content(releasable(over, closing.record, Random(seed), holds_private=False))
    as_announced, as_filed = [], []
    for world in worlds(choices):
        ballot, other = closed(PRIVATE, world, entries)
        is_announced = _announced(other) == _announced(closing)
        if is_announced:
            as_announced.append(world)
        # The file is made from what was announced and these ballots, so any world might have it.
        ballot = replace(ballot, result=closing.result)
        if content(releasable(ballot, other.record, Random(0), holds_private=False)) == seen:
            as_filed.append(world)
    assert as_filed == worlds(choices)
    assert set(map(str, as_announced)) <= set(map(str, as_filed))
    counts, people = closing.result.counts, len(choices)
    for pitch_id in PITCHES:
        for voter in voters:
            possible = {pitch_id in world[voter] for world in as_filed}
            assert (len(possible) == 1) == (counts[pitch_id] in (0, people))


def _announced(closing: Closing) -> object:
    result = closing.result
    steps = [(one.pitch_id, one.equals) for one in result.steps]
    return result.winners, steps, result.counts, result.voters


def test_exact_credits_would_fail_that_attack() -> None:
    """The attack can succeed: numbers of the members' own are found again."""
    entries = {1001: 100_000, 1002: 200_000, 1003: 300_000}
    choices = {1001: frozenset({1}), 1002: frozenset({2}), 1003: frozenset({1})}
    known = {entries[voter]: chosen for voter, chosen in choices.items()}
    fits = [w for w in worlds(choices) if {entries[v]: w[v] for v in w} == known]
    assert fits == [choices]
    assert len(worlds(choices)) == 3


def test_an_open_record_after_a_private_one_has_names_and_stand_ins() -> None:
    entries = {1001: 123_457, 1002: 923_459, 1003: 523_461}
    choices = {1001: frozenset({1}), 1002: frozenset({2}), 1003: frozenset({1, 3})}
    record = released(choices, entries, ballot=replace(PRIVATE, mode=BallotMode.OPEN))
    assert dict(record.choices) == {"1001": (1,), "1002": (2,), "1003": (1, 3)}
    assert not {*record.before.values(), *record.after.values()} & {*entries.values()}


def test_voters_are_in_another_order_each_time() -> None:
    choices = {number: frozenset({number % 4 + 1}) for number in range(1001, 1021)}
    orders = [tuple(released(choices, {}, seed).choices.values()) for seed in (1, 2)]
    by_id = tuple(tuple(sorted(chosen)) for chosen in choices.values())
    assert len({*orders, by_id}) == 3
