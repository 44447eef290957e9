"""Speakers answer with buttons: under the result, on their own card, and when they are asked."""

from shown import find_id, text_of
from stage import Stage


async def test_a_speaker_confirms_steps_back_and_the_next_takes_the_seat(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    await stage.pitch("clara", "Beta")
    await stage.slash("maya", "ballot open", talks=1, closes="2022-11-01 12:00", review=False)
    ballot = stage.channel.last_message
    for voter, letters in {"ben": "🇦", "clara": "🇦🇧"}.items():
        for letter in letters:
            await stage[voter].react(ballot, letter)
    await stage.slash("maya", "ballot close")
    result = stage.posted()[-1]
    refused = await stage["devi"].click(result, label="Confirm")
    assert text_of(refused) == (
        "### That doesn't work\nNone of these talks is yours: `/talk` shows any of them."
    )
    confirmed = await stage["ben"].click(result, label="Confirm")
    assert (confirmed.ephemeral, "✅ Confirmed" in text_of(confirmed)) == (True, True)
    asked = await stage["ben"].click(result, label="Can't")
    await stage.restart()
    done = await stage["ben"].click(asked.response, label="Another day")
    assert "stays promised: it gets the next free seat." in text_of(done)
    offer = stage.posted()[-1]
    assert find_id(offer.components, "ask:yes:") == "ask:yes:1"
    await stage["clara"].slash(stage.channel, "me away", **{"from": "2022-11-05"})
    asked = await stage["clara"].click(offer, label="Yes")
    [question] = asked.followups
    assert (question.ephemeral, "there all the same?" in text_of(asked)) == (True, True)
    assert find_id(stage.posted()[-1].components, "ask:yes:") == "ask:yes:1"
    await stage["clara"].click(question, label="Yes, I'll be there")
    assert "You are not away." in text_of(await stage["clara"].slash(stage.channel, "me away"))
    assert "presents it." in stage.posted()[-1].components[0]["components"][-1]["content"]
    card = await stage["clara"].slash(stage.channel, "talk")
    assert "### 🎤 Beta" in text_of(card)
    offered = await stage["devi"].autocomplete(stage.channel, "talk", "talk", "ALPH")
    assert [one["name"] for one in offered] == ["Promised · Alpha"]
    form = await stage["clara"].click(card.response, label="Links")
    linked = await stage["clara"].submit_modal(form, {"slides": "https://example.org/s"})
    assert "🎞️ Slides: [example.org](<https://example.org/s>)" in text_of(linked)
    topics = await stage.slash("devi", "topics")
    assert "**Promised, not yet delivered**\n1. **Alpha**" in topics


async def test_a_speaker_who_is_away_is_asked_before_they_confirm(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    await stage.slash("maya", "ballot open", talks=1, closes="2022-11-01 12:00", review=False)
    await stage["clara"].react(stage.channel.last_message, "🇦")
    await stage.slash("maya", "ballot close")
    await stage["ben"].slash(stage.channel, "me away", **{"from": "2022-11-05"})
    card = await stage["ben"].slash(stage.channel, "talk")
    asked = await stage["ben"].click(card.response, label="Confirm")
    assert "there all the same?" in text_of(asked)
    await stage.restart()
    sure = await stage["ben"].click(asked.response, label="Yes, all the same")
    assert "✅ Confirmed" in text_of(sure)
    assert "You are not away." in text_of(await stage["ben"].slash(stage.channel, "me away"))
