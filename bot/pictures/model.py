"""What is drawn, as values, and the same in words for those who don't see it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.cards import Card, Picture, plural
from bot.text import clean_line, shorten, utf16_length

ALT_LIMIT = 1024
"""Discord's limit for the description of an attachment."""


class Award(StrEnum):
    """What became of a topic: elected, with a seat or the promise of one, or seated instead."""

    ELECTED = "elected"
    PROMISED = "promised"
    MOVED_UP = "moved up"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One topic of a ballot: its letter, its votes, what became of it, and its session ("#12"), ""
    for none.
    """

    letter: str
    title: str
    votes: int
    prize: str = ""
    award: Award = Award.NONE

    @property
    def is_winner(self) -> bool:
        """Whether it was elected, and so has a star."""
        return self.award in (Award.ELECTED, Award.PROMISED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultChart:
    """Bars in the order in which they stand, best first; `note` says who voted for what."""

    title: str
    note: str
    legend: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepMap:
    """The share of people awake, 0 to 1, in each of the 168 hours of a week, Monday 00:00 first.

    `slots` are the hours in which the group meets.
    """

    title: str
    note: str
    shares: tuple[float, ...]
    slots: frozenset[int]

    @property
    def days(self) -> tuple[tuple[float, ...], ...]:
        """The hours of each day, Monday first."""
        return tuple(self.shares[start : start + 24] for start in range(0, 168, 24))


Drawing = ResultChart | SleepMap

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def alt_text(drawing: Drawing) -> str:
    """Everything the picture shows, in at most 1,024 characters."""
    return _chart_in_words(drawing) if isinstance(drawing, ResultChart) else _map_in_words(drawing)


def _map_in_words(drawing: SleepMap) -> str:
    slots = "; ".join(
        f"{DAYS[slot // 24]} {slot % 24:02}:00, {_percent(drawing.shares[slot])} awake"
        for slot in sorted(drawing.slots)
    )
    text = f"{clean_line(drawing.title)}. {drawing.note} "
    text += f"The group meets: {slots}. " if slots else ""
    if len(set(drawing.days)) == 1:
        text += f"Awake on every day: {_hours_in_words(drawing.days[0])}."
    return shorten(text, ALT_LIMIT)


def _hours_in_words(shares: tuple[float, ...]) -> str:
    """ "00:00 to 06:00 20 %, 06:00 to 24:00 100 %"."""
    parts: list[str] = []
    start = 0
    for hour in range(1, 25):
        if hour == 24 or shares[hour] != shares[start]:
            parts.append(f"{start:02}:00 to {hour:02}:00 {_percent(shares[start])}")
            start = hour
    return ", ".join(parts)


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def _chart_in_words(chart: ResultChart) -> str:
    """Titles are shortened until all are named."""
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
    prize = f" {bar.prize}" if bar.prize else ""
    won = {
        Award.ELECTED: f", elected{prize and f' for{prize}'}",
        Award.PROMISED: ", elected, promised a seat",
        Award.MOVED_UP: f", moved up{prize and f' to{prize}'}",
        Award.NONE: "",
    }[bar.award]
    return f"{bar.letter} {title}: {votes}{won}"
