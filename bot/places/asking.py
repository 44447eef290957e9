"""What was written has several readings: what each is, and what stands for it from then on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.errors import Refusal
from bot.places.wall import local

MOST_CHOICES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One reading, an instant in UTC; `note` says what sets it apart, in plain words."""

    at: datetime
    note: str = ""

    @property
    def answer(self) -> str:
        """What a button carries back, for `written_answer`."""
        return str(int(self.at.timestamp()))

    def figures(self, zone: str) -> str:
        """ "Sat 2026-11-21 14:00" on `zone`'s clock."""
        return f"{local(self.at, zone):%a %Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChoice:
    """One reading, a day of the calendar."""

    day: date
    note: str = ""

    @property
    def answer(self) -> str:
        """What a button carries back, for `written_answer`."""
        return self.day.isoformat()

    def figures(self, _zone: str) -> str:
        """ "Sat 2026-11-21"."""
        return f"{self.day:%a %Y-%m-%d}"


def written_answer(answer: str) -> str:
    """The chosen reading, written so that it has no other: Discord's timestamp, or year-month-day.

    Of an instant, a timestamp says also which one it is where clocks show it twice.
    """
    return f"<t:{answer}>" if answer.isdecimal() else answer


class AskBack(Refusal):
    """`text`, exactly as it was written, has the readings `choices`, soonest first.

    `zone` and `city` are the clock on which they are told. Where no button can be shown, the
    message asks to write one of them.
    """

    def __init__(
        self,
        text: str,
        why: str,
        choices: Sequence[Choice | DayChoice],
        zone: str = "UTC",
        city: str = "",
    ) -> None:
        ways = " or ".join(
            choice.figures(zone) + (f" ({choice.note})" if choice.note else "")
            for choice in choices
        )
        super().__init__(f"{why} Did you mean {ways}? Write it like that, without the weekday.")
        self.text = text
        self.why = why
        self.choices = tuple(choices)
        self.zone = zone
        self.city = city
