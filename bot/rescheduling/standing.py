"""Whether an act can be taken back: only where all that it changed still is as it left it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from bot.audit.model import Act, Change, Rows
from bot.audit.store import decoded
from bot.database import Tx
from bot.errors import Refusal
from bot.groups.access import NAME_TAKEN, refuse_leadless
from bot.groups.edits import SETTINGS, words_changed
from bot.groups.model import Group
from bot.groups.pattern import Pattern
from bot.groups.rhythms import EARLIER, pattern_in
from bot.groups.store import GROUPS, LEADS, groups_in, name_key
from bot.rescheduling import store
from bot.rescheduling.model import Ground
from bot.rescheduling.moving import refuse_clash
from bot.sessions.model import Session, SessionState
from bot.sessions.store import SESSIONS, get_sessions
from bot.sessions.watched import read_changed, read_pattern
from bot.text import quote

NOTED = "That can't be taken back: it is only told here that it was done."

GROWN = (
    "The calendar has grown by another session since, so that can't be taken back: shift it back "
    "with `/session move` instead."
)

GROWN_ELSEWHERE = (
    "The calendar has grown by another session since, so that can't be taken back: give the group "
    "its city with `/group edit` instead."
)

COMPARED = {"talk": ("session_id", "position")}
"""What must not have changed since, where it is not all that is watched: where a talk is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How all that some acts of a group have changed is by now.

    `rows` are the rows that they changed, `sessions` those of them that are sessions, `seats` the
    talks of all sessions that they took a talk from, `pattern` the rows of the group's pattern.
    `names` are those of the server's other groups, as `name_key` has them.
    """

    ground: Ground
    rows: Rows
    sessions: Mapping[int, Session]
    seats: Mapping[int, tuple[int, int]]
    pattern: Rows
    names: frozenset[str]

    def refuse_undo(self, act: Act) -> None:
        """Refuses to take the act back, with what speaks against it."""
        if act.is_undone:
            raise Refusal("That has been taken back already.")
        if not act.changes:
            raise Refusal(NOTED)
        self._refuse_changed(act)
        self._refuse_begun(act)
        self._refuse_taken(act)
        self._refuse_strays(act)
        refuse_clash(self.calendar_before(act), set(act.ids_in("session")))

    def allows_undo(self, act: Act) -> bool:
        """Whether it can be taken back."""
        try:
            self.refuse_undo(act)
        except Refusal:
            return False
        return True

    def _refuse_changed(self, act: Act) -> None:
        for one in act.changes:
            there = self.rows.get((one.table, one.row_id))
            if one.after is None:
                continue  # its number may be another row's by now, and that is no change of it
            names = COMPARED.get(one.table, tuple(one.after))
            if there is None or any(there.get(name) != one.after[name] for name in names):
                raise Refusal(
                    f"{_name_of(one, self.sessions)} has changed since, so that can't be taken "
                    "back as a whole: change it by hand."
                )

    def _refuse_begun(self, act: Act) -> None:
        for one in act.changes:
            if one.table != "session" or one.row_id not in self.sessions:
                continue
            sides = [side for side in (one.before, one.after) if side]
            is_begun = any(
                side["state"] == SessionState.PLANNED
                and datetime.fromisoformat(side["starts_at"]) <= self.ground.now
                for side in sides
            )
            if is_begun:
                number = self.sessions[one.row_id].number
                raise Refusal(
                    f"Session #{number} has begun by now, or would have: that can't be taken back."
                )

    def _refuse_taken(self, act: Act) -> None:
        """Refuses what would take what is another's by now: a name, a date, a seat, or the lead."""
        name, _ = words_changed(act.changes).get("name", ("", ""))
        if name and name_key(name) in self.names:
            raise Refusal(NAME_TAKEN.format(name))
        self._refuse_leads(act)
        if {*_dates_before(act).values()} & self._others(act):
            raise Refusal(GROWN)
        ours, back = act.ids_in("talk"), _seats_before(act)
        kept = [place for talk_id, place in self.seats.items() if talk_id not in ours]
        for session_id in {session_id for session_id, _ in back}:
            seats = sorted(seat for one, seat in [*kept, *back] if one == session_id)
            if seats != list(range(len(seats))):
                raise Refusal(
                    "A session of it has got other talks since, so that can't be taken back as a "
                    "whole: change it by hand."
                )

    def _refuse_leads(self, act: Act) -> None:
        changes = [one for one in act.changes if one.table == LEADS.name]
        come = {one.row_id for one in changes if one.before is None}
        back = {one.row_id for one in changes if one.after is None}
        group = self.ground.group
        if back & group.lead_ids:
            raise Refusal("Who was taken off leads the group again already.")
        if changes:
            refuse_leadless(replace(group, lead_ids=(group.lead_ids | back) - come))

    def _refuse_strays(self, act: Act) -> None:
        """Refuses to leave sessions behind that a shifted or moved pattern has brought since."""
        now_held, restored = self.ground.group.pattern, self.pattern_before(act)
        others = self._others(act)
        if not others or restored == now_held:
            return
        for one in self.ground.sessions:
            wall = self.ground.occurrences[one.id]
            zone = now_held.rhythm_at(wall).zone
            if wall in others and one.zone == zone != restored.rhythm_at(wall).zone:
                raise Refusal(GROWN_ELSEWHERE)
        if not _dates_before(act):
            return
        begin = min(others) - timedelta(minutes=1)
        was, will = (
            {*takewhile(lambda wall: wall <= max(others), pattern.occurrences(begin))}
            for pattern in (now_held, restored)
        )
        if (others & was) - will:
            raise Refusal(GROWN)

    def pattern_before(self, act: Act) -> Pattern:
        """When the group would meet once it is taken back."""
        before = {
            (one.table, one.row_id): one.before
            for one in act.changes
            if one.table == EARLIER.name
            or (one.table == GROUPS.name and one.before and "zone" in one.before)
        }
        if not before:
            return self.ground.group.pattern
        rows = {**self.pattern, **before}
        [newest] = [values for (table, _), values in rows.items() if table == GROUPS.name]
        earlier = [values for (table, _), values in rows.items() if table == EARLIER.name]
        return pattern_in(
            decoded(GROUPS, newest or {}), [decoded(EARLIER, one) for one in earlier if one]
        )

    def staying(self, act: Act) -> frozenset[int]:
        """The sessions that a change of the pattern has added and that are also of the pattern as
        it was: the calendar had only not got that far.
        """
        restored = self.pattern_before(act)
        if restored == self.ground.group.pattern:
            return frozenset()
        added = {one.row_id for one in act.changes if one.table == "session" and not one.before}
        return frozenset(
            one.id
            for one in self.ground.sessions
            if one.id in added and _is_of(restored, one, self.ground.occurrences[one.id])
        )

    def calendar_before(self, act: Act) -> list[Session]:
        """The planned sessions once it is taken back; what only it has added is none any more."""
        ours, now = act.ids_in("session") - self.staying(act), self.ground.now
        calendar = [one for one in self.ground.sessions if one.id not in ours]
        for one in act.changes:
            if one.table == "session" and one.before and one.row_id in self.sessions:
                kept = {name: one.before[name] for name in ("starts_at", "minutes", "state")}
                session = replace(self.sessions[one.row_id], **decoded(SESSIONS, kept))
                if session.state == SessionState.PLANNED and session.ends_at > now:
                    calendar.append(session)
        return sorted(calendar, key=lambda session: session.starts_at)

    def _others(self, act: Act) -> set[datetime]:
        """The dates of the sessions that the act did not touch."""
        ours = act.ids_in("session")
        dates = self.ground.occurrences.items()
        return {wall for session_id, wall in dates if session_id not in ours}


