"""What is drawn, as values, and the same in words for those who don't see it."""

from dataclasses import dataclass, replace

from bot.cards import Card, Picture, plural
from bot.text import clean_line, shorten, utf16_length

ALT_LIMIT = 1024
"""Discord's limit for the description of an attachment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One topic of a ballot: its letter, its votes, and what it won ("#12"), "" for nothing."""

    letter: str
    title: str
    votes: int
    prize: str = ""
    is_winner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultChart:
    """Bars in the order in which they stand, best first; `note` says who voted for what."""

    title: str
    note: str
    legend: str
    bars: tuple[Bar, ...]


Drawing = ResultChart


def alt_text(chart: ResultChart) -> str:
    """Everything the chart shows; titles are shortened until it fits."""
    for room in (90, 60, 40, 28, 18, 8):
        bars = "; ".join(_in_words(bar, room) for bar in chart.bars)
        text = f"{shorten(clean_line(chart.title), 70)}. {chart.note} {bars}."
        if utf16_length(text) <= ALT_LIMIT:
            return text
    return shorten(text, ALT_LIMIT)


def with_picture(card: Card, name: str, drawing: Drawing, content: bytes | None) -> Card:
    """The card with the drawing's picture; the card as it is where there is none."""
    if content is None:
        return card
    picture = Picture(name=name, content=content, alt=alt_text(drawing))
    return replace(card, pictures=(*card.pictures, picture))


def _in_words(bar: Bar, room: int) -> str:
    title = shorten(clean_line(bar.title), room)
    votes = plural(bar.votes, "vote")
    won = f", elected{f' for {bar.prize}' if bar.prize else ''}" if bar.is_winner else ""
    return f"{bar.letter} {title}: {votes}{won}"
