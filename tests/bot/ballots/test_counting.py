"""Whose choices count, which of them, and what a close writes about everybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.ballots.counting import (
    Closing,
    Count,
    Exclusion,
    choices_in,
    conclude,
    instant_of,
    sift,
)
from bot.ballots.model import Ballot, BallotOption, BallotState, Result
from bot.ballots.reasons import reason
from bot.ballots.tally import Ground, Step
from bot.ballots.votes import RecordLine
from bot.groups.model import BallotRule
from bot.messenger import Membership, Vote

MESSAGE = 1300000000000000001
OPENED = datetime(2024, 10, 27, 7, 35, 52, 832_000, tzinfo=UTC)
"""The instant in the message's id, which is Discord's own clock."""

BALLOT = Ballot(
    id=1,
    group_id=2,
    state=BallotState.CLOSING,
    rule=BallotRule.FAIR_TURNS,
    sessions=1,
    talks_each=1,
    opened_by=9,
    channel_id=3,
    message_id=MESSAGE,
    due_at=OPENED,
    opened_at=OPENED + timedelta(days=9),
    tie_order=(20, 10, 30),
)
LATER = OPENED + timedelta(milliseconds=1)
OLD = Membership(joined_at=OPENED - timedelta(milliseconds=1))


def vote(user_id: int, emoji: str, *, is_bot: bool = False, is_super: bool = False) -> Vote:
    return Vote(user_id=user_id, emoji=emoji, is_bot=is_bot, is_super=is_super)


@pytest.mark.parametrize(
    ("votes", "chosen"),
    [
        ([vote(1, "🇦"), vote(1, "🇧"), vote(2, "🇧")], {1: {10, 20}, 2: {20}}),
        ([vote(1, "🇦"), vote(1, "🇦", is_super=True)], {1: {10}}),
        ([vote(99, "🇦", is_bot=True), vote(1, "🇦", is_super=True)], {1: {10}}),
        ([vote(1, "🍕"), vote(2, "🇨"), vote(2, "🇧")], {2: {20}}),
        ([vote(1, "🍕")], {}),
    ],
)
def test_bots_and_other_emoji_are_dropped_and_each_counts_once(
    votes: list[Vote], chosen: dict[int, set[int]]
) -> None:
    found = choices_in(votes, {"🇦": 10, "🇧": 20})
    assert found == {voter: frozenset(choices) for voter, choices in chosen.items()}


def test_ids_tell_the_instant_on_discords_clock() -> None:
    assert instant_of(MESSAGE) == OPENED
    # The example of Discord's reference, "Snowflakes".
    assert instant_of(175928847299117063) == datetime(2016, 4, 30, 11, 18, 25, 796_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("member", "role_id", "exclusion"),
    [
        (OLD, None, None),
        (Membership(joined_at=None), None, None),
        (None, None, Exclusion.LEFT),
        (Membership(joined_at=OPENED), None, None),
        (Membership(joined_at=LATER), None, Exclusion.NEWCOMER),
        (
            Membership(joined_at=OPENED - timedelta(milliseconds=1), role_ids=frozenset({7})),
            7,
            None,
        ),
        (OLD, 7, Exclusion.ROLE),
        (Membership(joined_at=LATER, role_ids=frozenset({7})), 7, Exclusion.NEWCOMER),
    ],
)
def test_members_count_who_are_here_came_before_and_have_the_role(
    member: Membership | None, role_id: int | None, exclusion: Exclusion | None
) -> None:
    ballot = replace(BALLOT, role_id=role_id)
    members = {} if member is None else {1: member}
    found = sift(ballot, {1: frozenset({10})}, members)
    assert found == (
        Count(choices={1: frozenset({10})}, exclusions={})
        if exclusion is None
        else Count(choices={}, exclusions={1: exclusion})
    )


@pytest.mark.parametrize(
    ("limit", "kept", "exclusions"),
    [
        (None, {10, 20, 30}, {}),
        (1, {20}, {1: Exclusion.LIMIT}),
        (2, {20, 10}, {1: Exclusion.LIMIT}),
        (3, {10, 20, 30}, {}),
    ],
)
def test_of_too_many_choices_the_first_in_the_tie_order_count(
    limit: int | None, kept: set[int], exclusions: dict[int, Exclusion]
) -> None:
    found = sift(replace(BALLOT, choice_limit=limit), {1: frozenset({10, 20, 30})}, {1: OLD})
    over = {one: frozenset({10, 20, 30}) - kept for one in exclusions}
    assert found == Count(choices={1: frozenset(kept)}, exclusions=exclusions, dropped=over)


COUNT = Count(
    choices={1: frozenset({10}), 2: frozenset({10, 20})},
    exclusions={2: Exclusion.LIMIT, 3: Exclusion.LEFT, 4: Exclusion.LEFT},
)


def test_a_close_writes_a_line_for_everybody_who_means_something_for_it() -> None:
    assert conclude(BALLOT, COUNT, {5: 300_000}) == Closing(
        result=Result(
            winners=(10,),
            runners_up=(20, 30),
            counts={20: 1, 10: 2, 30: 0},
            voters=2,
            steps=(
                Step(pitch_id=10, ground=Ground.PRICE, approvals=2, level=800_000),
                Step(pitch_id=20, ground=Ground.PRICE, approvals=1, level=1_800_000),
            ),
            exclusions={"left": 2, "limit": 1},
        ),
        record=(
            RecordLine(user_id=1, pitch_ids=(10,), credits_after=800_000),
            RecordLine(
                user_id=2, pitch_ids=(10, 20), exclusion=Exclusion.LIMIT, credits_after=800_000
            ),
            RecordLine(user_id=3, exclusion=Exclusion.LEFT),
            RecordLine(user_id=4, exclusion=Exclusion.LEFT),
            RecordLine(user_id=5, credits_before=300_000, credits_after=300_000),
        ),
        new_credits={1: 800_000, 2: 800_000},
    )


@pytest.mark.parametrize(("quorum", "is_met"), [(1, True), (2, True), (3, False)])
def test_a_missed_quorum_elects_nobody_and_charges_nobody(quorum: int, is_met: bool) -> None:
    closing = conclude(replace(BALLOT, quorum=quorum), COUNT, {1: 5})
    assert closing.result.misses_quorum is not is_met
    assert closing.result.winners == ((10,) if is_met else ())
    assert closing.result.reserves == ((20,) if is_met else ())
    assert bool(closing.new_credits) is is_met
    assert {line.credits_after for line in closing.record if line.user_id == 1} == (
        {500_005} if is_met else {5}
    )


def test_reasons_say_what_a_winner_went_by_and_what_decided_a_tie() -> None:
    options = tuple(
        BallotOption(pitch_id=number, emoji=emoji, title=emoji, has_lost=has_lost)
        for number, emoji, has_lost in ((10, "🇦", False), (20, "🇧", True), (30, "🇨", True))
    )
    ballot = replace(BALLOT, options=options)

    def said(pitch_id: int, ground: Ground, *equals: int, rule: BallotRule = ballot.rule) -> str:
        step = Step(pitch_id=pitch_id, ground=ground, approvals=2, level=814_814, equals=equals)
        return reason(replace(ballot, rule=rule), step)

    assert said(10, Ground.APPROVALS) == "most chosen"
    assert said(10, Ground.APPROVALS, rule=BallotRule.MOST_VOTES) == ""
    assert said(20, Ground.PRICE, 30) == (
        "its voters were picked least so far; equal with 🇨, pitched earlier"
    )
    assert said(20, Ground.APPROVALS, 10, rule=BallotRule.MOST_VOTES) == (
        "equal with 🇦, a runner-up of an earlier ballot"
    )
    assert said(10, Ground.PRICE, 20, rule=BallotRule.FAIR_THIS_BALLOT) == (
        "its voters were picked least in this vote; equal with 🇧, first by lot"
    )
    # Another that is still to be elected has more votes.
    ballot = replace(
        ballot,
        result=Result(winners=(20,), runners_up=(30, 10), counts={10: 3, 20: 2, 30: 1}, voters=4),
    )
    assert said(20, Ground.PRICE, 10) == (
        "its voters were picked least so far, which goes before the number of votes; equal with 🇦 "
        "in that, a runner-up of an earlier ballot"
    )