def _is_of(pattern: Pattern, session: Session, wall: datetime) -> bool:
    """Whether the session, whose date is `wall`, is one that the pattern would plan."""
    rhythm = pattern.rhythm_at(wall)
    said = (session.wall_start, session.zone, session.minutes)
    return pattern.has(wall) and said == (wall, rhythm.zone, rhythm.minutes)


async def read_standing(tx: Tx, group: Group, acts: Sequence[Act], now: datetime) -> Standing:
    """What the acts are held against; all are the group's."""
    changes = [one for act in acts for one in act.changes]
    ids = {one.row_id for one in changes if one.table == "session"}
    left = {session_id for act in acts for session_id, _ in _seats_before(act)}
    others = [one for one in await groups_in(tx, group.server_id) if one.id != group.id]
    return Standing(
        ground=await store.read_ground(tx, group, now),
        rows=await read_changed(tx, group.id, changes),
        sessions=await get_sessions(tx, ids),
        seats=await store.seats_of(tx, left),
        pattern=await read_pattern(tx, group.id),
        names=frozenset(name_key(one.name) for one in others),
    )


def _name_of(change: Change, sessions: Mapping[int, Session]) -> str:
    values = change.after or change.before or {}
    if change.table == "session" and change.row_id in sessions:
        return f"Session #{sessions[change.row_id].number}"
    if change.table == "talk":
        return f"The talk {quote(values['title'])}"
    if change.table == "reading_group" and values.keys() <= {*SETTINGS}:
        return "What was edited"
    names = {
        "session_event": "The event",
        "pitch": "A pitch of it",
        "group_lead": "Who leads the group",
    }
    return names.get(change.table, "The pattern of the group")


def _seats_before(act: Act) -> list[tuple[int, int]]:
    """The (session, position) of each talk that the act changed, before it did."""
    talks = [one.before for one in act.changes if one.table == "talk"]
    return [(one["session_id"], one["position"]) for one in talks if one is not None]


def _dates_before(act: Act) -> dict[int, datetime]:
    """The pattern's date of each session that the act changed, before it did."""
    return {
        one.row_id: datetime.fromisoformat(one.before["occurrence"])
        for one in act.changes
        if one.table == "session" and one.before is not None
    }
