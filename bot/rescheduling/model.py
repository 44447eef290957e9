"""Bending a calendar, as values: what is proposed, the calendar as it stands, what is to change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from bot.audit.model import ActKind
from bot.errors import Refusal
from bot.groups.model import Group, Home
from bot.groups.pattern import Pattern
from bot.members.model import Member
from bot.places.spoken import Habit
from bot.sessions.away import DaysAway
from bot.sessions.model import Session, SessionState, Talk

ACT_NOTICE = "act_notice"
"""The job that tells the channel, once, what an act has changed."""


class Bend(StrEnum):
    """What a lead asked for."""

    MOVE = "move"
    SKIP = "skip"
    CANCEL = "cancel"
    ADD = "add"


class Way(StrEnum):
    """Which of the ways of doing it; `ASK` while the lead has not said."""

    ASK = "ask"
    ONE = "one"
    REST = "rest"
    AWAY = "away"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a lead asked for and was shown; nothing has happened until it is confirmed.

    `wall` and `fold` are the new time, `zone` that of an extra session, `ground` the fingerprint of
    the calendar as it was shown, `act_id` what it became. `way` and `talk_id` say how, and are the
    button's to remember.
    """

    id: int
    group_id: int
    user_id: int
    bend: Bend
    made_at: datetime
    session_id: int | None = None
    wall: datetime | None = None
    fold: int = 0
    zone: str = ""
    minutes: int = 0
    reason: str = ""
    ground: str = ""
    act_id: int | None = None
    way: Way = Way.ONE
    talk_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A group's calendar as it stands.

    `sessions` are the planned ones that have not ended, soonest first. `occurrences` are the
    pattern's dates by session, those of cancelled sessions too. `away` knows when its speakers are.
    Refusals are for the `lead`.
    """

    group: Group
    sessions: tuple[Session, ...]
    occurrences: Mapping[int, datetime]
    now: datetime
    lead: Member | None = None
    away: DaysAway = field(default_factory=DaysAway)

    def can_give(self, talk: Talk, session: Session) -> bool:
        """Whether the talk's speaker is there on the day of that session."""
        return not self.away.misses(talk.speaker_id, session.starts_at, session.zone)

    def habit_in(self, home: Home) -> Habit:
        """How refusals write the time of that home: as the lead does, else as the group."""
        return self.lead.habit_on(home.zone) if self.lead else self.group.habit_in(home)

    @property
    def fingerprint(self) -> str:
        """The same for as long as nothing has changed that a lead is shown."""
        seen = [
            (one.id, one.starts_at.isoformat(), one.minutes, [talk.id for talk in one.talks])
            for one in self.sessions
        ]
        pattern = self.group.pattern
        days_off = sorted(pattern.holidays)
        ruled = pattern.with_days_off(pattern.breaks, ())
        away = sorted(self.away.spans.items())
        shown = f"{ruled!r}|{days_off!r}|{self.group.talks_per_session}|{seen!r}|{away!r}"
        return blake2b(shown.encode(), digest_size=12).hexdigest()

    def session(self, session_id: int | None) -> Session:
        """The planned session; refuses one that is not planned any more."""
        for one in self.sessions:
            if one.id == session_id:
                return one
        raise Refusal(f"That session of {self.group.name} is not planned any more.")

    def later_than(self, session: Session) -> tuple[Session, ...]:
        """The planned sessions after this one."""
        return tuple(one for one in self.sessions if one.starts_at > session.starts_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to change: `sessions` as they will be, with their talks, and only those that change.

    A session with id 0 is new. `folds` are theirs by id where not 0. `waiting` are ids of talks
    that are promised a seat. `stays` were moved by hand, and do not follow a shift.
    """

    kind: ActKind
    sessions: tuple[Session, ...]
    folds: Mapping[int, int] = field(default_factory=dict)
    occurrences: Mapping[int, datetime] = field(default_factory=dict)
    waiting: tuple[int, ...] = ()
    pattern: Pattern | None = None
    stays: tuple[Session, ...] = ()

    def calendar_after(self, ground: Ground) -> list[Session]:
        """The planned sessions once it is done."""
        changed = {one.id: one for one in self.sessions}
        kept = [changed.pop(one.id, one) for one in ground.sessions]
        return [one for one in [*kept, *changed.values()] if one.state is SessionState.PLANNED]
