"""The log says what happened, and never a secret."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from bot.log import LogFormat, configure_logging

# A bot's token has this shape; in parts, so that nobody takes this one for real.
TOKEN = ".".join(["MTA1NjkyMzQ1Njc4OTAxMjM0NQ", "G7kXyZ", "a_b-c" * 7 + "def"])
WEBHOOK = "aW50ZXJhY3Rpb246MTIz" * 6


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Give the root logger and structlog back as they were found."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """What was logged as JSON, without the time."""
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    return [{key: one[key] for key in one if key != "timestamp"} for one in found]


def fail(secret: str) -> None:
    raise ConnectionError(f"no answer with {secret}")


@pytest.mark.parametrize("log_format", LogFormat)
@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (TOKEN, f"Authorization: Bot {TOKEN}"),
        (WEBHOOK, f"POST https://discord.com/api/v10/webhooks/700123/{WEBHOOK}?wait=1"),
        (WEBHOOK, f"https://discord.com/api/v10/interactions/700123/{WEBHOOK}/callback"),
        ("pass-word", "postgresql+psycopg://ada:pass-word@db/lectern"),
    ],
)
def test_secret_is_never_printed_wherever_it_comes_from(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat, secret: str, said: str
) -> None:
    configure_logging(log_format)
    ours, theirs = structlog.get_logger(), logging.getLogger("discord.client")
    ours.warning(f"an event with {said}", detail=said, nested={"in": [said]})
    theirs.warning("a record with %s", said)
    try:
        fail(said)
    except ConnectionError as error:
        ours.exception("ours", error=repr(error))
        theirs.exception("theirs")
    printed = capsys.readouterr().err
    assert secret not in printed
    assert printed.count("no answer with") >= 3
    assert printed.count("[token]") + printed.count("[password]") >= 7


@pytest.mark.parametrize("log_format", LogFormat)
def test_token_of_the_settings_is_never_printed(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logging(log_format)
    structlog.get_logger().info("started", token=SecretStr("short"))
    printed = capsys.readouterr().err
    assert "started" in printed
    assert "short" not in printed


@pytest.mark.parametrize("name", ["discord.http", "discord.gateway", "sqlalchemy.engine"])
def test_libraries_that_print_what_they_send_keep_quiet(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    configure_logging(LogFormat.JSON)
    logging.getLogger(name).debug("sent %s", "everything")
    logging.getLogger(name).info("sent %s", "everything")
    logging.getLogger(name).warning("refused")
    assert lines(capsys) == [{"event": "refused", "level": "warning"}]


def test_ordinary_words_are_left_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogFormat.JSON)
    said = "see https://discord.com/channels/1/2, 19:00 at bot.jobs.runner, v1.2.3"
    structlog.get_logger().info("jobs.delivered", kind="remind", delivery_id=7, note=said)
    assert lines(capsys) == [
        {
            "event": "jobs.delivered",
            "level": "info",
            "kind": "remind",
            "delivery_id": 7,
            "note": said,
        }
    ]


def test_failure_in_a_library_comes_with_its_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(LogFormat.JSON)
    try:
        fail("the database")
    except ConnectionError:
        logging.getLogger("discord.client").exception("Ignoring exception in %s", "on_ready")
    (line,) = lines(capsys)
    assert line["event"] == "Ignoring exception in on_ready"
    assert "in fail\n" in line["exception"]
    assert line["exception"].endswith("ConnectionError: no answer with the database")


def test_context_that_was_bound_goes_with_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogFormat.JSON)
    with structlog.contextvars.bound_contextvars(incident="a1b2"):
        structlog.get_logger().error("commands.failed")
        logging.getLogger("discord").error("theirs")
    assert lines(capsys) == [
        {"event": "commands.failed", "level": "error", "incident": "a1b2"},
        {"event": "theirs", "level": "error", "incident": "a1b2"},
    ]


def test_console_of_a_container_gets_no_colour_codes(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogFormat.CONSOLE)
    structlog.get_logger().info("bot.ready", guilds=3)
    printed = capsys.readouterr().err
    assert "bot.ready" in printed
    assert "guilds=3" in printed
    assert "\x1b" not in printed


def test_configuring_again_does_not_print_twice(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogFormat.CONSOLE)
    configure_logging(LogFormat.JSON)
    logging.getLogger("discord").warning("once")
    assert lines(capsys) == [{"event": "once", "level": "warning"}]
