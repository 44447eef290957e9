"""The whole bot against a simulated Discord: a round of a reading group, without a token."""

import logging

# simcord tries discord.py out while it loads, and discord.py complains of what it is shown.
logging.getLogger("discord.state").setLevel(logging.ERROR)

from bot.demo.serving import run_demo, serve_demo  # noqa: E402 - after the line above

__all__ = ["run_demo", "serve_demo"]
