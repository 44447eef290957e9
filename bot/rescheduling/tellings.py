"""An act in words: for the channel, for the list of what was done, and for the lead who did it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.audit.model import Act, ActKind
from bot.cards import Button, Card, Tone, action, person_link, spoken_list, stamp
from bot.groups.model import Group, Home
from bot.places.spoken import Habit
from bot.rescheduling.model import Ground, Plan
from bot.sessions.model import Session, SessionState, SessionView, Talk
from bot.sessions.notice_words import notice_card
from bot.sessions.rhythm_words import rhythm_card, spoken_change_of_city
from bot.sessions.words import (
    answer_buttons,
    session_title,
    spoken_people_clocks,
    spoken_talks,
)
from bot.text import escape, shorten

ACTS_SHOWN = 8

ACT_ROOM = 330
"""Characters of one act's words: with a page of them and the last undone, a card is full."""

TOOK_BACK = "took back: "

ABOUT_UNDO = (
    "What is taken back in the calendar is told in the channel once, and can be taken back itself. "
    "What has no Undo has changed again since, has begun, or can't be taken back."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A session that an act touched: when and whether it was before, and how it is now.

    `was_at` is None for a session that did not take place before.
    """

    view: SessionView
    was_at: datetime | None
    has_other_talks: bool

    @property
    def has_other_time(self) -> bool:
        """Whether it is not at its time, or no longer takes place."""
        session = self.view.session
        return session.state is SessionState.CANCELLED or self.was_at != session.starts_at


def shifts_of(act: Act, views: Mapping[int, SessionView]) -> list[Shift]:
    """The sessions that the act touched and of which people should hear, soonest first."""
    before = {one.row_id: one.before for one in act.changes if one.table == "session"}
    seated = {
        side["session_id"]
        for one in act.changes
        if one.table == "talk"
        for side in (one.before, one.after)
        if side
    }
    found = []
    for session_id, view in views.items():
        was = before.get(session_id, {"state": view.session.state})
        is_known = was is not None and was["state"] == SessionState.PLANNED
        was_at = view.session.starts_at
        if was and "starts_at" in was:
            was_at = datetime.fromisoformat(was["starts_at"])
        shift = Shift(
            view=view,
            was_at=was_at if is_known else None,
            has_other_talks=session_id in seated,
        )
        is_at = view.session.starts_at if view.session.state is SessionState.PLANNED else None
        if shift.has_other_talks or shift.was_at != is_at:
            found.append(shift)
    return sorted(found, key=lambda shift: shift.view.session.starts_at)


def act_card(group: Group, act: Act, shifts: Sequence[Shift], now: datetime) -> Card:
    """What the channel hears of an act: one message, however many sessions it touched."""
    first = shifts[0].view
    if act.kind in (ActKind.MOVE, ActKind.CANCEL):
        return notice_card(group, first)
    is_one_to_come = len(shifts) == 1 and first.session.state is SessionState.PLANNED
    name = escape(group.name)
    habit = group.habit_at(now)
    clocks: dict[str, list[str]] = {}
    for one in shifts:
        if one.has_other_time:
            said = spoken_people_clocks(group, one.view, habit)
            clocks.setdefault(said, []).append(f"#{one.view.session.number}")
    shared = _shared(clocks)
    lines = [_line(group, shift, None if shared else habit) for shift in shifts]
    titles = {
        ActKind.SHIFT: f"↪️ {name} moves, from #{first.session.number} on",
        ActKind.SKIP: f"⏭️ {name} skips a meeting",
        ActKind.AWAY: f"🔁 Other speakers in {name}",
        ActKind.ADD: f"➕ {session_title(group, first.session)}: an extra session",
        ActKind.UNDO: f"↩️ {name}: a change is taken back",
    }
    return Card(
        title=titles.get(act.kind, f"📅 {name} has other dates"),
        body=(
            *_spoken_city(group, act, now),
            "\n".join(lines),
            *(["\n".join(shared)] if shared else []),
        ),
        tone=Tone.WARNING,
        buttons=answer_buttons(first.session, first) if is_one_to_come else (),
    )


def _shared(clocks: Mapping[str, Sequence[str]]) -> list[str]:
    """A line for each of the clocks, by the sessions' numbers; none where each has its own."""
    if all(len(numbers) == 1 for numbers in clocks.values()):
        return []
    if len(clocks) == 1:
        return [f"🕑 {said}" for said in clocks]
    return [f"🕑 {spoken_list(numbers)}: {said}" for said, numbers in clocks.items()]


def taken_back_card(group: Group, act: Act, ahead: Sequence[Session], now: datetime) -> Card:
    """What the channel hears where an edit of the pattern is taken back, and no session moves."""
    title = f"↩️ {escape(group.name)}: a change is taken back"
    card = rhythm_card(group, ahead, (), now)
    city = [said for said in _spoken_city(group, act, now) if said not in card.body]
    return replace(card, title=title, body=(*city, *card.body))


def _spoken_city(group: Group, act: Act, now: datetime) -> list[str]:
    """By which city's clock the group goes on, where the act has changed that."""
    for one in act.changes:
        if one.table == "reading_group" and one.before and "zone" in one.before:
            was = Home(city=one.before["city"], zone=one.before["zone"])
            if was.name != group.pattern.home.name:
                return [spoken_change_of_city(group, was, now)]
    return []


def _line(group: Group, shift: Shift, habit: Habit | None) -> str:
    """What became of the session, and its clocks as `habit` writes hours; none without it."""
    session = shift.view.session
    number = f"**#{session.number}**"
    clocks = f"\n🕑 {spoken_people_clocks(group, shift.view, habit)}" if habit else ""
    if session.state is SessionState.CANCELLED:
        return f"{number} no meeting on {stamp(session.starts_at)}{clocks}"
    if shift.was_at is None:
        line = f"{number} takes place: {stamp(session.starts_at)}{clocks}"
    elif shift.was_at != session.starts_at:
        line = f"{number} ~~{stamp(shift.was_at)}~~ → {stamp(session.starts_at)}{clocks}"
    else:
        line = f"{number} {stamp(session.starts_at)}"
    return f"{line}\n{spoken_talks(session)}" if shift.has_other_talks else line


def what_was_done(ground: Ground, plan: Plan, number: int) -> str:
    """The act in a few words, for the list of acts; `number` is that of the session meant."""
    known = {one.id: one for one in ground.sessions}
    first = plan.sessions[0]
    day = stamp(first.starts_at, "D")
    match plan.kind:
        case ActKind.MOVE:
            was = known[first.id]
            return f"moved #{number} from {stamp(was.starts_at)} to {stamp(first.starts_at)}"
        case ActKind.SHIFT:
            was = known[first.id]
            return (
                f"shifted #{number} and the rest: from {stamp(was.starts_at)} to "
                f"{stamp(first.starts_at)}"
            )
        case ActKind.SKIP:
            return f"skipped #{number} ({day})"
        case ActKind.AWAY:
            return _who_speaks(ground, first)
        case ActKind.CANCEL:
            reason = f": {escape(shorten(first.reason, 60))}" if first.reason else ""
            return f"cancelled #{number} ({day}){reason}"
        case _:
            return f"added #{number}: {stamp(first.starts_at)}"


def _who_speaks(ground: Ground, session: Session) -> str:
    """Whose talk is given in the session instead of another's, else whose was put off."""
    before = ground.session(session.id).talks
    new, gone = _not_among(session.talks, before), _not_among(before, session.talks)
    if new:
        return f"let somebody else speak in #{session.number}: {spoken_list(new)}"
    return f"put off a talk of #{session.number}: {spoken_list(gone)}"


def _not_among(talks: Sequence[Talk], others: Sequence[Talk]) -> list[str]:
    """The titles of those that are not among the others."""
    ids = {talk.id for talk in others}
    return [escape(shorten(talk.title, 60)) for talk in talks if talk.id not in ids]


def spoken_undo(act: Act) -> str:
    """What taking the act back comes to, to follow the lead's name: undone twice, it is done."""
    if act.what.startswith(TOOK_BACK):
        return f"did again: {act.what.removeprefix(TOOK_BACK)}"
    return f"{TOOK_BACK}{act.what.removeprefix('did again: ')}"


def acts_card(
    group: Group, acts: Sequence[Act], undoable: Collection[int], page: int = 1, note: str = ""
) -> Card:
    """What leads did to the group and its calendar, a page of it, the newest first.

    `acts` are those of the page and of what comes after it; those in `undoable` have an Undo.
    """
    shown, begin = acts[:ACTS_SHOWN], (page - 1) * ACTS_SHOWN + 1
    head = [shorten(note, ACT_ROOM)] if note else []
    if not shown:
        head.append("Nothing was done here yet." if page == 1 else "Nothing earlier is remembered.")
    buttons = [
        Button(
            label=f"Undo {number}",
            action=action("undo", act.id),
            emoji="↩️",
            beside=len(head) + number - begin,
        )
        for number, act in enumerate(shown, begin)
        if act.id in undoable
    ]
    if page > 1:
        buttons.append(Button(label="Newer", action=action("acts", group.id, page - 1), emoji="◀️"))
    if len(acts) > len(shown):
        buttons.append(Button(label="Older", action=action("acts", group.id, page + 1), emoji="▶️"))
    return Card(
        title=f"🗒️ What leads did in {escape(group.name)}",
        body=(*head, *(_act_line(number, act) for number, act in enumerate(shown, begin))),
        small=_about_undo(shown, undoable),
        tone=Tone.SESSION,
        buttons=tuple(buttons),
    )


def _about_undo(shown: Sequence[Act], undoable: Collection[int]) -> str | None:
    if not shown:
        return None
    is_one_undoable = any(act.id in undoable for act in shown)
    return ABOUT_UNDO if is_one_undoable else "None of these can be taken back (any more)."


def _act_line(number: int, act: Act) -> str:
    """Who did what, and below when, as each reader writes time."""
    when = f"{stamp(act.done_at, 'f')} · {stamp(act.done_at, 'R')}"
    undone = " · taken back" if act.is_undone else ""
    return (
        f"**{number}.** {person_link(act.user_id)} {shorten(act.what, ACT_ROOM)}\n-# {when}{undone}"
    )


def done_card(group: Group, plan: Plan, sessions: Sequence[Session]) -> Card:
    """What the lead sees when it is done; `sessions` are those that changed, as they are now."""
    titles = {
        ActKind.SHIFT: "↪️ Shifted",
        ActKind.SKIP: "⏭️ Skipped",
        ActKind.AWAY: "🔁 Talks changed",
        ActKind.CANCEL: "🚫 Cancelled",
        ActKind.ADD: "➕ Added",
    }
    lines = [
        f"**#{one.number}** "
        + (
            f"no meeting on {stamp(one.starts_at)}"
            if one.state is SessionState.CANCELLED
            else f"{stamp(one.starts_at)}" + (f"\n{spoken_talks(one)}" if one.talks else "")
        )
        for one in sessions
    ]
    return Card(
        title=f"{titles[plan.kind]}: {escape(group.name)}",
        body=("\n".join(lines),),
        small="The channel is told. `/audit` takes it back.",
        tone=Tone.DONE,
    )
