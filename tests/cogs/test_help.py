"""What people can type: everything `/help` says exists, and Discord takes all of it."""

import re
from pathlib import Path
from typing import Any

import pytest
from shown import text_of
from stage import Stage

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`/([a-z]+(?: [a-z]+)?)`")

HELP = (
    "### 📚 Lectern\n"
    "**Members**\n"
    "`/pitch` a topic · `/topics` on the backlog · vote under the ballot · "
    "`/ballot status` how a vote stands or ended\n"
    "`/next` session in your time · `/sessions` ahead, with a calendar file\n"
    "`/talk` for speakers: confirm, swap, can't, links\n"
    "`/group about` it · `/follow` a group · "
    "`/me timezone` and `/me reminders` for your own times\n"
    "`/me away`, days on which you can't present · "
    "`/me profile` and `/privacy`: what I know of you\n"
    "**Leads**\n"
    "`/group setup` starts a group · `/group leads`, `/group edit`, `/group check` keep it\n"
    "`/group pause` leaves days out or stops for a while · `/group resume` goes on\n"
    "`/ballot open` lets members choose · `/ballot extend`, `/ballot close`, "
    "`/ballot cancel` while it is open\n"
    "`/session move`, `/session skip`, `/session cancel`, `/session add` when plans change\n"
    "`/audit` says who did what, and takes it back\n"
    "-# Answers like this one are seen by you alone."
)
PRIVACY = (
    "### 🔏 What Lectern keeps\n"
    "- What you tell it: your city, your reminder wishes, your days away, your "
    "pitches, your answers to "
    "sessions, and the groups you follow or lead.\n"
    "- Your Discord id and language, and for a week the text of a form refused or confirmed.\n"
    "- For a year, what leads did in a group, and how it was before.\n"
    "- Votes are reactions, which everybody in the channel can see. Lectern notes them as they "
    "come and go, for a month or as long as the ballot is open, and keeps what counted; leads "
    "can take that out as a file, by ids, and have it counted again.\n"
    "- In a private vote it keeps who chose what as soon as you choose. Nobody is shown it but "
    "you; afterwards what counted stays with the bot's operator, by ids. The file for leads "
    "names nobody, and its order is drawn. In a hidden vote nobody is shown it until the "
    "close; then leads can take it out like reactions.\n"
    "- In groups with fair turns, a number for how much of what you chose was elected.\n"
    "- Of your talks the links you gave, and your answers to offers of a seat.\n"
    "- It cannot read messages in your channels, nor who is online.\n"
    "Your city is shown in a group's times (“22:00 in Berlin”) without your name. Leads see "
    "that you are away where a talk of yours is, or would be, on that day; nobody else does."
)


@pytest.mark.parametrize(("command", "said"), [("help", HELP), ("privacy", PRIVACY)])
async def test_help_and_privacy_answer_the_asker_alone(
    stage: Stage, command: str, said: str
) -> None:
    result = await stage["ben"].slash(stage.channel, command)
    assert (text_of(result), result.ephemeral) == (said, True)
    assert stage.said() == []


async def test_help_names_every_command_and_plain_members_see_them_all(stage: Stage) -> None:
    assert set(NAMED.findall(HELP)) | {"help"} == set(
        stage["ben"].available_commands(stage.channel)
    )


async def test_every_command_named_anywhere_exists(stage: Stage) -> None:
    commands = set(stage["ben"].available_commands(stage.channel))
    roots = {command.split()[0] for command in commands}
    named = {
        command
        for folder in ("bot", "cogs")
        for path in (ROOT / folder).rglob("*.py")
        for command in NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert "group setup" in named
    assert named - commands - roots == set()


def spoken(part: dict[str, Any]) -> int:
    """What Discord counts of a command: names, descriptions and values, all the way down."""
    own = [str(part.get(key) or "") for key in ("name", "description", "value")]
    inside = [*part.get("options", ()), *(part.get("choices") or ())]
    return sum(map(len, own)) + sum(map(spoken, inside))


def parts(part: dict[str, Any]) -> list[dict[str, Any]]:
    """A command and everything inside of it but its choices."""
    return [part, *(inner for option in part.get("options", ()) for inner in parts(option))]


async def test_the_commands_stay_within_what_discord_takes(stage: Stage) -> None:
    """The limits are those of Discord's "Application Commands" page."""
    commands = [command.to_dict(stage.bot.tree) for command in stage.bot.tree.get_commands()]
    assert len(commands) <= 100
    assert [command["name"] for command in commands if spoken(command) > 8_000] == []
    for part in (inner for command in commands for inner in parts(command)):
        assert re.fullmatch(r"[a-z_-]{1,32}", part["name"])
        assert 1 <= len(part["description"]) <= 100
        assert len(part.get("options", ())) <= 25
        assert len(part.get("choices") or ()) <= 25
        required = [option.get("required", False) for option in part.get("options", ())]
        assert required == sorted(required, reverse=True)


async def test_commands_live_in_servers_and_are_hidden_from_nobody(stage: Stage) -> None:
    """Leads are often plain members: our own checks decide, so no permission hides a command."""
    commands = [command.to_dict(stage.bot.tree) for command in stage.bot.tree.get_commands()]
    assert {
        (tuple(one["contexts"]), tuple(one["integration_types"]), one["default_member_permissions"])
        for one in commands
    } == {((0,), (0,), None)}
