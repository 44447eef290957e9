"""A moment as a person wrote it: read where it is certain, asked back where it is not."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.errors import Refusal
from bot.places.asking import MOST_CHOICES, AskBack, DayChoice
from bot.places.days import days_meant, example_day, example_moment
from bot.places.meaning import Found, UsualHours, Way, choices_of, phrase_meant
from bot.places.phrases import hour_of_day
from bot.places.spoken import Habit, spoken_full_date, spoken_hour, spoken_wall, zone_city
from bot.places.wall import WallKind, local, resolve
from bot.text import clean_line, quote

LONGEST = 64
"""dateparser takes 30 ms for so many characters at worst, and half a second for 2,000."""

FURTHEST = timedelta(days=731)
_STAMP = re.compile(r"<t:(\d{1,12})(?::[a-zA-Z])?>")
_WALL = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[ T,]+(\d{1,2})[:h.](\d{2})(?:\s*([ap])\.?m\.?)?", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was understood: the naive `wall` time and its instant in UTC.

    `fold` is 1 where clocks show that time twice and the second is meant.
    """

    wall: datetime
    starts_at: datetime
    fold: int = 0
    way: Way


def read_moment(  # noqa: PLR0913 - the words, whose clock, and what need not be said
    text: str,
    habit: Habit,
    city: str,
    now: datetime,
    *,
    stays: datetime | None = None,
    usual: UsualHours | None = None,
) -> Reading:
    """The moment that was written, on the clock of `habit`'s zone, which refusals call `city`.

    Its language is the writer's, `habit`'s, and so are the times in refusals.

    Of what is moved from the naive `stays`, a day alone keeps its hour, and an hour alone its day;
    else a day alone gets the `usual` hour of such a day.
    Asks (AskBack) where there are several readings, also where that time does not exist or comes
    twice, and refuses what cannot be meant: a time that has passed or is over two years away.
    """
    found, way = _read(text, habit, city, now, stays, usual)
    if found.tzinfo is None:
        found = _once(text, found, habit, city, now)
    return check_moment(found, habit, city, now, text=text, way=way)


def check_moment(  # noqa: PLR0913 - as read_moment
    found: datetime,
    habit: Habit,
    city: str,
    now: datetime,
    *,
    text: str = "",
    way: Way = Way.STAMP,
) -> Reading:
    """What `read_moment` gives for an instant that nobody has to read; refuses the same."""
    wall = local(found, habit.zone)
    reading = Reading(
        wall=wall.replace(tzinfo=None, fold=0), starts_at=found, fold=wall.fold, way=way
    )
    _check_ahead(text, reading.wall, found, habit, city, now)
    return reading


def _once(text: str, wall: datetime, habit: Habit, city: str, now: datetime) -> datetime:
    """The instant of a wall time; asks where clocks never show it that day, or show it twice."""
    day, clock = spoken_full_date(wall.date(), habit), spoken_hour(wall, habit)
    try:
        resolved = resolve(wall, habit.zone)
    except OverflowError:
        raise Refusal(f"{quote(text, 40)} is outside of any calendar: check the year.") from None
    if resolved.kind is WallKind.NORMAL:
        return resolved.starts_at
    if resolved.kind is WallKind.GAP:
        why = f"{clock} does not exist on {day} in {city}: the clocks go forward over it."
    else:
        why = f"{clock} comes twice on {day}, because the clocks go back."
    choices = [one for one in choices_of(wall, habit.zone) if one.at > now]
    _check_ahead(text, wall, resolved.alternatives[-1], habit, city, now)
    raise AskBack(text, why, choices, habit.zone, city)


def _check_ahead(  # noqa: PLR0913, PLR0917 - as read_moment
    text: str, wall: datetime, starts_at: datetime, habit: Habit, city: str, now: datetime
) -> None:
    """Refuses what has passed and what is over two years away, as it was written and is read."""
    when = f"{spoken_wall(wall, habit)} in {city}"
    what, read = (quote(text, 40), f" (I read {when})") if text else (when, "")
    if starts_at <= now:
        raise Refusal(f"{what} has passed already{read}.")
    if starts_at > now + FURTHEST:
        raise Refusal(f"{what} is more than two years away{read}: check the year.")


