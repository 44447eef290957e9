"""Past ballots, their record, and one's own vote, asked for in the server."""

import json
from typing import Any

import pytest
from shown import find_id, flat, text_of
from stage import Stage


async def counted(stage: Stage) -> Any:
    """The message of the result after Ben chose Alpha and Clara both."""
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    await stage.pitch("clara", "Beta")
    # Everybody has this role, though no list of a member's roles names it.
    everybody = stage.guild.default_role
    asked = {"talks": 1, "rule": "most_votes", "review": False, "role": everybody}
    await stage.slash("maya", "ballot open", **asked)
    ballot = stage.channel.last_message
    assert ballot is not None
    for voter, letters in (("ben", "🇦"), ("clara", "🇦🇧")):
        for letter in letters:
            await stage[voter].react(ballot, letter)
    await stage.slash("maya", "ballot close")
    [result] = [one for one in stage.posted() if "is counted" in flat(one.components)]
    return result


@pytest.mark.both_databases
async def test_members_ask_after_a_restart_and_leads_take_the_record(stage: Stage) -> None:
    result = await counted(stage)
    await stage.restart()
    told = await stage["clara"].click(result, label="Was my vote counted?")
    assert text_of(told) == (
        "### 🗳️ Your vote in ML Theory\n"
        "Your vote counted for 🇦 🇧.\n"
        "🇦 **Alpha** · elected\n"
        "🇧 **Beta** · not elected this time\n"
        "-# Nobody else sees this answer."
    )
    assert told.response is not None
    assert told.response.ephemeral
    [(label, number)] = [
        (one["name"], one["value"])
        for one in await stage["ben"].autocomplete(stage.channel, "ballot status", "past", "alp")
    ]
    assert label.endswith(": Alpha")
    seen = await stage["ben"].slash(stage.channel, "ballot status", past=number)
    assert "[Export]" not in text_of(seen)
    shown = await stage["maya"].slash(stage.channel, "ballot status", past=number)
    assert shown.response is not None
    record = find_id(shown.response.components, "record")
    forged = await stage.press_at_once("ben", shown.response, record)
    assert "Only the leads of ML Theory" in text_of(forged[0])
    taken = await stage["maya"].click(shown.response, label="Export")
    assert taken.response is not None
    assert taken.response.ephemeral
    names = [one.filename for one in taken.response.attachments]
    assert names == [
        f"ballot-{number}.json",
        f"ballot-{number}-topics.csv",
        f"ballot-{number}-votes.csv",
    ]
    document = json.loads(await taken.response.attachments[0].read())
    assert document["ballots"] == {str(stage["ben"].id): [1], str(stage["clara"].id): [1, 2]}
