"""A change of the calendar as leads are shown it: each session as it is and as it would be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards import spoken_list, stamp
from bot.groups.model import Group, Home
from bot.groups.sleep import night_flag, night_share
from bot.pitches.words import spoken_speaker
from bot.places.spoken import Habit, spoken_date, spoken_elsewhere, spoken_hour
from bot.places.wall import WallKind, local, resolve
from bot.sessions.away import DaysAway
from bot.sessions.model import Session, Talk, home_of
from bot.sessions.onlookers import Onlookers
from bot.text import escape, shorten

ROWS_SHOWN = 6
CLOCKS_SHOWN = 3
"""How many lines of clocks: as a rule one is enough, and each is as long as people live apart."""

HOURS_SHOWN = 5
"""In one such line, the group's own first; places with the same hour share it."""

ABSENT_SHOWN = 4

_TITLE_SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """When a session is, on the clock of its `home` the naive `wall`, and what is given in it."""

    starts_at: datetime
    wall: datetime
    home: Home
    minutes: int
    talks: tuple[Talk, ...] = ()

    @property
    def talk_ids(self) -> list[int]:
        return [talk.id for talk in self.talks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A session before and after, None where it does not take place; `number` 0 where it has none.

    One of the two is a meeting.
    """

    number: int = 0
    before: Meeting | None = None
    after: Meeting | None = None

    @property
    def shown(self) -> Meeting:
        """How it will be, else how it is."""
        meeting = self.after or self.before
        if meeting is None:
            raise ValueError(f"session {self.number} is on neither side of a change")
        return meeting

    @property
    def first_at(self) -> datetime:
        """The earlier of its two instants: where it stands among the others."""
        return min(one.starts_at for one in (self.before, self.after) if one)

    @property
    def has_other_time(self) -> bool:
        """Whether it will be at a moment, or by a clock, at which it is not now."""
        was, will = self.before, self.after
        return will is not None and (
            was is None or (was.starts_at, was.home.zone) != (will.starts_at, will.home.zone)
        )

    @property
    def is_changed(self) -> bool:
        was, will = self.before, self.after
        if was is None or will is None or self.has_other_time:
            return True
        return (was.minutes, was.talk_ids) != (will.minutes, will.talk_ids)


def meeting_of(group: Group, session: Session) -> Meeting:
    """The session as it stands."""
    return Meeting(
        starts_at=session.starts_at,
        wall=session.wall_start,
        home=home_of(group, session),
        minutes=session.minutes,
        talks=session.talks,
    )


def spoken_rows(rows: Iterable[Row], who: Onlookers) -> list[str]:
    """The paragraphs of a preview, of any rows.

    A line for each of the first changed ones; on which clocks these are, and for how many it is
    night there; which speakers are away then; the dates that stay. Nothing where nothing changes.
    """
    ordered = sorted(rows, key=lambda row: row.first_at)
    changed = [row for row in ordered if row.is_changed]
    if not changed:
        return []
    shown = changed[:ROWS_SHOWN]
    # One way to write hours for the whole card, whichever cities are in it.
    habit = who.lead.habit_on(ordered[0].shown.home.zone)
    lines = [f"- {_line(row, habit)}" for row in shown]
    if len(changed) > len(shown):
        lines.append("- and so on")
    moved = [row for row in shown if row.has_other_time]
    around = [*_clocks(moved, who, habit), *_nights(moved, who)]
    first = ordered.index(changed[0])
    parts = (lines, around, _absent(changed, who.away), _kept(ordered, first, habit))
    return ["\n".join(part) for part in parts if part]


def _line(row: Row, habit: Habit) -> str:
    """ "**#3** ~~before~~ → after", each reader's clock, and whatever else is new or odd."""
    was, will = row.before, row.after
    number = f"**#{row.number}** " if row.number else ""
    if was is None:
        word = "takes place after all: " if row.number else "**new** "
        line = f"{number}{word}{stamp(row.shown.starts_at)}"
    elif will is None:
        return f"{number}~~{stamp(was.starts_at)}~~ no meeting"
    elif was.starts_at != will.starts_at:
        line = f"{number}~~{stamp(was.starts_at)}~~ → {stamp(will.starts_at)}"
    else:
        line = f"{number}{stamp(will.starts_at)}"
        if row.has_other_time:
            line += ", the same moment"
    if will is not None:
        line += _length(was, will) + _talks(was, will) + _oddity(will, habit)
    return line


def _length(was: Meeting | None, will: Meeting) -> str:
    if was is None or was.minutes == will.minutes:
        return ""
    return f", {will.minutes} minutes instead of {was.minutes}"


def _talks(was: Meeting | None, will: Meeting) -> str:
    """What is given, where that is news."""
    if (was.talk_ids if was else []) == will.talk_ids:
        return ""
    titles = " · ".join(escape(shorten(talk.title, _TITLE_SHOWN)) for talk in will.talks)
    return f": {titles}" if titles else ": no talk"


def _oddity(meeting: Meeting, habit: Habit) -> str:
    """That the clock of its city skips the hour that day, or shows it twice."""
    resolved = resolve(meeting.wall, meeting.home.zone)
    if resolved.kind is WallKind.NORMAL:
        return ""
    hour = spoken_hour(meeting.wall, habit.there(meeting.home.zone))
    if resolved.kind is WallKind.GAP:
        return f" · ⚠️ {hour} does not exist that day, so an hour later"
    which = "first" if meeting.starts_at == resolved.alternatives[0] else "second"
    return f" · ⚠️ {hour} comes twice that day: the {which}"


def _clocks(rows: Sequence[Row], who: Onlookers, habit: Habit) -> list[str]:
    """When they are in the group's city and where its people live, told once for all the same."""
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        found.setdefault(_clock(row.shown, who, habit), []).append(place)
    if len(found) < 2:
        return [f"🕑 {clock}" for clock in found]
    names = [_name(row, habit) for row in rows]
    lines = [f"🕑 {_span(places, names)}: {clock}" for clock, places in found.items()]
    return [
        *lines[:CLOCKS_SHOWN],
        *(["🕑 the others on other days or at other hours"] if lines[CLOCKS_SHOWN:] else []),
    ]


def _span(places: Sequence[int], names: Sequence[str]) -> str:
    """ "#2 to #6" where they follow each other, else each of the names."""
    first, last = places[0], places[-1]
    if len(places) > 2 and last - first == len(places) - 1:
        return f"{names[first]} to {names[last]}"
    return spoken_list([names[place] for place in places])


def _clock(meeting: Meeting, who: Onlookers, habit: Habit) -> str:
    """ "Saturday 3:00 PM in Denver · 5:00 PM in Boston and Lima · 11:00 PM in Berlin"."""
    home, at = meeting.home, meeting.starts_at
    habit = habit.there(home.zone)
    places: dict[datetime, list[tuple[str, str]]] = {}
    for name, zone in [(home.city, home.zone), *who.readers(home.zone)]:
        places.setdefault(local(at, zone).replace(tzinfo=None), []).append((name, zone))
    said = spoken_elsewhere(at, habit, [those[0] for those in places.values()])
    said[0] = f"{spoken_hour(next(iter(places)), habit, has_weekday=True)} in {home.city}"
    clocks = [
        spoken_list([first, *_few([name for name, _ in those[1:]])])
        for first, those in zip(said, places.values(), strict=True)
    ]
    return escape(" · ".join(_few(clocks, HOURS_SHOWN)))


def _few(names: Sequence[str], most: int = 2) -> list[str]:
    """The names, of more than `most` and one only those and how many more there are."""
    if len(names) <= most + 1:
        return list(names)
    return [*names[:most], f"{len(names) - most} more"]


def _nights(rows: Sequence[Row], who: Onlookers) -> list[str]:
    """For how many of the followers it is night, how often, and whether it is so now."""
    after = [night_share(who.zones, row.shown.starts_at) or 0 for row in rows]
    before = [night_share(who.zones, row.before.starts_at) or 0 for row in rows if row.before]
    flag = night_flag(max(after, default=0))
    if flag is None:
        return []
    asleep = [share for share in after if share]
    if len({*asleep}) > 1:
        flag += " at most"
    if len(rows) > 1:
        often = "each" if len(asleep) == len(rows) else f"{len(asleep)}"
        flag += f", in {often} of these {len(rows)} sessions"
    if before == after:
        flag += ", as now"
    return [flag]


def _absent(rows: Sequence[Row], away: DaysAway) -> list[str]:
    """Whose talk would be on a day on which they are away."""
    found = [
        spoken_absence(talk, f"on the day of #{row.number}" if row.number else "that day")
        for row in rows
        if row.after is not None
        for talk in row.after.talks
        if away.misses(talk.speaker_id, row.after.starts_at, row.after.home.zone)
    ]
    more = len(found) - ABSENT_SHOWN
    return [*found[:ABSENT_SHOWN], *([f"🏝️ {more} more are away"] if more > 0 else [])]


def spoken_absence(talk: Talk, when: str) -> str:
    """That the talk's speaker is away then: for leads alone."""
    title = escape(shorten(talk.title, _TITLE_SHOWN))
    return f"🏝️ {spoken_speaker(talk.speaker_id)} is away {when}: **{title}**"


def _kept(ordered: Sequence[Row], first: int, habit: Habit) -> list[str]:
    """Those that stay: the nearest, and where the `first` change is far off, those before it."""
    kept = [_dated(row, habit) for row in ordered if not row.is_changed][: max(first, ROWS_SHOWN)]
    if len(kept) > ROWS_SHOWN:
        half = ROWS_SHOWN // 2
        kept = [*kept[:half], "…", *kept[-half:]]
    return [f"As now: {' · '.join(kept)}"] if kept else []


def _dated(row: Row, habit: Habit) -> str:
    number = f"#{row.number} " if row.number else ""
    return f"{number}{_date(row.shown, habit)}"


def _name(row: Row, habit: Habit) -> str:
    return f"#{row.number}" if row.number else _date(row.shown, habit)


def _date(meeting: Meeting, habit: Habit) -> str:
    zone = meeting.home.zone
    return spoken_date(local(meeting.starts_at, zone).date(), habit.there(zone))
