"""What a lead is shown before anything happens, and what became of it."""

from bot.audit.model import ActKind
from bot.cards import Button, ButtonStyle, Card, Tone, action
from bot.members.model import Member
from bot.members.words import spoken_reading
from bot.pitches.words import spoken_speaker
from bot.rescheduling.consequences import title_of, warnings, what_happens
from bot.rescheduling.model import Bend, Ground, Plan, Proposal, Way
from bot.rescheduling.moving import has_rest
from bot.rescheduling.skipping import Absence, absence_of, talk_of
from bot.sessions.model import Session, SessionState, home_of
from bot.sessions.onlookers import Onlookers
from bot.sessions.preview import Row, meeting_of, spoken_rows
from bot.sessions.words import session_title
from bot.text import escape, shorten

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
            _meeting_stays(absence) if absence else what_happens(ground, plan),
            *spoken_rows(_rows(ground, plan), who),
            *warnings(ground, plan, who),
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
    title, other = title_of(absence.talk), absence.stand_in
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
        f"{title_of(other)}, and {title} goes there."
    )


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
