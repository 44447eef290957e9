"""An act on sessions in several cities, as the channel hears of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from scenery import GROUP, PATTERN, SESSION, STARTS

from bot.audit.model import Act, ActKind
from bot.rescheduling.tellings import Shift, act_card
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
