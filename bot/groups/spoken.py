"""How a group's rhythm and its place are said."""

import re
from dataclasses import replace
from datetime import date, datetime, time
from itertools import takewhile

from bot.cards import spoken_list
from bot.groups.model import Group
from bot.groups.rhythm import Rhythm
from bot.groups.rhythm_text import PLACES, days_by_hour
from bot.places.spoken import Habit, spoken_hour, spoken_long_date
from bot.text import escape

_CHANNEL = re.compile(r"<#\d{1,20}>")


def spoken_pattern(group: Group, habit: Habit | None = None) -> str:
    """ "Every 2 weeks on Saturday at 14:00 in Denver, for 60 minutes".

    As `habit` writes hours, the group's own where there is none.
    """
    return spoken_rhythm(group.pattern, habit or group.habit_in(group.pattern.home.clock))


def spoken_rhythms(group: Group, now: datetime, habit: Habit) -> str:
    """The rhythm that the group lives by, and a line for each that is to follow it.

    One that has no date left before the next begins is not spoken of, unless nobody knows a date.
    """
    pattern = group.pattern
    rhythms = pattern.rhythms
    own = rhythms.index(pattern.rhythm_in_force(now))
    dates = (pattern.rhythm_at(wall) for wall, _ in pattern.instants(now))
    held = list(takewhile(lambda one: one != rhythms[-1], dates))
    known = [*held, rhythms[-1]] if held or pattern.next_instants(now, 1) else rhythms
    lives_by = replace(rhythms[own], since_at=None)
    spoken = [lives_by if one is rhythms[own] else one for one in rhythms[own:] if one in known]
    return ".\n🗓️ ".join(spoken_rhythm(one, habit) for one in spoken)


def spoken_rhythm(pattern: Rhythm, habit: Habit) -> str:
    """The same of any rhythm."""
    hours = days_by_hour(pattern).items()
    said = ", ".join(f"{spoken_list(days)} at {_clock(at, habit)}" for at, days in hours)
    for at in pattern.turns:
        said += f", alternating with {_clock(at, habit)}"
    if pattern.nth:
        often = f"{spoken_monthly(pattern)} {said}"
    else:
        often = f"{spoken_often(pattern.every_weeks)} on {said}"
    since = ""
    if pattern.since_at:
        since = f", from {spoken_long_date(pattern.since_at.date(), habit)} on"
    return f"{often} in {escape(pattern.home.name)}, for {pattern.minutes} minutes{since}"


def _clock(at: time, habit: Habit) -> str:
    # The clock on the wall, not an instant: that one may be an hour later, after a gap.
    return spoken_hour(datetime.combine(date.min, at), habit)


def spoken_monthly(pattern: Rhythm) -> str:
    """ "Every month on the 2nd and 4th"."""
    return f"Every month on the {spoken_list([PLACES[place] for place in pattern.nth])}"


def spoken_often(every_weeks: int) -> str:
    """ "Every week", "Every 2 weeks"."""
    return "Every week" if every_weeks == 1 else f"Every {every_weeks} weeks"


def spoken_place(place: str) -> str:
    """Where a session meets, escaped; a channel's link leads there."""
    return place if _CHANNEL.fullmatch(place) else escape(place)
