"""Reminders as people get them: on the group's channel, and in their own direct messages."""

from datetime import datetime, timedelta

import pytest
from shown import text_of
from stage import Stage

FIRST = datetime.fromisoformat("2022-11-05T20:00+00:00")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DONE = "### ✅ Done\n"


async def gathering(stage: Stage, *listeners: str, city: str = "") -> None:
    """A group that these follow, who want direct messages an hour before; the bot is asleep."""
    await stage.set_up_group()
    for who in listeners:
        if city:
            await stage.slash(who, "me timezone", city=city)
        await stage.slash(who, "follow")
        wishes = await stage[who].slash(stage.channel, "me reminders")
        await stage[who].select(wishes.response, ["60"], custom_id="remind:choose")
    await stage.stop()
    stage.said()


async def wake_at(stage: Stage, moment: datetime) -> None:
    """Let the bot wake at that moment."""
    await stage.advance_to(moment)
    await stage.start()


def places(stage: Stage) -> list[tuple[str, str]]:
    """Where something was said, and its first line."""
    return [(place, text.splitlines()[0]) for place, text, _ in stage.heard()]


async def test_people_are_told_in_their_own_zone_language_and_hours(stage: Stage) -> None:
    await gathering(stage, "clara", city="Berlin")
    await wake_at(stage, FIRST - HOUR)
    assert stage.heard() == [
        (
            "#ml-theory",
            "### 🔔 ML Theory #1 in 1 hour\n"
            "<t:1667678400:F> · <t:1667678400:R>\n"
            "🕑 2:00 PM in Denver · 9:00 PM in Berlin\n"
            "⏰ Clocks change: 9:00 PM instead of 10:00 PM in Berlin, this time only.\n"
            "📍 Stage 1\n"
            "[Going]\n[Recording only]\n[Can't come]",
            (),
        ),
        (
            "@clara",
            "### 🔔 ML Theory #1\n"
            "**Saturday 5 November, 21:00 in Berlin, in 1 hour**\n"
            "⏰ Clocks change: 21:00 instead of 22:00 in Berlin, this time only.\n"
            "📍 Stage 1\n"
            "[Going]\n[Recording only]\n[Can't come]\n[Stop reminding me]\n"
            f"-# You asked for this; /me reminders in <#{stage.channel.id}> changes it.",
            (),
        ),
    ]


async def test_buttons_of_a_direct_message_answer_and_stop(stage: Stage) -> None:
    await gathering(stage, "ben")
    await wake_at(stage, FIRST - HOUR)
    [reminder] = stage["ben"].user.dm_channel.history()
    going = await stage["ben"].user.click(reminder, label="Going")
    stopped = await stage["ben"].user.click(reminder, label="Stop reminding me")
    assert text_of(going) == (f"{DONE}See you at session #1, <t:1667678400:F> (<t:1667678400:R>).")
    assert text_of(stopped).startswith(DONE)
    await stage.stop()
    stage.said()
    await wake_at(stage, FIRST + 14 * DAY)
    assert [place for place, _ in places(stage) if place == "@ben"] == []


async def test_leavers_and_closed_messages_keep_nobody_else_from_hearing(stage: Stage) -> None:
    await gathering(stage, "ben", "clara", "devi")
    stage.guild.remove_member(stage["ben"])
    await stage.advance_to(FIRST - HOUR)
    stage.env.inject_error("POST", "/users/@me/channels", status=403, code=50007)
    await stage.start()
    reached = [place for place, _ in places(stage) if place[0] == "@"]
    assert len(reached) == 1
    assert reached[0] in {"@clara", "@devi"}
    await stage.stop()
    await wake_at(stage, FIRST + 14 * DAY)
    assert [place for place, _ in places(stage) if place[0] == "@"] == reached


async def test_whom_no_direct_message_reaches_is_mentioned_in_a_thread(stage: Stage) -> None:
    await gathering(stage, "ben", "clara")
    await stage.advance_to(FIRST - HOUR)
    stage.env.inject_error("POST", "/users/@me/channels", status=403, code=50007, times=2)
    await stage.start()
    assert [place for place, _ in places(stage)] == ["#ml-theory"]
    await stage.advance_to(FIRST - HOUR + timedelta(seconds=31))
    # simcord shows that a thread was made with an empty message in the channel.
    [(place, text, pings)] = [one for one in stage.heard() if one[1]]
    assert (place, pings) == ("#ML Theory #1", ("ben", "clara"))
    assert text.splitlines()[:3] == [
        "### 🔔 ML Theory #1 in 1 hour",
        "<t:1667678400:F> · <t:1667678400:R>",
        "@ben @clara",
    ]


@pytest.mark.both_databases
async def test_an_outage_ends_with_the_nearest_reminder_alone(stage: Stage) -> None:
    await gathering(stage)
    await wake_at(stage, FIRST - timedelta(minutes=40))
    await stage.restart()
    assert places(stage) == [("#ml-theory", "### 🔔 ML Theory #1 in 40 minutes")]


async def test_just_after_the_start_it_is_said_that_it_has_begun(stage: Stage) -> None:
    await gathering(stage, "ben")
    await wake_at(stage, FIRST)
    assert places(stage) == [
        ("#ml-theory", "### 🔔 ML Theory #1 has begun"),
        ("@ben", "### 🔔 ML Theory #1 has begun"),
    ]


async def test_nothing_is_said_long_after_the_start(stage: Stage) -> None:
    await gathering(stage, "ben")
    await wake_at(stage, FIRST + timedelta(minutes=15))
    assert places(stage) == []


async def test_a_deleted_channel_is_told_to_leads_and_messages_go_on(stage: Stage) -> None:
    await gathering(stage, "ben")
    stage.env.backend.delete_channel(stage.channel.id)
    await wake_at(stage, FIRST - HOUR)
    assert sorted(places(stage)) == [
        ("@ben", "### 🔔 ML Theory #1"),
        ("@maya", "### ML Theory needs a lead"),
    ]


async def test_a_forbidden_channel_is_told_to_leads_and_opens_again(stage: Stage) -> None:
    await gathering(stage)
    stage.deny(stage.channel, send_messages=True)
    await wake_at(stage, FIRST - HOUR)
    [(place, told, _)] = stage.heard()
    assert (place, told.splitlines()[1]) == (
        "@maya",
        "I can't write in the group's channel: I need Send Messages. Direct messages go on.",
    )
    stage.deny(stage.channel)
    await stage.stop()
    await wake_at(stage, FIRST - timedelta(minutes=10))
    assert places(stage) == [("#ml-theory", "### 🔔 ML Theory #1 in 10 minutes")]
