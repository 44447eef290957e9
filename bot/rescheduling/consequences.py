"""What a change of the calendar comes to, and what a lead is warned of."""

from bot.audit.model import ActKind
from bot.cards import plural, spoken_list
from bot.groups.model import Group
from bot.groups.rhythm_text import DAY_NAMES
from bot.pitches.words import spoken_speaker
from bot.places.spoken import spoken_hour, spoken_moment
from bot.rescheduling.model import Ground, Plan
from bot.sessions.model import Session, SessionState, Talk, home_of
from bot.sessions.notice_words import spoken_promise
from bot.sessions.onlookers import Onlookers
from bot.text import escape, shorten

WARNINGS_SHOWN = 6


def what_happens(ground: Ground, plan: Plan) -> str:
    """Which sessions and talks change, in a sentence or two."""
    numbers = [f"#{one.number}" for one in plan.sessions]
    match plan.kind:
        case ActKind.MOVE:
            return f"Only {numbers[0]} moves; all others stay."
        case ActKind.SHIFT:
            these = "These move" if numbers[1:] else f"{numbers[0]} moves"
            rest = _rest(ground, plan.sessions[0])
            return f"{these}, and so does every {rest}; talks and answers go along."
        case ActKind.CANCEL:
            return _cancelled(plan.sessions[0])
        case ActKind.ADD:
            return "An extra session: the pattern stays as it is."
        case _:
            return _dropped(ground, plan)


def _rest(ground: Ground, session: Session) -> str:
    """Of several weekdays or hours only one is shifted."""
    occurrence = ground.occurrences[session.id]
    rhythm = ground.group.pattern.rhythm_at(occurrence)
    if not rhythm.also:
        return "meeting after that"
    same_day = [slot for slot in rhythm.slots if slot.weekday == occurrence.weekday()]
    habit = ground.habit_in(home_of(ground.group, session))
    hour = f" {spoken_hour(occurrence, habit)}" if same_day[1:] else ""
    return f"{DAY_NAMES[occurrence.weekday()]}{hour} meeting after that, but no other"


def _dropped(ground: Ground, plan: Plan) -> str:
    session = plan.sessions[0]
    told = f"No meeting in #{session.number}"
    if not ground.session(session.id).talks:
        return f"{told}; the others stay."
    told = f"{told}: its talks come next, the others make room.{_going_back(ground, plan)}"
    return "\n".join([told, *_passed_over(ground, ground.session(session.id), plan)])


def _passed_over(ground: Ground, session: Session, plan: Plan) -> list[str]:
    """Why a talk does not come at the very next session: its speaker is away then."""
    after = {talk.id: one for one in plan.calendar_after(ground) for talk in one.talks}
    lines = []
    for talk in session.talks:
        will = after.get(talk.id)
        missed = [
            f"#{one.number}"
            for one in ground.later_than(session)
            if not ground.can_give(talk, one) and (will is None or one.starts_at < will.starts_at)
        ]
        if missed:
            who = spoken_speaker(talk.speaker_id)
            lines.append(f"🏝️ {who} is away at {spoken_list(missed)}: {title_of(talk)} waits.")
    return lines[:WARNINGS_SHOWN]


def _cancelled(session: Session) -> str:
    told = "There is no meeting; everybody who is going hears of it."
    if session.reason:
        told += f" They are told: {escape(session.reason)}"
    return f"{told}\n{spoken_promise(len(session.talks))}" if session.talks else told


def _going_back(ground: Ground, plan: Plan) -> str:
    lost = [
        title_of(talk) for one in ground.sessions for talk in one.talks if talk.id in plan.waiting
    ]
    if not lost:
        return ""
    promised = (
        "is promised the next free seat" if len(lost) == 1 else ("are promised the next free seats")
    )
    return f"\n{spoken_list(lost)} {promised}."


def warnings(ground: Ground, plan: Plan, who: Onlookers) -> list[str]:
    """One paragraph on what a lead may not expect; none where there is nothing."""
    group, found = ground.group, _passed_by(ground, plan)
    found += [
        f"#{one.number} was moved by hand and stays at {_moment(group, one, one, who)}."
        for one in plan.stays
    ]
    for one in plan.sessions:
        if one.state is not SessionState.PLANNED or plan.kind in (ActKind.SKIP, ActKind.AWAY):
            continue
        found += [
            f"⚠️ {escape(name)} #{other.number} is at the same time: "
            f"{_moment(group, one, other, who)}."
            for name, other in who.elsewhere
            if other.starts_at < one.ends_at and one.starts_at < other.ends_at
        ]
    shown = found[:WARNINGS_SHOWN]
    if len(found) > len(shown):
        shown.append(f"{len(found) - len(shown)} more like these.")
    return ["\n".join(shown)] if shown else []


def _passed_by(ground: Ground, plan: Plan) -> list[str]:
    """That a session would come before or after others that it is not before or after now."""
    if plan.kind is not ActKind.MOVE:
        return []
    [moved] = plan.sessions
    was, will = ground.session(moved.id).starts_at, moved.starts_at
    passed = [
        f"#{one.number}"
        for one in ground.sessions
        if min(was, will) < one.starts_at < max(was, will) and one.id != moved.id
    ]
    days = plural(abs(will - was).days, "day")
    way = ("earlier", "before") if will < was else ("later", "after")
    return [f"⚠️ That is {days} {way[0]}, {way[1]} {spoken_list(passed)}."] if passed else []


def _moment(group: Group, ours: Session, session: Session, who: Onlookers) -> str:
    """When the session is, on the clock of one of ours."""
    home = home_of(group, ours)
    return escape(spoken_moment(session.starts_at, who.lead.habit_on(home.zone), home.city))


def title_of(talk: Talk) -> str:
    """The talk's title, as it is named within a sentence."""
    return f"**{escape(shorten(talk.title, 80))}**"