def parse_wall(text: str) -> datetime:
    """The naive wall time written as `2026-12-05 14:00` (also `9h00`, `2:00 pm`), and nothing else.

    Refuses every other way of writing it: `3/12` is two different days.
    """
    cleaned = clean_line(text)
    if not cleaned:
        raise Refusal("I need a date and a time, like 2026-12-05 14:00.")
    match = _WALL.fullmatch(cleaned)
    if match is None:
        raise Refusal(
            f"I can't read {quote(cleaned, 40)} as a date and time. "
            "Write year-month-day and the hour, like 2026-12-05 14:00."
        )
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    try:
        hour = hour_of_day(hour, (match.group(6) or "").lower())
        return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a wall time has no zone
    except ValueError:
        raise Refusal(
            f"{quote(cleaned, 40)} is not a moment that exists: check the day, and the hour "
            "(00:00 to 23:59)."
        ) from None


def read_wall(text: str, habit: Habit, now: datetime) -> datetime:
    """The naive wall time that was written; whether it exists, and lies ahead, is not looked at.

    Asks (AskBack) where there are several readings.
    """
    found, _ = _read(text, habit, zone_city(habit.zone), now)
    wall = found if found.tzinfo is None else local(found, habit.zone).replace(tzinfo=None)
    return wall.replace(fold=0)


def read_day(text: str, today: date, habit: Habit) -> date:
    """The day that was written, such as 2026-12-05, "3 Dec" or "tomorrow", seen from `today`.

    Its language is the writer's, `habit`'s, and so are the days in refusals.
    """
    cleaned = _checked(text, "a day", example_day(today))
    meant = days_meant(cleaned, cleaned, today, habit)
    if len(meant.days) > 1:
        choices = [DayChoice(day=day) for day in meant.days]
        raise AskBack(text, meant.why, choices)
    return meant.days[0]


def _read(  # noqa: PLR0913, PLR0917 - as read_moment
    text: str,
    habit: Habit,
    city: str,
    now: datetime,
    stays: datetime | None = None,
    usual: UsualHours | None = None,
) -> tuple[datetime, Way]:
    """What was written: naive on the clock meant, or aware where it is one instant anyway."""
    example = example_moment(local(now, habit.zone).date())
    cleaned = _checked(text, "a date and a time", example)
    if (stamp := _STAMP.fullmatch(cleaned)) is not None:
        return _of_stamp(cleaned, int(stamp[1]), habit.zone), Way.STAMP
    if _WALL.fullmatch(cleaned) is not None:
        return parse_wall(cleaned), Way.FIGURES
    meant = phrase_meant(text, habit, now, stays=stays, usual=usual)
    if isinstance(meant, Found):
        return meant.at, meant.way
    ahead = [one for one in meant.choices if one.at > now]
    if not ahead:
        raise Refusal(f"{quote(cleaned, 40)} has passed already in {city}.")
    within_reach = [one for one in ahead if one.at <= now + FURTHEST]
    if not within_reach:
        wall = local(ahead[0].at, habit.zone).replace(tzinfo=None)
        _check_ahead(text, wall, ahead[0].at, habit, city, now)
    raise AskBack(text, meant.why, within_reach[:MOST_CHOICES], habit.zone, city)


def _checked(text: str, what: str, example: str) -> str:
    cleaned = clean_line(text)
    if not cleaned:
        raise Refusal(f"I need {what}, like {example}.")
    if len(cleaned) > LONGEST:
        raise Refusal(
            f"{quote(cleaned, 20)} has {len(cleaned)} characters; write {what} in at most "
            f"{LONGEST}, like {example}."
        )
    return cleaned


def _of_stamp(text: str, seconds: int, zone: str) -> datetime:
    try:
        moment = datetime.fromtimestamp(seconds, UTC).replace(second=0)
        local(moment, zone)
    except (OverflowError, ValueError, OSError):
        raise Refusal(f"{quote(text, 40)} is outside of any calendar.") from None
    return moment
