"""Sessions as members and leads see and change them, in Discord and in their own calendars."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from shown import flat, text_of
from simcord import InteractionResult
from stage import START, Stage

FIRST = datetime.fromisoformat("2022-11-05T20:00+00:00")
SECOND = datetime.fromisoformat("2022-11-19T21:00+00:00")
MOVED = datetime.fromisoformat("2022-11-06T17:30+00:00")
HOUR = timedelta(hours=1)
NO = "### That doesn't work\n"
DONE = "### ✅ Done\n"

Entry = tuple[str, datetime, int, str]


@pytest.fixture
def is_mirrored() -> bool:
    return True


def events(stage: Stage) -> list[tuple[str, datetime]]:
    """Name and start of the server's native events, the soonest first."""
    found = stage.env.backend.get_guild(stage.guild.id).scheduled_events.values()
    pairs = [(one.name, datetime.fromisoformat(one.scheduled_start_time)) for one in found]
    return sorted(pairs, key=lambda pair: pair[1])


async def file_of(shown: InteractionResult) -> list[Entry]:
    """(summary, start, sequence, status) of each event in the attached calendar."""
    assert shown.response is not None
    (file,) = shown.response.attachments
    assert file.filename == "sessions.ics"
    return [
        (str(one["SUMMARY"]), one["DTSTART"].dt, one["SEQUENCE"], str(one["STATUS"]))
        for one in Calendar.from_ical(await file.read()).events
    ]


async def sleep_until(stage: Stage, moment: datetime) -> None:
    """Let time pass while the bot is down."""
    await stage.stop()
    await stage.advance_to(moment)
    await stage.start()


async def rsvp(stage: Stage, who: str, label: str) -> str:
    shown = await stage[who].slash(stage.channel, "next")
    return text_of(await stage[who].click(shown.response, label=label))


async def move(stage: Stage, who: str = "maya", **options: Any) -> InteractionResult:
    return await stage.bend(who, "move", "Move only this one", **options)


async def test_every_session_is_a_native_event_that_follows_it(stage: Stage) -> None:
    await stage.set_up_group()
    before = events(stage)
    await move(stage, number=1, to="2022-11-06 10:30")
    await stage.bend("maya", "cancel", "Cancel the session", number=2)
    after = events(stage)
    assert (before[:3], len(before)) == (
        [
            ("ML Theory #1", FIRST),
            ("ML Theory #2", SECOND),
            ("ML Theory #3", SECOND + timedelta(days=14)),
        ],
        6,
    )
    assert after == [("ML Theory #1", MOVED), *before[2:]]


@pytest.mark.both_databases
async def test_an_event_left_by_a_dead_process_is_adopted_and_its_twin_swept(
    stage: Stage,
) -> None:
    await stage.set_up_group()
    backend = stage.env.backend
    guild = backend.get_guild(stage.guild.id)
    first = next(one for one in guild.scheduled_events.values() if one.name == "ML Theory #1")
    backend.create_scheduled_event(
        stage.guild.id,
        name="ML Theory #1",
        entity_type=3,
        scheduled_start_time=first.scheduled_start_time,
        scheduled_end_time=first.scheduled_end_time,
        description=first.description,
        entity_metadata={"location": "Stage 1"},
    )
    assert len(events(stage)) == 7
    await move(stage, number=1, to="2022-11-06 10:30")
    assert events(stage)[0] == ("ML Theory #1", MOVED)
    assert [name for name, _ in events(stage)] == [f"ML Theory #{n}" for n in range(1, 7)]
    assert first.id in guild.scheduled_events


async def test_events_that_are_not_allowed_are_told_to_leads(stage: Stage) -> None:
    stage.env.inject_error("POST", "/guilds/*/scheduled-events", status=403, code=50013, times=6)
    await stage.set_up_group()
    [alert] = [text for place, text, _ in stage.heard() if place == "@maya"]
    assert alert.splitlines()[1] == (
        "I can't keep the server's events up to date: I need Create Events. I go on trying every "
        "hour."
    )
    assert events(stage) == []
    await stage.advance_to(START + HOUR + timedelta(minutes=1))
    assert len(events(stage)) == 6


