"""Breaks in words, as the reader writes days."""

from datetime import date

import pytest
from scenery import PATTERN, STARTS

from bot.errors import Refusal
from bot.groups.pattern import Break
from bot.groups.revising import Revision, revise, spoken_break
from bot.places.spoken import Habit

WINTER = Break(first=date(2026, 12, 20), last=date(2027, 1, 8))
UNSURE = Break(first=date(2026, 12, 20), last=date(2027, 1, 8), is_tentative=True)
OPEN = Break(first=date(2026, 12, 20), last=None)


@pytest.mark.parametrize(
    ("one", "locale", "zone", "spoken"),
    [
        (WINTER, "en-US", "America/Denver", "from December 20, 2026 to January 8, 2027"),
        (WINTER, "en-US", "Asia/Kolkata", "from 20 December 2026 to 8 January 2027"),
        (UNSURE, "de", "Europe/Berlin", "from 20. Dezember 2026 to 8. Januar 2027, probably"),
        (OPEN, "ja", "Asia/Tokyo", "from 2026年12月20日 on"),
    ],
)
def test_a_break_is_told_as_its_reader_writes_days(
    one: Break, locale: str, zone: str, spoken: str
) -> None:
    assert spoken_break(one, Habit(locale=locale, hour_cycle=None, zone=zone)) == spoken


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            {"from": "2022-12-20", "until": "2022-12-19"},
            "A break that begins on 20. Dezember 2022 can't end on 19. Dezember 2022: give a later "
            "day.",
        ),
        (
            {"from": "2022-11-18"},
            "18. November 2022 has passed: changes hold from today (19. November 2022) on.",
        ),
    ],
)
def test_a_refusal_writes_days_as_its_reader_does(typed: dict[str, str], sentence: str) -> None:
    habit = Habit(locale="de", hour_cycle=None, zone="America/Denver")
    with pytest.raises(Refusal) as refused:
        revise(PATTERN, Revision.PAUSE, typed, STARTS, habit)
    assert str(refused.value) == sentence


def test_a_break_that_is_over_is_not_what_a_group_is_called_back_from() -> None:
    habit = Habit(locale="en-US", hour_cycle=None, zone="America/Denver")
    over = Break(first=date(2022, 11, 1), last=date(2022, 11, 18))
    later = Break(first=date(2022, 12, 1), last=date(2022, 12, 18))
    paused = PATTERN.with_days_off((over, later), ())
    back = revise(paused, Revision.RESUME, {}, STARTS, habit)  # on 19 November
    assert back == PATTERN.with_days_off((over,), ())
    with pytest.raises(Refusal, match="not paused, and no break is planned"):
        revise(back, Revision.RESUME, {}, STARTS, habit)
