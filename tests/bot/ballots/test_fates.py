"""Whoever was elected, sits, or moved up is told so alike everywhere."""

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from scenery import GROUP

from bot.ballots.chart import result_chart
from bot.ballots.export import export_files
from bot.ballots.fates import Fate, fate_of
from bot.ballots.history_words import my_vote_card, past_card
from bot.ballots.model import Ballot, BallotOption, BallotState, Result
from bot.ballots.record import Record
from bot.ballots.result_words import result_card
from bot.ballots.review_words import review_card
from bot.ballots.votes import RecordLine
from bot.groups.model import BallotRule
from bot.pictures.model import Award, alt_text
from bot.sessions.model import Session, SessionState

NOON = datetime(2022, 11, 4, 12, 0, tzinfo=UTC)
SESSION = Session(
    id=101,
    group_id=1,
    number=1,
    wall_start=datetime(2022, 11, 5, 14, 0),  # noqa: DTZ001 - a wall time
    zone="America/Denver",
    starts_at=datetime(2022, 11, 5, 20, 0, tzinfo=UTC),
    minutes=60,
    state=SessionState.PLANNED,
    changed_at=NOON,
)
RESULT = Result(
    winners=(10, 30),
    runners_up=(20, 40),
    counts={10: 3, 20: 1, 30: 2, 40: 0},
    voters=4,
    seated={10: 101, 20: 101},
    absent=(30,),
)
BALLOT = Ballot(
    id=5,
    group_id=1,
    state=BallotState.CLOSED,
    rule=BallotRule.MOST_VOTES,
    sessions=1,
    talks_each=2,
    opened_by=11,
    channel_id=901,
    message_id=77,
    opened_at=NOON,
    due_at=NOON,
    options=tuple(
        BallotOption(pitch_id=10 * n, emoji=emoji, title=title, speaker_id=10 + n)
        for n, (emoji, title) in enumerate(
            [("🇦", "Alpha"), ("🇧", "Beta"), ("🇨", "Gamma"), ("🇩", "Delta")], start=1
        )
    ),
    result=RESULT,
)
MOVED = "moved up as the next in order, in place of 🇨"
OUT = "**Elected, but without a seat yet**\n🇨 **Gamma** · <@13> · 2 votes"
"""How those elected without a seat are told of; for leads the reason follows."""


def test_each_topic_has_one_fate() -> None:
    fates = [fate_of(RESULT, one.pitch_id) for one in BALLOT.options]
    assert fates == [Fate.SEATED, Fate.MOVED_UP, Fate.PROMISED, Fate.WAITING]


def test_the_result_says_who_sits_and_who_moved_up_and_why() -> None:
    card = result_card(GROUP, BALLOT, [SESSION])
    assert card.body[1:] == (
        "**#1 · <t:1667678400:F>**\n"
        "🇦 **Alpha** · <@11> · 3 votes\n"
        f"🇧 **Beta** · <@12> · 1 vote · {MOVED}",
        f"{OUT}\nIt is promised the next free seat.",
        "**Back on the backlog**\nDelta (no vote)\nIt goes first in a tie next time.",
    )


def test_the_picture_marks_whom_the_words_name() -> None:
    chart = result_chart(GROUP, BALLOT, [SESSION])
    assert chart is not None
    assert [(bar.letter, bar.award, bar.prize) for bar in chart.bars] == [
        ("A", Award.ELECTED, "#1"),
        ("C", Award.PROMISED, ""),
        ("B", Award.MOVED_UP, "#1"),
        ("D", Award.NONE, ""),
    ]
    assert alt_text(chart).endswith(
        "A Alpha: 3 votes, elected for #1; C Gamma: 2 votes, elected, promised a seat; "
        "B Beta: 1 vote, moved up to #1; D Delta: 0 votes."
    )
    assert chart.legend.endswith("↑ moved up as the next in order")


def test_whoever_asks_about_their_vote_is_told_the_same() -> None:
    line = RecordLine(user_id=1, pitch_ids=(10, 20, 30, 40))
    assert my_vote_card(GROUP, BALLOT, line).body[1].splitlines() == [
        "🇦 **Alpha** · elected",
        f"🇧 **Beta** · {MOVED}",
        "🇨 **Gamma** · elected; it has no seat yet, and is promised the next free one",
        "🇩 **Delta** · not elected this time",
    ]


def test_whoever_asks_where_nobody_voted_is_told_that_nobody_did() -> None:
    empty = Result(winners=(), runners_up=(10,), counts={10: 0}, voters=0)
    body = my_vote_card(GROUP, replace(BALLOT, result=empty), None).body
    assert body[0] == "Nobody's vote was there to be counted, so none of yours either."
    assert body[1].startswith("Votes were counted <t:")


def test_files_say_the_same() -> None:
    record, topics, _ = export_files(BALLOT, Record(choices={}), [SESSION])
    options = json.loads(record.content)["options"]
    assert [(one["place"], one["session"], one["outcome"]) for one in options] == [
        (1, 1, "elected"),
        (None, 1, "moved up"),
        (2, None, "promised"),
        (None, None, "not elected"),
    ]
    rows = list(csv.reader(StringIO(topics.content.decode("utf-8-sig"))))
    assert [row[6:] for row in rows] == [
        ["outcome", "why"],
        ["elected", ""],
        ["moved up", MOVED],
        ["promised", ""],
        ["not elected", ""],
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "its speaker is away"),
        ({"left_out": (30,)}, "left out by a lead"),
        ({"result": replace(RESULT, absent=())}, "no place is left"),
    ],
)
def test_leads_alone_read_why_somebody_elected_has_no_seat(
    changes: dict[str, object], why: str
) -> None:
    ballot = replace(BALLOT, **changes)  # type: ignore[arg-type] # columns by name
    assert ballot.result is not None
    review = review_card(GROUP, ballot, ballot.result, [SESSION], NOON)
    past = past_card(GROUP, ballot, [SESSION], for_lead=True)
    assert f"{OUT} · ⚠️ {why}\n" in review.text
    assert f"{OUT} · ⚠️ {why}\n" in past.text
    assert why not in past_card(GROUP, ballot, [SESSION], for_lead=False).text
