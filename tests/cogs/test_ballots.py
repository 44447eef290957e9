"""A vote as the server's people live it: letters under a message, and a result to trust."""

from datetime import timedelta
from typing import Any

import discord
import pytest
from shown import flat, text_of
from sqlalchemy import update
from stage import START, Stage

from bot.ballots.model import BallotState
from bot.ballots.store import BALLOTS
from bot.cards import stamp
from bot.database import Database
from bot.jobs.model import DeliveryState
from bot.jobs.store import DELIVERIES
from bot.pitches.model import Pitch
from bot.pitches.store import add_pitch

DAYS = timedelta(days=3)
CLOSES = "2022-11-01 12:00"
"""Three days after the start, on Denver's clocks; a number of days would count from a clock that
runs ahead by moments on a slow machine."""

DUE = int((START + DAYS).timestamp())
SESSION_ONE = 1667678400
NO = "### That doesn't work\n"
DONE = "### ✅ Done\n"


async def open_ballot(stage: Stage, **options: Any) -> discord.Message:
    """Maya's ballot over Ben's Alpha and Clara's Beta; what led to it is said already."""
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    await stage.pitch("clara", "Beta")
    asked = {"talks": 1, "closes": CLOSES, "rule": "most_votes", "review": False, **options}
    await stage.slash("maya", "ballot open", **asked)
    ballot = stage.channel.last_message
    assert ballot is not None
    stage.said()
    return ballot


def letters(stage: Stage, ballot: discord.Message) -> dict[str, list[str]]:
    """Who stands behind each letter now."""
    backend = stage.env.backend
    names = {actor.id: name for name, actor in stage.members.items()}
    names[backend.bot_user.id] = "Lectern"
    message = backend.get_message(ballot.channel.id, ballot.id)
    return {one.emoji: [names[user_id] for user_id in one.user_ids] for one in message.reactions}


def text_on(stage: Stage, ballot: discord.Message) -> str:
    """What the ballot's own message says now."""
    people = {actor.id: name for name, actor in stage.members.items()}
    return flat(stage.env.backend.get_message(ballot.channel.id, ballot.id).components, people)


def alert(text: str) -> tuple[str, str, tuple[str, ...]]:
    """What Maya, who leads, hears privately."""
    card = (
        f"### ML Theory needs a lead\n{text}\n"
        "-# You get this as a lead of the group, each trouble at most once a day. Commands work in "
        "the group's server, not here."
    )
    return "@maya", card, ()


def lost(titles: str) -> tuple[str, str, tuple[str, ...]]:
    """What Maya hears of a ballot that is gone."""
    card = (
        "### 🗳️ ML Theory: a ballot is gone\n"
        f"The message or the channel of the ballot of {stamp(START)} was deleted, so no vote can "
        "be counted: I called it off.\n"
        f"Its topics are on the backlog again: {titles}\n[Open it again]\n"
        "-# Every lead of the group got this. In the server `/ballot status` has it, too."
    )
    return "@maya", card, ()


