"""What a lead is shown before anything happens, and what became of it."""

from bot.audit.model import ActKind
from bot.cards import Button, ButtonStyle, Card, Tone, action, plural, spoken_list
from bot.groups.model import Group
from bot.groups.rhythm_text import DAY_NAMES
from bot.members.model import Member
from bot.members.words import spoken_reading
from bot.pitches.words import spoken_speaker
from bot.places.spoken import spoken_hour, spoken_moment
from bot.rescheduling.model import Bend, Ground, Plan, Proposal, Way
from bot.rescheduling.moving import has_rest
from bot.rescheduling.skipping import Absence, absence_of, talk_of
from bot.sessions.model import Session, SessionState, Talk, home_of
from bot.sessions.notice_words import spoken_promise
from bot.sessions.onlookers import Onlookers
from bot.sessions.preview import Row, meeting_of, spoken_rows
from bot.sessions.words import session_title
from bot.text import escape, shorten

WARNINGS_SHOWN = 6
TITLE_SHOWN = 40
"""Of a talk's title, on a button: Discord takes 80 characters."""

USUAL_HOUR = "You named no hour, so it is at the group's usual one."
STALE = "⚠️ Nothing was done: the calendar has changed since you were shown it. It is now like this."


def preview_card(proposal: Proposal, ground: Ground, plan: Plan, who: Onlookers) -> Card:
    """What would become of the calendar, with the buttons that do it."""
    absence = _absence(proposal, ground)
    return Card(
        title=_title(proposal, ground),
        body=(
            *_echo(ground, plan, who),
            _meeting_stays(absence) if absence else _what_happens(ground, plan),
            *spoken_rows(_rows(ground, plan), who),
            *_warnings(ground, plan, who),
        ),
        small="Nothing has happened yet.",
        tone=Tone.SESSION,
        buttons=_buttons(ground, proposal, absence),
    )


def ask_card(proposal: Proposal, ground: Ground, session: Session, lead: Member) -> Card:
    """Which of the two kinds of skip is meant, and what each would come to."""
    absences = [absence_of(ground, session, talk) for talk in session.talks if talk.speaker_id]
    away = [
        Button(
            label=f"Away: {shorten(one.talk.title, TITLE_SHOWN)}",
            action=_show(proposal, Way.AWAY, one.talk.id),
            style=ButtonStyle.PRIMARY,
        )
        for one in absences
        if one.is_possible
    ]
    home = home_of(ground.group, session)
    body = [spoken_reading(session.starts_at, home.zone, home.city, lead)]
    if absences:
        told = "\n".join(f"- {_spoken_absence(one)}" for one in absences)
        body.append(f"**A speaker is away:** the meeting stays.\n{told}")
    elif session.talks:
        body.append("Its talks have no speaker yet, so nobody can be away.")
    else:
        body.append("It has no talk yet, so no speaker can be away.")
    body.append(f"**No meeting:** the session is dropped{_who_comes_next(session)}.")
    drop = Button(label="No meeting", action=_show(proposal, Way.DROP), style=ButtonStyle.PRIMARY)
    return Card(
        title=_title(proposal, ground),
        body=tuple(body),
        small=f"{'Each' if away else 'It'} shows first what it would do.",
        tone=Tone.SESSION,
        buttons=(*away, drop, _leave(proposal)),
    )


def _who_comes_next(session: Session) -> str:
    """ "; the same speakers come next time", or its talks alone, or nothing where it has none."""
    if not session.talks:
        return ""
    speakers = {talk.speaker_id for talk in session.talks if talk.speaker_id}
    who = "the same speaker" if speakers else "its talk"
    count = len(speakers or session.talks)
    return f"; {who} comes next time" if count == 1 else f"; {who}s come next time"


def _absence(proposal: Proposal, ground: Ground) -> Absence | None:
    if proposal.way is not Way.AWAY:
        return None
    session = ground.session(proposal.session_id)
    return absence_of(ground, session, talk_of(session, proposal.talk_id))


def _meeting_stays(absence: Absence) -> str:
    return f"The meeting stays.\n{_spoken_absence(absence)}"


def _spoken_absence(absence: Absence) -> str:
    """Who steps in for the speaker, or that the seat stays empty, and where the talk goes."""
    title, other = _title_of(absence.talk), absence.stand_in
    away = f"{spoken_speaker(absence.talk.speaker_id)} is away"
    if absence.to is None:
        if not absence.is_possible:
            return (
                f"{away}: {title} was never pitched, and no later session has room for it. Add one "
                "with `/session add` first."
            )
        return (
            f"{away}, and nobody can step in: {title} is promised the next free seat, and its own "
            "stays empty."
        )
    there = f"#{absence.to.number}"
    if other is None:
        return f"{away}, and nobody can step in: {title} goes to {there}, and its seat stays empty."
    return (
        f"{away}: {spoken_speaker(other.speaker_id)} steps in from {there} with "
        f"{_title_of(other)}, and {title} goes there."
    )


