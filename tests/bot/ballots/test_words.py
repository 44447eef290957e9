"""Ballots and results as whole cards."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from scenery import GROUP

from bot.ballots.doubt_words import extended_card
from bot.ballots.export_words import export_card
from bot.ballots.history_words import past_card
from bot.ballots.model import LETTERS, Ballot, BallotMode, BallotOption, BallotState, Result
from bot.ballots.record import RecordKind
from bot.ballots.recount import Recount
from bot.ballots.result_words import result_card
from bot.ballots.tally import Ground, Step
from bot.ballots.words import (
    ballot_card,
    closed_card,
    opened_card,
    rule_sentence,
    seats_line,
    tie_sentence,
    void_card,
)
from bot.cards import Button, ButtonStyle, Card, Tone
from bot.groups.model import BallotRule
from bot.members.model import Member, Place
from bot.places.spoken import HourCycle
from bot.sessions.model import Session, SessionState, Talk
from bot.text import utf16_length

ALPHA = BallotOption(
    pitch_id=10,
    emoji="🇦",
    title="Alpha [link](http://x)",
    speaker_id=12,
    sources=("https://arxiv.org/abs/2207.13443", "https://example.org/b"),
)
BETA = BallotOption(pitch_id=20, emoji="🇧", title="Beta", has_lost=True)
GAMMA = BallotOption(pitch_id=30, emoji="🇨", title="Gamma", speaker_id=13)
OPEN = Ballot(
    id=5,
    group_id=1,
    state=BallotState.OPEN,
    rule=BallotRule.MOST_VOTES,
    sessions=2,
    talks_each=1,
    opened_by=11,
    channel_id=901,
    message_id=77,
    due_at=datetime(2022, 11, 7, 21, 0, tzinfo=UTC),
    opened_at=datetime(2022, 11, 4, 21, 0, tzinfo=UTC),
    options=(ALPHA, BETA, GAMMA),
    tie_order=(20, 30, 10),
)


MY_VOTE = Button(label="Was my vote counted?", action="vote:mine:5")
SPEAKERS = (
    Button(label="Confirm", action="elected:confirm:5", style=ButtonStyle.GOOD, emoji="✅"),
    Button(label="Swap", action="elected:swap:5", emoji="🔁"),
    Button(label="Can't", action="elected:cant:5"),
)


def session(number: int, starts_at: datetime) -> Session:
    return Session(
        id=number + 100,
        group_id=1,
        number=number,
        wall_start=datetime(2022, 11, 19, 14, 0),  # noqa: DTZ001 - a wall time
        zone="America/Denver",
        starts_at=starts_at,
        minutes=60,
        state=SessionState.PLANNED,
        changed_at=starts_at,
    )


SESSIONS = [
    session(2, datetime(2022, 11, 19, 21, 0, tzinfo=UTC)),
    session(3, datetime(2022, 12, 3, 21, 0, tzinfo=UTC)),
]


def result(**changes: Any) -> Result:
    values = {
        "winners": (20, 10),
        "runners_up": (30,),
        "counts": {10: 2, 20: 3, 30: 2},
        "voters": 4,
        "tied": (10,),
        "seated": {20: 102, 10: 103},
    }
    return Result(**values | changes)


def test_a_ballot_names_every_topic_the_close_and_the_tie_order() -> None:
    assert ballot_card(GROUP, OPEN, SESSIONS) == Card(
        title="🗳️ ML \\*Theory\\*: what shall we hear next?",
        body=(
            "React with the letter of every topic you would come for. Most clicks win.",
            "🇦 **Alpha \\[link\\](http://x)** · <@12> · "
            "[arXiv 2207.13443](<https://arxiv.org/abs/2207.13443>)\n"
            "🇧 **Beta** · speaker wanted\n"
            "🇨 **Gamma** · <@13>",
            "⏳ Closes <t:1667854800:F> · <t:1667854800:R>\n"
            "🪑 2 seats in #2 · <t:1668891600:F> and #3 · <t:1670101200:F>",
        ),
        small=(
            "Among equals the first of these wins: 🇧 🇨 🇦. Runners-up of earlier ballots lead, "
            "the others were drawn by lot."
        ),
        tone=Tone.BALLOT,
    )


@pytest.mark.parametrize(
    ("mode", "limit", "said"),
    [
        (BallotMode.OPEN, 1, "1 choice of each person counts, the first in the order below."),
        (BallotMode.OPEN, 2, "2 choices of each person count, the first in the order below."),
        (BallotMode.PRIVATE, 2, "2 choices of each person count."),
    ],
)
def test_a_ballot_says_to_everybody_what_else_it_takes(
    mode: BallotMode, limit: int, said: str
) -> None:
    ballot = replace(OPEN, mode=mode, quorum=3, choice_limit=limit, role_id=77)
    conditions = [
        "☝️ It takes 3 voters to elect anybody.",
        f"☝️ {said}",
        "☝️ Only people with <@&77> count.",
    ]
    assert ballot_card(GROUP, ballot, SESSIONS).body[-1].splitlines()[2:] == conditions
    assert closed_card(GROUP, ballot).body[-1].splitlines()[2:] == conditions


def test_what_nobody_chose_goes_first_next_time_too() -> None:
    found = result(winners=(10,), runners_up=(20, 30), counts={10: 2, 20: 1, 30: 0}, seated={})
    ballot = replace(OPEN, result=found)
    card = result_card(GROUP, ballot, ())
    assert card.body[-1] == (
        "**Back on the backlog**\nBeta (1 vote) · Gamma (no vote)\n"
        "They go first in a tie next time."
    )


def test_a_ballot_says_how_lots_will_be_drawn_before_they_are() -> None:
    assert tie_sentence(replace(OPEN, tie_order=())) == (
        "Among equals, runners-up of earlier ballots go first, then a lot decides."
    )


@pytest.mark.parametrize(
    ("left_over", "rest"),
    [
        (0, ()),
        (1, ("A ballot holds 3 topics: 1 later pitch stays on the backlog.",)),
        (2, ("A ballot holds 3 topics: 2 later pitches stay on the backlog.",)),
    ],
)
def test_the_receipt_says_what_did_not_fit(left_over: int, rest: tuple[str, ...]) -> None:
    lead = Member(
        user_id=1,
        place=Place(name="Berlin", zone="Europe/Berlin"),
        hour_cycle=HourCycle.TWENTY_FOUR,
    )
    assert opened_card(GROUP, OPEN, left_over, lead) == Card(
        title="Ballot of ML \\*Theory\\*",
        body=(
            "3 topics for 2 seats. The ballot appears in the group's channel in a moment.",
            "It closes **Monday 7 November, 14:00 in Denver** (UTC−07:00) · for you Monday 7 "
            "November, 22:00 in Berlin · <t:1667854800:R>",
            *rest,
        ),
        tone=Tone.DONE,
    )


def test_a_result_says_who_speaks_when_and_what_decided() -> None:
    closed = replace(OPEN, state=BallotState.CLOSED, result=result())
    assert result_card(GROUP, closed, SESSIONS) == Card(
        title="🗳️ ML \\*Theory\\*: the vote is counted",
        body=(
            "4 people voted.",
            "**#2 · <t:1668891600:F>**\n🇧 **Beta** · speaker wanted · 3 votes",
            "**#3 · <t:1670101200:F>**\n🇦 **Alpha \\[link\\](http://x)** · <@12> · 2 votes",
            "⚖️ Equal votes: the published order decided the place of 🇦.",
            "**Back on the backlog**\nGamma (2 votes)\nIt goes first in a tie next time.",
        ),
        tone=Tone.BALLOT,
        buttons=(*SPEAKERS, MY_VOTE),
    )


def test_a_result_names_the_winners_without_a_session() -> None:
    found = result(seated={20: 102}, tied=(), runners_up=(), voters=1, counts={10: 1, 20: 1})
    assert result_card(GROUP, replace(OPEN, result=found), SESSIONS) == Card(
        title="🗳️ ML \\*Theory\\*: the vote is counted",
        body=(
            "1 person voted.",
            "**#2 · <t:1668891600:F>**\n🇧 **Beta** · speaker wanted · 1 vote",
            "**Elected, but without a seat yet**\n"
            "🇦 **Alpha \\[link\\](http://x)** · <@12> · 1 vote\n"
            "It is promised the next free seat.",
        ),
        tone=Tone.BALLOT,
        buttons=(MY_VOTE,),
    )


def test_a_result_without_votes_keeps_every_topic() -> None:
    found = result(winners=(), runners_up=(20, 30, 10), voters=0, tied=(), seated={})
    assert result_card(GROUP, replace(OPEN, result=found), SESSIONS) == Card(
        title="🗳️ ML \\*Theory\\*: nobody voted",
        body=("All topics stay on the backlog for the next ballot.",),
        tone=Tone.BALLOT,
        buttons=(MY_VOTE,),
    )


def test_a_ballot_without_a_result_has_no_result_card() -> None:
    with pytest.raises(ValueError, match="without a result"):
        result_card(GROUP, OPEN, SESSIONS)


def test_a_closed_ballot_asks_for_no_more_letters() -> None:
    closed = replace(OPEN, closing_at=datetime(2022, 11, 6, 21, 0, tzinfo=UTC))
    assert closed_card(GROUP, closed) == replace(
        ballot_card(GROUP, OPEN, SESSIONS),
        body=(
            "This vote is closed: letters pressed from now on don't count.",
            ballot_card(GROUP, OPEN, SESSIONS).body[1],
            "⌛ Closed <t:1667768400:F>\n🪑 2 seats in 2 sessions",
        ),
    )


def test_an_open_ballot_names_the_sessions_that_it_fills_as_they_are_planned_now() -> None:
    talk = Talk(id=1, session_id=102, position=0, title="Delta", minutes=30)
    first, second = SESSIONS
    pair = replace(OPEN, talks_each=2, reserved=1)
    assert [
        seats_line(pair, [replace(first, talks=(talk,)), second]),
        seats_line(OPEN, [second]),
        seats_line(OPEN, []),
    ] == [
        "🪑 3 seats in #2 · <t:1668891600:F> and #3 · <t:1670101200:F> "
        "(1 more place there is taken)",
        "🪑 2 seats in #3 · <t:1670101200:F>\n⚠️ 1 more session that it should fill is not planned "
        "at the moment: whoever fits in none is promised the next free seat",
        "🪑 2 seats, but no session is planned for them at the moment: whoever is elected is "
        "promised the next free seat",
    ]


def test_a_void_ballot_says_that_nothing_counts() -> None:
    assert void_card(GROUP, OPEN) == Card(
        title="🗳️ ML \\*Theory\\*: this ballot was called off",
        body=(
            "No vote counts; its topics are on the backlog again: Alpha \\[link\\](http://x) · "
            "Beta · Gamma",
        ),
        tone=Tone.WARNING,
    )


def long_ballot(title: str) -> Ballot:
    """Twenty options with that title, a speaker and a source each."""
    options = tuple(
        BallotOption(
            pitch_id=number,
            emoji=letter,
            title=title,
            speaker_id=10**18,
            sources=("https://arxiv.org/abs/2207.13443",),
        )
        for number, letter in enumerate(LETTERS)
    )
    return replace(OPEN, options=options, tie_order=tuple(range(20)))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Short", "Short** · <@1000000000000000000> · [arXiv 2207.13443]"),
        ("a" * 150, "a" * 89 + "…** · <@1000000000000000000>\n"),
        ("*" * 150, "\\*" * 39 + "…** · <@1000000000000000000>\n"),
    ],
)
def test_twenty_topics_are_shortened_and_none_is_cut_off(title: str, shown: str) -> None:
    card = ballot_card(GROUP, long_ballot(title), SESSIONS)
    assert card.body[1].startswith(f"🇦 **{shown}")
    assert [line[0] for line in card.body[1].splitlines()] == list(LETTERS)
    assert utf16_length(card.text) <= 4_000


@pytest.mark.parametrize("winners", [1, 10, 20])
def test_twenty_results_are_shortened_and_none_is_cut_off(winners: int) -> None:
    everybody = tuple(range(20))
    found = Result(
        winners=everybody[:winners],
        runners_up=everybody[winners:],
        counts=dict.fromkeys(everybody, 1_000),
        voters=1_000,
        tied=everybody[:winners],
        seated=dict.fromkeys(everybody[: winners // 2], 102),
    )
    card = result_card(GROUP, replace(long_ballot("*" * 150), result=found), SESSIONS)
    assert card.text.count("· 1000 votes") == winners
    assert utf16_length(card.text) <= 4_000


def test_twenty_results_with_reasons_and_ties_are_not_cut_off() -> None:
    everybody = tuple(range(20))
    steps = tuple(
        Step(pitch_id=one, ground=Ground.PRICE, approvals=1, level=1, equals=everybody[one + 1 :])
        for one in everybody
    )
    found = result(
        winners=everybody,
        runners_up=(),
        counts=dict.fromkeys(everybody, 1),
        steps=steps,
        seated=dict.fromkeys(everybody, 102),
    )
    ballot = replace(long_ballot("Learning " * 16), rule=BallotRule.FAIR_TURNS, result=found)
    card = result_card(GROUP, ballot, SESSIONS)
    assert utf16_length(card.text) <= 4_000
    assert card.text.count("picked least so far; equal with") == 19
    assert "equal with 19 others, first by lot" in card.text


@pytest.mark.parametrize(
    ("rule", "seats", "said"),
    [
        (
            BallotRule.FAIR_TURNS,
            2,
            "The first talk is the one most of you want; the others go to people whose choices "
            "have been picked least, in this ballot and before.",
        ),
        (
            BallotRule.FAIR_TURNS,
            1,
            "The talk goes to a pitch many want whose supporters were picked least so far.",
        ),
        (BallotRule.MOST_VOTES, 1, "Most clicks win."),
        (
            BallotRule.FAIR_THIS_BALLOT,
            3,
            "Once a pitch you chose has won, your other clicks weigh less; the next ballot starts "
            "afresh.",
        ),
    ],
)
def test_each_rule_is_one_sentence(rule: BallotRule, seats: int, said: str) -> None:
    assert rule_sentence(rule, seats) == said
    in_a_list = rule_sentence(rule, seats, has_letters=False)
    assert in_a_list == said.replace("clicks", "choices")


@pytest.mark.parametrize("mode", BallotMode)
def test_whoever_chooses_in_a_list_reads_nothing_of_clicks(mode: BallotMode) -> None:
    ballot = replace(OPEN, mode=mode, is_hidden=True, result=result())
    cards = [
        ballot_card(GROUP, ballot, SESSIONS),
        past_card(GROUP, ballot, SESSIONS, for_lead=True),
    ]
    assert not [one for one in cards if "click" in one.text or "React with" in one.text]


def test_a_ballot_of_one_topic_speaks_of_one() -> None:
    alone = replace(OPEN, options=(ALPHA,), tie_order=(10,), quorum=2)
    missed = Result(winners=(), runners_up=(10,), counts={10: 0}, voters=0, misses_quorum=True)
    assert ballot_card(GROUP, alone, SESSIONS).small is None
    assert result_card(GROUP, replace(alone, result=missed), ()).body == (
        "Nobody voted, 2 were needed: nobody is elected, and the topic is on the next ballot as it "
        "was on this.",
    )
    nobody = replace(missed, misses_quorum=False)
    assert result_card(GROUP, replace(alone, result=nobody), ()).body == (
        "The topic stays on the backlog for the next ballot.",
    )


@pytest.mark.parametrize(
    ("voters", "takes"),
    [
        (None, "This vote takes 3 people, so it stays open"),
        (0, "This vote takes 3 people, and nobody had voted, so it stays open"),
        (2, "This vote takes 3 people, and 2 had voted, so it stays open"),
    ],
)
def test_an_extension_says_how_many_had_voted(voters: int | None, takes: str) -> None:
    extended = replace(OPEN, quorum=3, voters_before=voters)
    assert extended_card(GROUP, extended).body[0].startswith(takes)


@pytest.mark.parametrize("mode", BallotMode)
@pytest.mark.parametrize("rule", BallotRule)
@pytest.mark.parametrize("kind", RecordKind)
def test_every_export_says_something_of_its_files(
    mode: BallotMode, rule: BallotRule, kind: RecordKind
) -> None:
    again = Recount(
        ballot_id=5,
        closed_at=OPEN.due_at,
        file="",
        winners=(),
        credits={},
        is_same=True,
        fingerprint="",
        announced="",
    )
    ballot = replace(OPEN, mode=mode, rule=rule, result=result())
    said = export_card(
        GROUP, ballot, kind, again, agrees=None if kind is RecordKind.NOT_TO_COUNT else True
    )
    assert all(said.body)
    left_out = kind is RecordKind.STAND_IN and rule is not BallotRule.FAIR_TURNS
    assert ("The members' credits are left out" in said.text) == left_out
    assert ("without names or ids" in said.text) == (mode is BallotMode.PRIVATE)
