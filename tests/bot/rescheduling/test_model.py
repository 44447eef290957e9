"""What the calendar does not allow is refused in the lead's own way to write dates."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from scenery import GROUP, SESSION, STARTS

from bot.errors import Refusal
from bot.groups.model import Pattern
from bot.members.model import Member
from bot.rescheduling.model import Ground
from bot.rescheduling.moving import plan_move, plan_shift

MONTHLY = Pattern(
    zone="America/Denver",
    first_at=datetime(2022, 11, 19, 14, 0),  # noqa: DTZ001 - a wall time
    nth=(3,),
)


@pytest.mark.parametrize(
    ("locale", "day"), [("en-GB", "Friday,? 2 December 2022"), ("de", "Freitag, 2. Dezember 2022")]
)
def test_a_refusal_names_days_as_the_lead_does(locale: str, day: str) -> None:
    ground = Ground(
        group=replace(GROUP, pattern=MONTHLY),
        sessions=(SESSION,),
        occurrences={SESSION.id: SESSION.wall_start},
        now=STARTS - timedelta(days=1),
        lead=Member(user_id=11, locale=locale),
    )
    to = datetime(2022, 12, 2, 14, 0)  # noqa: DTZ001 - a wall time
    with pytest.raises(Refusal, match=day):
        plan_shift(ground, SESSION, to, 0)
    with pytest.raises(Refusal, match=f"{day}, 14:00 has passed already"):
        plan_move(replace(ground, now=STARTS + timedelta(days=90)), SESSION, to, 0)
