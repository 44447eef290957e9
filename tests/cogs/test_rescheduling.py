"""Leads bend the calendar in Discord: what they see, what the channel, events and people get."""

from datetime import datetime, timedelta

import pytest
from shown import find_id, flat, text_of
from simcord import InteractionResult
from stage import Stage

FIRST = datetime.fromisoformat("2022-11-05T20:00+00:00")
SECOND = datetime.fromisoformat("2022-11-19T21:00+00:00")
FORTNIGHT = timedelta(days=14)
HOUR = timedelta(hours=1)
NO = "### That doesn't work\n"


@pytest.fixture
def is_mirrored() -> bool:
    return True


def events(stage: Stage) -> list[tuple[str, datetime]]:
    """Name and start of the server's native events, the soonest first."""
    found = stage.env.backend.get_guild(stage.guild.id).scheduled_events.values()
    pairs = [(one.name, datetime.fromisoformat(one.scheduled_start_time)) for one in found]
    return sorted(pairs, key=lambda pair: pair[1])


async def rsvp(stage: Stage, who: str) -> None:
    shown = await stage[who].slash(stage.channel, "next")
    await stage[who].click(shown.response, label="Going")


async def elect(stage: Stage, *titles: str) -> None:
    """Talks by ben and clara in the first session."""
    for who, title in zip(("ben", "clara"), titles, strict=True):
        await stage.pitch(who, title)
    await stage.slash("maya", "ballot open", sessions=2, talks=1, review=False)
    ballot = stage.channel.last_message
    await stage["devi"].react(ballot, "🇦")
    await stage["devi"].react(ballot, "🇧")
    await stage["kenji"].react(ballot, "🇦")
    await stage.slash("maya", "ballot close")


def press(shown: InteractionResult, label: str) -> str:
    """The id of a button that is shown."""
    assert shown.response is not None
    assert f"[{label}]" in flat(shown.response.components)
    return find_id(shown.response.components, "bend")


async def test_a_lead_thinks_better_of_a_move(stage: Stage) -> None:
    await stage.set_up_group()
    before = events(stage)
    stage.said()
    left = await stage.bend("maya", "move", "Leave it as it is", number=1, to="2022-11-06 10:30")
    assert text_of(left) == "### Nothing has changed\nThe calendar stays as it was."
    again = await stage["maya"].slash(
        stage.channel, "session move", number=1, to="2022-11-06 10:30"
    )
    assert "[Move only this one]" in text_of(again)
    await stage.advance_to(stage.now + HOUR)
    assert (events(stage), stage.said()) == (before, [])


async def test_a_shift_is_shown_done_and_told_once_and_survives_a_restart(stage: Stage) -> None:
    await stage.set_up_group()
    for who in ("ben", "clara"):
        await rsvp(stage, who)
    stage.said()
    shown = await stage["maya"].slash(
        stage.channel, "session move", number=1, to="2022-11-06 10:30"
    )
    assert shown.ephemeral
    await stage["maya"].click(shown.response, label="Shift the rest too…")
    assert (stage.heard(), len(events(stage)), events(stage)[0][1]) == ([], 6, FIRST)
    await stage.restart()
    done = await stage["maya"].click(shown.response, label="Shift this and the rest")
    assert text_of(done).splitlines()[0] == "### ↪️ Shifted: ML Theory"
    moved = datetime.fromisoformat("2022-11-06T17:30+00:00")
    assert events(stage) == [(f"ML Theory #{n + 1}", moved + n * FORTNIGHT) for n in range(6)]
    [(place, told, pings)] = stage.heard()
    assert (place, told.splitlines()[0], pings) == (
        "#ml-theory",
        "### ↪️ ML Theory moves, from #1 on",
        ("ben", "clara"),
    )
    await stage.advance_to(moved - HOUR + timedelta(minutes=1))
    said = [one.splitlines()[0] for _, one, _ in stage.heard()]
    assert said == [f"### 🔔 ML Theory #1 in {lead}" for lead in ("1 week", "1 day", "1 hour")]


