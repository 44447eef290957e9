"""The command line as an operator meets it."""

import asyncio
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar
from stage import Stage

from bot.__main__ import main

pytestmark = pytest.mark.usefixtures("logging_as_it_was")

QUIET = {
    "DISCORD_TOKEN": None,
    "LECTERN_DATABASE_URL": None,
    "LECTERN_LOG_FORMAT": None,
    "LECTERN_WEB_PORT": None,
}


def lectern(folder: Path, *words: str, **settings: str) -> Result:
    """What the command did, with nothing set but what the test says."""
    environment = {**QUIET, "LECTERN_DATA_DIR": str(folder), **settings}
    return CliRunner().invoke(main, list(words), env=environment)


def test_a_missing_token_is_wrong_use_in_one_sentence(tmp_path: Path) -> None:
    for command in ("run", "sync"):
        result = lectern(tmp_path, command)
        assert (result.exit_code, result.stderr) == (
            2,
            "Set DISCORD_TOKEN to your bot's token (or try `lectern demo`, which needs none).\n",
        )


def test_settings_that_cannot_be_used_are_named_without_their_values(tmp_path: Path) -> None:
    result = lectern(tmp_path, "migrate", LECTERN_WEB_PORT="sesame")
    assert (result.exit_code, result.stderr) == (
        2,
        "These settings have values that can't be used: LECTERN_WEB_PORT (it should be a valid "
        "integer, unable to parse string as an integer).\n",
    )


def test_a_settings_file_that_is_no_text_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_bytes("LECTERN_LOG_FORMAT=json\nNAME=Größe\n".encode("latin-1"))
    monkeypatch.chdir(tmp_path)
    result = lectern(tmp_path, "migrate")
    assert (result.exit_code, result.stderr) == (
        2,
        "`.env` or a secret's file is no text in UTF-8: save it again as that.\n",
    )


def test_an_unknown_command_is_wrong_use(tmp_path: Path) -> None:
    assert lectern(tmp_path, "fly").exit_code == 2


def test_a_database_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    result = lectern(tmp_path, "feed", "ML", LECTERN_DATABASE_URL=url)
    assert (result.exit_code, result.stderr) == (
        1,
        "The database can't be used (OperationalError): see `lectern doctor`.\n",
    )


def test_a_demo_without_a_free_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 65_535)):
        result = lectern(tmp_path, "demo", "--port", "65535")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("The demo can't listen at 127.0.0.1:65535: ")
    assert result.stderr.count("\n") == 1


def test_feed_of_a_group_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "lectern.sqlite3"
    made = f"There was no database yet: it is made now, and up to date: {file}\n"
    assert lectern(tmp_path, "migrate").output == made
    assert lectern(tmp_path, "migrate").output == "The database is up to date.\n"
    result = lectern(tmp_path, "feed", "Knitting")
    assert (result.exit_code, result.stderr) == (
        1,
        "There is no group “Knitting” in this database.\n",
    )


def test_doctor_says_what_to_do_and_then_that_all_is_well(tmp_path: Path) -> None:
    unset = lectern(tmp_path, "doctor")
    assert unset.exit_code == 1
    assert unset.stdout.splitlines()[0] == (
        "FIX  token: set DISCORD_TOKEN to your bot's token (`run` and `sync`)"
    )
    well = lectern(tmp_path, "doctor", DISCORD_TOKEN="some.token")
    assert well.exit_code == 0
    assert [line[:14] for line in well.stdout.splitlines()] == [
        "ok   token: se",
        f"ok   data: {str(tmp_path)[:3]}",
        "ok   database:",
        "ok   zones: 20",
        "ok   places: 6",
        "ok   fonts: 23",
    ]


def test_feed_without_a_database_is_a_sentence_and_makes_none(tmp_path: Path) -> None:
    result = lectern(tmp_path, "feed", "Knitting")
    assert (result.exit_code, result.stderr) == (
        1,
        f"There is no database yet: the bot makes {tmp_path}/lectern.sqlite3 at its first start.\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_feed_from_an_empty_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "lectern.sqlite3").touch()
    result = lectern(tmp_path, "feed", "Knitting")
    assert (result.exit_code, result.stderr) == (
        1,
        "The database is empty yet: the bot makes its tables at its first start.\n",
    )


def test_doctor_tells_a_database_to_come_from_one_that_is_up_to_date(
    tmp_path: Path, sqlite_template: Path
) -> None:
    empty = lectern(tmp_path, "doctor", DISCORD_TOKEN="some.token").stdout
    assert "ok   database: SQLite, not there yet: the bot makes it at its first start" in empty
    shutil.copy(sqlite_template, tmp_path / "lectern.sqlite3")
    made = lectern(tmp_path, "doctor", DISCORD_TOKEN="some.token").stdout
    assert "ok   database: SQLite, up to date" in made
    assert "ok   work: nothing was given up" in made


def test_doctor_tries_again_what_was_given_up(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "lectern.sqlite3")
    result = lectern(tmp_path, "doctor", "--retry", DISCORD_TOKEN="some.token")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "Tried again from now on: 0.")


def test_doctor_names_a_folder_and_a_database_that_cannot_be_used(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    url = "postgresql://nobody@127.0.0.1:1/none"
    result = lectern(
        blocked / "data", "doctor", DISCORD_TOKEN="some.token", LECTERN_DATABASE_URL=url
    )
    assert result.exit_code == 1
    assert [line[:3] for line in result.stdout.splitlines()] == [
        "ok ",
        "FIX",
        "FIX",
        "ok ",
        "ok ",
        "ok ",
    ]
    assert "set LECTERN_DATA_DIR to a folder of yours" in result.stdout
    assert "look at LECTERN_DATABASE_URL" in result.stdout


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "lectern, version 0.1.0\n"


async def test_feed_prints_the_calendar_of_a_group_by_its_name(
    stage: Stage, tmp_path: Path
) -> None:
    await stage.set_up_group()
    done = await asyncio.to_thread(
        lectern, tmp_path, "feed", "ml  theory", LECTERN_DATABASE_URL=stage.settings.database_url
    )
    assert (done.exit_code, done.stderr) == (0, "")
    calendar = Calendar.from_ical(done.stdout_bytes)
    assert (calendar["X-WR-CALNAME"], calendar.events) == ("ML Theory", [])  # all long past
