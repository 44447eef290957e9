"""Buttons, lists and forms find their way by the id they carry, also long after."""

import discord
import pytest
from shown import flat, text_of
from stage import Stage

from bot.cards import Button, Card
from bot.groups.model import GroupChange
from bot.members.model import Actor
from bot.rescheduling.tellings import ACTS_SHOWN
from cogs.fields import Field, PersonField
from cogs.look import draw
from cogs.pitches import form_of, pitch_fields

NO = "### That doesn't work\n"


async def shown_by_an_older_version(stage: Stage, action: str) -> discord.Message:
    """A card of ours with a button that nobody answers to any more."""
    card = Card(title="Old", buttons=(Button(label="Press", action=action),))
    channel = stage.bot.get_channel(stage.channel.id)
    return await channel.send(view=draw(card))


@pytest.mark.parametrize("action", ["retired:1", "retired"])
async def test_a_button_of_an_older_version_says_so(stage: Stage, action: str) -> None:
    message = await shown_by_an_older_version(stage, action)
    pressed = await stage["ben"].click(message, label="Press")
    assert (text_of(pressed), pressed.ephemeral) == (
        f"{NO}This button is from an older version of me: use the command instead.",
        True,
    )


async def test_a_button_about_something_that_is_gone_says_so(stage: Stage) -> None:
    message = await shown_by_an_older_version(stage, "pitch:withdraw:999")
    pressed = await stage["ben"].click(message, label="Press")
    assert text_of(pressed) == f"{NO}That pitch is not here any more."
    message = await shown_by_an_older_version(stage, "setup:publish:999")
    pressed = await stage["maya"].click(message, label="Press")
    assert flat(pressed.followups[0].components) == (
        f"{NO}This draft was discarded: start again with `/group setup`."
    )
    message = await shown_by_an_older_version(stage, "again:999")
    pressed = await stage["ben"].click(message, label="Press")
    assert text_of(pressed) == f"{NO}What you typed is not here any more: start again."


async def test_a_form_that_was_open_during_a_restart_is_taken(stage: Stage) -> None:
    await stage.set_up_group()
    form = await stage["ben"].slash(stage.channel, "pitch")
    await stage.restart()
    receipt = await stage["ben"].submit_modal(form, {"title": "Qubits"})
    assert text_of(receipt).startswith("### Your pitch is in\n**Qubits**")


async def test_a_form_of_an_older_version_says_so(stage: Stage) -> None:
    await stage.set_up_group()
    form = await stage["ben"].slash(stage.channel, "pitch")
    await stage.restart()
    del stage.bot.routes.forms["pitch"]
    refused = await stage["ben"].submit_modal(form, {"title": "Qubits"})
    assert (text_of(refused), refused.ephemeral) == (
        f"{NO}This form is from an older version of me: use the command instead.",
        True,
    )


def test_a_field_holds_what_fits_in_discords_box() -> None:
    box = Field("why", "Why", {"why": "x" * 5_000}, is_long=True).draw().component
    assert (box.custom_id, box.default, box.required, box.style) == (
        "why",
        "x" * 4_000,
        False,
        discord.TextStyle.paragraph,
    )


def test_a_persons_field_holds_who_was_chosen() -> None:
    drawn = [PersonField("speaker", "Who", {"speaker": one}).draw().component for one in ("12", "")]
    assert [[one.id for one in box.default_values] for box in drawn] == [[12], []]
    assert [(box.min_values, box.max_values, box.required) for box in drawn] == [(0, 1, False)] * 2


@pytest.mark.parametrize(("typed", "speaker_id"), [("12", 12), ("", None), ("x", None)])
def test_a_speaker_is_somebody_or_wanted(typed: str, speaker_id: int | None) -> None:
    assert form_of({"title": "T", "speaker": typed}).speaker_id == speaker_id
    assert [field.key for field in pitch_fields({})] == ["title", "why", "sources", "speaker"]


async def test_leads_leaf_through_what_was_done_also_after_a_restart(stage: Stage) -> None:
    await stage.set_up_group()
    maya = Actor(user_id=stage["maya"].id, server_id=stage.guild.id, channel_id=stage.channel.id)
    for number in range(ACTS_SHOWN):
        with stage.env._bot_scope():
            await stage.bot.rooms.groups.edit(maya, None, GroupChange(about=f"{number}"))
    await stage.restart()
    newest = await stage["maya"].slash(stage.channel, "audit")
    assert "published the group" not in text_of(newest)
    older = await stage["maya"].click(newest.response, label="Older")
    assert f"**9.** {stage['maya'].mention} published the group\n-# <t:" in text_of(older)
    again = await stage["maya"].click(older.response, label="Newer")
    assert text_of(again) == text_of(newest)
