"""What a lead is shown before anything happens, and what became of it."""

from collections.abc import Collection, Sequence

from bot.audit.model import ActKind
from bot.cards import Button, ButtonStyle, Card, Tone, action, spoken_list
from bot.groups.model import Group
from bot.groups.sleep import night_flag, night_share
from bot.members.model import Member
from bot.members.words import spoken_reading
from bot.pitches.words import spoken_speaker
from bot.places.spoken import spoken_clocks, spoken_day, spoken_moment
from bot.rescheduling.model import Bend, Ground, Plan, Proposal, Way
from bot.sessions.model import Session, SessionState, home_of
from bot.sessions.onlookers import Onlookers
from bot.sessions.words import session_title
from bot.text import escape, shorten

DATES_SHOWN = 6
TITLE_SHOWN = 40
"""Of a talk's title, on a button: Discord takes 80 characters."""

USUAL_HOUR = "You named no hour, so it is at the group's usual one."
STALE = "⚠️ Nothing was done: the calendar has changed since you were shown it. It is now like this."


def preview_card(proposal: Proposal, ground: Ground, plan: Plan, who: Onlookers) -> Card:
    """What would become of the next six dates, with the buttons that do it."""
    body = [*_echo(ground, plan, who), _what_happens(ground, plan)]
    body.append("**Now**\n" + _dates(ground, ground.sessions, (), who))
    after = plan.calendar_after(ground)
    changed = [one.id for one in plan.sessions]
    body.append("**Then**\n" + _dates(ground, after, changed, who))
    body += _warnings(ground.group, plan, who)
    return Card(
        title=_title(proposal, ground),
        body=tuple(body),
        small="Nothing has happened yet.",
        tone=Tone.SESSION,
        buttons=_buttons(proposal),
    )


def ask_card(proposal: Proposal, ground: Ground, session: Session, lead: Member) -> Card:
    """Which of the two kinds of skip is meant."""
    away = [
        Button(
            label=f"Away: {shorten(talk.title, TITLE_SHOWN)}",
            action=_show(proposal, Way.AWAY, talk.id),
            style=ButtonStyle.PRIMARY,
        )
        for talk in session.talks[:4]
    ]
    home = home_of(ground.group, session)
    body = [spoken_reading(session.starts_at, home.zone, home.city, lead)]
    if away:
        body.append("**A speaker is away:** the meeting stays, and the next speaker steps in.")
    else:
        body.append("It has no talk yet, so no speaker can be away.")
    body.append("**No meeting:** the session is dropped; the same speakers come next time.")
    drop = Button(label="No meeting", action=_show(proposal, Way.DROP), style=ButtonStyle.PRIMARY)
    return Card(
        title=_title(proposal, ground),
        body=tuple(body),
        small="Each shows first what it would do.",
        tone=Tone.SESSION,
        buttons=(*away, drop, _leave(proposal)),
    )


def _title(proposal: Proposal, ground: Ground) -> str:
    group = ground.group
    if proposal.session_id is None:
        return f"➕ An extra session of {escape(group.name)}?"
    name = session_title(group, ground.session(proposal.session_id))
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
            rest = f"{spoken_list(numbers)} move, and so does" if numbers[1:] else "So does"
            return f"{rest} every meeting after that; talks and answers go along."
        case ActKind.CANCEL:
            return _cancelled(plan.sessions[0])
        case ActKind.ADD:
            return "An extra session: the pattern stays as it is."
        case ActKind.SKIP:
            told = f"No meeting in {numbers[0]}: its talks come next, the others make room."
            return told + _going_back(ground, plan)
        case _:
            moved = _moved_talks(ground, plan)
            return "\n".join(["The meeting stays.", *moved]) + _going_back(ground, plan)


def _cancelled(session: Session) -> str:
    told = "There is no meeting; everybody who is going hears of it."
    if session.reason:
        told += f" They are told: {escape(session.reason)}"
    return f"{told}\n{spoken_promise(len(session.talks))}" if session.talks else told


def spoken_promise(talks: int) -> str:
    """What becomes of the talks of a session that does not take place."""
    if talks == 1:
        return "Its talk is promised the next free seat."
    return "Its talks are promised the next free seats."


def _moved_talks(ground: Ground, plan: Plan) -> list[str]:
    """Where each talk goes that changes its session."""
    was = {talk.id: one.number for one in ground.sessions for talk in one.talks}
    return [
        f"**{escape(shorten(talk.title, 80))}** · {spoken_speaker(talk.speaker_id)}: "
        f"#{was[talk.id]} → #{one.number}"
        for one in plan.sessions
        for talk in one.talks
        if was[talk.id] != one.number
    ]


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


def _dates(
    ground: Ground, sessions: Sequence[Session], changed: Collection[int], who: Onlookers
) -> str:
    """The next six of the sessions, each on the clocks of the group and its people."""
    return (
        "\n".join(
            f"- {_date(ground.group, one, who, is_changed=one.id in changed)}"
            for one in [one for one in sessions if one.starts_at > ground.now][:DATES_SHOWN]
        )
        or "No session."
    )


def _date(group: Group, session: Session, who: Onlookers, *, is_changed: bool) -> str:
    moment, home = session.starts_at, home_of(group, session)
    habit = who.lead.habit_on(home.zone)
    day = spoken_day(moment, habit)
    clocks = spoken_clocks(moment, habit, who.readers(home.zone), home_name=home.city)
    number = f"#{session.number}" if session.id else "extra"
    line = f"{number} · {escape(day)}, {escape(clocks)}"
    if session.talks:
        titles = " · ".join(escape(shorten(talk.title, 30)) for talk in session.talks)
        line += f": {titles}"
    if is_changed:
        line = f"**{number}** ·{line.partition('·')[2]} ✏️"
    flag = night_flag(night_share(who.zones, moment))
    return f"{line} · {flag}" if flag else line


def _warnings(group: Group, plan: Plan, who: Onlookers) -> list[str]:
    found = [
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
    return ["\n".join(found)] if found else []


def _moment(group: Group, ours: Session, session: Session, who: Onlookers) -> str:
    """When the session is, on the clock of one of ours."""
    home = home_of(group, ours)
    return escape(spoken_moment(session.starts_at, who.lead.habit_on(home.zone), home.city))


def _buttons(proposal: Proposal) -> tuple[Button, ...]:
    labels = {
        (Bend.MOVE, Way.ONE): "Move only this one",
        (Bend.MOVE, Way.REST): "Shift this and the rest",
        (Bend.SKIP, Way.AWAY): "Let the next one step in",
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
    between = (Button(label=other[0], action=_show(proposal, other[1])),) if other else ()
    return (do, *between, _leave(proposal))


def _show(proposal: Proposal, way: Way, talk_id: int = 0) -> str:
    return action("bend", proposal.id, "show", way, talk_id)


def _leave(proposal: Proposal) -> Button:
    label = "Leave it out" if proposal.bend is Bend.ADD else "Leave it as it is"
    return Button(label=label, action=action("bend", proposal.id, "leave", Way.ASK, 0))


def left_card() -> Card:
    """The lead thought better of it."""
    return Card(title="Nothing has changed", body=("The calendar stays as it was.",))
