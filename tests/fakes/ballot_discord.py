"""The reactions under one ballot in a small Discord, and the events that tell of them.

Events may be lost with their session, come twice, and come late. One order is kept: a doubled
event comes before any other about the same reaction.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.ballots.machine import EventKind, Key, VoteEvent
from bot.messenger import Membership, Vote

OWN, ROBOT, NEWCOMER = 90, 91, 4
PEOPLE = (1, 2, 3, NEWCOMER)
LETTERS = {"A": 1, "B": 2}
"""Each letter with its pitch."""

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LONG_AGO, SINCE = NOON - timedelta(days=9), NOON + timedelta(hours=1)


class Gone(Exception):
    """The message was deleted."""


class Forbidden(Exception):
    """A permission was taken away."""


@dataclass(slots=True)
class Discord:
    """`told` is how things stand by the events that have been delivered in this session."""

    reactions: set[Key] = field(default_factory=set)
    pending: deque[VoteEvent] = field(default_factory=deque)
    latest: dict[Key, VoteEvent] = field(default_factory=dict)
    told: set[Key] = field(default_factory=set)
    stale: dict[str, int] = field(default_factory=dict)
    members: dict[int, Membership] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    is_there: bool = True
    is_allowed: bool = True

    def call(self) -> None:
        """What every call meets first."""
        if not self.is_allowed:
            raise Forbidden
        if not self.is_there:
            raise Gone

    def send(self, kind: EventKind, key: Key | None = None, letter: str | None = None) -> None:
        """An event sets out."""
        event = VoteEvent(
            kind=kind,
            user_id=key.user_id if key else None,
            emoji=key.emoji if key else letter,
            is_super=key.is_super if key else False,
            received_at=NOON,
        )
        self.pending.append(event)
        if key:
            self.latest[key] = event
        else:
            self.latest = {one: e for one, e in self.latest.items() if not event.clears(one)}

    def toggle(self, key: Key) -> None:
        """Somebody clicks."""
        is_added = key not in self.reactions
        self.reactions ^= {key}
        self.stale.setdefault(key.emoji, 1)  # a count that is never brought up to date
        self.send(EventKind.ADD if is_added else EventKind.REMOVE, key)

    def clear(self, letter: str | None) -> None:
        """A moderator takes all reactions away, or those with one letter."""
        self.reactions = {one for one in self.reactions if letter and one.emoji != letter}
        self.send(EventKind.CLEAR_EMOJI if letter else EventKind.CLEAR, None, letter)

    def new_session(self) -> None:
        """What was on its way is lost."""
        self.pending.clear()
        self.latest.clear()
        self.told = set(self.reactions)

    def deliver(self) -> VoteEvent:
        """The next event arrives."""
        event = self.pending.popleft()
        if event.kind is EventKind.CLEAR:
            self.told.clear()
        elif event.kind is EventKind.CLEAR_EMOJI:
            self.told = {one for one in self.told if one.emoji != event.emoji}
        elif event.key is not None:
            (self.told.add if event.kind is EventKind.ADD else self.told.discard)(event.key)
        return event

    def seeds(self) -> set[str]:
        """The letters with which the bot itself has reacted."""
        return {one.emoji for one in self.reactions if one.user_id == OWN}


def read(discord: Discord, letter: str, is_super: bool) -> set[Vote]:
    """Everybody's reactions of one kind with one letter."""
    discord.call()
    return {
        Vote(user_id=user_id, emoji=emoji, is_super=kind, is_bot=user_id in (OWN, ROBOT))
        for user_id, emoji, kind in discord.reactions
        if (emoji, kind) == (letter, is_super)
    }


def memberships(discord: Discord, user_ids: Iterable[int]) -> Mapping[int, Membership]:
    """Those who are there, with what is known of them."""
    return {one: discord.members[one] for one in user_ids if one in discord.members}