async def test_a_ballot_stands_in_the_channel_with_its_letters(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha", sources="2207.13443")
    shown = await stage["clara"].slash(stage.channel, "pitch")
    await stage["clara"].submit_modal(shown, {"title": "@everyone [x](http://y.org)"})
    stage.said()
    receipt = await stage.slash("maya", "ballot open", sessions=2, talks=2, closes=CLOSES)
    assert receipt == (
        "### Ballot of ML Theory\n"
        "2 topics for 4 seats. The ballot appears in the group's channel in a moment.\n"
        "It closes **Tuesday, November 1, 12:00 PM in Denver** (UTC−06:00) · "
        f"<t:{DUE}:F>"
    )
    [(place, text, pings)] = stage.heard()
    order = text.partition("wins: ")[2][:3]
    assert (place, text, pings) == (
        "#ml-theory",
        (
            "### 🗳️ ML Theory: what shall we hear next?\n"
            "React with the letter of every topic you would come for. The first talk is the one "
            "most of you want; the others go to people whose choices have been picked least, in "
            "this ballot and before.\n"
            "🇦 **Alpha** · @ben · [arXiv 2207.13443](<https://arxiv.org/abs/2207.13443>)\n"
            "🇧 **@\u200beveryone \\[x\\](http://y.org)** · speaker wanted\n"
            f"⏳ Closes <t:{DUE}:F> · <t:{DUE}:R>\n"
            "🪑 4 seats in #1 · <t:1667678400:F> and #2 · <t:1668891600:F>\n"
            f"-# Among equals the first of these wins: {order}. Runners-up of earlier ballots "
            "lead, the others were drawn by lot."
        ),
        (),
    )
    assert order in {"🇦 🇧", "🇧 🇦"}
    message = stage.channel.last_message
    assert message is not None
    assert letters(stage, message) == {"🇦": ["Lectern"], "🇧": ["Lectern"]}


async def test_votes_are_counted_when_time_is_up_and_only_speakers_are_pinged(
    stage: Stage,
) -> None:
    ballot = await open_ballot(stage)
    for voter in ("ben", "clara", "devi"):
        await stage[voter].react(ballot, "🇧")
    for voter in ("kenji", "devi"):
        await stage[voter].react(ballot, "🇦")
    await stage["devi"].unreact(ballot, "🇦")
    await stage["kenji"].react(ballot, "🍕")
    await stage.advance_to(START + DAYS)
    assert [heard for heard in stage.heard() if "🔔" not in heard[1]] == [
        (
            "#ml-theory",
            (
                "### 🗳️ ML Theory: the vote is counted\n"
                "4 people voted.\n"
                f"**#1 · <t:{SESSION_ONE}:F>**\n"
                "🇧 **Beta** · @clara · 3 votes\n"
                "**Back on the backlog**\n"
                "Alpha (1 vote)\n"
                "It goes first in a tie next time.\n"
                "[Confirm]\n[Swap]\n[Can't]\n[Was my vote counted?]"
            ),
            ("clara",),
        )
    ]


@pytest.mark.both_databases
async def test_votes_cast_and_taken_back_while_the_bot_is_down_count(stage: Stage) -> None:
    ballot = await open_ballot(stage)
    await stage["ben"].react(ballot, "🇦")
    await stage["clara"].react(ballot, "🇦")
    await stage.stop()
    await stage["ben"].unreact(ballot, "🇦")
    await stage["ben"].react(ballot, "🇧")
    await stage["devi"].react(ballot, "🇧")
    await stage.start()
    await stage.slash("maya", "ballot close")
    [result] = stage.said()
    assert result.text.splitlines()[1:4] == [
        "3 people voted.",
        f"**#1 · <t:{SESSION_ONE}:F>**",
        "🇧 **Beta** · @clara · 2 votes",
    ]


@pytest.mark.both_databases
async def test_a_ballot_due_while_the_bot_was_down_is_counted_when_it_is_back(
    stage: Stage,
) -> None:
    ballot = await open_ballot(stage)
    await stage["devi"].react(ballot, "🇦")
    await stage.stop()
    await stage.advance_to(START + DAYS + timedelta(hours=2))
    await stage["kenji"].react(ballot, "🇦")
    await stage.start()
    [result] = [one for one in stage.said() if "🗳️" in one.text]
    assert (result.text.splitlines()[1], result.pings) == ("2 people voted.", ("ben",))
    assert result.at - START >= DAYS + timedelta(hours=2)


async def test_votes_after_the_close_change_nothing(stage: Stage) -> None:
    ballot = await open_ballot(stage)
    await stage["devi"].react(ballot, "🇦")
    assert await stage.slash("maya", "ballot close") == (
        f"{DONE}I'm counting; the result appears in <#{stage.channel.id}> in a moment."
    )
    before = await stage.slash("ben", "ballot status")
    await stage["devi"].unreact(ballot, "🇦")
    for voter in ("ben", "clara", "kenji"):
        await stage[voter].react(ballot, "🇧")
    await stage.restart()
    assert await stage.slash("ben", "ballot status") == before
    assert "🇦 **Alpha**" in before
    assert await stage.slash("maya", "ballot close") == (
        f"{NO}ML Theory has no open ballot. The last one is closed: see `/ballot status`. "
        "`/ballot open` opens the next."
    )


async def test_a_member_who_left_is_not_counted(stage: Stage) -> None:
    ballot = await open_ballot(stage)
    for voter in ("devi", "kenji"):
        await stage[voter].react(ballot, "🇧")
    await stage["ben"].react(ballot, "🇦")
    stage.guild.remove_member(stage["devi"])
    stage.guild.remove_member(stage["kenji"])
    await stage.slash("maya", "ballot close")
    [result] = stage.said()
    assert result.text.splitlines()[1:5] == [
        "1 person voted.",
        "Not counted, or not in full: 2 had left the server.",
        f"**#1 · <t:{SESSION_ONE}:F>**",
        "🇦 **Alpha** · @ben · 1 vote",
    ]


async def test_a_lead_extends_and_calls_off_and_members_do_not(stage: Stage) -> None:
    ballot = await open_ballot(stage)
    later = DUE + 2 * 86_400
    commands: list[tuple[str, dict[str, Any]]] = [
        ("extend", {"days": 2}),
        ("cancel", {}),
    ]
    not_yours = f"{NO}Only the leads of ML Theory can do this: ask one of them."
    assert [
        await stage.slash("ben", f"ballot {name}", **options)
        for name, options in [*commands, ("open", {}), ("close", {})]
    ] == [not_yours] * 4
    assert await stage.slash("maya", "ballot open") == (
        f"{NO}ML Theory has a ballot already: close or cancel it before the next."
    )
    assert await stage.slash("maya", "ballot extend", days=2) == (
        f"{DONE}The ballot now closes <t:{later}:F>."
    )
    past = await stage["maya"].slash(stage.channel, "ballot extend", days=7)
    assert text_of(past).startswith("### 🗳️ Keep the ballot of ML Theory open past a session?\n")
    later += 7 * 86_400
    kept = await stage["maya"].click(past.response, label="Keep it open")
    assert text_of(kept) == f"{DONE}The ballot now closes <t:{later}:F>."
    assert f"⏳ Closes <t:{later}:F>" in text_on(stage, ballot)
    await stage["ben"].react(ballot, "🇦")
    asked = await stage["maya"].slash(stage.channel, "ballot cancel")
    assert (asked.ephemeral, text_of(asked)) == (
        True,
        "### 🗳️ Call off the ballot of ML Theory?\n"
        f"Opened {stamp(START)}, closes <t:{later}:R>: Alpha · Beta\n"
        "**1 person has voted.** If you call it off, no vote counts, none can be brought back, "
        "and its topics go to the backlog.\n"
        "To count the votes now, use `/ballot close` instead.\n"
        "[Call it off]\n"
        "-# Nothing has changed yet. Only you see this.",
    )
    assert f"⏳ Closes <t:{later}:F>" in text_on(stage, ballot)
    await stage.restart()
    assert text_of(await stage["maya"].click(asked.response, label="Call it off")) == (
        f"{DONE}The ballot is called off; its topics are on the backlog.\n[Open it again]"
    )
    assert text_on(stage, ballot) == (
        "### 🗳️ ML Theory: this ballot was called off\n"
        "No vote counts; its topics are on the backlog again: Alpha · Beta"
    )
    assert await stage.slash("maya", "ballot close") == (
        f"{NO}ML Theory has no open ballot. The last one was called off: see `/ballot status`. "
        "`/ballot open` opens the next."
    )


async def test_a_ballot_over_nothing_is_refused(stage: Stage) -> None:
    await stage.set_up_group()
    assert await stage.slash("maya", "ballot open") == (
        f"{NO}There is nothing to vote on: the backlog is empty. Ask members to `/pitch` first."
    )


async def test_missing_permissions_are_named_before_anything_is_posted(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    stage.said()
    stage.deny(stage.channel, add_reactions=True, read_message_history=True)
    assert await stage.slash("maya", "ballot open") == (
        f"{NO}I can't hold a ballot in <#{stage.channel.id}>: I need Read Message History, "
        "Add Reactions there."
    )
    assert stage.heard() == []


async def test_a_permission_lost_while_posting_calls_the_ballot_off(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    stage.said()
    stage.env.inject_error("PUT", "/channels/*/reactions/*", status=403, code=50013)
    await stage.slash("maya", "ballot open")
    assert stage.heard() == [
        (
            "#ml-theory",
            "### 🗳️ ML Theory: this ballot was called off\n"
            "No vote counts; its topics are on the backlog again: Alpha",
            (),
        ),
        alert(
            f"I could not post the ballot of {stamp(START)}: I need Add Reactions, Read Message "
            "History. Its topics are on the backlog again; grant that and open it anew.",
        ),
    ]
    assert "Alpha" in await stage.slash("ben", "topics")


@pytest.mark.both_databases
async def test_a_bot_that_died_before_seeding_adopts_its_ballot(stage: Stage) -> None:
    await stage.set_up_group()
    await stage.pitch("ben", "Alpha")
    stage.said()
    await stage.slash("maya", "ballot open")
    ballot = stage.channel.last_message
    assert ballot is not None
    await stage.stop()
    await forget_what_followed_the_message(stage, ballot)
    await stage.start()
    assert [one.text.splitlines()[0] for one in stage.said()] == [
        "### 🗳️ ML Theory: what shall we hear next?"
    ]
    assert letters(stage, ballot) == {"🇦": ["Lectern"]}
    assert (await stage.slash("ben", "ballot status")).splitlines()[1] == (
        "It is open: nobody has voted yet. "
        f"https://discord.com/channels/{stage.guild.id}/{stage.channel.id}/{ballot.id}"
    )


async def forget_what_followed_the_message(stage: Stage, ballot: discord.Message) -> None:
    """Leave Discord and the database as a process leaves them that dies after posting."""
    stage.env.backend.clear_reactions(ballot.channel.id, ballot.id)
    db = Database(stage.settings.database_url)
    async with db.begin() as tx:
        await tx.execute(
            update(BALLOTS).values(state=BallotState.POSTING, message_id=None, tie_order=[])
        )
        await tx.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.message_id == ballot.id)
            .values(state=DeliveryState.LEASED, lease_until=stage.now, done_at=None)
        )
    await db.close()


async def test_a_deleted_ballot_is_found_and_called_off(stage: Stage) -> None:
    ballot = await open_ballot(stage)
    await stage.stop()
    stage.env.backend.delete_message(ballot.channel.id, ballot.id)
    await stage.start()
    assert stage.heard() == [lost("Alpha · Beta")]
    topics = await stage.slash("ben", "topics")
    assert [line.split(" · ")[0] for line in topics.splitlines()[1:3]] == [
        "1. **Alpha**",
        "2. **Beta**",
    ]
    assert "Open it again" not in await stage.slash("ben", "ballot status")
    status = await stage["maya"].slash(stage.channel, "ballot status")
    opened = await stage["maya"].click(status.response, label="Open it again")
    assert text_of(opened).startswith("### Ballot of ML Theory\n2 topics for 1 seat")
    assert [title for _, title, _ in stage.heard() if "what shall we hear next" in title]


async def test_a_ballot_deleted_since_is_called_off_at_its_close(stage: Stage) -> None:
    ballot = await open_ballot(stage)
    stage.env.backend.delete_message(ballot.channel.id, ballot.id)
    await stage.slash("maya", "ballot close")
    assert stage.heard() == [lost("Alpha · Beta")]
    assert await stage.slash("ben", "ballot status") == (
        "### 🗳️ ML Theory: this ballot was called off\n"
        "No vote counts; its topics are on the backlog again: Alpha · Beta\n"
        f"Opened <t:{int(START.timestamp())}:F> by <@{stage['maya'].id}>."
    )
    maya = stage["maya"].user
    again = await maya.click(maya.dm_channel.history()[-1], label="Open it again")
    assert text_of(again).startswith("### Ballot of ML Theory\n2 topics for 1 seat")
    assert [title for _, title, _ in stage.heard() if "what shall we hear next" in title]


@pytest.mark.parametrize("letter", ["🇦", None])
async def test_cleared_letters_come_back_and_leads_hear_of_it(
    stage: Stage, letter: str | None
) -> None:
    ballot = await open_ballot(stage)
    await stage["devi"].react(ballot, "🇦")
    if letter:
        stage.env.backend.clear_reaction(ballot.channel.id, ballot.id, letter)
    else:
        stage.env.backend.clear_reactions(ballot.channel.id, ballot.id)
    await stage.env.settle()
    assert letters(stage, ballot) == {"🇦": ["Lectern"], "🇧": ["Lectern"]}
    assert stage.heard() == [
        alert(
            f"Somebody removed reactions from the open ballot ({stamp(START)}): "
            f"{letter or '🇦, 🇧'}. I put the letters back, but votes that went with them are lost: "
            "ask people to vote again.",
        )
    ]


async def test_a_ballot_holds_twenty_topics_under_twenty_letters(stage: Stage) -> None:
    await stage.set_up_group()
    async with stage.bot.db.begin() as tx:
        for number in range(21):
            pitch = Pitch(
                id=0,
                group_id=1,
                author_id=stage["ben"].id,
                title=f"Topic {number} " + "x" * 130,
                speaker_id=stage["ben"].id,
                sources=("https://arxiv.org/abs/2207.13443",),
                submitted_at=START + timedelta(seconds=number),
            )
            await add_pitch(tx, pitch)
    receipt = await stage.slash("maya", "ballot open")
    assert receipt.splitlines()[-1] == (
        "A ballot holds 20 topics: 1 later pitch stays on the backlog."
    )
    ballot = stage.channel.last_message
    assert ballot is not None
    alphabet = [chr(0x1F1E6 + number) for number in range(20)]
    assert list(letters(stage, ballot)) == alphabet
    lines = text_on(stage, ballot).splitlines()[2:22]
    assert [line.split(" x")[0] for line in lines] == [
        f"{letter} **Topic {number}" for number, letter in enumerate(alphabet)
    ]
