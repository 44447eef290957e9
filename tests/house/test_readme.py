"""What the README shows of the command line is what the command line does."""

import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```console\n\$ lectern (.*?)```$", README, re.DOTALL | re.MULTILINE)
"""Each command with what it prints."""

ROWS = re.findall(r"^\| `lectern ([a-z-]+)([^`]*)` \|", README, re.MULTILINE)
"""(name, what may follow) of each command in the table."""


@pytest.mark.parametrize("shown", SHOWN)
def test_a_command_that_is_shown_prints_what_is_shown(shown: str) -> None:
    command, _, output = re.sub(r"\\\n\s*", " ", shown).partition("\n")
    result = CliRunner().invoke(main, shlex.split(command))
    assert (result.exit_code, result.stdout) == (0, output)


@pytest.mark.parametrize(("name", "follows"), ROWS)
def test_a_command_of_the_table_takes_what_it_names(name: str, follows: str) -> None:
    command = main.commands[name]
    options = {option for parameter in command.params for option in parameter.opts}
    taken = {parameter.human_readable_name for parameter in command.params}
    assert set(re.findall(r"--[a-z-]+", follows)) <= options
    bare = re.sub(r"\[?--[a-z-]+( [A-Z:]+| \d+)?\]?", "", follows)
    assert set(bare.split()) <= taken | {"|"}


def test_every_command_stands_in_the_readme() -> None:
    rowed = {name for name, _ in ROWS}
    assert len(SHOWN) > 0
    assert [name for name, command in main.commands.items() if not command.hidden] == [
        name for name in main.commands if name in rowed
    ]


def test_it_begins_with_the_two_commands_and_the_one_for_a_server() -> None:
    first, second, *_ = re.findall(r"^```sh\n(.*?)```$", README, re.DOTALL | re.MULTILINE)
    assert [line.partition("#")[0].strip() for line in first.splitlines()] == [
        "make demo",
        "make test",
    ]
    assert README.index(first) < 20
    assert second.strip() == "DISCORD_TOKEN=… make run"


def test_its_pictures_are_there() -> None:
    shown = re.findall(r"!\[[^\]]+\]\((docs/[^)]+)\)", README)
    assert "docs/demo.png" in shown
    for name in shown:
        assert (TOP / name).read_bytes().startswith(b"\x89PNG")


def test_the_whole_check_is_what_the_readme_says() -> None:
    """It calls `make test`, and any failure on the way is its own."""
    lines = (TOP / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert "make test" in lines
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    test = makefile.partition("\ntest: setup")[2].partition("\n\n")[0]
    for check in ("ruff check .", "ruff format --check .", "mypy --strict", "-m pytest"):
        assert f"$(BIN)/{check}" in test or f"$(BIN)/python {check}" in test


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
@pytest.mark.parametrize("changed", ["requirements-dev.lock", "pyproject.toml", "Makefile"])
def test_set_up_again_there_is_nothing_to_do_until_what_is_installed_changes(
    tmp_path: Path, changed: str
) -> None:
    """In a folder of its own, where the first set-up is only noted as done."""

    def make(option: str) -> int:
        # Also where the tests themselves were started by make.
        env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        command = ["make", option, "setup"]
        return subprocess.run(command, cwd=tmp_path, env=env, check=False).returncode

    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock"):
        shutil.copy(TOP / name, tmp_path)
    places = tmp_path / "bot/places"
    shutil.copytree(TOP / "bot/places", places, ignore=shutil.ignore_patterns("*.sqlite", "__*"))
    (tmp_path / ".venv").mkdir()
    assert (make("--question"), make("--touch"), make("--question")) == (1, 0, 0)
    later = time.time() + 60
    os.utime(tmp_path / changed, (later, later))
    assert make("--question") == int(changed != "Makefile")
