"""Word of a vote that ends, as a follower gets it who has not voted."""

from datetime import timedelta

from shown import text_of
from stage import START, Stage

CLOSES = "2022-11-01 12:00"
DAY = timedelta(days=1)


async def test_who_has_not_voted_is_written_to_and_can_end_it(stage: Stage) -> None:
    await stage.set_up_group()
    for who in ("ben", "clara"):
        await stage.slash(who, "follow")
        wishes = await stage[who].slash(stage.channel, "me reminders")
        await stage[who].select(wishes.response, ["votes"], custom_id="remind:choose")
    await stage.pitch("ben", "Alpha")
    await stage.slash("maya", "ballot open", talks=1, closes=CLOSES)
    ballot = stage.channel.last_message
    assert ballot is not None
    await stage["clara"].react(ballot, "🇦")
    stage.said()
    await stage.advance_to(START + 2 * DAY)
    assert [one for one in stage.heard() if one[0] != "#ml-theory"] == [
        (
            "@ben",
            "### 🗳️ ML Theory: the vote closes soon\n"
            "**Tuesday, November 1, 12:00 PM in Denver, in 1 day**\n"
            "1 topic for 1 seat, and you have not voted yet. React there with the letter of every "
            "topic you would come for.\n"
            "[Go to the vote]\n[Not about votes]\n"
            f"-# You asked for direct messages; /me reminders in <#{stage.channel.id}> changes "
            "that. I write once about each vote.",
            (),
        )
    ]
    [reminder] = stage["ben"].user.dm_channel.history()
    await stage.restart()
    stopped = await stage["ben"].user.click(reminder, label="Not about votes")
    assert text_of(stopped) == (
        "### ✅ Done\nI won't write to you about votes any more. `/me reminders` in the server "
        "undoes it."
    )
    shown = await stage["ben"].slash(stage.channel, "me reminders")
    assert "I don't write to you." in text_of(shown)
    await stage.advance_to(START + 3 * DAY)
    assert "@ben" not in {place for place, _, _ in stage.heard()}
