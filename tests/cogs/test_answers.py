"""Every answer: private where it is personal, harmless always, honest when something breaks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from shown import flat, text_of
from simcord.results import InteractionResult
from sqlalchemy import text
from stage import Stage
from structlog.testing import capture_logs

from bot.cards import Card, Tone
from bot.errors import Refusal
from cogs.answers import note, refusal_card

EVIL = "@everyone [free](https://evil.example) \u202e**x**"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("Start with `/group setup`.", "Start with `/group setup`."),
        ("Choose one in the `group` option.", "Choose one in the `group` option."),
        ("First: `/me away from: 20 Dec`.", "First: `/me away from: 20 Dec`."),
        ("Run `python -m bot.places.build`.", "Run `python -m bot.places.build`."),
        ("I need Send Messages in <#123>.", "I need Send Messages in <#123>."),
        ("It closes <t:1667678400:R>.", "It closes <t:1667678400:R>."),
        ("“@everyone” is no city.", "“@\u200beveryone” is no city."),
        ("“<@12> <@&3>” is no city.", "“\\<@\u200b12> \\<@\u200b&3>” is no city."),
        ("“[a](https://b.example)”", "“\\[a\\](https://b.example)”"),
        ("“a`b”: see `/sessions`.", "“a\\`b”: see `/sessions`."),
        ("“`@everyone`” is no city.", "“\\`@\u200beveryone\\`” is no city."),
        ("“`[a](b)`” is no city.", "“\\`\\[a\\](b)\\`” is no city."),
    ],
)
def test_a_refusal_keeps_our_words_and_disarms_the_members(sentence: str, shown: str) -> None:
    assert refusal_card(Refusal(sentence)) == Card(
        title="That doesn't work", body=(shown,), tone=Tone.WARNING
    )


def test_a_note_is_one_sentence_that_went_well() -> None:
    assert note("You follow ML Theory.") == Card(
        title="✅ Done", body=("You follow ML Theory.",), tone=Tone.DONE
    )


def message_payloads(stage: Stage) -> list[tuple[str, dict[str, Any]]]:
    """Every message the bot has sent or rewritten, in channels, threads and answers."""
    found = []
    for request in stage.env.http_requests:
        payload = request.json if isinstance(request.json, dict) else {}
        payload = payload.get("data") or payload.get("message") or payload
        if request.method in {"POST", "PATCH"} and "components" in payload:
            found.append((request.path, payload))
    return [(path, one) for path, one in found if "title" not in one]  # Forms have titles.


async def walk(stage: Stage) -> list[InteractionResult]:
    """What people see on a walk past every command, with titles that would love to ping."""
    draft = await stage.draft_group(about=EVIL)
    maya, ben, clara = (stage[name] for name in ("maya", "ben", "clara"))
    seen = [draft, await maya.click(draft.response, label="Check again")]
    seen.append(await maya.click(draft.response, label="Publish"))
    for number in range(3):
        shown = await ben.slash(stage.channel, "pitch", link=f"{EVIL} {number}")
        form = {"title": f"{EVIL} {number}", "why": EVIL, "speaker": [clara]}
        seen.append(await ben.submit_modal(shown, form))
    shown = await ben.slash(stage.channel, "pitch")
    seen.append(await ben.submit_modal(shown, {"title": EVIL * 10}))
    card = stage.posted()[-1]
    seen.append(await clara.click(card, label="Withdraw"))
    form = await ben.click(card, label="Edit")
    seen.append(await ben.submit_modal(form, {"title": f"{EVIL} again", "why": EVIL}))
    seen.append(await ben.click(card, label="Withdraw"))
    for command, options in (
        ("topics", {"search": "@everyone"}),
        ("topics", {"group": EVIL}),
        ("next", {}),
        ("sessions", {}),
        ("follow", {}),
        ("me timezone", {"city": "Berlin"}),
        ("me timezone", {"city": EVIL}),
        ("me reminders", {"clock": "24"}),
        ("me profile", {}),
        ("help", {}),
        ("privacy", {}),
        ("group check", {}),
    ):
        seen.append(await ben.slash(stage.channel, command, **options))
    for command, options in (
        ("group leads", {"person": ben}),
        ("group edit", {"channel": stage.channel}),
        ("group check", {}),
        ("ballot open", {"talks": 2, "days": 2}),
        ("ballot status", {}),
        ("ballot close", {}),
        ("session move", {"to": "2022-11-06 14:00"}),
        ("session cancel", {"number": 2, "reason": EVIL}),
        ("session skip", {}),
        ("session add", {"when": "2022-11-07 14:00"}),
        ("audit", {}),
    ):
        seen.append(await maya.slash(stage.channel, command, **options))
    await stage.advance_to(datetime(2022, 11, 6, 22, 30, tzinfo=UTC))
    return seen


async def test_every_answer_is_private_and_no_message_can_ping_a_crowd(stage: Stage) -> None:
    seen = await walk(stage)
    assert [one.response.ephemeral for one in seen] == [True] * len(seen)
    payloads = message_payloads(stage)
    assert len(payloads) > 40
    assert [
        path for path, one in payloads if one.get("allowed_mentions", {}).get("parse") != []
    ] == []
    named = {user for _, one in payloads for user in one["allowed_mentions"].get("users", [])}
    assert named <= {str(actor.id) for actor in stage.members.values()} | {
        actor.id for actor in stage.members.values()
    }
    assert {ping for said in stage.said() for ping in said.pings} <= {"clara"}
    shown = "\n".join(flat(one["components"]) for _, one in payloads)
    assert "Something went wrong" not in shown
    assert ("@everyone" in shown, "\u202e" in shown, "[free](" in shown) == (False, False, False)
    assert "@\u200beveryone \\[free\\](https://evil.example) \\*\\*x\\*\\*" in shown


@asynccontextmanager
async def broken(stage: Stage, table: str) -> AsyncIterator[None]:
    """A database where a table is missing, as after a bad upgrade."""
    await run(stage, f"ALTER TABLE {table} RENAME TO {table}_gone")
    try:
        yield
    finally:
        await run(stage, f"ALTER TABLE {table}_gone RENAME TO {table}")


async def run(stage: Stage, statement: str) -> None:
    async with stage.bot.db.engine.begin() as connection:
        await connection.execute(text(statement))


def incident_of(answer: str, logs: list[Any]) -> str:
    """The incident number that was logged, once, and shown."""
    (failure,) = [entry for entry in logs if entry["event"] == "interaction.failed"]
    number = str(failure["incident"])
    assert answer == (
        "### Something went wrong\nThat is a fault of mine, not yours; nothing was changed by "
        "halves. Try again, and if it stays, tell whoever runs this bot: incident "
        f"`{number}`."
    )
    return number


async def test_a_bug_in_a_command_shows_the_number_under_which_it_is_logged(stage: Stage) -> None:
    async with broken(stage, "member"):
        with capture_logs() as logs:
            result = await stage["ben"].slash(stage.channel, "me profile")
    assert result.ephemeral
    assert len(incident_of(text_of(result), logs)) == 8
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert (logs[0]["user_id"], logs[0]["guild_id"]) == (stage["ben"].id, stage.guild.id)
    assert len(stage.env.errors) == 1


async def test_a_bug_behind_a_button_shows_its_number_too(stage: Stage) -> None:
    await stage.set_up_group()
    (welcome,) = stage.posted()
    async with broken(stage, "follow"):
        with capture_logs() as logs:
            result = await stage["ben"].click(welcome, label="Follow")
    assert result.ephemeral
    assert incident_of(text_of(result), logs)


async def test_a_bug_behind_a_form_shows_its_number_too(stage: Stage) -> None:
    await stage.set_up_group()
    shown = await stage["ben"].slash(stage.channel, "pitch")
    async with broken(stage, "pitch"):
        with capture_logs() as logs:
            result = await stage["ben"].submit_modal(shown, {"title": "Qubits"})
    assert result.ephemeral
    assert incident_of(text_of(result), logs)


async def test_two_bugs_have_two_numbers(stage: Stage) -> None:
    numbers = set()
    async with broken(stage, "member"):
        for _ in range(2):
            with capture_logs() as logs:
                result = await stage["ben"].slash(stage.channel, "me profile")
            numbers.add(incident_of(text_of(result), logs))
    assert (len(numbers), len(stage.env.errors)) == (2, 2)


async def test_a_bug_that_can_not_be_told_is_logged_all_the_same(stage: Stage) -> None:
    stage.env.inject_error(
        "PATCH", "/webhooks/*", status=404, code=10015, message="Unknown Webhook"
    )
    async with broken(stage, "member"):
        with capture_logs() as logs:
            await stage["ben"].slash(stage.channel, "me profile")
    assert [entry["event"] for entry in logs] == ["interaction.failed", "interaction.not_told"]
    assert logs[0]["incident"] == logs[1]["incident"]
    assert len(stage.env.errors) == 1


async def test_a_refusal_is_no_bug(stage: Stage) -> None:
    with capture_logs() as logs:
        result = await stage["ben"].slash(stage.channel, "topics")
    assert result.ephemeral
    assert text_of(result).startswith("### That doesn't work\n")
    assert [entry for entry in logs if entry["log_level"] in {"warning", "error"}] == []
