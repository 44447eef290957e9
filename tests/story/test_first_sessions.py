"""The story of a fortnightly group's first weeks, told by every message that its people got.

Two talks a session, every second Saturday at 14:00 in Denver from 5 November 2022; four pitches,
one ballot for two sessions; people in Boston, Berlin and Kolkata. The bot's process dies twice:
between voting and counting, and between two reminders. Clocks go back in Denver and Boston on
6 November, when Berlin's have done so already and Kolkata's never do.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from shown import text_of
from stage import Said, Stage

DRAWN = re.compile(r"wins: [🇦-🇹 ]+\.")
TOLD = Path(__file__).with_name("first_sessions.txt")

FIRST = datetime(2022, 11, 5, 20, 0, tzinfo=UTC)
SECOND = datetime(2022, 11, 19, 21, 0, tzinfo=UTC)
THIRD = datetime(2022, 12, 3, 21, 0, tzinfo=UTC)
COUNTED = datetime(2022, 11, 7, 21, 0, tzinfo=UTC)

HOMES = {"ben": "Boston", "clara": "Berlin", "devi": "Kolkata"}
PITCHES = {
    "ben": ("Meta-learning", "1703.03400 1703.05175"),
    "clara": ("Quantum probability", ""),
    "devi": ("Neural information retrieval", "https://arxiv.org/pdf/2207.13443.pdf"),
    "kenji": ("Representation learning", ""),
}


@pytest.fixture
def is_mirrored() -> bool:
    return True


async def test_every_message_of_the_first_sessions(stage: Stage) -> None:
    await found_the_group(stage)
    await stage.advance_to(FIRST + timedelta(minutes=20))
    await pitch_and_vote(stage)
    told = stage.said()
    await stage.advance_to(COUNTED)
    await publish_the_seats(stage)
    await answer_the_call(stage)
    await stage.advance_to(SECOND - timedelta(days=1, hours=-1))
    await stage.restart()
    await stage.advance_to(THIRD + timedelta(hours=2))
    assert transcript([*told, *stage.said()]) == TOLD.read_text(encoding="utf-8")


async def found_the_group(stage: Stage) -> None:
    draft = await stage.draft_group()
    await stage["maya"].click(draft.response, label="Publish")
    for name, city in HOMES.items():
        await stage.slash(name, "me timezone", city=city)
        await stage.slash(name, "follow")
    for name in ("clara", "devi"):
        wishes = await stage[name].slash(stage.channel, "me reminders")
        await stage[name].select(wishes.response, ["1440", "60"], custom_id="remind:choose")


async def pitch_and_vote(stage: Stage) -> None:
    for name, (title, sources) in PITCHES.items():
        await stage.pitch(name, title, sources=sources)
    asked: dict[str, Any] = {"sessions": 2, "talks": 2, "closes": "2022-11-07 14:00"}
    await stage.slash("maya", "ballot open", rule="most_votes", **asked)
    ballot = stage.channel.last_message
    for name, letters in {"ben": "🇦🇨", "clara": "🇦🇧🇨", "devi": "🇨🇩", "kenji": "🇧"}.items():
        for letter in letters:
            await stage[name].react(ballot, letter)
    await stage.stop()
    await stage["kenji"].react(ballot, "🇩")
    await stage["kenji"].react(ballot, "🇨")
    await stage["kenji"].unreact(ballot, "🇧")
    await stage["maya"].react(ballot, "🇦")
    await stage.start()


async def publish_the_seats(stage: Stage) -> None:
    seats = await stage["maya"].slash(stage.channel, "ballot status")
    await stage["maya"].click(seats.response, label="Publish")


async def answer_the_call(stage: Stage) -> None:
    shown = await stage["clara"].slash(stage.channel, "next")
    assert "**For you: Saturday 19 November, 22:00 in Berlin, in 12 days**" in text_of(shown)
    (file,) = shown.response.attachments
    events = Calendar.from_ical(await file.read()).events
    assert [event["DTSTART"].dt for event in events][:3] == [FIRST, SECOND, THIRD]
    await stage["clara"].click(shown.response, label="Going")
    kept = await stage["kenji"].slash(stage.channel, "next")
    await stage["kenji"].click(kept.response, label="Going")
    refused = await stage["devi"].slash(stage.channel, "next")
    await stage["devi"].click(refused.response, label="Recording only")


def transcript(said: list[Said]) -> str:
    """The messages as one text: when, where or to whom, whom it pings, and what it says."""
    entries = []
    for one in said:
        pings = f" pinging {', '.join(one.pings)}" if one.pings else ""
        # The lot is drawn from the ballot's message id, and that is the chat system's choice.
        text = DRAWN.sub("wins: (drawn).", one.text)
        entries.append(f"{one.at:%a %d %b %Y %H:%M} UTC {one.place}{pings}\n{text}\n")
    return "\n".join(entries)
