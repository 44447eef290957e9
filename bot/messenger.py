"""The one outgoing port: everything Lectern asks of a chat system, and how it may say no."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.cards import Card


class DeliveryProblem(Exception):
    """The chat system would not do it."""


class PlaceGone(DeliveryProblem):
    """The channel, forum or server no longer exists for us."""


class MessageGone(DeliveryProblem):
    """The message, thread or event was deleted."""


class NotAllowed(DeliveryProblem):
    """A permission is missing; `permissions` names those that are, as Discord writes them."""

    def __init__(self, permissions: Sequence[str] = ()) -> None:
        super().__init__(", ".join(permissions))
        self.permissions = tuple(permissions)


class DirectMessagesClosed(DeliveryProblem):
    """This person can't be written to directly: closed, no server in common, or no account."""


class PlaceFull(DeliveryProblem):
    """A limit that leads can do something about: too many events, threads or reactions."""


class TryLater(DeliveryProblem):
    """A passing fault: rate limit, time-out, server error; ask again after `delay`."""

    def __init__(self, reason: str, delay: timedelta | None = None) -> None:
        super().__init__(reason)
        self.delay = delay


class RouteLimited(TryLater):
    """The rate limit of one kind of call: others may go on."""


class Barred(TryLater):
    """We are asked to stop calling altogether: whoever goes on is shut out for longer."""


class TooManyDirects(TryLater):
    """Direct-message channels are being opened too fast."""


class TokenRefused(Exception):
    """Our token is no longer valid: nothing can be done before an operator brings a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's reaction to one emoji of a message; bots are told apart.

    A normal and a super reaction of the same person are two, taken back one by one.
    """

    user_id: int
    emoji: str
    is_bot: bool
    is_super: bool = False


EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Turn:
    """Where calls about reactions stand in line: the lowest first, then the older message."""

    rank: int
    moment: datetime = EVER


POSTING = Turn(rank=1)
RECONCILE = Turn(rank=2)


def close_at(moment: datetime) -> Turn:
    """Before everything else but the closes of earlier moments."""
    return Turn(rank=0, moment=moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Somebody in a server: since when, as its chat system says, and with which roles."""

    joined_at: datetime | None
    role_ids: frozenset[int] = frozenset()
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPlan:
    """What a native event should show. `location` is text, at most 100 characters.

    A channel's link as the location leaves an event there that the channel hosts.
    """

    name: str
    description: str
    starts_at: datetime
    ends_at: datetime
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeEvent:
    """A server's event that is to come or runs, as it stands there now.

    `shows` ends when it starts where nobody has set an end; its location is the link of the
    channel that hosts it, if one does. `interested` is how many have pressed that they are.
    """

    id: int
    shows: EventPlan
    is_ours: bool
    is_running: bool = False
    interested: int = 0


class Need(StrEnum):
    """What a place is to be used for; the messenger knows which permissions that takes."""

    TALK = "talk"
    VOTE = "vote"
    THREADS = "threads"
    POSTS = "posts"
    EVENTS = "events"
    PICTURES = "pictures"


class Messenger(Protocol):
    """Acts on the chat system. Every method raises `DeliveryProblem`s, or `TokenRefused`.

    Anything else is a bug. `nonce` (at most 25 characters) makes a repeated call within Discord's
    window one message and is found again by `find_message`, `find_discussions`. Calls about
    reactions go one by one, all over the process, in the order of their `turn`.
    """

    async def say(
        self, channel_id: int, card: Card, *, nonce: str, mentions: Collection[int] = ()
    ) -> int | None:
        """The id of the new message; only the people in `mentions` may be pinged.

        Where we may not attach files it is said without its pictures.
        None when it was said by an earlier call and somebody has deleted it since: that is said.
        """
        ...

    async def open_direct(self, user_id: int) -> int:
        """The id of the channel for direct messages with one person, always the same one."""
        ...

    async def edit(
        self, channel_id: int, message_id: int, card: Card, *, nonce: str | None = None
    ) -> None:
        """Replace a card of our own; `nonce` keeps it findable as the one it was sent with."""
        ...

    async def find_message(self, channel_id: int, nonce: str, *, since: datetime) -> int | None:
        """The id of our own message that carries `nonce`, sent at `since` or later."""
        ...

    async def open_discussion(
        self,
        channel_id: int,
        title: str,
        card: Card,
        *,
        nonce: str,
        mentions: Collection[int] = (),
    ) -> int:
        """The id of the new forum post, or of a public thread where `channel_id` is no forum.

        Raises PlaceFull where the server has as many open threads as it may, and MessageGone
        where somebody has deleted the message that the thread would hang on.
        """
        ...

    async def open_thread(self, channel_id: int, message_id: int, title: str) -> int:
        """The id of the one thread under a message of a channel, opened now or long ago.

        Raises PlaceFull and MessageGone likewise.
        """
        ...

    async def find_discussions(self, channel_id: int, title: str, *, nonce: str) -> tuple[int, ...]:
        """Our own posts of that title that carry `nonce`, archived ones included, oldest first.

        None of a channel's threads: a message has only one, so there is nothing to choose from.
        """
        ...

    async def remove_discussion(self, discussion_id: int) -> None:
        """Take a post away, or at least empty and close it; harmless where it is gone."""
        ...

    async def mirror_event(self, server_id: int, event_id: int | None, plan: EventPlan) -> int:
        """The id of the native event made (`event_id` None) or brought up to date.

        Raises PlaceFull where the server has as many events as it may.
        """
        ...

    async def list_events(self, server_id: int) -> tuple[NativeEvent, ...]:
        """Everybody's events that are to come or run, oldest first."""
        ...

    async def interested_in(self, server_id: int, event_id: int) -> frozenset[int]:
        """The people who have pressed that an event interests them, read to the last page."""
        ...

    async def remove_event(self, server_id: int, event_id: int) -> None:
        """Take a native event away; harmless where it is gone."""
        ...

    async def seed_reactions(
        self, channel_id: int, message_id: int, emojis: Sequence[str], *, turn: Turn = RECONCILE
    ) -> None:
        """Put our own reactions under a message; harmless where they are there.

        Raises PlaceFull where others have used up the kinds of reaction that a message may have.
        """
        ...

    async def own_reactions(
        self, channel_id: int, message_id: int, *, turn: Turn = RECONCILE
    ) -> frozenset[str]:
        """The emojis with which we have reacted to the message."""
        ...

    async def read_votes(
        self, channel_id: int, message_id: int, emojis: Sequence[str], *, turn: Turn = RECONCILE
    ) -> frozenset[Vote]:
        """Everybody's reactions with these emojis, normal and super, read to the last page."""
        ...

    async def present_members(self, server_id: int, user_ids: Collection[int]) -> frozenset[int]:
        """Those of `user_ids` who are in the server now."""
        ...

    async def memberships(
        self, server_id: int, user_ids: Collection[int]
    ) -> Mapping[int, Membership]:
        """The same, each with what the server knows of them."""
        ...

    async def missing_permissions(
        self, channel_id: int, needs: Collection[Need]
    ) -> tuple[str, ...]:
        """Names of the permissions that we lack there, as Discord's settings write them.

        Raises PlaceGone where the channel was deleted.
        """
        ...
