"""Starting and ending the demo."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.demo import serve_demo
from bot.demo.serving import _has_browser, demo_bot
from bot.errors import Refusal
from bot.settings import Settings

BROWSER = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
"""A browser that keeps the address that it is told to open."""

FIRST_LINE = "The Lectern demo is at http://127.0.0.1:"


async def test_a_second_demo_takes_the_next_free_port(tmp_path: Path) -> None:
    build_bot = demo_bot(Settings(_env_file=None), tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with serve_demo(build_bot, port=port) as hub, aiohttp.ClientSession() as session:
            assert f"http://127.0.0.1:{port}/" < hub.url <= f"http://127.0.0.1:{port + 19}/"
            async with session.get(hub.url) as answer:
                assert answer.status == 200


async def test_a_place_that_is_not_this_machine_s_is_refused_in_a_sentence(tmp_path: Path) -> None:
    build_bot = demo_bot(Settings(_env_file=None), tmp_path / "none")
    # A documentation address (RFC 5737), which no machine has.
    with pytest.raises(Refusal, match=r"The demo can't listen at 203\.0\.113\.1:8765: "):
        async with serve_demo(build_bot, host="203.0.113.1"):
            pass
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("platform", "display", "has_browser"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_a_browser_opens_where_a_window_can_appear(
    monkeypatch: pytest.MonkeyPatch, platform: str, display: dict[str, str], has_browser: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in display.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert _has_browser() == has_browser


def start_demo(folder: Path, *options: str, **settings: str) -> subprocess.Popen[str]:
    """`lectern demo` as a visitor starts it, in a folder of its own."""
    command = [sys.executable, "-m", "bot", "demo", *options]
    top = Path(__file__).resolve().parents[2]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LECTERN_", "COV_"))}
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment | {"PYTHONPATH": str(top), "TMPDIR": str(folder)} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def address_of(demo: subprocess.Popen[str]) -> str:
    """The address that the demo prints."""
    assert demo.stdout is not None
    line = demo.stdout.readline()
    assert line.startswith(FIRST_LINE), demo.communicate()
    return line.removeprefix("The Lectern demo is at ").removesuffix(" (Ctrl+C ends it)\n")


def opened(seen: Path) -> str:
    """What the browser was told to open, once it was."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if seen.exists() and (address := seen.read_text()):
            return address
        time.sleep(0.05)
    raise TimeoutError


def test_the_terminal_shows_the_address_and_an_operator_s_database_is_left_alone(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Ended by SIGTERM; the demo that is walked through in a browser is ended by Ctrl+C."""
    seen = tmp_path_factory.mktemp("browser") / "address"
    browser = f"{shlex.quote(sys.executable)} -c {shlex.quote(BROWSER)} {seen} %s"
    settings = {"LECTERN_DATABASE_URL": f"sqlite:///{tmp_path}/mine", "DISCORD_TOKEN": "secret"}
    with start_demo(tmp_path, "--port", "0", DISPLAY=":99", BROWSER=browser, **settings) as demo:
        address = address_of(demo)
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200
        assert opened(seen) == address
        (folder,) = tmp_path.iterdir()
        assert folder.name[:13] == "lectern-demo-"
        assert (folder / "lectern.sqlite3").exists()
        demo.send_signal(signal.SIGTERM)
        rest = demo.communicate(timeout=90)
    assert (demo.returncode, *rest) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["70000", "-1", "hub"])
def test_a_port_that_cannot_be_is_a_wrong_use(port: str) -> None:
    ended = CliRunner().invoke(main, ["demo", "--port", port])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "Error: Invalid value for '--port': " in ended.stderr
