"""How a change of when a group meets looks as cards, before and after it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from bot.cards import Button, ButtonStyle, Card, Tone, action, spoken_list, stamp
from bot.groups.model import HORIZON, Group, Home
from bot.groups.pattern import Break
from bot.groups.revising import Revision, spoken_break, spoken_loss
from bot.groups.spoken import spoken_pattern, spoken_rhythms
from bot.places.spoken import Habit, spoken_long_date, spoken_moment
from bot.places.wall import local
from bot.sessions.model import Session, Talk, home_of
from bot.sessions.onlookers import Onlookers
from bot.sessions.preview import spoken_rows
from bot.sessions.refit import Seat
from bot.sessions.rhythm_rows import Prospect, rhythm_rows
from bot.text import escape, shorten

FIXED_SHOWN = 4
TALKS_TOLD = 8
EVERY_ONE_STAYS = "Every session stays as it is."

_HAVE_FORM = (Revision.RHYTHM, Revision.HOLIDAYS)
_TITLES = {
    Revision.RHYTHM: "Change when {} meets?",
    Revision.PAUSE: "Let {} pause?",
    Revision.RESUME: "Let {} go on?",
    Revision.HOLIDAYS: "Change the holidays of {}?",
}


def proposal_card(prospect: Prospect, what: Revision, who: Onlookers, now: datetime) -> Card:
    """How the group meets before and after, and what becomes of its sessions and dates."""
    before, after = prospect.before, prospect.after
    habit = who.lead.habit_on(before.home_at(now).zone)
    rows = rhythm_rows(prospect, now)
    notes = "\n".join(f"- {line}" for line in spoken_refit(prospect, habit))
    return Card(
        title=_title(before, after, what),
        body=(
            *_patterns(before, after, habit),
            *(spoken_rows(rows, who) or [EVERY_ONE_STAYS]),
            *([notes] if notes else []),
        ),
        small="Only you see this. Nothing is changed before you press Do it.",
        tone=Tone.SESSION,
    )


def _patterns(before: Group, after: Group, habit: Habit) -> list[str]:
    """The pattern, where it is another one, and the breaks that are new."""
    was, will = (spoken_pattern(one, habit) for one in (before, after))
    lines = [f"**Now** {was}", f"**Then** {will}"] if was != will else []
    if before.pattern.home.is_lost:
        lines.insert(1, spoken_loss(before.pattern.zone))
    for one in after.pattern.breaks:
        if one not in before.pattern.breaks:
            open_end = ": nothing after it is planned yet" if one.is_open else ""
            lines.append(f"⏸️ A break {spoken_break(one, habit)}{open_end}.")
    return ["\n".join(lines)] if lines else []


def _title(before: Group, after: Group, what: Revision) -> str:
    home = after.pattern.home
    if what is Revision.RHYTHM and home.name != before.pattern.home.name:
        return f"Move {escape(before.name)} to {escape(home.name)}?"
    return _TITLES[what].format(escape(before.name))


def proposal_buttons(what: Revision, number: int) -> tuple[Button, ...]:
    """Do what was typed under that number, type it anew, or let it be."""
    do_it = Button(
        label="Do it", action=action("rhythm", "do", number), style=ButtonStyle.GOOD, emoji="✅"
    )
    again = Button(label="Change what I typed", action=action("again", number), emoji="✏️")
    leave = Button(label="Leave it as it is", action=action("rhythm", "leave", number))
    return (do_it, again, leave) if what in _HAVE_FORM else (do_it, leave)


def left_card() -> Card:
    """The lead thought better of it."""
    return Card(title="Nothing has changed", body=("The group meets as before.",))


def spoken_refit(prospect: Prospect, habit: Habit) -> list[str]:
    """What the rows don't tell: what waits, what stays though it does not fit, what is given up."""
    refit, lines = prospect.refit, []
    given = [*refit.talks.values(), *(talk_ids for _, talk_ids in refit.added)]
    placed = {talk_id for talk_ids in given for talk_id in talk_ids}
    waiting = [
        f"#{one.number}"
        for one in refit.dropped
        if one.talks and placed.isdisjoint(talk.id for talk in one.talks)
    ]
    if waiting:
        lines.append(f"the talks of {spoken_list(waiting)} wait until the group goes on")
    fixed = [seat for seat in prospect.seats if _is_passed_by(seat, prospect)]
    lines += [
        f"#{seat.session.number} was set by hand and stays: {_when(seat, prospect, habit)}"
        for seat in fixed[:FIXED_SHOWN]
    ]
    if len(fixed) > FIXED_SHOWN:
        lines.append(f"and so do {len(fixed) - FIXED_SHOWN} more")
    return [*lines, *dict.fromkeys(_given_up(prospect.before, prospect.after, habit))]


def _is_passed_by(seat: Seat, prospect: Prospect) -> bool:
    """Whether a session that was set by hand stays where others of its days would not."""
    if seat.is_dropped or not seat.is_fixed:
        return False
    before, after = prospect.before.pattern, prospect.after.pattern
    return any(
        before.rhythm_at(wall) != after.rhythm_at(wall)
        or (after.is_off(wall.date()) and not before.is_off(wall.date()))
        for wall in (seat.session.wall_start, seat.occurrence)
    )


def _when(seat: Seat, prospect: Prospect, habit: Habit) -> str:
    session, home = seat.session, home_of(prospect.before, seat.session)
    return escape(spoken_moment(session.starts_at, habit.there(home.zone), home.city))


