"""How a change of when a group meets looks as cards, before and after it is done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from bot.cards import Button, ButtonStyle, Card, Tone, action, spoken_list, stamp
from bot.groups.model import HORIZON, Group, Home
from bot.groups.revising import Revision, spoken_break, spoken_loss
from bot.groups.words import spoken_dates, spoken_pattern
from bot.places.spoken import Habit, spoken_day_and_clock, spoken_long_date
from bot.places.wall import local, resolve
from bot.sessions.model import Session, home_of
from bot.sessions.onlookers import Onlookers, spoken_beside
from bot.sessions.refit import Refit, Seat
from bot.text import escape

_HAVE_FORM = (Revision.RHYTHM, Revision.HOLIDAYS)
_TITLES = {
    Revision.RHYTHM: "Change when {} meets?",
    Revision.PAUSE: "Let {} pause?",
    Revision.RESUME: "Let {} go on?",
    Revision.HOLIDAYS: "Change the holidays of {}?",
}


def proposal_card(  # noqa: PLR0913, PLR0917 - before, after, and for whom
    before: Group, after: Group, lines: Sequence[str], what: Revision, who: Onlookers, now: datetime
) -> Card:
    """The six dates before and after, on everybody's clocks, and what becomes of the sessions."""
    habit = who.lead.habit_on(before.home_at(now).zone)
    happens = "\n".join(f"- {line}" for line in lines) or "Every session stays as it is."
    return Card(
        title=_title(before, after, what),
        body=(
            f"**Now** {spoken_pattern(before, habit)}\n{_dates(before, now, who)}",
            f"**Then** {spoken_pattern(after, habit)}\n{_dates(after, now, who)}",
            f"**The sessions in the calendar**\n{happens}",
        ),
        small="Only you see this. Nothing is changed before you press Do it.",
        tone=Tone.SESSION,
    )


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


def _dates(group: Group, now: datetime, who: Onlookers | None = None) -> str:
    beside = partial(spoken_beside, group, who) if who else None
    habit = who.lead.habit_on(group.home_at(now).zone) if who else None
    lines = spoken_dates(group, now, beside, habit)
    open_break = next((one for one in group.pattern.breaks if one.is_open), None)
    if open_break is not None:
        said = spoken_break(open_break, habit or group.habit_at(now))
        lines.append(f"- ⏸️ a break {said}: nothing after it is planned yet")
    if not lines and group.pattern.home.is_lost:
        return f"- {spoken_loss(group.pattern.zone)}"
    return "\n".join(lines) or "- no meeting"


def spoken_refit(
    before: Group, after: Group, seats: Sequence[Seat], refit: Refit, habit: Habit
) -> list[str]:
    """A line for each session that changes, and for each that stays though it does not fit.

    Days are those of each session's own city, as `habit` writes them.
    """
    sessions = {seat.session.id: seat.session for seat in seats}
    has_cities = before.pattern.home.name != after.pattern.home.name

    def day_of(session: Session) -> str:
        return _day(session.starts_at, home_of(before, session), habit, has_city=has_cities)

    def day_at(wall: datetime) -> str:
        home = after.pattern.rhythm_at(wall).home.clock
        return _day(_instant(after, wall), home, habit, has_city=has_cities)

    takers = {source: taker for taker, source in refit.talks.items()}
    added = {source: wall for wall, source in refit.added}
    lines = [
        f"#{sessions[one].number} moves from {day_of(sessions[one])} to {day_at(wall)}"
        if _instant(after, wall) != sessions[one].starts_at
        else f"#{sessions[one].number} stays at the same moment: {day_at(wall)}"
        for one, wall in refit.moved.items()
        if one not in {back.id for back in refit.revived}
    ]
    lines += [f"#{one.number} ({day_of(one)}) does not take place" for one in refit.dropped]
    lines += [f"#{one.number} takes place after all" for one in refit.revived]
    for source, taker in takers.items():
        lines.append(f"the talks of #{sessions[source].number} go to #{sessions[taker].number}")
    for source, wall in added.items():
        lines.append(f"the talks of #{sessions[source].number} go to {day_at(wall)}")
    waiting = _waiting(sessions, refit, {*takers, *added})
    if waiting:
        lines.append(f"the talks of {spoken_list(waiting)} wait until the group goes on")
    fixed = [f"#{seat.session.number}" for seat in seats if seat.is_fixed and not seat.is_dropped]
    if fixed:
        lines.append(f"{spoken_list(fixed)} was set by hand and stays")
    return [*lines, *_given_up(before, after, habit)]


