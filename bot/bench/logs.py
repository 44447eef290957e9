"""The log as the bot writes it, made up line by line and then thrown away."""

import logging
import os
from pathlib import Path

from bot.log import configure_logging
from bot.settings import LogFormat


def hide_logs() -> None:
    """Let logging cost what it costs, and keep the figures readable."""
    configure_logging(LogFormat.JSON)
    (handler,) = logging.getLogger().handlers
    if isinstance(handler, logging.StreamHandler):
        handler.setStream(Path(os.devnull).open("w"))  # noqa: SIM115 - until the end
