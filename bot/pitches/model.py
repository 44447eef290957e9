"""A proposed topic and the rules for what may stand in it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote as encode
from urllib.parse import unquote as decode
from urllib.parse import urlsplit

from bot.errors import Refusal
from bot.text import clean_block, clean_line, quote, shorten

PITCH_CARD = "pitch_card"
"""The job that posts a pitch's public card and keeps it equal to the pitch."""

TITLE_LIMIT = 150
WHY_LIMIT = 1_000
SOURCE_LIMIT = 300
MOST_SOURCES = 10
NAME_LIMIT = 100
"""For the name of a source, which is the title of a pitch that came without one."""


class PitchState(StrEnum):
    """Where a pitch is: the backlog, a running ballot, the calendar, elected without a seat,
    behind us, taken back by its author, or taken off the backlog by a lead.
    """

    OPEN = "open"
    ON_BALLOT = "on_ballot"
    SCHEDULED = "scheduled"
    PROMISED = "promised"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    TAKEN_OFF = "taken_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchForm:
    """What a member typed, exactly as typed; `speaker_id` None means "speaker wanted"."""

    title: str
    why: str = ""
    sources: str = ""
    speaker_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitch:
    """`has_lost` is True for a runner-up of an earlier ballot: it goes first in a tie.

    `channel_id` and `message_id` say where its card is, once it is posted. `promised_at` is when
    it was elected without a seat or lost the one it had: the earliest goes first.
    """

    id: int
    group_id: int
    author_id: int
    title: str
    why: str = ""
    sources: tuple[str, ...] = ()
    speaker_id: int | None = None
    state: PitchState = PitchState.OPEN
    submitted_at: datetime
    has_lost: bool = False
    channel_id: int | None = None
    message_id: int | None = None
    promised_at: datetime | None = None


def check_title(text: str, sources: tuple[str, ...]) -> str:
    """The title, cleaned; a first source names a pitch that came without one."""
    title = clean_line(text)
    if not title and sources:
        return source_name(sources[0])
    if not title:
        raise Refusal("A pitch needs a title or a link: type one of them.")
    if len(title) > TITLE_LIMIT:
        raise Refusal(
            f"The title {quote(title, 30)} has {len(title):,} characters; a title has at most "
            f"{TITLE_LIMIT}. Put the rest under “Why”."
        )
    return title


def check_why(text: str) -> str:
    """Why the topic is worth an hour, cleaned."""
    why = clean_block(text)
    if len(why) > WHY_LIMIT:
        raise Refusal(f"“Why” has {len(why):,} characters; keep it to {WHY_LIMIT:,}.")
    return why


_ARXIV = re.compile(
    r"""(?:arxiv: | (?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf|html)/)?
        ((?: \d{4}\.\d{4,5} | [a-z\-]+(?:\.[a-z]{2})?/\d{7} )  # as since 2007, and as before
         (?:v\d{1,2})?)
        (?:\.pdf)?/?""",
    re.I | re.X,
)
_DOI = re.compile(r"(?:doi:|(?:https?://)?(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s<>\"]{1,200})", re.I)
_DOI_SAFE = "/:;.,_-+=@%"
_LABEL = re.compile(r"\b(arxiv:|doi:)\s+(?=\S)", re.I)
_QUIET = re.compile(r"<(https?://[^<>\s]+)>", re.I)
"""A link as people write it on Discord so that no preview of it is shown."""
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?")


def check_sources(text: str) -> tuple[str, ...]:
    """The sources as https links, in order, each once.

    Takes links (in angle brackets, too), arXiv ids (`2207.13443`, abs or pdf page: one link,
    version kept) and DOIs.
    """
    cleaned = _QUIET.sub(r" \1 ", _LABEL.sub(r"\1", clean_block(text)))
    words = [word.strip(",;") for word in cleaned.split()]
    words = [*dict.fromkeys(word for word in words if word)]
    if len(words) > MOST_SOURCES:
        raise Refusal(
            f"That is {len(words)} links; a pitch has at most {MOST_SOURCES}. Leave out "
            f"{len(words) - MOST_SOURCES}, or name them under “Why”."
        )
    return tuple(dict.fromkeys(map(_as_link, words)))


def _as_link(word: str) -> str:
    link = _standard_link(word) or _plain_link(word)
    if link is None or len(link) > SOURCE_LIMIT:
        raise Refusal(
            f"{quote(word, 60)} is not a link I can keep: paste the address itself, starting with "
            f"https:// and at most {SOURCE_LIMIT} characters long, or an arXiv id or DOI."
        )
    return link


def _standard_link(word: str) -> str | None:
    """The one link of an arXiv paper or a DOI, however it was written."""
    if match := _ARXIV.fullmatch(word):
        return f"https://arxiv.org/abs/{match.group(1)}"
    if match := _DOI.fullmatch(word):
        return f"https://doi.org/{encode(match.group(1), safe=_DOI_SAFE)}"
    return None


def _plain_link(word: str) -> str | None:
    """The link itself where it is one, shows its host and can stand in Discord's Markdown."""
    try:
        parts = urlsplit(word)
    except ValueError:
        return None
    is_open = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.netloc) is not None
    if not is_open or any(mark in word for mark in '<>[]|`"\\'):
        return None
    # Parentheses end a link in Discord's Markdown; Wikipedia's addresses are full of them.
    return word.replace("(", "%28").replace(")", "%29")


def is_link(text: str) -> bool:
    """True when a member's one line is a source rather than a title."""
    try:
        return len(check_sources(text)) == 1 and " " not in text.strip()
    except Refusal:
        return False


def source_name(link: str) -> str:
    """A short name for a source: "arXiv 2207.13443", a DOI, or the link's host."""
    parts = urlsplit(link)
    name = parts.netloc.removeprefix("www.")
    if name == "arxiv.org" and parts.path.startswith("/abs/"):
        name = f"arXiv {parts.path.removeprefix('/abs/')}"
    elif name == "doi.org" and len(parts.path) > 1:
        # What a percent sign hid is cleaned like everything else that is shown.
        name = f"DOI {clean_line(decode(parts.path.removeprefix('/')))}"
    return shorten(name, NAME_LIMIT)
