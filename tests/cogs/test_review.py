"""The seats as leads see them, in their direct messages and under `/ballot status`."""

from shown import find_id, flat, text_of
from stage import Stage


async def test_a_lead_publishes_from_a_direct_message_even_after_a_restart(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    await stage.pitch("clara", "Beta")
    await stage.slash("maya", "ballot open", sessions=2, talks=1, closes="2022-11-01 12:00")
    ballot = stage.channel.last_message
    assert ballot is not None
    for who, letters in {"ben": "🇦", "devi": "🇦🇧"}.items():
        for letter in letters:
            await stage[who].react(ballot, letter)
    stage.said()
    closing = await stage.slash("maya", "ballot close")
    assert "The leads get the seats by direct message in a moment" in closing
    [(place, text, _)] = stage.heard()
    assert (place, text.splitlines()[0]) == ("@maya", "### 👀 ML Theory: the seats, for its leads")
    assert "🇦 **Alpha** · @ben · 2 votes" in text
    assert "Alpha" not in await stage.slash("ben", "ballot status")
    [seats] = stage["maya"].user.dm_channel.history()
    await stage.restart()
    status = await stage["maya"].slash(stage.channel, "ballot status")
    pick = find_id(status.response.components, "seats:swap")
    swapped = await stage["maya"].select(status.response, ["1", "2"], custom_id=pick)
    assert text_of(swapped).index("Beta") < text_of(swapped).index("Alpha")
    pick = find_id(swapped.response.components, "seats:leave")
    left = await stage["maya"].select(swapped.response, ["1"], custom_id=pick)
    assert "🇧 **Beta** · @clara · 1 vote" in text_of(left).replace(
        f"<@{stage['clara'].id}>", "@clara"
    )
    edited = stage.env.backend.get_message(seats.channel.id, seats.id)
    text = flat(edited.components)
    assert text.index("Beta") < text.index("Alpha")  # The message has the seats as they are now.
    published = await stage["maya"].user.click(seats, label="Publish")
    assert text_of(published).splitlines()[0] == "### 👀 ML Theory: the seats are published"
    [(place, text, pings)] = stage.heard()
    assert (place, text.splitlines()[0], pings) == (
        "#ml-theory",
        "### 🗳️ ML Theory: the vote is counted",
        ("ben", "clara"),
    )