def _title_of(talk: Talk) -> str:
    return f"**{escape(shorten(talk.title, 80))}**"


def _rows(ground: Ground, plan: Plan) -> list[Row]:
    """Every session that is to come or changes, before and after."""
    group, after = ground.group, {one.id: one for one in plan.sessions}
    found = []
    for one in ground.sessions:
        will = after.pop(one.id, one)
        is_held = will.state is SessionState.PLANNED
        row = Row(
            number=one.number,
            before=meeting_of(group, one),
            after=meeting_of(group, will) if is_held else None,
        )
        if row.is_changed or one.starts_at > ground.now:
            found.append(row)
    return found + [Row(after=meeting_of(group, one)) for one in after.values()]


def _title(proposal: Proposal, ground: Ground) -> str:
    group = ground.group
    if proposal.session_id is None:
        return f"➕ An extra session of {escape(group.name)}?"
    name = session_title(group, ground.session(proposal.session_id))
    if proposal.way is Way.AWAY:
        return f"🔁 {name}: a speaker is away"
    return {
        Bend.MOVE: f"↪️ Move {name}?",
        Bend.SKIP: f"⏭️ Skip {name}?",
        Bend.CANCEL: f"🚫 Cancel {name}?",
    }[proposal.bend]


def _echo(ground: Ground, plan: Plan, who: Onlookers) -> list[str]:
    """The moment that was typed, in group time and the lead's own."""
    if plan.kind not in (ActKind.MOVE, ActKind.SHIFT, ActKind.ADD):
        return []
    session = plan.sessions[0]
    home = home_of(ground.group, session)
    reading = spoken_reading(session.starts_at, home.zone, home.city, who.lead)
    return [f"{'On' if plan.kind is ActKind.ADD else 'To'} {reading}"]


def _what_happens(ground: Ground, plan: Plan) -> str:
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
            lines.append(f"🏝️ {who} is away at {spoken_list(missed)}: {_title_of(talk)} waits.")
    return lines[:WARNINGS_SHOWN]


def _cancelled(session: Session) -> str:
    told = "There is no meeting; everybody who is going hears of it."
    if session.reason:
        told += f" They are told: {escape(session.reason)}"
    return f"{told}\n{spoken_promise(len(session.talks))}" if session.talks else told


def _going_back(ground: Ground, plan: Plan) -> str:
    lost = [
        f"**{escape(shorten(talk.title, 80))}**"
        for one in ground.sessions
        for talk in one.talks
        if talk.id in plan.waiting
    ]
    if not lost:
        return ""
    promised = (
        "is promised the next free seat" if len(lost) == 1 else ("are promised the next free seats")
    )
    return f"\n{spoken_list(lost)} {promised}."


def _warnings(ground: Ground, plan: Plan, who: Onlookers) -> list[str]:
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


def _buttons(ground: Ground, proposal: Proposal, absence: Absence | None) -> tuple[Button, ...]:
    labels = {
        (Bend.MOVE, Way.ONE): "Move only this one",
        (Bend.MOVE, Way.REST): "Shift this and the rest",
        (Bend.SKIP, Way.AWAY): _away_label(absence),
        (Bend.SKIP, Way.DROP): "No meeting",
        (Bend.CANCEL, Way.ONE): "Cancel the session",
        (Bend.ADD, Way.ONE): "Add the session",
    }
    style = ButtonStyle.DANGER if proposal.bend is Bend.CANCEL else ButtonStyle.PRIMARY
    do = Button(
        label=labels[proposal.bend, proposal.way],
        action=action("bend", proposal.id, "do", proposal.way, proposal.talk_id),
        style=style,
    )
    others = {
        (Bend.MOVE, Way.ONE): ("Shift the rest too…", Way.REST),
        (Bend.MOVE, Way.REST): ("Only this one…", Way.ONE),
        (Bend.SKIP, Way.AWAY): ("Something else…", Way.ASK),
        (Bend.SKIP, Way.DROP): ("Something else…", Way.ASK),
    }
    other = others.get((proposal.bend, proposal.way))
    if proposal.bend is Bend.MOVE and not has_rest(ground, proposal.session_id):
        other = None
    between = (Button(label=other[0], action=_show(proposal, other[1])),) if other else ()
    return (do, *between, _leave(proposal))


def _away_label(absence: Absence | None) -> str:
    if absence is None or absence.to is None:
        return "Put the talk off"
    return "Let the next one step in" if absence.stand_in else f"Put it off to #{absence.to.number}"


def _show(proposal: Proposal, way: Way, talk_id: int = 0) -> str:
    return action("bend", proposal.id, "show", way, talk_id)


def _leave(proposal: Proposal) -> Button:
    label = "Leave it out" if proposal.bend is Bend.ADD else "Leave it as it is"
    return Button(label=label, action=action("bend", proposal.id, "leave", Way.ASK, 0))


def left_card() -> Card:
    """The lead thought better of it."""
    return Card(title="Nothing has changed", body=("The calendar stays as it was.",))
