"""The place where each talk is discussed, as those who were there find it."""

from datetime import datetime, timedelta

import pytest
from stage import Stage

from bot.database import Database
from bot.sessions.calendar import arm_talks
from bot.sessions.model import Talk
from bot.sessions.store import sessions_ahead
from bot.sessions.talks import add_talk

FIRST = datetime.fromisoformat("2022-11-05T20:00+00:00")
END = FIRST + timedelta(hours=1)


async def programme(stage: Stage) -> None:
    """Ben speaks on Alpha in the first session, Clara is going, and the bot sleeps."""
    await stage.set_up_group()
    await speak(stage)
    shown = await stage["clara"].slash(stage.channel, "next")
    await stage["clara"].click(shown.response, label="Going")


async def speak(stage: Stage) -> None:
    # Not through the bot's own connection: its jobs would run in the test's task.
    db = Database(stage.settings.database_url)
    async with db.begin() as tx:
        [session] = await sessions_ahead(tx, 1, stage.now, 1)
        talk = Talk(
            id=0,
            session_id=session.id,
            position=0,
            title="Alpha @everyone",
            speaker_id=stage["ben"].id,
            sources=("https://arxiv.org/abs/2207.13443",),
            minutes=60,
        )
        await add_talk(tx, talk)
        await arm_talks(tx, [session.id], stage.now)
    await db.close()


async def sleep_until(stage: Stage, moment: datetime) -> None:
    """Let time pass while the bot is down, and what was said be heard."""
    await stage.stop()
    stage.said()
    await stage.advance_to(moment)
    await stage.start()


def threads(stage: Stage) -> list[tuple[str, int | None]]:
    """Name and parent of every thread of the server."""
    found = stage.env.backend.active_threads(stage.guild.id)
    return [(one.name, one.parent_id) for one in found]


OPENED = (
    "### Alpha @\u200beveryone\n"
    "🎤 @ben · ML Theory #1\n"
    "📎 [arXiv 2207.13443](<https://arxiv.org/abs/2207.13443>)\n"
    "🎞️ Slides and recording: post them here when they are there.\n"
    "❓ **Which step of the argument would you like to see again, slower?**\n"
    "👥 @clara"
)
NAME = "Alpha @everyone (ML Theory #1)"


async def test_a_forum_post_pings_the_speaker_and_those_going(stage: Stage) -> None:
    await programme(stage)
    await sleep_until(stage, END)
    assert stage.heard() == [(f"#{NAME}", OPENED, ("ben", "clara"))]
    assert threads(stage) == [(NAME, stage.forum.id)]


@pytest.mark.both_databases
async def test_a_restart_opens_no_second_post(stage: Stage) -> None:
    await programme(stage)
    await sleep_until(stage, END)
    await stage.restart()
    await stage.advance_to(END + timedelta(hours=2))
    assert threads(stage) == [(NAME, stage.forum.id)]


async def test_without_a_forum_the_talk_gets_a_thread_under_its_card(stage: Stage) -> None:
    draft = await stage.draft_group()
    assert draft.response is not None
    await stage["maya"].select(draft.response, [], custom_id="setup:forum:1")
    await stage["maya"].click(draft.response, label="Publish")
    await speak(stage)
    await sleep_until(stage, END)
    place, text, pings = stage.heard()[0]
    assert (place, text, pings) == ("#ml-theory", OPENED.removesuffix("\n👥 @clara"), ("ben",))
    assert threads(stage) == [(NAME, stage.channel.id)]


async def test_a_talk_of_a_cancelled_session_is_not_discussed(stage: Stage) -> None:
    await programme(stage)
    await stage.bend("maya", "cancel", "Cancel the session", number=1)
    await sleep_until(stage, END + timedelta(hours=1))
    assert (stage.heard(), threads(stage)) == ([], [])


async def test_a_deleted_forum_is_told_to_leads_and_a_new_one_is_used(stage: Stage) -> None:
    await programme(stage)
    stage.env.backend.delete_channel(stage.forum.id)
    await sleep_until(stage, END)
    [(place, text, _)] = stage.heard()
    assert (place, text.splitlines()[1]) == (
        "@maya",
        "I could not open a talk's discussion: the group's forum is gone: choose another with "
        "`/group edit`. I go on trying every hour for 7 days.",
    )
    forum = stage.guild.create_forum_channel("more-talks")
    await stage.slash("maya", "group edit", channel=stage.channel, forum=forum)
    await sleep_until(stage, END + timedelta(hours=1, minutes=1))
    assert stage.heard() == [(f"#{NAME}", OPENED, ("ben", "clara"))]
    assert threads(stage) == [(NAME, forum.id)]