def _given_up(before: Group, after: Group, habit: Habit) -> list[str]:
    """A line for each rhythm that was to come and does not any more."""
    kept = after.pattern.rhythms
    return [
        f"the change that was planned from {spoken_long_date(one.since_at.date(), habit)} on is "
        "given up"
        for one in before.pattern.rhythms
        if one.since_at is not None and one not in kept
    ]


def what_was_done(before: Group, after: Group, what: Revision, now: datetime) -> str:
    """The change in the list of what was done to the calendar."""
    home, habit = after.pattern.home, after.habit_at(now)
    if what is Revision.RHYTHM and home.name != before.pattern.home.name:
        return f"moved the group to {escape(home.name)}{_since(after, habit)}"
    new = [one for one in after.pattern.breaks if one not in before.pattern.breaks]
    said = "".join(f" {spoken_break(one, habit)}" for one in new)
    return {
        Revision.RHYTHM: "changed when the group meets",
        Revision.PAUSE: f"planned a break{said}",
        Revision.RESUME: f"ended a break{', now' * bool(new)}{said}",
        Revision.HOLIDAYS: "changed the holidays",
    }[what]


def changed_card(group: Group, ahead: Sequence[Session], habit: Habit) -> Card:
    """What the lead sees once it is done, as `habit` writes times; `ahead` are sessions to come."""
    lines = _dates(ahead)
    lines += [
        f"- ⏸️ a break {spoken_break(one, habit)}: nothing after it is planned yet"
        for one in group.pattern.breaks
        if one.is_open
    ]
    return Card(
        title=f"✅ {escape(group.name)} has new dates",
        body=(spoken_pattern(group, habit), "\n".join(lines) or "- no meeting"),
        small="The channel is told, with those who are going and whose talks go on.",
        tone=Tone.DONE,
    )


def _dates(sessions: Sequence[Session]) -> list[str]:
    """A line for each of the first of them, in each reader's own time."""
    return [f"- #{one.number} {stamp(one.starts_at)}" for one in sessions[:HORIZON]]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a change of the pattern has brought: breaks, days off of any kind, talks that go on.

    `talks` have the number of the session that each goes to.
    """

    breaks: tuple[Break, ...] = ()
    has_days_off: bool = False
    talks: tuple[tuple[Talk, int], ...] = ()


def rhythm_card(
    group: Group,
    ahead: Sequence[Session],
    dropped: Sequence[Session],
    now: datetime,
    news: News = News(),
) -> Card:
    """What the channel is told: what takes place, and of what it knew, what does not.

    `ahead` are the sessions to come, soonest first: those that a lead moved by hand are not where
    the pattern has them, and those that were called off are none. A break that is new comes first.
    """
    # One way to write dates and hours for the whole card, whichever cities are in it.
    habit = group.habit_at(now)
    today = local(now, group.pattern.home.clock.zone).date()
    breaks = [one for one in group.pattern.breaks if one.last is None or one.last >= today]
    new = [_spoken_break(group, one, habit) for one in breaks if one in news.breaks]
    known = [_spoken_break(group, one, habit) for one in breaks if one not in news.breaks]
    rhythms, gone = [], []
    if ahead:
        rhythms = [f"{spoken_rhythms(group, now, habit)}.", _listed("The next dates", ahead)]
    if ahead and (move := _spoken_move(group, now)):
        rhythms.insert(0, move)
    if dropped:
        gone.append(_listed("No meeting", dropped))
    if news.talks:
        moved = [f"- {escape(shorten(talk.title, 80))} → #{number}" for talk, number in news.talks]
        gone.append("\n".join(["**Talks that go on**", *moved[:TALKS_TOLD]]))
    parts = [*gone, *rhythms] if news.has_days_off else [*rhythms, *gone]
    name = escape(group.name)
    return Card(
        title=f"⏸️ {name} takes a break" if new else f"🗓️ {name} has new dates",
        body=(*new, *parts, *(["\n".join(known)] if known else [])),
        tone=Tone.WARNING,
    )


def _spoken_break(group: Group, one: Break, habit: Habit) -> str:
    """The break, by the calendar of the city in which the group is as it begins."""
    city = group.pattern.rhythm_at(datetime.combine(one.first, time())).home.clock.city
    until = " You will hear when we go on." if one.is_open else ""
    return f"⏸️ A break {spoken_break(one, habit)}, by the calendar in {escape(city)}.{until}"


def _listed(heading: str, sessions: Sequence[Session]) -> str:
    return "\n".join([f"**{heading}**", *_dates(sessions)])


def _spoken_move(group: Group, now: datetime) -> str | None:
    """That the group goes to another city, while that is news."""
    pattern = group.pattern
    if not pattern.earlier or pattern.since_at is None:
        return None
    was, home = pattern.earlier[-1].home, pattern.home
    if was.name == home.name or pattern.since_at.date() < local(now, home.clock.zone).date():
        return None
    return spoken_change_of_city(group, was, now)


def spoken_change_of_city(group: Group, was: Home, now: datetime) -> str:
    """That the group's clock is that of its city, no longer of the one that it `was` in."""
    since_at, home = group.pattern.since_at, group.pattern.home
    is_to_come = since_at is not None and since_at.date() >= local(now, home.clock.zone).date()
    since = _since(group, group.habit_at(now)) if is_to_come else ""
    return (
        f"📍 We go on by the clock of **{escape(home.name)}**{since}, no longer by that of "
        f"{escape(was.name)}."
    )


def _since(group: Group, habit: Habit) -> str:
    """ ", from 5 December 2026 on", where the newest rhythm has such a day."""
    since_at = group.pattern.since_at
    if since_at is None:
        return ""
    return f", from {spoken_long_date(since_at.date(), habit)} on"
