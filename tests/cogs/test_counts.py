"""The buttons with which a lead decides about a count that can't be vouched for."""

import discord
from shown import text_of
from sqlalchemy import update
from stage import Stage

from bot.ballots.store import OPTIONS

CLOSES = "2022-11-01 12:00"
DONE = "### ✅ Done\n"


async def open_ballot(stage: Stage) -> discord.Message:
    """Maya's ballot over Ben's Alpha, for which Devi votes."""
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    await stage.slash("maya", "ballot open", talks=1, closes=CLOSES, review=False)
    ballot = stage.channel.last_message
    assert ballot is not None
    await stage["devi"].react(ballot, "🇦")
    stage.said()
    return ballot


async def close_in_doubt(stage: Stage) -> discord.Message:
    """The message that asks Maya, since somebody has changed the stored topics."""
    async with stage.bot.db.begin() as tx:
        await tx.execute(update(OPTIONS).values(title="Omega"))
    await stage.slash("maya", "ballot close")
    [(place, text, pings)] = stage.heard()
    assert (place, text.splitlines()[0], pings) == (
        "@maya",
        "### 🗳️ ML Theory: a count needs your decision",
        (),
    )
    return stage["maya"].user.dm_channel.history()[-1]


async def press(stage: Stage, asked: discord.Message, label: str) -> str:
    """What Maya sees after pressing it in her direct messages."""
    return text_of(await stage["maya"].user.click(asked, label=label))


async def test_a_lead_opens_a_doubtful_ballot_again_and_then_accepts_its_count(
    stage: Stage,
) -> None:
    ballot = await open_ballot(stage)
    first = await close_in_doubt(stage)
    opened = await press(stage, first, "Open for a day")
    assert opened.startswith(f"{DONE}The ballot of ML Theory is open again until <t:")
    [(place, text, _)] = stage.heard()
    assert (place, text.splitlines()[0]) == (
        "#ml-theory",
        "### 🗳️ ML Theory: please look at your votes again",
    )
    await stage["kenji"].react(ballot, "🇦")
    second = await close_in_doubt(stage)
    await stage.restart()
    accepted = await press(stage, second, "Accept")
    assert accepted == (
        f"{DONE}The count stands; ML Theory gets its result in a moment, with a note on it."
    )
    [(place, text, pings)] = stage.heard()
    assert (place, text.splitlines()[:3], pings) == (
        "#ml-theory",
        [
            "### 🗳️ ML Theory: the vote is counted",
            "2 people voted.",
            "The talk goes to a pitch many want whose supporters were picked least so far.",
        ],
        ("ben",),
    )
    assert "⚠️ The stored topics had been changed; a lead accepted the count." in text


async def test_a_lead_calls_a_doubtful_ballot_off(stage: Stage) -> None:
    await open_ballot(stage)
    asked = await close_in_doubt(stage)
    assert await press(stage, asked, "Call off") == (
        f"{DONE}The ballot of ML Theory is called off; its topics are on the backlog."
    )
    assert "Alpha" in await stage.slash("ben", "topics")
    assert stage.heard() == []