def _waiting(sessions: Mapping[int, Session], refit: Refit, placed: set[int]) -> list[str]:
    return [
        f"#{one.number}" for one in refit.dropped if sessions[one.id].talks and one.id not in placed
    ]


def _instant(group: Group, wall: datetime) -> datetime:
    return resolve(wall, group.pattern.rhythm_at(wall).zone).starts_at


def _given_up(before: Group, after: Group, habit: Habit) -> list[str]:
    """A line for each rhythm that was to come and does not any more."""
    kept = after.pattern.rhythms
    return [
        f"the change that was planned from {spoken_long_date(one.since_at.date(), habit)} on is "
        "given up"
        for one in before.pattern.rhythms
        if one.since_at is not None and one not in kept
    ]


def _day(starts_at: datetime, home: Home, habit: Habit, *, has_city: bool) -> str:
    city = f" in {escape(home.city)}" if has_city else ""
    return f"{spoken_day_and_clock(starts_at, habit.there(home.zone))}{city}"


def what_was_done(before: Group, after: Group, what: Revision) -> str:
    """The change in the list of what was done to the calendar."""
    home = after.pattern.home
    if what is Revision.RHYTHM and home.name != before.pattern.home.name:
        return f"moved the group to {escape(home.name)}{_since(after)}"
    new = [one for one in after.pattern.breaks if one not in before.pattern.breaks]
    said = "".join(f" {spoken_break(one, after.habit_in(home))}" for one in new)
    return {
        Revision.RHYTHM: "changed when the group meets",
        Revision.PAUSE: f"planned a break{said}",
        Revision.RESUME: "ended a break",
        Revision.HOLIDAYS: "changed the holidays",
    }[what]


def changed_card(group: Group, now: datetime) -> Card:
    """What the lead sees once it is done."""
    return Card(
        title=f"✅ {escape(group.name)} has new dates",
        body=(spoken_pattern(group), _dates(group, now)),
        small="The channel is told, with those who said that they are going.",
        tone=Tone.DONE,
    )


def rhythm_card(group: Group, dropped: Sequence[Session], now: datetime) -> Card:
    """What the channel is told: what takes place, and of what it knew, what does not."""
    ahead = group.pattern.next_instants(now, HORIZON)
    dates = "\n".join(f"- {stamp(starts_at)}" for _, starts_at in ahead)
    pause = next((one for one in group.pattern.breaks if one.is_open), None)
    parts = [f"{spoken_pattern(group)}."] if ahead else []
    if ahead and (move := _spoken_move(group, now)):
        parts.insert(0, move)
    if dates:
        parts.append(f"**The next dates**\n{dates}")
    if dropped:
        fallen = "\n".join(f"- #{one.number} {stamp(one.starts_at)}" for one in dropped[:HORIZON])
        parts.append(f"**No meeting**\n{fallen}")
    home = group.pattern.home.clock
    today = local(now, home.zone).date()
    breaks = [one for one in group.pattern.breaks if one.last is None or one.last >= today]
    told = [f"⏸️ A break {spoken_break(one, group.habit_in(home))}." for one in breaks]
    if told:
        parts.append("\n".join(told) + (" You will hear when we go on." if pause else ""))
    return Card(title=f"🗓️ {escape(group.name)} has new dates", body=tuple(parts), tone=Tone.WARNING)


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
    return (
        f"📍 We go on by the clock of **{escape(home.name)}**{_since(group) if is_to_come else ''}"
        f", no longer by that of {escape(was.name)}."
    )


def _since(group: Group) -> str:
    """ ", from 5 December 2026 on", where the newest rhythm has such a day."""
    since_at = group.pattern.since_at
    if since_at is None:
        return ""
    habit = group.habit_in(group.pattern.home.clock)
    return f", from {spoken_long_date(since_at.date(), habit)} on"
