"""A reading group, its meeting pattern, and the rules for what a lead may enter."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.groups.home import Home as Home  # noqa: PLC0414 - a group's own word
from bot.groups.pattern import Pattern as Pattern  # noqa: PLC0414 - a group's own word
from bot.members.model import STANDARD_LEADS
from bot.places.spoken import Habit
from bot.places.wall import resolve
from bot.places.written import read_wall
from bot.text import clean_block, clean_line, quote

NAME_LIMIT = 60
"""Room for "#12: " and two short titles in the 100 characters of a native event's name."""

PLACE_LIMIT = 100
ABOUT_LIMIT = 600
HORIZON = 6
"""How many sessions stand in the calendar ahead of time."""


MATERIALISE = "materialise"
"""The job, done by the sessions' room, that puts a group's next meetings into the calendar."""


LEAD_NEWS = "lead_news"
"""The job that tells those whom an act made leads, or leads no longer."""

DETAILS = "group_details"
"""The job, done by the sessions' room, that takes a group's new name, words or place to where they
show; its subject is the act of the edit.
"""

WELCOME_REDRAW = "welcome_redraw"
"""The job that writes the group's first words in its channel anew."""

ON_BALLOT = "group_renamed"
"""The job, done by the ballots' room, that draws a ballot which is open anew: the group's name, or
the sessions that it fills, have changed.
"""

LEADS_CHANGED = "group_leads"
"""The job, done by the ballots' room, that takes what only leads see from whoever leads no more."""


class GroupState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"


class BallotRule(StrEnum):
    """How winners are found; `bot.ballots.tally` has the rules themselves."""

    FAIR_TURNS = "fair_turns"
    MOST_VOTES = "most_votes"
    FAIR_THIS_BALLOT = "fair_this_ballot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One reading group. `channel_id` is its home; without a forum, talks get threads there."""

    id: int
    server_id: int
    name: str
    about: str = ""
    state: GroupState
    creator_id: int
    pattern: Pattern
    talks_per_session: int = 2
    channel_id: int
    forum_id: int | None = None
    meeting_place: str = ""
    locale: str = "en-US"
    lead_minutes: tuple[int, ...] = STANDARD_LEADS
    rule: BallotRule = BallotRule.FAIR_TURNS
    lead_ids: frozenset[int] = field(default_factory=frozenset)

    def home_at(self, moment: datetime) -> Home:
        """Where the group is at home at that instant: whose clock says when it is."""
        return self.pattern.rhythm_in_force(moment).home.clock

    def habit_in(self, home: Home) -> Habit:
        """How the group's own cards write the time of that home."""
        return Habit(locale=self.locale, hour_cycle=None, zone=home.zone)

    def habit_at(self, moment: datetime) -> Habit:
        """The same for the home of that instant."""
        return self.habit_in(self.home_at(moment))

    @property
    def where(self) -> str:
        """What a native event shows as its place."""
        return self.meeting_place or f"{self.name} on Discord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A trouble of the group that its leads should hear of; `text` says what to do."""

    group_id: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupForm:
    """What a lead typed, exactly as typed."""

    name: str
    city: str
    first_session: str
    meeting_place: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupChange:
    """What a lead picked on the setup card; None leaves a thing as it is."""

    every_weeks: int | None = None
    minutes: int | None = None
    talks_per_session: int | None = None
    channel_id: int | None = None
    forum_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange:
    """What a lead changes of a published group; None leaves a thing as it is.

    Its words are exactly as typed.
    """

    name: str | None = None
    about: str | None = None
    meeting_place: str | None = None
    channel_id: int | None = None
    forum_id: int | None = None
    """0 for threads of the home channel."""
    lead_minutes: tuple[int, ...] | None = None
    rule: BallotRule | None = None
    """Of the next ballots: one that is open keeps the rule that stands on it."""

    def apply_to(self, group: Group) -> Group:
        """The group so changed; refuses words that a new group may not have either."""
        place = self.meeting_place
        leads = group.lead_minutes if self.lead_minutes is None else self.lead_minutes
        return replace(
            group,
            name=group.name if self.name is None else check_name(self.name),
            about=group.about if self.about is None else check_about(self.about),
            meeting_place=group.meeting_place if place is None else check_meeting_place(place),
            channel_id=self.channel_id or group.channel_id,
            rule=self.rule or group.rule,
            forum_id=group.forum_id if self.forum_id is None else self.forum_id or None,
            lead_minutes=tuple(sorted(leads, reverse=True)),
        )


def check_name(text: str) -> str:
    """The group's name, cleaned; refuses an empty or over-long one."""
    name = clean_line(text)
    if not name:
        raise Refusal("A group needs a name: give it one, such as “ML Theory”.")
    if not any(character.isalpha() for character in name):
        raise Refusal(f"{quote(name)} has no letter in it: a group's name needs one.")
    if len(name) > NAME_LIMIT:
        raise Refusal(
            f"{quote(name, 20)} has {len(name):,} characters; a group's name has at most "
            f"{NAME_LIMIT}."
        )
    return name


def check_about(text: str) -> str:
    """What the group is about, cleaned; refuses more than fits a card."""
    about = clean_block(text)
    if len(about) > ABOUT_LIMIT:
        raise Refusal(
            f"What the group is about has {len(about):,} characters; keep it to {ABOUT_LIMIT}."
        )
    return about


def check_meeting_place(text: str) -> str:
    """Where the group meets, cleaned; refuses what a native event can't show."""
    place = clean_line(text)
    if len(place) > PLACE_LIMIT:
        raise Refusal(
            f"{quote(place, 20)} has {len(place):,} characters; a meeting place has at most "
            f"{PLACE_LIMIT}."
        )
    return place


def check_first_session(text: str, zone: str, now: datetime, locale: str = "en-US") -> datetime:
    """The naive wall time of the first session, which must lie ahead within two years."""
    habit = Habit(locale=locale, hour_cycle=None, zone=zone)
    wall = read_wall(text, habit, now)
    try:
        starts_at = resolve(wall, zone).starts_at
    except OverflowError:
        raise Refusal(f"{quote(text, 40)} is outside of any calendar: check the year.") from None
    if starts_at <= now:
        raise Refusal(f"{quote(text, 40)} has passed already: give a first session that is ahead.")
    if starts_at > now + timedelta(days=731):
        raise Refusal(f"{quote(text, 40)} is more than two years away: check the year.")
    return wall
