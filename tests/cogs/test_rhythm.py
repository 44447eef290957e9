"""Leads change when their group meets, as they do it in Discord, also after a restart."""

from backstage import FIRST as FIRST_AT
from backstage import THIRD as THIRD_AT
from shown import text_of
from stage import Stage

FIRST, THIRD = int(FIRST_AT.timestamp()), int(THIRD_AT.timestamp())


async def test_a_lead_types_another_rhythm_and_confirms_it_after_a_restart(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(stage.channel, "group edit")
    form = await stage["maya"].click(shown.response, label="When we meet")
    assert [part["label"] for part in form.modal["components"]] == [
        "Weekdays and hours",
        "From which day on",
        "How many minutes",
        "City whose clock the group keeps",
    ]
    typed = {"rhythm": "Tue 9h00 and Thu 16:00", "since": "2022-11-14", "minutes": "105"}
    preview = await stage["maya"].submit_modal(form, typed)
    assert preview.ephemeral
    assert (
        "🕑 November 15, November 22 and November 29: Tuesday 9:00 AM in Denver\n"
        "🕑 #2, November 24 and #3: Thursday 4:00 PM in Denver\n"
    ) in text_of(preview)
    await stage.restart()
    done = await stage["maya"].click(preview.response, label="Do it")
    assert text_of(done).startswith(
        "### ✅ ML Theory has new dates\n"
        "Every week on Tuesday at 9:00 AM, Thursday at 4:00 PM in Denver, for 105 minutes, from "
        f"November 14, 2022 on\n- #1 <t:{FIRST}:F>\n"
    )
    await stage.advance_to(stage.now)
    assert len([said for said in stage.said() if "ML Theory has new dates" in str(said)]) == 1


async def test_a_lead_moves_the_group_to_another_city_and_takes_it_back(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(stage.channel, "group edit")
    form = await stage["maya"].click(shown.response, label="When we meet")
    typed = {"rhythm": "every 2 weeks on Saturday 14:00", "since": "2022-11-05", "minutes": "60"}
    refused = await stage["maya"].submit_modal(form, {**typed, "city": "UTC-8"})
    assert "“UTC-8” is a clock, not a place" in text_of(refused)
    form = await stage["maya"].click(refused.response, label="Edit and send again")
    preview = await stage["maya"].submit_modal(form, {**typed, "city": "Los Angeles"})
    assert f"- **#1** ~~<t:{FIRST}:F>~~ → <t:{FIRST + 3600}:F>\n" in text_of(preview)
    assert "🕑 Saturday 2:00 PM in Los Angeles" in text_of(preview)
    await stage.restart()
    await stage["maya"].click(preview.response, label="Do it")
    await stage.advance_to(stage.now)
    told = [str(said) for said in stage.said() if "by the clock of **Los Angeles**" in str(said)]
    assert len(told) == 1
    assert f"<t:{FIRST + 3600}:F>" in await stage.slash("ben", "next")
    acts = await stage["maya"].slash(stage.channel, "audit")
    assert "moved the group to Los Angeles, from November 5, 2022 on" in text_of(acts)
    await stage["maya"].click(acts.response, label="Undo 1")
    assert f"<t:{FIRST}:F>" in await stage.slash("ben", "next")
    about = await stage.slash("ben", "group about")
    assert "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes." in about


async def test_a_lead_pauses_and_resumes(stage: Stage) -> None:
    await stage.set_up_group()
    preview = await stage["maya"].slash(stage.channel, "group pause", until="2022-11-30")
    assert "Let ML Theory pause?" in text_of(preview)
    await stage["maya"].click(preview.response, label="Do it")
    assert f"<t:{THIRD}:F>" in await stage.slash("ben", "next")
    preview = await stage["maya"].slash(stage.channel, "group resume")
    await stage["maya"].click(preview.response, label="Do it")
    assert f"<t:{FIRST}:F>" in await stage.slash("ben", "next")


async def test_a_lead_thinks_better_of_a_pause(stage: Stage) -> None:
    await stage.set_up_group()
    preview = await stage["maya"].slash(stage.channel, "group pause", until="2022-11-30")
    left = await stage["maya"].click(preview.response, label="Leave it as it is")
    assert text_of(left) == "### Nothing has changed\nThe group meets as before."
    assert f"<t:{FIRST}:F>" in await stage.slash("ben", "next")


async def test_a_lead_names_holidays_in_any_spelling(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["maya"].slash(stage.channel, "group edit")
    form = await stage["maya"].click(shown.response, label="Holidays")
    assert [part["label"] for part in form.modal["components"]] == ["Days without a meeting"]
    refused = await stage["maya"].submit_modal(form, {"days": "5 Nov, someday"})
    assert "I can't read “someday” as one certain day." in text_of(refused)
    form = await stage["maya"].click(refused.response, label="Edit and send again")
    preview = await stage["maya"].submit_modal(form, {"days": "5 Nov, 2022-11-19"})
    assert f"<t:{FIRST}:F>" in await stage.slash("ben", "next")
    await stage.restart()
    await stage["maya"].click(preview.response, label="Do it")
    assert f"<t:{THIRD}:F>" in await stage.slash("ben", "next")


async def test_members_are_refused_and_bad_days_are_quoted(stage: Stage) -> None:
    await stage.set_up_group()
    assert await stage.slash("ben", "group pause") == (
        "### That doesn't work\nOnly the leads of ML Theory can do this: ask one of them."
    )
    assert await stage.slash("maya", "group pause", until="soon") == (
        "### That doesn't work\nI can't read “soon” as one certain day. Write it like 2022-11-19."
    )


async def test_a_draft_gets_days_of_the_month_and_keeps_them_when_it_is_published(
    stage: Stage,
) -> None:
    draft = await stage.draft_group()
    form = await stage["maya"].click(draft.response, label="Rhythm")
    shown = await stage["maya"].submit_modal(form, {"rhythm": "2nd and 4th Saturday 14:00"})
    said = "Every month on the 2nd and 4th Saturday at 2:00 PM in Denver, for 60 minutes"
    assert f"{said}, 2 talks each.\n**The next six dates**\n- Saturday, November 12" in text_of(
        shown
    )
    published = await stage["maya"].click(shown.response, label="Publish")
    assert "ML Theory is open" in text_of(published)
    await stage.advance_to(stage.now)
    assert any(f"{said}, from November 12, 2022 on." in str(one) for one in stage.said())
