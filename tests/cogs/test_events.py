"""Native events as leads change them in Discord's own dialog, and what they are asked then."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import simcord
from shown import flat, text_of
from simcord import InteractionResult
from simcord.results import ResponseMessage
from stage import Stage

FIRST = datetime.fromisoformat("2022-11-05T20:00+00:00")
THEIRS = datetime.fromisoformat("2022-11-06T22:00+00:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def is_mirrored() -> bool:
    return True


def first_event(stage: Stage) -> Any:
    """The first session's event as Discord holds it."""
    events = stage.env.backend.get_guild(stage.guild.id).scheduled_events.values()
    return min(events, key=lambda one: one.scheduled_start_time)


async def wait(stage: Stage) -> None:
    """Let what was heard of settle, and be done."""
    await stage.env.settle()
    await stage.advance_to(stage.now + timedelta(seconds=15))
    # APScheduler's alarms ring by the wall clock, which stands still here.
    await stage.bot.runner.run_due()
    await stage.env.settle()


async def put_off(stage: Stage) -> None:
    """Let a lead set another time in the event's dialog."""
    changes = {
        "scheduled_start_time": THEIRS.isoformat(),
        "scheduled_end_time": (THEIRS + HOUR).isoformat(),
    }
    stage.env.backend.edit_scheduled_event(stage.guild.id, first_event(stage).id, changes)
    await wait(stage)


def told(stage: Stage, who: str) -> list[ResponseMessage]:
    """The direct messages that somebody has got."""
    channel_id = stage.env.backend.dm_channels.get(stage[who].id)
    messages = stage.env.backend.messages[channel_id].values() if channel_id else ()
    return [ResponseMessage(stage.env, one) for one in messages]


def starts(stage: Stage) -> datetime:
    return datetime.fromisoformat(first_event(stage).scheduled_start_time)


async def press(stage: Stage, label: str, who: str = "maya") -> InteractionResult:
    return await stage[who].user.click(told(stage, "maya")[-1], label=label)


async def test_a_changed_time_is_asked_about_and_taken_over(stage: Stage) -> None:
    await stage.set_up_group()
    await put_off(stage)
    [question] = told(stage, "maya")
    assert flat(question.components) == (
        "### ✏️ Somebody changed the event of ML Theory #1\n"
        "**Starts** <t:1667678400:F> → <t:1667772000:F>\n"
        "I leave the event alone until one of the group's leads decides.\n"
        "[Take it over]\n[Put mine back]\n"
        "-# Taking it over moves the session as `/session move` does: reminders, calendars and "
        "everybody who is going hear of it. A name and a description stay as they are written "
        "there."
    )
    await stage.restart()
    await press(stage, "Take it over")
    assert "↪️ ML Theory #1 has moved" in "".join(flat(one.components) for one in stage.posted())
    [answered] = told(stage, "maya")
    assert "Session #1 of ML Theory now is what its event says." in flat(answered.components)
    assert starts(stage) == THEIRS
    assert len(told(stage, "maya")) == 1


async def test_a_changed_time_is_put_back(stage: Stage) -> None:
    await stage.set_up_group()
    await put_off(stage)
    assert starts(stage) == THEIRS
    await press(stage, "Put mine back")
    await wait(stage)
    assert (starts(stage), len(told(stage, "maya"))) == (FIRST, 1)


async def test_what_we_change_ourselves_is_not_asked_about(stage: Stage) -> None:
    await stage.set_up_group()
    for to in ("2022-11-06 10:30", "2022-11-06 11:30"):
        await stage.bend("maya", "move", "Move only this one", number=1, to=to)
        await wait(stage)
    await stage.bend("maya", "cancel", "Cancel the session", number=1)
    await wait(stage)
    assert told(stage, "maya") == []


@pytest.mark.both_databases
async def test_an_edit_while_the_bot_is_down_is_found_when_it_is_back(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.stop()
    stage.env.backend.edit_scheduled_event(
        stage.guild.id, first_event(stage).id, {"name": "Reading *night*"}
    )
    await stage.start()
    await wait(stage)
    [question] = told(stage, "maya")
    assert r"**Name** ML Theory #1 → Reading \*night\*" in flat(question.components)


async def test_a_deleted_event_is_asked_about_and_made_again(stage: Stage) -> None:
    await stage.set_up_group()
    stage.env.backend.delete_scheduled_event(stage.guild.id, first_event(stage).id)
    await wait(stage)
    [question] = told(stage, "maya")
    buttons = flat(question.components).splitlines()[2:4]
    assert buttons == ["[Cancel the session]", "[Make it again]"]
    assert starts(stage) > FIRST
    await press(stage, "Make it again")
    await wait(stage)
    assert starts(stage) == FIRST


async def test_an_event_cancelled_in_discord_counts_as_deleted(stage: Stage) -> None:
    await stage.set_up_group()
    stage.env.backend.edit_scheduled_event(stage.guild.id, first_event(stage).id, {"status": 4})
    await wait(stage)
    [question] = told(stage, "maya")
    assert "🗑️ Somebody deleted the event of ML Theory #1" in flat(question.components)


async def test_an_event_moved_into_a_voice_channel_keeps_it_when_taken_over(stage: Stage) -> None:
    await stage.set_up_group()
    hall = stage.guild.create_voice_channel("hall")
    changes = {"entity_type": 2, "channel_id": hall.id, "entity_metadata": None}
    stage.env.backend.edit_scheduled_event(stage.guild.id, first_event(stage).id, changes)
    await wait(stage)
    [question] = told(stage, "maya")
    assert f"**Place** Stage 1 → <#{hall.id}>" in flat(question.components)
    await press(stage, "Take it over")
    await stage.bend("maya", "move", "Move only this one", number=1, to="2022-11-06 10:30")
    await wait(stage)
    event = first_event(stage)
    assert (event.entity_type, event.channel_id, starts(stage).hour) == (2, hall.id, 17)
    await stage.advance_to(datetime.fromisoformat("2022-11-06T16:31+00:00"))
    assert f"📍 <#{hall.id}>" in flat(stage.posted()[-1].components)


async def test_a_lead_of_another_server_can_press_nothing_here(stage: Stage) -> None:
    await stage.set_up_group()
    await put_off(stage)
    elsewhere = stage.env.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("theirs")
    stranger = elsewhere.add_member(stage.env.create_user("stranger"))
    maya = elsewhere.add_member(stage["maya"].user)
    [question] = told(stage, "maya")
    custom_id = simcord.components.walk_components(question.components)
    actions = [one["custom_id"] for one in custom_id if "custom_id" in one]
    carried = [one for one in actions if one.startswith("event:")]
    stored = stage.env.backend.create_message(
        channel.id, stage.env.backend.bot_user.id, components=question.components, flags=1 << 15
    )
    forged = ResponseMessage(stage.env, stored)
    for who in (stranger, maya):
        refused = text_of(await who.click(forged, custom_id=carried[0]))
        assert "That session is not here any more." in refused
    assert starts(stage) == THEIRS


async def test_interest_in_discord_is_shown_beside_those_going(stage: Stage) -> None:
    await stage.set_up_group()
    first_event(stage).user_ids |= {stage["ben"].id, stage["clara"].id}
    await stage.restart()
    await wait(stage)
    assert "2 people interested in the event" in await stage.slash("devi", "next")
