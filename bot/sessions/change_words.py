"""Clock changes in words: who meets at another hour than usual, where, and until when."""

from collections.abc import Sequence

from bot.cards import spoken_list, stamp
from bot.groups.model import Home
from bot.places.spoken import Habit, spoken_date, spoken_day, spoken_hour
from bot.places.wall import local
from bot.sessions.model import SessionView
from bot.sessions.radar import HourChange, changes_at
from bot.text import escape

Told = tuple[str, HourChange]
"""The name of a place there, and what changes."""


def changes_in(view: SessionView, places: Sequence[tuple[str, str]]) -> list[Told]:
    """What to tell people in these places, as (city, zone), of this session and the next."""
    session = view.session
    return [
        (city, change)
        for city, zone in places
        for change in changes_at(view.meetings, session.starts_at, zone)
    ]


def spoken_changes(
    view: SessionView, told: Sequence[Told], habit: Habit, *, is_for_many: bool = False
) -> str | None:
    """The paragraph for them, written as `habit` reads; None where nothing changes.

    "⏰ Clocks change: 15:00 instead of 14:00 in Boston, until 25 March." One that is of the next
    session says so, with its day; one that comes of another city names that. For many readers
    Discord writes that day: it is not the same for all of them.
    """
    starts_at = view.session.starts_at
    causes: dict[tuple[bool, Home | None], list[Told]] = {}
    for one in told:
        causes.setdefault((one[1].starts_at != starts_at, one[1].new_home), []).append(one)
    lines = []
    for (is_ahead, home), those in sorted(causes.items(), key=lambda cause: cause[0][0]):
        ends = ("that day only", "from then on") if is_ahead else ("this time only", "from now on")
        before = ""
        if is_ahead:
            next_at = those[0][1].starts_at
            day = stamp(next_at, "D") if is_for_many else spoken_day(next_at, habit)
            before = (
                f" from the next session ({day}) on"
                if home
                else f" before the next session ({day})"
            )
        what = f"We meet by the clock of {escape(home.name)}" if home else "Clocks change"
        lines.append(f"⏰ {what}{before}: {_phrases(those, habit, *ends)}.")
    return "\n".join(lines) or None


def _phrases(told: Sequence[Told], habit: Habit, once: str, for_good: str) -> str:
    """Places with the same hours share a phrase."""
    cities: dict[tuple[str, str], list[str]] = {}
    for city, change in told:
        hours = _spoken_hours(change, habit)
        cities.setdefault((hours, _spoken_end(change, habit, once, for_good)), []).append(city)
    return "; ".join(
        f"{hours} in {escape(spoken_list(names))}, {end}" for (hours, end), names in cities.items()
    )


def _spoken_hours(change: HourChange, habit: Habit) -> str:
    """ "15:00 instead of 14:00", or "Tuesday 23:30 instead of Wednesday 00:30"."""
    now = local(change.starts_at, change.zone)
    is_other_day = now.date() != change.usual.date()
    hour, usual = (
        spoken_hour(wall, habit, has_weekday=is_other_day) for wall in (now, change.usual)
    )
    return f"{hour} instead of {usual}"


def _spoken_end(change: HourChange, habit: Habit, once: str, for_good: str) -> str:
    if change.until is None:
        return for_good
    return once if change.is_once else f"until {spoken_date(change.until, habit)}"
