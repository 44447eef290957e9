"""Sessions as whole cards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import scenery
from scenery import GROUP, occasions
from scenery import STARTS as SECOND

from bot.cards import Button, ButtonStyle, Card, Tone
from bot.groups.model import Group
from bot.members.model import Member, Place
from bot.places.spoken import HourCycle
from bot.sessions.model import Answer, SessionState, SessionView, Talk
from bot.sessions.notice_words import notice_card
from bot.sessions.words import (
    answered,
    no_session_card,
    session_card,
    sessions_card,
)

NOW = datetime(2022, 11, 18, 21, 0, tzinfo=UTC)
FIRST = datetime(2022, 11, 5, 20, 0, tzinfo=UTC)
BERLIN, KOLKATA = ("Berlin", "Europe/Berlin"), ("Kolkata", "Asia/Kolkata")
NOBODY: dict[Answer, frozenset[int]] = {answer: frozenset() for answer in Answer}

SESSION = replace(
    scenery.SESSION,
    changed_at=NOW,
    talks=(
        Talk(
            id=1,
            session_id=7,
            position=0,
            title="Alpha_beta",
            speaker_id=12,
            sources=("https://arxiv.org/abs/2207.13443",),
            minutes=30,
        ),
        Talk(id=2, session_id=7, position=1, title="Gamma", minutes=30),
    ),
)
VIEW = SessionView(session=SESSION, answers=NOBODY, clocks=(BERLIN, KOLKATA))
CLARA = Member(user_id=13, place=Place(name="Berlin", zone="Europe/Berlin"), locale="en-GB")
STRANGER = Member(user_id=14)
BUTTONS = (
    Button(label="Going", action="rsvp:going:7", style=ButtonStyle.GOOD, emoji="✅"),
    Button(label="Recording only", action="rsvp:recording:7", emoji="📼"),
    Button(label="Can't come", action="rsvp:not_going:7"),
)
TALKS = (
    "1. **Alpha\\_beta** · <@12>\n"
    "   📎 [arXiv 2207.13443](<https://arxiv.org/abs/2207.13443>)\n"
    "2. **Gamma** · speaker wanted"
)
CLOCKS = "🕑 Saturday 2:00 PM in Denver · Saturday 10:00 PM in Berlin · Sunday 2:30 AM in Kolkata"


def test_a_member_reads_their_own_time_first() -> None:
    going = {**NOBODY, Answer.GOING: frozenset({12, 13})}
    view = replace(VIEW, answers=going)
    assert session_card(GROUP, view, CLARA, NOW) == Card(
        title="📅 ML \\*Theory\\* #2",
        body=(
            "**For you: Saturday 19 November, 22:00 in Berlin, in 1 day**\n<t:1668891600:F>",
            "🕑 Saturday 14:00 in Denver · Sunday 02:30 in Kolkata",
            TALKS,
            "2 people going\n✅ You are going.",
        ),
        tone=Tone.SESSION,
        buttons=BUTTONS,
    )


@pytest.mark.parametrize(
    ("own", "said", "styles"),
    [
        (Answer.RECORDING, "📼 You said that you only want the recording.", "plain primary plain"),
        (Answer.NOT_GOING, "You said that you can't come.", "plain plain primary"),
    ],
)
def test_a_members_own_answer_is_said_and_stands_out(own: Answer, said: str, styles: str) -> None:
    card = session_card(GROUP, replace(VIEW, answers={own: frozenset({13})}), CLARA, NOW)
    assert card.body[-1] == said
    assert " ".join(one.style for one in card.buttons) == styles


def test_where_all_share_a_clock_it_is_said_once() -> None:
    boulder = Member(user_id=16, place=Place(name="Boulder", zone="America/Denver"))
    card = session_card(GROUP, replace(VIEW, clocks=()), boulder, NOW)
    assert card.body == (
        "**For you: Saturday, November 19, 2:00 PM in Boulder, in 1 day**\n<t:1668891600:F>",
        TALKS,
    )


@pytest.mark.parametrize(
    ("member", "line"),
    [
        (CLARA, None),
        (
            Member(user_id=15, place=Place(name="Pune", zone="Asia/Kolkata"), locale="en-GB"),
            "⏰ Clocks change: 02:30 instead of 01:30 in Pune, from now on.",
        ),
        # Somebody whose city is not known reads what changes for the others.
        (STRANGER, "⏰ Clocks change: 2:30 AM instead of 1:30 AM in Kolkata, from now on."),
    ],
)
def test_a_card_says_whose_hour_is_another_one(member: Member, line: str | None) -> None:
    walls = [datetime(2022, 8, 27, 14, 0) + timedelta(weeks=2 * n) for n in range(13)]  # noqa: DTZ001
    meetings = occasions(walls, "America/Denver")
    card = session_card(GROUP, replace(VIEW, meetings=meetings), member, NOW)
    assert [part for part in card.body if part.startswith("⏰")] == ([line] if line else [])


MEETS = replace(GROUP, meeting_place="Stage [1] https://zoom.example/j/1_2_3")
MEETS_AT = "📍 Stage \\[1\\] https://zoom.example/j/1_2_3"
IN_THE_LAB = replace(VIEW, session=replace(SESSION, number=3, place="<#905>"))


@pytest.mark.parametrize(
    ("group", "view", "lines"),
    [
        (GROUP, VIEW, []),
        (MEETS, VIEW, [MEETS_AT]),
        (MEETS, IN_THE_LAB, ["📍 <#905>"]),
        (GROUP, IN_THE_LAB, ["📍 <#905>"]),
    ],
)
def test_a_card_says_where_the_session_meets(
    group: Group, view: SessionView, lines: list[str]
) -> None:
    assert [part for part in session_card(group, view, CLARA, NOW).body if "📍" in part] == lines


@pytest.mark.parametrize(
    ("group", "views", "body"),
    [
        (MEETS, [VIEW, VIEW], [[], [], [MEETS_AT]]),
        (MEETS, [VIEW, IN_THE_LAB], [[MEETS_AT], ["📍 <#905>"]]),
        (GROUP, [VIEW, IN_THE_LAB], [[], ["📍 <#905>"]]),
        (GROUP, [IN_THE_LAB, IN_THE_LAB], [[], [], ["📍 <#905>"]]),
        (GROUP, [VIEW, VIEW], [[], []]),
    ],
)
def test_a_calendar_says_once_where_all_meet_else_where_each_does(
    group: Group, views: list[SessionView], body: list[list[str]]
) -> None:
    def places(past: bool) -> list[list[str]]:
        shown = sessions_card(group, views, CLARA, NOW, past=past).body
        return [[line for line in part.splitlines() if "📍" in line] for part in shown]

    assert (places(past=False), places(past=True)) == (body, [[]] * len(views))


def test_a_member_without_a_city_is_asked_for_it() -> None:
    view = replace(VIEW, session=replace(SESSION, talks=()))
    assert session_card(GROUP, view, STRANGER, NOW) == Card(
        title="📅 ML \\*Theory\\* #2",
        body=("<t:1668891600:F> · <t:1668891600:R>", CLOCKS, "No talks yet: `/pitch` one."),
        small="Say where you live with `/me timezone`: I'll write your time.",
        tone=Tone.SESSION,
        buttons=BUTTONS,
    )


def test_a_calendar_lists_each_session() -> None:
    empty = replace(VIEW, session=replace(SESSION, number=3, talks=()))
    assert sessions_card(GROUP, [VIEW, empty], STRANGER, NOW, past=False) == Card(
        title="📅 Sessions of ML \\*Theory\\*",
        body=(
            f"**#2** <t:1668891600:F>\n{CLOCKS[2:]}\nAlpha\\_beta · Gamma",
            f"**#3** <t:1668891600:F>\n{CLOCKS[2:]}\nTalks to be chosen",
        ),
        small="The attached file puts these into your own calendar. Say where you live with "
        "`/me timezone`: I'll write your time.",
        tone=Tone.SESSION,
    )


PUNE = Member(user_id=15, place=Place(name="Pune", zone="Asia/Kolkata"), locale="en-GB")


@pytest.mark.parametrize(
    ("member", "first", "others"),
    [
        (
            CLARA,
            "**#2 · Saturday 19 November, 22:00 in Berlin**",
            "Saturday 14:00 in Denver · Sunday 02:30 in Kolkata",
        ),
        (
            PUNE,
            "**#2 · Sunday 20 November, 02:30 in Pune**",
            "Saturday 14:00 in Denver · Saturday 22:00 in Berlin",
        ),
        (
            replace(PUNE, hour_cycle=HourCycle.TWELVE),
            "**#2 · Sunday 20 November, 2:30 am in Pune**",
            "Saturday 2:00 pm in Denver · Saturday 10:00 pm in Berlin",
        ),
    ],
)
def test_a_calendar_is_in_the_members_own_time_first(
    member: Member, first: str, others: str
) -> None:
    card = sessions_card(GROUP, [VIEW], member, NOW, past=False)
    assert card.body == (f"{first} · <t:1668891600:R>\n{others}\nAlpha\\_beta · Gamma",)
    assert card.small == "The attached file puts these into your own calendar."


def test_a_calendar_says_where_the_members_hour_is_another_one() -> None:
    walls = [datetime(2022, 8, 27, 14, 0) + timedelta(weeks=2 * n) for n in range(13)]  # noqa: DTZ001
    meetings = occasions(walls, "America/Denver")
    view = replace(VIEW, meetings=meetings)
    [pune], [berlin], [past] = (
        sessions_card(GROUP, [view], member, NOW, past=past).body
        for member, past in ((PUNE, False), (CLARA, False), (PUNE, True))
    )
    assert [line for line in pune.splitlines() if "⏰" in line] == [
        "⏰ Clocks change: 02:30 instead of 01:30 in Pune, from now on."
    ]
    assert "⏰" not in berlin + past


@pytest.mark.parametrize(
    ("past", "title", "body"),
    [
        (False, "📅 Sessions of ML \\*Theory\\*", "None is planned."),
        (True, "📅 Sessions of ML \\*Theory\\*", "None was held yet."),
    ],
)
def test_an_empty_calendar_says_so(past: bool, title: str, body: str) -> None:
    assert sessions_card(GROUP, [], CLARA, NOW, past=past) == Card(
        title=title, body=(body,), tone=Tone.SESSION
    )


def test_past_sessions_come_without_a_file() -> None:
    card = sessions_card(GROUP, [VIEW], CLARA, NOW, past=True)
    assert (card.title, card.small) == ("📅 Past sessions of ML \\*Theory\\*", None)


def test_no_session_is_said_on_a_card() -> None:
    assert no_session_card(GROUP, CLARA, NOW) == Card(
        title="📅 ML \\*Theory\\*",
        body=("No session is planned at the moment.",),
        tone=Tone.SESSION,
    )


def test_a_notice_of_a_move_counts_the_answers_on_its_buttons() -> None:
    answers = {**NOBODY, Answer.GOING: frozenset({12, 13}), Answer.RECORDING: frozenset({14})}
    moved = replace(SESSION, moved_from=FIRST)
    going, recording, not_going = BUTTONS
    assert notice_card(GROUP, replace(VIEW, session=moved, answers=answers)) == Card(
        title="↪️ ML \\*Theory\\* #2 has moved",
        body=(
            "Now <t:1668891600:F> · <t:1668891600:R>",
            CLOCKS,
            "Before: ~~<t:1667678400:F>~~",
        ),
        tone=Tone.WARNING,
        buttons=(
            replace(going, label="Going · 2"),
            replace(recording, label="Recording only · 1"),
            not_going,
        ),
    )


def test_a_notice_of_a_cancellation_gives_everybodys_day_and_the_reason() -> None:
    """In Kolkata the meeting that falls away was on a Sunday."""
    cancelled = replace(SESSION, state=SessionState.CANCELLED, reason="@everyone is ill")
    assert notice_card(GROUP, replace(VIEW, session=cancelled)) == Card(
        title="🚫 ML \\*Theory\\* #2 is cancelled",
        body=(
            "It will not take place: <t:1668891600:F>",
            CLOCKS,
            "@\u200beveryone is ill",
            "Its talks are promised the next free seats.",
        ),
        tone=Tone.WARNING,
    )


@pytest.mark.parametrize(
    ("member", "until"), [(CLARA, "23:00 in Berlin"), (STRANGER, "<t:1668895200:t>")]
)
def test_a_session_that_is_on_says_until_when(member: Member, until: str) -> None:
    late = session_card(GROUP, VIEW, member, SECOND + timedelta(minutes=5))
    assert late.body == (f"**Now**, until {until} · began <t:1668891600:R>", TALKS)
    bare = replace(VIEW, session=replace(SESSION, talks=()))
    assert session_card(GROUP, bare, member, SECOND).body[1] == "No talk is in it."


def test_who_answers_while_it_is_on_hears_until_when() -> None:
    before, during = (
        answered(SESSION, Answer.GOING, SECOND + timedelta(minutes=minutes)) for minutes in (-1, 0)
    )
    assert before == "See you at session #2, <t:1668891600:F> (<t:1668891600:R>)."
    assert during == "See you at session #2, now until <t:1668895200:t>."


def test_the_calendar_says_which_session_is_on() -> None:
    during, after = (
        sessions_card(GROUP, [VIEW], CLARA, SECOND + timedelta(minutes=minutes), past=False)
        for minutes in (59, 60)
    )
    assert during.body[0].splitlines()[0] == "**#2 · Saturday 19 November, 22:00 in Berlin** · now"
    assert after.body[0].splitlines()[0].endswith("** · <t:1668891600:R>")
