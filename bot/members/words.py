"""What members are told about themselves, as cards."""

from collections.abc import Sequence
from datetime import date, datetime, time

from bot.cards import Button, ButtonStyle, Card, Option, Pick, Tone, action, stamp
from bot.members.away import Away
from bot.members.model import Member, choice_of
from bot.places.asking import AskBack, Choice, DayChoice
from bot.places.index import Doubt, WhichPlace
from bot.places.model import Place
from bot.places.spoken import (
    Habit,
    spoken_day,
    spoken_day_and_clock,
    spoken_full_date,
    spoken_moment,
)
from bot.places.wall import local, offset_label, zone_info
from bot.text import escape, quote, shorten

MOST_PLACES = 25
"""Discord's limit for the options of a list."""

LABEL_LIMIT = 80
"""Discord's limit for the label of a button."""


ASK_PLACE = "Say where you live with `/me timezone`: I'll write your time."


def place_hint(member: Member) -> str:
    """What somebody is asked whose clock is not known, or not any more; empty where it is."""
    if member.place is not None:
        return ""
    if not member.lost_zone:
        return ASK_PLACE
    return (
        f"Your time zone {quote(member.lost_zone)} is not in the zone data any more, so I can't "
        "reckon on your clock: say again where you live with `/me timezone`."
    )


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
        small="You are not seated as a speaker on these days unless you say yes to it. Leads hear "
        "of a day on which you have a talk; nobody else sees them.",
        tone=Tone.DONE,
        picks=(Pick(action=action("back"), prompt="I'm there after all…", options=options),),
    )


def which_place_card(query: str, question: WhichPlace, now: datetime) -> Card:
    """The cities that were meant by a clock, that share a name or resemble it, to choose from."""
    if question.doubt is Doubt.CLOCK:
        return clock_card(query, question.places, now)
    typed = escape(quote(query))
    told = f"{typed} is the name of several cities, on different clocks."
    if question.doubt is Doubt.UNKNOWN:
        told = f"I know no place called {typed}. Did you mean one of these?"
    return Card(
        title="🏠 Which one is yours?",
        body=(told,),
        small="Nothing has changed yet.",
        tone=Tone.SESSION,
        picks=(_place_pick("I live in…", question.places, now),),
    )


def _place_pick(prompt: str, places: Sequence[Place], now: datetime) -> Pick:
    options = tuple(
        Option(label=place.label(now), value=choice_of(place)) for place in places[:MOST_PLACES]
    )
    return Pick(action=action("home"), prompt=prompt, options=options)


def clock_card(query: str, places: Sequence[Place], now: datetime) -> Card:
    """The cities that an abbreviation or an offset may mean, to choose from."""
    return Card(
        title="🕰️ Which clock is yours?",
        body=(
            f"{escape(quote(query))} is a clock, not a place: it doesn't say when it changes, and "
            "several places may use it. Choose the one whose clock you live by, or name your city.",
        ),
        tone=Tone.SESSION,
        picks=(_place_pick("My clock is that of…", places, now),),
    )


def _spoken_span(span: Away, habit: Habit, now: datetime) -> str:
    first, last = (_spoken(day, habit, now) for day in (span.first_day, span.last_day))
    return first if span.first_day == span.last_day else f"{first} until {last}"


def _spoken(day: date, habit: Habit, now: datetime) -> str:
    if day.year != local(now, habit.zone).year:
        return spoken_full_date(day, habit)
    return spoken_day(datetime.combine(day, time(12), zone_info(habit.zone)), habit)


def question_card(question: AskBack, member: Member, now: datetime, verb: str, number: int) -> Card:
    """The readings of what was typed, on the group's clock and the member's, to choose from."""
    habit, several = member.habit_on(question.zone), len(question.choices) > 1
    body = [escape(question.why)]
    body += [
        _spoken_choice(one, question, member) for one in question.choices if isinstance(one, Choice)
    ]
    return Card(
        title="🕰️ Which one do you mean?" if several else "🕰️ Is this what you mean?",
        body=("\n".join(body),),
        small="Nothing has happened yet. You may answer for a week; only you see this.",
        tone=Tone.SESSION,
        buttons=tuple(
            Button(
                label=shorten(_choice_label(one, habit, now), LABEL_LIMIT),
                action=action(verb, number, one.answer),
                style=ButtonStyle.PRIMARY,
            )
            for one in question.choices
        ),
    )


def _choice_label(one: Choice | DayChoice, habit: Habit, now: datetime) -> str:
    """Plain text, for a button: the group's day and hour, and what sets it apart."""
    if isinstance(one, DayChoice):
        return _spoken(one.day, habit, now)
    label = spoken_day_and_clock(one.at, habit, now)
    return f"{label} ({one.note})" if one.note else label


def _spoken_choice(one: Choice, question: AskBack, member: Member) -> str:
    """ "- 14:00 in Chicago: **Saturday 21 November, 13:00 in Denver** (UTC−07:00) · …"."""
    note = f"{escape(one.note)}: " if one.note else ""
    reading = spoken_reading(one.at, question.zone, question.city, member)
    return f"- {note}{reading}"


def spoken_reading(moment: datetime, zone: str, city: str, member: Member) -> str:
    """What was understood, to be shown before it counts: the group's clock, then the reader's.

    "**Saturday 21 November, 13:00 in Denver** (UTC−07:00) · for you Saturday 21 November, 21:00 in
    Berlin · <t:…:R>", all of it as the reader is used to. Where their place is not known, Discord
    tells them: "**…** (UTC−07:00) · <t:…:F>".
    """
    home = spoken_moment(moment, member.habit_on(zone), city)
    line = f"**{escape(home)}** ({offset_label(moment, zone)})"
    if member.place is not None and member.place.zone != zone:
        mine = spoken_moment(moment, member.habit(zone), member.place.name)
        line += f" · for you {escape(mine)}"
    return f"{line} · {stamp(moment, 'R' if member.place else 'F')}"