async def test_a_speaker_who_is_away_changes_places_with_the_next(stage: Stage) -> None:
    await stage.set_up_group()
    await elect(stage, "Alpha", "Beta")
    stage.said()
    await stage.bend("maya", "skip", "Away: Alpha", "Let the next one step in", number=1)
    [(_, told, pings)] = stage.heard()
    assert told.splitlines()[:5] == [
        "### 🔁 Other speakers in ML Theory",
        "**#1** <t:1667678400:F>",
        "1. **Beta** · @clara",
        "**#2** <t:1668891600:F>",
        "1. **Alpha** · @ben",
    ]
    assert pings == ("ben", "clara")
    assert events(stage)[:2] == [("ML Theory #1: Beta", FIRST), ("ML Theory #2: Alpha", SECOND)]


async def test_a_skip_without_a_meeting_and_its_undo(stage: Stage) -> None:
    await stage.set_up_group()
    await elect(stage, "Alpha", "Beta")
    before = events(stage)
    stage.said()
    await stage.bend("maya", "skip", "No meeting", "No meeting", number=1)
    after = events(stage)
    assert after[:1] == [("ML Theory #2: Alpha · Beta", SECOND)]
    [(_, told, _)] = stage.heard()
    assert told.splitlines()[:3] == [
        "### ⏭️ ML Theory skips a meeting",
        "**#1** no meeting on <t:1667678400:F>",
        "🕑 2:00 PM in Denver",
    ]
    acts = await stage["maya"].slash(stage.channel, "audit")
    assert acts.ephemeral
    assert " skipped #1 (<t:1667678400:D>)\n-# <t:" in text_of(acts)
    await stage.restart()
    undone = await stage["maya"].click(acts.response, label="Undo 1")
    assert "✅ You took back: skipped #1" in text_of(undone)
    assert events(stage) == before
    [(_, told, _)] = stage.heard()
    assert told.splitlines()[:2] == [
        "### ↩️ ML Theory: a change is taken back",
        "**#1** takes place: <t:1667678400:F>",
    ]
    await stage.advance_to(FIRST)
    said = [one.splitlines()[0] for _, one, _ in stage.heard()]
    assert said == [
        f"### 🔔 ML Theory #1 in {lead}" for lead in ("1 week", "1 day", "1 hour", "10 minutes")
    ]
    late = await stage["maya"].click(acts.response, label="Undo 1")
    assert text_of(late).endswith(
        f"{NO}Session #1 has begun by now, or would have: that can't be taken back."
    )


async def test_a_member_presses_a_leads_button_in_vain(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(
        stage.channel, "session move", number=1, to="2022-11-06 10:30"
    )
    assert shown.response is not None
    pressed = press(shown, "Move only this one")
    [refused] = await stage.press_at_once("ben", shown.response, pressed)
    assert text_of(refused).endswith(
        f"{NO}Only the leads of ML Theory can do this: ask one of them."
    )
    assert events(stage)[0] == ("ML Theory #1", FIRST)


@pytest.mark.both_databases
async def test_a_double_press_moves_once(stage: Stage) -> None:
    await stage.set_up_group()
    stage.said()
    shown = await stage["maya"].slash(
        stage.channel, "session move", number=1, to="2022-11-06 10:30"
    )
    assert shown.response is not None
    pressed = press(shown, "Move only this one")
    found = await stage.press_at_once("maya", shown.response, pressed, pressed)
    texts = sorted(text_of(one) for one in found)
    assert sum("That is done already: `/audit` takes it back." in text for text in texts) == 1
    assert len(stage.heard()) == 1


async def test_an_extra_session_is_added(stage: Stage) -> None:
    await stage.set_up_group()
    stage.said()
    await stage.bend("maya", "add", "Add the session", when="2022-11-12 10:00", minutes=90)
    assert events(stage)[1] == ("ML Theory #7", datetime.fromisoformat("2022-11-12T17:00+00:00"))
    [(_, told, _)] = stage.heard()
    assert told.splitlines()[0] == "### ➕ ML Theory #7: an extra session"
