"""Structured events on standard error; never a token, never a message's content."""

import logging
from typing import Any

import structlog

from bot.settings import LogFormat

_TOO_TALKATIVE = (
    "discord.http",
    "discord.gateway",
    "sqlalchemy.engine",
    "aiosqlite",
    "alembic",
    "apscheduler",
)


def configure_logging(log_format: LogFormat) -> None:
    """Send structlog and the libraries' loggers through one pipeline.

    discord.py's HTTP logger prints interaction tokens at DEBUG, so it stays above that.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format is LogFormat.JSON
        else structlog.dev.ConsoleRenderer()
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
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
