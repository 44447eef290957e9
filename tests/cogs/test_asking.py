"""Dates with several readings are asked back with buttons, and the very act goes on with one."""

from datetime import datetime, timedelta

from shown import find_id, text_of
from simcord import InteractionResult
from stage import Stage

from bot.members.unsent import KEPT
from bot.places.phrases import preload

FIRST = datetime.fromisoformat("2022-11-05T20:00+00:00")
NO = "### That doesn't work\n"
ASKED = "### 🕰️ Which one do you mean?\n"
ENDING = "-# Nothing has happened yet. You may answer for a week; only you see this."


def buttons(shown: InteractionResult) -> list[str]:
    return [line[1:-1] for line in text_of(shown).splitlines() if line.startswith("[")]


async def move(stage: Stage, to: str, who: str = "maya") -> InteractionResult:
    return await stage[who].slash(stage.channel, "session move", number=2, to=to)


async def test_a_day_and_month_in_either_order_are_asked_and_the_move_goes_on_after_a_restart(
    stage: Stage,
) -> None:
    await stage.set_up_group()
    await stage.slash("maya", "me timezone", city="Berlin")
    shown = await move(stage, "11/12 14:00")
    assert shown.ephemeral
    assert text_of(shown).startswith(
        f"{ASKED}“11/12” may be a day and a month in either order.\n"
        "- **Saturday 12 November, 14:00 in Denver** (UTC−07:00) · "
        "for you Saturday 12 November, 22:00 in Berlin · <t:1668286800:R>\n"
        "- **Sunday 11 December, 14:00 in Denver** (UTC−07:00) · "
        "for you Sunday 11 December, 22:00 in Berlin · <t:1670792400:R>\n"
    )
    assert buttons(shown) == ["Saturday 12 November, 14:00", "Sunday 11 December, 14:00"]
    assert ENDING in text_of(shown)
    await stage.restart()
    preview = await stage["maya"].click(shown.response, label="Saturday 12 November, 14:00")
    assert text_of(preview).startswith(
        "### ↪️ Move ML Theory #2?\nTo **Saturday 12 November, 14:00 in Denver**"
    )
    done = await stage["maya"].click(preview.response, label="Move only this one")
    assert text_of(done).startswith("### ↪️ Moved: 📅 ML Theory #2")


