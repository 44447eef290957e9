"""An act on sessions in several cities, as the channel hears of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from scenery import GROUP, PATTERN, SESSION, STARTS

from bot.audit.model import Act, ActKind
from bot.rescheduling.tellings import ACTS_SHOWN, Shift, act_card, acts_card, spoken_undo
from bot.sessions.model import Answer, SessionView

AFTER_THE_MOVE = datetime.fromisoformat("2022-12-18T00:00+00:00")
MOVED = replace(
    GROUP,
    pattern=replace(
        PATTERN,
        zone="Asia/Tokyo",
        city="Tokyo",
        since_at=datetime.fromisoformat("2022-12-17T00:00"),
        earlier=(PATTERN,),
    ),
)
THERE = replace(
    SESSION,
    id=8,
    number=7,
    zone="Asia/Tokyo",
    wall_start=datetime.fromisoformat("2022-12-17T14:00"),
    starts_at=datetime.fromisoformat("2022-12-17T05:00+00:00"),
)
TAKEN_BACK = Act(
    id=1, group_id=1, user_id=11, kind=ActKind.UNDO, what="", done_at=STARTS, changes=()
)


def test_the_same_hours_of_several_sessions_are_said_once() -> None:
    fortnight = timedelta(days=14)
    next_one = replace(SESSION, id=9, number=3, starts_at=STARTS + fortnight)
    shifts = [
        Shift(
            view=SessionView(session=one, answers={}, clocks=()), was_at=None, has_other_talks=False
        )
        for one in (SESSION, next_one, THERE)
    ]
    alike = act_card(MOVED, TAKEN_BACK, shifts[:2], STARTS)
    assert alike.body[1:] == ("🕑 2:00 PM in Denver",)
    mixed = act_card(MOVED, TAKEN_BACK, shifts, STARTS)
    assert mixed.body[1:] == ("🕑 #2 and #3: 2:00 PM in Denver\n🕑 #7: 2:00 PM in Tokyo",)
    assert "🕑" not in mixed.body[0]


@pytest.mark.parametrize(
    ("now", "here", "there"),
    [
        (STARTS, "2:00 PM in Denver · 4:00 PM in Boston", "2:00 PM in Tokyo · 12:00 AM in Boston"),
        (AFTER_THE_MOVE, "14:00 in Denver · 16:00 in Boston", "14:00 in Tokyo · 00:00 in Boston"),
    ],
)
def test_all_hours_are_written_as_the_group_writes_them_today(
    now: datetime, here: str, there: str
) -> None:
    shifts = [
        Shift(
            view=SessionView(
                session=one,
                answers={answer: frozenset() for answer in Answer},
                clocks=(("Boston", "America/New_York"),),
            ),
            was_at=one.starts_at - timedelta(hours=1),
            has_other_talks=False,
        )
        for one in (SESSION, THERE)
    ]
    lines = act_card(MOVED, TAKEN_BACK, shifts, now).body[-1].splitlines()
    assert lines[1::2] == [f"🕑 {here}", f"🕑 {there}"]


@pytest.mark.parametrize(
    ("what", "undone"),
    [
        ("skipped #1", "took back: skipped #1"),
        ("took back: skipped #1", "did again: skipped #1"),
        ("did again: skipped #1", "took back: skipped #1"),
    ],
)
def test_taking_back_what_was_taken_back_is_doing_it_again(what: str, undone: str) -> None:
    assert spoken_undo(replace(TAKEN_BACK, what=what)) == undone


@pytest.mark.parametrize(
    ("count", "page", "buttons"),
    [
        (ACTS_SHOWN, 1, []),
        (ACTS_SHOWN + 1, 1, [("Older", "acts:1:2")]),
        (ACTS_SHOWN + 1, 3, [("Newer", "acts:1:2"), ("Older", "acts:1:4")]),
        (1, 2, [("Newer", "acts:1:1")]),
    ],
)
def test_acts_are_leafed_through_and_numbered_on(
    count: int, page: int, buttons: list[tuple[str, str]]
) -> None:
    acts = [replace(TAKEN_BACK, id=number) for number in range(count)]
    card = acts_card(GROUP, acts, {0}, page)
    begin = (page - 1) * ACTS_SHOWN + 1
    assert len(card.body) == min(count, ACTS_SHOWN)
    assert card.body[0].startswith(f"**{begin}.** ")
    [undo, *others] = card.buttons
    assert (undo.label, undo.action, undo.beside) == (f"Undo {begin}", "undo:0", 0)
    assert [(one.label, one.action) for one in others] == buttons


def test_a_page_that_is_forgotten_meanwhile_says_so() -> None:
    assert acts_card(GROUP, [], set(), 3).body == ("Nothing earlier is remembered.",)
