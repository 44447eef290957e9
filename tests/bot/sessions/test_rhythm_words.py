"""What the channel hears of new dates: one way to write dates in each card."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from scenery import GROUP, PATTERN, SESSION, STARTS

from bot.cards import stamp
from bot.groups.pattern import Break
from bot.groups.revising import Revision
from bot.members.model import Member
from bot.sessions.model import Answer, SessionView
from bot.sessions.refit import Refit
from bot.sessions.rhythm_rows import Prospect
from bot.sessions.rhythm_words import (
    News,
    changed_card,
    rhythm_card,
    spoken_refit,
    what_was_done,
)
from bot.sessions.words import sessions_card

MOVED = replace(
    GROUP,
    pattern=replace(
        PATTERN,
        zone="Asia/Tokyo",
        city="Tokyo",
        since_at=datetime.fromisoformat("2022-12-17T00:00"),
        breaks=(Break(first=date(2023, 1, 9), last=date(2023, 1, 20)),),
        earlier=(PATTERN,),
    ),
)
"""From Denver to Tokyo, and a break later on."""


def test_a_change_of_city_is_written_as_the_group_writes_dates_today() -> None:
    card = rhythm_card(MOVED, [SESSION], (), STARTS - timedelta(days=1))
    city, rhythms, _, pause = card.body
    assert city == (
        "📍 We go on by the clock of **Tokyo**, from December 17, 2022 on, no longer by that of "
        "Denver."
    )
    assert rhythms == (
        "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes.\n"
        "🗓️ Every 2 weeks on Saturday at 2:00 PM in Tokyo, for 60 minutes, from December 17, 2022 "
        "on."
    )
    assert pause == (
        "⏸️ A break from January 9, 2023 to January 20, 2023, by the calendar in Tokyo."
    )


def test_a_break_before_a_change_of_city_is_by_the_calendar_of_the_city_until_then() -> None:
    first = Break(first=date(2022, 12, 10), last=None)
    group = replace(MOVED, pattern=replace(MOVED.pattern, breaks=(first,)))
    before = STARTS - timedelta(days=1)
    told = "⏸️ A break from December 10, 2022 on, by the calendar in Denver."
    card = rhythm_card(group, [SESSION], (), before)
    assert card.body[-1] == f"{told} You will hear when we go on."
    card = rhythm_card(group, [SESSION], (), before, News(breaks=(first,), has_days_off=True))
    assert (card.title[:2], card.body[0][: len(told)]) == ("⏸️", told)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (Revision.RHYTHM, "moved the group to Tokyo, from December 17, 2022 on"),
        (Revision.PAUSE, "planned a break from January 9, 2023 to January 20, 2023"),
    ],
)
def test_so_is_what_was_done(what: Revision, said: str) -> None:
    assert what_was_done(GROUP, MOVED, what, STARTS) == said


def test_what_ended_a_break_early_says_what_is_left_of_it() -> None:
    assert what_was_done(GROUP, MOVED, Revision.RESUME, STARTS) == (
        "ended a break, now from January 9, 2023 to January 20, 2023"
    )
    assert what_was_done(MOVED, GROUP, Revision.RESUME, STARTS) == "ended a break"


def test_so_are_the_hours_of_every_session_that_a_stranger_is_shown() -> None:
    there = replace(
        SESSION,
        zone="Asia/Tokyo",
        wall_start=datetime.fromisoformat("2022-12-17T14:00"),
        starts_at=datetime.fromisoformat("2022-12-17T05:00+00:00"),
    )
    views = [
        SessionView(session=one, answers={answer: frozenset() for answer in Answer}, clocks=())
        for one in (SESSION, there)
    ]
    card = sessions_card(MOVED, views, Member(user_id=14), STARTS, past=False)
    clocks = [lines.splitlines()[1] for lines in card.body]
    assert clocks == ["2:00 PM in Denver", "2:00 PM in Tokyo"]


def test_only_after_a_break_without_an_end_is_nothing_planned() -> None:
    pauses = (*MOVED.pattern.breaks, Break(first=date(2023, 3, 1), last=None))
    paused = replace(MOVED, pattern=replace(MOVED.pattern, breaks=pauses))
    dates = changed_card(paused, [SESSION], MOVED.habit_at(STARTS)).body[1]
    assert dates.splitlines() == [
        f"- #{SESSION.number} {stamp(SESSION.starts_at)}",
        "- ⏸️ a break from March 1, 2023 on: nothing after it is planned yet",
    ]


def test_changes_that_are_given_up_from_one_day_on_are_told_once() -> None:
    """As after a shift: two rhythms begin on that day, at two hours."""
    since = datetime.fromisoformat("2022-12-17T00:00")
    planned = (
        replace(MOVED.pattern.rhythms[-1], since_at=since, first_at=since + timedelta(hours=hour))
        for hour in (14, 15)
    )
    first, second = planned
    before = replace(GROUP, pattern=PATTERN.with_rhythm(second, (*PATTERN.rhythms, first)))
    prospect = Prospect(before=before, after=GROUP, seats=(), refit=Refit(), taken=frozenset())
    assert spoken_refit(prospect, GROUP.habit_at(STARTS)) == [
        "the change that was planned from December 17, 2022 on is given up"
    ]