async def test_a_day_alone_keeps_the_hour_and_an_hour_alone_the_day(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await move(stage, "11/12")
    assert buttons(shown) == ["Saturday, November 12, 2:00 PM", "Sunday, December 11, 2:00 PM"]
    preview = await stage["maya"].click(shown.response, label="Saturday, November 12, 2:00 PM")
    assert "To **Saturday, November 12, 2:00 PM in Denver**" in text_of(preview)
    later = await move(stage, "18:00")
    assert "To **Saturday, November 19, 6:00 PM in Denver**" in text_of(later)


async def test_an_hour_that_never_comes_and_one_that_comes_twice(stage: Stage) -> None:
    await stage.set_up_group()
    gap = await move(stage, "2023-03-12 02:30")
    assert buttons(gap) == [
        "Sunday, March 12, 2023, 1:30 AM (before the clocks change, UTC−07:00)",
        "Sunday, March 12, 2023, 3:30 AM (after it, UTC−06:00)",
    ]
    fold = await move(stage, "2022-11-06 01:30")
    labels = [
        "Sunday, November 6, 1:30 AM (the first, UTC−06:00)",
        "Sunday, November 6, 1:30 AM (the second, UTC−07:00)",
    ]
    assert buttons(fold) == labels
    preview = await stage["maya"].click(fold.response, label=labels[1])
    assert "1:30 AM in Denver** (UTC−07:00)" in text_of(preview)


async def test_where_one_reading_alone_lies_ahead_that_is_asked_about(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.advance_to(stage.now + timedelta(hours=3))
    shown = await stage["maya"].slash(stage.channel, "session move", number=1, to="Sat 14:00")
    assert text_of(shown).startswith("### 🕰️ Is this what you mean?\n“Sat 14:00” may be")
    assert buttons(shown) == ["Saturday, November 5, 2:00 PM"]


async def test_an_extra_session_on_another_clock(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(
        stage.channel, "session add", when="Sat 10:00 CST", minutes=90
    )
    assert "“CST” is a clock that several places go by." in text_of(shown)
    [chicago] = [label for label in buttons(shown) if "Chicago" in label]
    preview = await stage["maya"].click(shown.response, label=chicago)
    assert "On **Saturday, November 5, 9:00 AM in Denver**" in text_of(preview)
    assert "An extra session" in text_of(preview)


async def test_a_ballots_close_is_asked_about(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.pitch("ben", "Qubits")
    shown = await stage["maya"].slash(
        stage.channel, "ballot open", sessions=2, talks=1, closes="11/12 18:00"
    )
    assert buttons(shown) == ["Saturday, November 12, 6:00 PM", "Sunday, December 11, 6:00 PM"]
    opened = await stage["maya"].click(shown.response, label="Saturday, November 12, 6:00 PM")
    assert "<t:1668301200:F>" in text_of(opened)
    assert any("what shall we hear next?" in str(one) for one in stage.said())


async def test_both_days_away_may_be_asked_about_one_after_the_other(stage: Stage) -> None:
    shown = await stage["ben"].slash(stage.channel, "me away", **{"from": "3/12", "until": "5/12"})
    assert buttons(shown) == ["Saturday 3 December", "Sunday, 12 March 2023"]
    again = await stage["ben"].click(shown.response, label="Saturday 3 December")
    assert buttons(again) == ["Monday 5 December", "Friday, 12 May 2023"]
    told = await stage["ben"].click(again.response, label="Monday 5 December")
    assert "- Saturday 3 December until Monday 5 December" in text_of(told)


async def test_a_pause_and_a_form_are_asked_about_too(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(stage.channel, "group pause", until="12/11")
    preview = await stage["maya"].click(shown.response, label="Sunday 11 December")
    assert "Let ML Theory pause?" in text_of(preview)
    card = await stage["maya"].slash(stage.channel, "group edit")
    form = await stage["maya"].click(card.response, label="When we meet")
    typed = {"rhythm": "Tuesday 16:00", "since": "12/11", "minutes": "60"}
    asked = await stage["maya"].submit_modal(form, typed)
    assert buttons(asked) == ["Saturday 12 November", "Sunday 11 December"]
    await stage.restart()
    preview = await stage["maya"].click(asked.response, label=buttons(asked)[0])
    assert "Change when ML Theory meets?" in text_of(preview)


async def test_a_first_session_is_asked_about_before_there_is_a_draft(stage: Stage) -> None:
    asked = await stage.draft_group(first_session="11/12 14:00")
    draft = await stage["maya"].click(asked.response, label="Saturday, November 12, 2:00 PM")
    assert "- Saturday, November 12, 2:00 PM (UTC−07:00)" in text_of(draft)


async def test_nobody_elses_question_is_answered_and_an_old_one_says_so(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await move(stage, "11/12 14:00")
    assert shown.response is not None
    pressed = find_id(shown.response.components, "when:")
    [refused] = await stage.press_at_once("ben", shown.response, pressed)
    assert text_of(refused).endswith(f"{NO}What you typed is not here any more: start again.")
    await stage.stop()
    await stage.advance_to(stage.now + KEPT + timedelta(minutes=1))
    await stage.start()
    late = await stage["maya"].click(shown.response, label=buttons(shown)[1])
    assert text_of(late).endswith(f"{NO}What you typed is not here any more: start again.")


async def test_a_reading_that_has_passed_meanwhile_is_refused(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await move(stage, "tomorrow at 8")
    await stage.advance_to(stage.now + timedelta(days=1))
    late = await stage["maya"].click(shown.response, label=buttons(shown)[0])
    assert "has passed already (I read " in text_of(late)


async def test_the_tables_of_all_languages_are_read_before_anybody_asks(stage: Stage) -> None:
    assert stage.bot.is_ready()
    assert preload.cache_info().currsize == 1
