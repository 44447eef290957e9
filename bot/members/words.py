"""What members are told about themselves, as cards."""

from collections.abc import Sequence
from datetime import date, datetime, time

from bot.cards import Card, Option, Pick, Tone, action
from bot.members.away import Away
from bot.members.model import choice_of
from bot.places.model import Place
from bot.places.spoken import Habit, spoken_day
from bot.places.wall import zone_info
from bot.text import escape, quote

MOST_PLACES = 25
"""Discord's limit for the options of a list."""


def away_card(spans: Sequence[Away], habit: Habit, now: datetime) -> Card:
    """When the member is away, with a list that takes a span back."""
    if not spans:
        return Card(
            title="🏝️ Your days away",
            body=("You are not away. `/me away` with a first and a last day tells me.",),
            tone=Tone.DONE,
        )
    lines = [_spoken_span(span, habit, now) for span in spans]
    options = tuple(
        Option(label=line, value=span.first_day.isoformat())
        for span, line in zip(spans, lines, strict=True)
    )
    return Card(
        title="🏝️ Your days away",
        body=("\n".join(f"- {line}" for line in lines),),
        small="Ballots don't seat you as a speaker on these days. Nobody else sees them.",
        tone=Tone.DONE,
        picks=(Pick(action=action("back"), prompt="I'm there after all…", options=options),),
    )


def clock_card(query: str, places: Sequence[Place], now: datetime) -> Card:
    """The cities that an abbreviation or an offset may mean, to choose from."""
    options = tuple(
        Option(label=place.label(now), value=choice_of(place)) for place in places[:MOST_PLACES]
    )
    return Card(
        title="🕰️ Which clock is yours?",
        body=(
            f"{escape(quote(query))} is a clock, not a place: it doesn't say when it changes, and "
            "several places may use it. Choose the one whose clock you live by, or name your city.",
        ),
        tone=Tone.WARNING,
        picks=(Pick(action=action("home"), prompt="My clock is that of…", options=options),),
    )


def _spoken_span(span: Away, habit: Habit, now: datetime) -> str:
    first, last = (_spoken(day, habit, now) for day in (span.first_day, span.last_day))
    return first if span.first_day == span.last_day else f"{first} until {last}"


def _spoken(day: date, habit: Habit, now: datetime) -> str:
    moment = datetime.combine(day, time(12), zone_info(habit.zone))
    year = "" if day.year == now.year else f" {day.year}"
    return f"{spoken_day(moment, habit)}{year}"
