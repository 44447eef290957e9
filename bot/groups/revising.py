"""What a lead types to change when a group meets, checked, and the pattern that it makes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.groups.home import Home
from bot.groups.pattern import Break, Pattern
from bot.groups.rhythm import TICK, Rhythm
from bot.groups.rhythm_text import parse_rhythm, spell_rhythm
from bot.places.folding import fold
from bot.places.index import find_place
from bot.places.spoken import Habit, spoken_long_date
from bot.places.strict import parse_day
from bot.places.wall import local, resolve
from bot.places.written import read_day
from bot.text import clean_line, quote

MOST_HOLIDAYS = 60
LONGEST_AHEAD = timedelta(days=731)
LEAST_MINUTES, MOST_MINUTES = 10, 480

Typed = Mapping[str, str]


class Revision(StrEnum):
    """What is changed: how the group meets, or the days on which it does not."""

    RHYTHM = "rhythm"
    PAUSE = "pause"
    RESUME = "resume"
    HOLIDAYS = "holidays"


def typed_before(pattern: Pattern, what: Revision, now: datetime) -> dict[str, str]:
    """The form filled with what holds."""
    if what is Revision.HOLIDAYS:
        return {"days": ", ".join(f"{day}" for day in sorted(_ahead(pattern, now)))}
    since = _next_day(pattern, now)
    held = pattern.rhythm_at(datetime.combine(since, time()))
    return {
        "rhythm": spell_rhythm(held),
        "since": f"{since}",
        "minutes": str(held.minutes),
        "city": held.home.name,
    }


def read_typed(
    typed: Typed, what: Revision, pattern: Pattern, now: datetime, habit: Habit
) -> Typed:
    """What was typed, with its days as year-month-day, and the city's `place` and `zone`.

    Neither must change while it is shown. Its language is the writer's, `habit`'s.
    Asks (AskBack) where a day has several readings.
    """
    today = _today(pattern, now)
    read = {
        key: f"{read_day(typed[key], today, habit)}"
        for key in ("since", "from", "until")
        if clean_line(typed.get(key, ""))
    }
    if city := clean_line(typed.get("city", "")):
        home = read_home(city, pattern)
        read |= {"place": home.city, "zone": home.zone}
    if what is Revision.HOLIDAYS:
        days = _parts(typed.get("days", ""))
        read["days"] = ", ".join(f"{read_day(day, today, habit)}" for day in days)
    return {**typed, **read}


def _parts(text: str) -> list[str]:
    """Days as they were listed: with commas or line breaks, or figures with spaces between."""
    listed = [clean_line(part) for part in re.split(r"[,;\n]+", text)]
    parts = [
        word
        for part in listed
        for word in (part.split() if re.fullmatch(r"[\d\s-]+", part) else [part])
    ]
    parts = [part for part in parts if part]
    if len(parts) > MOST_HOLIDAYS:
        raise Refusal(f"{len(parts)} days are too many: give at most {MOST_HOLIDAYS}.")
    return parts


def revise(pattern: Pattern, what: Revision, typed: Typed, now: datetime, habit: Habit) -> Pattern:
    """The pattern so changed; refuses what changes nothing or leaves no meeting.

    Refusals write days as `habit` does.
    """
    change = {
        Revision.RHYTHM: _with_rhythm,
        Revision.PAUSE: _paused,
        Revision.RESUME: _resumed,
        Revision.HOLIDAYS: _with_holidays,
    }[what]
    revised = change(pattern, typed, now, habit)
    if revised == pattern:
        raise Refusal("That is how the group meets already: nothing changes.")
    is_paused = any(one.is_open for one in revised.breaks)
    if not is_paused and next(revised.instants(now), None) is None:
        if revised.home.is_lost:
            raise Refusal(spoken_loss(revised.zone))
        raise Refusal("That leaves the group without any meeting: check the days.")
    return revised


def _with_rhythm(pattern: Pattern, typed: Typed, now: datetime, habit: Habit) -> Pattern:
    since = _day(typed.get("since", ""), now, pattern, habit) or _next_day(pattern, now)
    minutes = _minutes(typed.get("minutes", "") or f"{pattern.minutes}")
    start = datetime.combine(since, time())
    held = pattern.rhythm_at(start)
    home = Home(city=typed["place"], zone=typed["zone"]) if "zone" in typed else held.home
    if home.zone != held.zone:
        start = _after_what_was_held(pattern, start, now)
    rhythm = parse_rhythm(typed.get("rhythm", ""), start, minutes, home)
    is_alike = _is_alike(rhythm, held)
    if home != held.home and is_alike:
        # The fortnight, the month and the turns go on in the other city.
        rhythm = replace(held, city=home.city, zone=home.zone, minutes=minutes)
    elif is_alike and minutes == held.minutes and _goes_on(pattern, rhythm.first_at, start):
        # What was to follow it is given up.
        rhythms = pattern.rhythms
        return pattern.with_rhythm(held, rhythms[: rhythms.index(held)])
    return pattern.revised(replace(rhythm, since_at=start))


def read_home(city: str, pattern: Pattern | None) -> Home:
    """The place that was typed; what a rhythm of the group is called already is that place."""
    for rhythm in reversed(pattern.rhythms if pattern else ()):
        if fold(rhythm.home.name) == fold(city) and not rhythm.home.is_lost:
            return rhythm.home
    place = find_place(city)
    return Home(city=place.full_name, zone=place.zone)


def _after_what_was_held(pattern: Pattern, start: datetime, now: datetime) -> datetime:
    """`start`, or the day after the last meeting since then that has begun.

    On a clock further west that day is not over: it would see a second meeting.
    """
    for wall in pattern.occurrences(start - TICK):
        home = pattern.rhythm_at(wall).home
        if home.is_lost or resolve(wall, home.zone).starts_at > now:
            break
        start = datetime.combine(wall + timedelta(days=1), time())
    return start


def _is_alike(rhythm: Rhythm, held: Rhythm) -> bool:
    """Whether both say the same days and hours, wherever and from whenever on."""
    if rhythm.turns and rhythm.first_at.time() != held.first_at.time():
        return False
    return all(
        getattr(rhythm, name) == getattr(held, name)
        for name in ("slots", "every_weeks", "nth", "turns")
    )


def _goes_on(pattern: Pattern, first_at: datetime, start: datetime) -> bool:
    """Whether the pattern has that meeting anyway, as the first from `start` on."""
    bare = pattern.with_days_off((), ())
    return next(bare.occurrences(start - TICK), None) == first_at


def _paused(pattern: Pattern, typed: Typed, now: datetime, habit: Habit) -> Pattern:
    first = _day(typed.get("from", ""), now, pattern, habit) or _today(pattern, now)
    until = clean_line(typed.get("until", ""))
    last = parse_day(until) if until else None
    if last is not None and last < first:
        begin, end = (spoken_long_date(day, habit) for day in (first, last))
        raise Refusal(f"A break that begins on {begin} can't end on {end}: give a later day.")
    _day(until, now, pattern, habit)
    is_tentative = bool(typed.get("tentative"))
    new = Break(first=first, last=last, is_tentative=is_tentative)
    for other in pattern.breaks:
        if other.covers(first) or new.covers(other.first):
            said = spoken_break(other, habit)
            raise Refusal(f"There is a break {said} already: end it with `/group resume`.")
    return pattern.with_days_off([*pattern.breaks, new], pattern.holidays)


def _resumed(pattern: Pattern, typed: Typed, now: datetime, habit: Habit) -> Pattern:
    today = _today(pattern, now)
    ahead = [one for one in pattern.breaks if one.is_open or (one.last and one.last >= today)]
    if not ahead:
        raise Refusal("The group is not paused, and no break is planned.")
    found = ahead[0]
    back = max(today, found.last + timedelta(days=1)) if found.last else today
    if not found.is_open and not clean_line(typed.get("from", "")):
        back = today
    back = _day(typed.get("from", ""), now, pattern, habit) or back
    others = [one for one in pattern.breaks if one != found]
    if back > found.first:
        others.append(Break(first=found.first, last=back - timedelta(days=1)))
    return pattern.with_days_off(others, pattern.holidays)


def _with_holidays(pattern: Pattern, typed: Typed, now: datetime, habit: Habit) -> Pattern:
    parts = _parts(typed.get("days", ""))
    days = {day for part in parts if (day := _day(part, now, pattern, habit))}
    gone = pattern.holidays - _ahead(pattern, now)
    return pattern.with_days_off(pattern.breaks, gone | days)


def _ahead(pattern: Pattern, now: datetime) -> frozenset[date]:
    today = _today(pattern, now)
    return frozenset(day for day in pattern.holidays if day >= today)


def _today(pattern: Pattern, now: datetime) -> date:
    return local(now, pattern.rhythm_in_force(now).home.clock.zone).date()


def _next_day(pattern: Pattern, now: datetime) -> date:
    """The day of the next meeting, today where there is none."""
    wall, _ = next(pattern.instants(now), (None, None))
    return wall.date() if wall else _today(pattern, now)


def _day(text: str, now: datetime, pattern: Pattern, habit: Habit) -> date | None:
    """The day typed, from today to two years ahead; None where nothing is."""
    if not clean_line(text):
        return None
    day, today = parse_day(text), _today(pattern, now)
    if day < today:
        said, first = (spoken_long_date(one, habit) for one in (day, today))
        raise Refusal(f"{said} has passed: changes hold from today ({first}) on.")
    if day > today + LONGEST_AHEAD:
        raise Refusal(f"{quote(text)} is more than two years away: check the year.")
    return day


def _minutes(text: str) -> int:
    cleaned = clean_line(text)
    is_number = cleaned.isascii() and cleaned.isdecimal() and len(cleaned) < 4
    if not is_number or not LEAST_MINUTES <= int(cleaned) <= MOST_MINUTES:
        raise Refusal(
            f"{quote(cleaned)} is not a length in minutes: give {LEAST_MINUTES} to {MOST_MINUTES}."
        )
    return int(cleaned)


def spoken_loss(zone: str) -> str:
    """What a lead can do where the group's zone has left the zone data."""
    return (
        f"The time zone {quote(zone)} is not in the zone data any more, so I can't plan on its "
        "clock: give the group a city under “When we meet” in `/group edit`. Its sessions stay at "
        "the instants they were planned for until then."
    )


def spoken_break(one: Break, habit: Habit) -> str:
    """ "from 20 December 2026 to 8 January 2027, probably", "from 20 December 2026 on"."""
    first = spoken_long_date(one.first, habit)
    if one.last is None:
        return f"from {first} on"
    probably = ", probably" if one.is_tentative else ""
    return f"from {first} to {spoken_long_date(one.last, habit)}{probably}"
