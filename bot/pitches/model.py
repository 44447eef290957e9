"""A proposed topic and the rules for what may stand in it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from bot.errors import Refusal
from bot.text import clean_block, clean_line

TITLE_LIMIT = 150
WHY_LIMIT = 1_000
SOURCE_LIMIT = 300
MOST_SOURCES = 10


class PitchState(StrEnum):
    """Where a pitch is: the backlog, a running ballot, the calendar, behind us, or taken back."""

    OPEN = "open"
    ON_BALLOT = "on_ballot"
    SCHEDULED = "scheduled"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchForm:
    """What a member typed, exactly as typed; `speaker_id` None means "speaker wanted"."""

    title: str
    why: str = ""
    sources: str = ""
    speaker_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitch:
    """`has_lost` is True for a runner-up of an earlier ballot: it goes first in a tie."""

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
    message_id: int | None = None


def check_title(text: str, sources: tuple[str, ...]) -> str:
    """The title, cleaned; a first source names a pitch that came without one."""
    title = clean_line(text)
    if not title and sources:
        return source_name(sources[0])
    if not title:
        raise Refusal("A pitch needs a title or a link: type one of them.")
    if len(title) > TITLE_LIMIT:
        raise Refusal(
            f"The title “{title[:30]}…” has {len(title):,} characters; a title has at most "
            f"{TITLE_LIMIT}. Put the rest under “Why”."
        )
    return title


def check_why(text: str) -> str:
    """Why the topic is worth an hour, cleaned."""
    why = clean_block(text)
    if len(why) > WHY_LIMIT:
        raise Refusal(f"“Why” has {len(why):,} characters; keep it to {WHY_LIMIT:,}.")
    return why


_ARXIV_ID = re.compile(r"(?:arxiv:\s*)?(\d{4}\.\d{4,5}(?:v\d{1,2})?)", re.I)
_ARXIV_URL = re.compile(
    r"https?://(?:www\.)?arxiv\.org/(?:abs|pdf|html)/(\d{4}\.\d{4,5}(?:v\d{1,2})?)(?:\.pdf)?/?",
    re.I,
)
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/[^\s<>\"]{1,200})", re.I)


def check_sources(text: str) -> tuple[str, ...]:
    """The sources as https links, in order, each once.

    Takes links, arXiv ids (`2207.13443`, abs or pdf page: one link, version kept) and DOIs.
    """
    words = clean_block(text).split()
    if len(words) > MOST_SOURCES:
        raise Refusal(f"That is {len(words)} sources; a pitch has at most {MOST_SOURCES}.")
    return tuple(dict.fromkeys(_as_link(word.strip(",;")) for word in words if word.strip(",;")))


def _as_link(word: str) -> str:
    if match := _ARXIV_ID.fullmatch(word) or _ARXIV_URL.fullmatch(word):
        return f"https://arxiv.org/abs/{match.group(1)}"
    if match := _DOI.fullmatch(word):
        return f"https://doi.org/{match.group(1)}"
    try:
        parts = urlsplit(word)
    except ValueError:
        parts = urlsplit("")
    is_link = parts.scheme in {"http", "https"} and "." in parts.netloc and "@" not in parts.netloc
    if not is_link or len(word) > SOURCE_LIMIT or any(mark in word for mark in '<>()[]|`"\\'):
        raise Refusal(
            f"“{word[:60]}” is not a link I can keep: paste the address itself, starting with "
            "https://, or an arXiv id or DOI."
        )
    return word


def is_link(text: str) -> bool:
    """True when a member's one line is a source rather than a title."""
    try:
        return len(check_sources(text)) == 1 and " " not in text.strip()
    except Refusal:
        return False


def source_name(link: str) -> str:
    """A short name for a source: "arXiv 2207.13443", a DOI, or the link's host."""
    parts = urlsplit(link)
    if parts.netloc == "arxiv.org":
        return f"arXiv {parts.path.removeprefix('/abs/')}"
    if parts.netloc == "doi.org":
        return f"DOI {parts.path.removeprefix('/')}"
    return parts.netloc.removeprefix("www.")