async def test_next_shows_the_members_own_time_and_carries_the_calendar(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.slash("clara", "me timezone", city="Berlin")
    await stage.slash("clara", "follow")
    shown = await stage["clara"].slash(stage.channel, "next")
    assert shown.ephemeral
    assert text_of(shown) == (
        "### 📅 ML Theory #1\n"
        "**For you: Saturday 5 November, 21:00 in Berlin, in 1 week**\n"
        "<t:1667678400:F>\n"
        "🕑 14:00 in Denver\n"
        "⏰ Clocks change: 21:00 instead of 22:00 in Berlin, this time only.\n"
        "📍 Stage 1\n"
        "No talks yet: `/pitch` one.\n"
        "[Going]\n[Recording only]\n[Can't come]"
    )
    assert (await file_of(shown))[:2] == [
        ("ML Theory #1", FIRST, 0, "CONFIRMED"),
        ("ML Theory #2", SECOND, 0, "CONFIRMED"),
    ]


async def test_a_change_reaches_calendars_with_a_higher_sequence(stage: Stage) -> None:
    await stage.set_up_group()
    await move(stage, number=1, to="2022-11-06 10:30")
    await move(stage, number=1, to="2022-11-06 10:45")
    await stage.bend("maya", "cancel", "Cancel the session", number=2, reason="Holiday")
    shown = await stage["ben"].slash(stage.channel, "sessions")
    assert (await file_of(shown))[:3] == [
        ("ML Theory #1", MOVED + HOUR / 4, 2, "CONFIRMED"),
        ("Cancelled: ML Theory #2", SECOND, 1, "CANCELLED"),
        ("ML Theory #3", SECOND + timedelta(days=14), 0, "CONFIRMED"),
    ]
    assert [line.split()[0] for line in text_of(shown).splitlines() if line[:3] == "**#"] == [
        "**#1**",
        "**#3**",
        "**#4**",
        "**#5**",
        "**#6**",
    ]


async def test_past_sessions_are_listed_without_a_file(stage: Stage) -> None:
    await stage.set_up_group()
    empty = await stage.slash("ben", "sessions", past=True)
    await sleep_until(stage, FIRST + 2 * HOUR)
    shown = await stage["ben"].slash(stage.channel, "sessions", past=True)
    assert shown.response is not None
    assert (empty, text_of(shown), shown.response.attachments) == (
        "### 📅 Sessions of ML Theory\nNone was held yet.",
        "### 📅 Past sessions of ML Theory\n**#1** <t:1667678400:F>\n2:00 PM in Denver\nNo talks",
        [],
    )


async def test_answers_survive_a_restart_and_a_change_of_mind(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "next")
    await stage["ben"].click(shown.response, label="Going")
    assert "1 person going\n✅ You are going." in text_of(shown)
    await stage.restart()
    await stage["ben"].click(shown.response, label="Recording only")
    assert "📼 You said that you only want the recording." in text_of(shown)
    assert "going" not in text_of(shown)
    await rsvp(stage, "clara", "Can't come")
    stage.said()
    await sleep_until(stage, FIRST - timedelta(days=1))
    [reminder] = [one for one in stage.posted() if "🔔" in flat(one.components)]
    buttons = flat(reminder.components).splitlines()[-3:]
    assert buttons == ["[Going]", "[Recording only · 1]", "[Can't come · 1]"]
    await stage["kenji"].click(reminder, label="Going")
    assert "1 person going" in await stage.slash("devi", "next")


async def test_an_answer_to_what_is_over_is_refused(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "next")
    await sleep_until(stage, FIRST + HOUR)
    pressed = await stage["ben"].click(shown.response, label="Going")
    assert text_of(pressed).endswith(f"\n{NO}Session #1 is over.")


async def test_a_move_is_announced_to_those_going_who_are_still_here(stage: Stage) -> None:
    await stage.set_up_group()
    for who in ("ben", "clara"):
        await rsvp(stage, who, "Going")
    await rsvp(stage, "devi", "Can't come")
    stage.guild.remove_member(stage["clara"])
    stage.said()
    moved = await move(stage, number=1, to="2022-11-06 10:30")
    assert text_of(moved).splitlines()[:2] == [
        "### ↪️ Moved: 📅 ML Theory #1",
        "<t:1667755800:F> · <t:1667755800:R>",
    ]
    assert stage.heard() == [
        (
            "#ml-theory",
            "### ↪️ ML Theory #1 has moved\n"
            "Now <t:1667755800:F> · <t:1667755800:R>\n"
            "🕑 10:30 AM in Denver\n"
            "Before: ~~<t:1667678400:F>~~\n"
            "@ben\n"
            "[Going · 2]\n[Recording only]\n[Can't come · 1]",
            ("ben",),
        )
    ]


async def test_a_cancellation_is_announced_with_its_reason(stage: Stage) -> None:
    await stage.set_up_group()
    await rsvp(stage, "ben", "Going")
    stage.said()
    told = text_of(
        await stage.bend("maya", "cancel", "Cancel the session", number=1, reason="@here Flood")
    )
    assert told == (
        "### 🚫 Cancelled: ML Theory\n**#1** no meeting on <t:1667678400:F>\n"
        "-# The channel is told. `/audit` takes it back."
    )
    assert stage.heard() == [
        (
            "#ml-theory",
            "### 🚫 ML Theory #1 is cancelled\n"
            "It will not take place: <t:1667678400:F>\n🕑 2:00 PM in Denver\n"
            "@\u200bhere Flood\n"
            "@ben",
            ("ben",),
        )
    ]


async def test_a_move_that_cannot_be_is_refused_in_a_sentence(stage: Stage) -> None:
    await stage.set_up_group()
    stage.said()
    refused = [
        await stage.slash("maya", "session move", number=1, to=to)
        for to in ("2022-10-01 14:00", "2022-11-19 14:30", "next week")
    ]
    refused.append(await stage.slash("ben", "session move", number=1, to="2022-11-06 10:30"))
    refused.append(await stage.slash("ben", "session cancel", number=1))
    assert refused == [
        NO + sentence
        for sentence in (
            "“2022-10-01 14:00” has passed already (I read Saturday, October 1, 2022, 2:00 PM in "
            "Denver).",
            "Session #2 of the group is at that time: move or cancel it first.",
            "I can't read “next week” as one certain day. Write it like 2022-11-19.",
            "Only the leads of ML Theory can do this: ask one of them.",
            "Only the leads of ML Theory can do this: ask one of them.",
        )
    ]
    assert (stage.heard(), events(stage)[0]) == ([], ("ML Theory #1", FIRST))


@pytest.mark.parametrize(
    ("label", "starts_at"),
    [
        ("the first, UTC−06:00", "2022-11-06T07:30+00:00"),
        ("the second, UTC−07:00", "2022-11-06T08:30+00:00"),
    ],
)
async def test_a_time_that_comes_twice_is_chosen_by_a_button(
    stage: Stage, label: str, starts_at: str
) -> None:
    await stage.set_up_group(name="ML: Theory and a long name with 100% punctuation, :-)")
    asked = await stage["maya"].slash(
        stage.channel,
        "session move",
        number=1,
        to="2022-11-06 01:30",
        group="ml: theory and a long name with 100% punctuation, :-)",
    )
    assert text_of(asked).splitlines()[1] == (
        "1:30 AM comes twice on Sunday, November 6, 2022, because the clocks go back."
    )
    await stage.restart()
    label = f"Sunday, November 6, 1:30 AM ({label})"
    shown = await stage["maya"].click(asked.response, label=label)
    pressed = await stage["maya"].click(
        shown.response or asked.response, label="Move only this one"
    )
    chosen = datetime.fromisoformat(starts_at)
    assert f"<t:{int(chosen.timestamp())}:F>" in text_of(pressed)
    assert events(stage)[0][1] == chosen


async def test_sessions_to_choose_from_are_the_groups_own(stage: Stage) -> None:
    nothing = await stage["maya"].autocomplete(stage.channel, "session move", "number", "")
    await stage.set_up_group()
    everything = await stage["maya"].autocomplete(stage.channel, "session move", "number", "")
    some = await stage["maya"].autocomplete(stage.channel, "session cancel", "number", "decem")
    assert (nothing, everything[0], len(everything)) == (
        [],
        {"name": "#1 · Saturday, November 5, 2:00 PM in Denver", "value": 1},
        6,
    )
    assert [choice["value"] for choice in some] == [3, 4, 5]


async def test_no_group_is_said_in_a_sentence(stage: Stage) -> None:
    no_group = (
        f"{NO}There is no reading group here yet. Somebody with Manage Server can start one with "
        "`/group setup`."
    )
    assert [
        await stage.slash("ben", "next"),
        await stage.slash("ben", "sessions"),
        await stage.slash("ben", "session move", to="2022-11-06 10:30"),
        await stage.slash("ben", "session cancel"),
    ] == [no_group] * 4
