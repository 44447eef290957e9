"""Structured events on standard error; never a token, never a message's content."""

import logging
import re
import sys
from enum import StrEnum
from typing import Any

import structlog

_TOO_TALKATIVE = (
    "discord.http",
    "discord.gateway",
    "sqlalchemy.engine",
    "aiosqlite",
    "alembic",
    "apscheduler",
)

_SECRETS = (
    # A bot's token: its id, the time and a signature, each in base64.
    (re.compile(r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"), "[token]"),
    # discord.py's own warnings name the addresses it calls, with an interaction's token in them.
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]{20,}"), r"\1[token]"),
    (re.compile(r"(://[^\s:/@]*:)[^\s/@]+@"), r"\1[password]@"),
)


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


def configure_logging(log_format: LogFormat) -> None:
    """Send structlog and the libraries' loggers through one pipeline.

    discord.py's HTTP logger prints interaction tokens at DEBUG, so it stays above that.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
            _hide_secrets,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _hide_secrets(_logger: Any, _method: str, line: Any) -> str:
    """The finished line without anything that has a secret's shape, tracebacks included."""
    for shape, substitute in _SECRETS:
        line = shape.sub(substitute, line)
    return str(line)
