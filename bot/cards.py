"""What Lectern says, apart from how Discord draws it: `cogs.look` turns a card into components."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from bot.errors import Refusal


class Tone(StrEnum):
    """What a card is about, at a glance; `cogs.look` gives each tone its colour."""

    PLAIN = "plain"
    PITCH = "pitch"
    BALLOT = "ballot"
    SESSION = "session"
    DISCUSSION = "discussion"
    DONE = "done"
    WARNING = "warning"


class ButtonStyle(StrEnum):
    PRIMARY = "primary"
    PLAIN = "plain"
    GOOD = "good"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Either an `action` that comes back to us (see `action`), or a `url`.

    It stands below the card, or `beside` the paragraph of its body of that index.
    """

    label: str
    action: str | None = None
    url: str | None = None
    style: ButtonStyle = ButtonStyle.PLAIN
    emoji: str | None = None
    beside: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    label: str
    value: str
    description: str | None = None
    is_chosen: bool = False


class PickKind(StrEnum):
    """What a pick list offers: our own options, or the server's channels of one kind."""

    OPTIONS = "options"
    TEXT_CHANNEL = "text_channel"
    FORUM = "forum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A drop-down list."""

    action: str
    prompt: str
    kind: PickKind = PickKind.OPTIONS
    options: tuple[Option, ...] = ()
    chosen_id: int | None = None
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG; `alt` says all that it shows, in at most 1,024 characters."""

    name: str
    content: bytes
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One thing said. Texts are Discord Markdown: members' words in them are already escaped."""

    title: str
    body: tuple[str, ...] = ()
    small: str | None = None
    tone: Tone = Tone.PLAIN
    buttons: tuple[Button, ...] = ()
    picks: tuple[Pick, ...] = ()
    files: tuple[Attachment, ...] = ()
    pictures: tuple[Picture, ...] = ()

    def with_body(self, *paragraphs: str) -> Self:
        """The same card with further paragraphs."""
        return replace(self, body=(*self.body, *paragraphs))

    @property
    def text(self) -> str:
        """Everything the card says, as plain Markdown, for logs of tests and for the demo."""
        parts = [self.title, *self.body, *([self.small] if self.small else [])]
        return "\n".join(parts)


class Objection(Refusal):
    """A rule's doubt about what was sent in a form, which its author may overrule.

    `card` says it; `label` is on the button that sends the form as it is, with OVERRULED in it.
    """

    def __init__(self, card: Card, label: str) -> None:
        super().__init__(card.text)
        self.card = card
        self.label = label


OVERRULED = "overruled"
"""What a form holds, beside what was typed, once its author has overruled an objection."""


def action(verb: str, *subject: object) -> str:
    """The id a button carries back: `verb:subject:subject`, at most 75 characters.

    Discord allows 100; the rest is left for the marker that tells one sent card from another.
    """
    joined = ":".join([verb, *(str(part) for part in subject)])
    if len(joined) > 75:
        raise ValueError(f"action is too long for a button: {joined!r}")
    return joined


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """ "1 talk", "3 talks"."""
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"


def spoken_list(items: Sequence[str]) -> str:
    """ "Denver", "Denver and Boston", "Denver, Boston and Rome"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def stamp(moment: datetime, style: str = "F") -> str:
    """A time that Discord writes for each viewer: `F` in full, `R` relative, `D` the day."""
    return f"<t:{int(moment.timestamp())}:{style}>"


def channel_link(channel_id: int) -> str:
    """A channel's name that leads there."""
    return f"<#{channel_id}>"


def person_link(user_id: int) -> str:
    """A person's name; it pings only where the sender allows it."""
    return f"<@{user_id}>"
