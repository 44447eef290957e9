"""The plan of the house holds, and each of its rules bites."""

import textwrap
from pathlib import Path

import pytest

from tests.house.rules import offences

TOP = Path(__file__).resolve().parents[2]


def house() -> dict[str, str]:
    return {
        path.relative_to(TOP).as_posix(): path.read_text(encoding="utf-8")
        for package in ("bot", "cogs")
        for path in (TOP / package).rglob("*.py")
    }


def test_house_keeps_its_rules() -> None:
    sources = house()
    assert "bot/clock.py" in sources
    assert "\n".join(offences(sources)) == ""


BREACHES = [
    # Discord stays outside.
    ("bot/pitches/service.py", "import discord", "only cogs does"),
    ("bot/messenger.py", "from discord.abc import Messageable", "only cogs does"),
    ("bot/demo/world.py", "import discord", "only cogs does"),
    ("bot/web/pages.py", "def page():\n    from discord import Embed", "only cogs does"),
    ("bot/jobs/runner.py", "import simcord", "only the demo and the tests do"),
    ("cogs/client.py", "from simcord import run", "only the demo and the tests do"),
    ("bot/__main__.py", "import simcord", "only the demo and the tests do"),
    ("bot/pitches/service.py", "from cogs.client import create_bot", "nothing of Discord's side"),
    # Rooms stand on the rooms below.
    ("bot/members/service.py", "from bot.groups.model import Group", "groups is not below members"),
    ("bot/pitches/store.py", "import bot.ballots.store", "ballots is not below pitches"),
    ("bot/sessions/model.py", "from bot import ballots", "ballots is not below sessions"),
    ("bot/places/model.py", "from bot.jobs import model", "jobs is not below places"),
    ("bot/jobs/store.py", "from bot.members.model import Member", "members is not below jobs"),
    ("bot/places.py", "from bot.members import model", "members is not below places"),
    ("bot/ballots/service.py", "from bot.pitches.service import PitchService", "never its service"),
    ("bot/ballots/tally.py", "from bot.pitches import service", "never its service"),
    ("bot/ballots/service.py", "from ..pitches import service", "never its service"),
    ("bot/clock.py", "from bot.jobs.model import Job", "the ground knows no room"),
    ("bot/__init__.py", "from bot import members", "the ground knows no room"),
    ("bot/pictures/chart.py", "from bot.ballots.model import Tally", "a leaf knows no room"),
    ("bot/jobs/runner.py", "import bot.demo", "nothing stands on a composition root"),
    ("cogs/client.py", "from bot.demo import world", "nothing stands on a composition root"),
    ("bot/jobs/runner.py", "from bot.bench import gauges", "nothing stands on a composition root"),
    ("bot/wizards/model.py", "", "not in the plan of the house"),
    ("bot/utils.py", "", "not in the plan of the house"),
    ("bot/clock/wall.py", "", "stays one file"),
    # Within a room: model ← store ← service.
    ("bot/pitches/model.py", "from bot.pitches.store import PITCHES", "a model knows no store"),
    ("bot/pitches/model.py", "from . import service", "a model knows no service"),
    ("bot/pitches/store.py", "from bot.pitches import service", "a store knows no service"),
    ("bot/pitches/model.py", "from bot.groups.store import GROUPS", "a model knows no store"),
    ("bot/pitches/model.py", "from sqlalchemy import select", "queries live in a store"),
    ("bot/pitches/__init__.py", "from .service import PitchService", "front door"),
    ("cogs/pitches.py", "from sqlalchemy import select", "queries live in a store"),
    ("bot/pitches/store.py", "from sqlalchemy.orm import Mapped", "tables are typed columns"),
    ("cogs/pitches.py", "from bot.pitches.store import find_pitch", "a cog calls services"),
    # One clock.
    ("bot/log.py", "import datetime\ndatetime.datetime.now()", "datetime.now"),
    ("bot/log.py", "from datetime import datetime, UTC\ndatetime.now(UTC)", "datetime.now"),
    ("bot/log.py", "from datetime import datetime\nfield(default=datetime.utcnow)", "utcnow"),
    ("bot/log.py", "from datetime import date\ndate.today()", "date.today"),
    ("bot/log.py", "import time\ntime.time()", "time.time"),
    ("bot/log.py", "from time import time\ntime()", "time.time"),
    ("cogs/members.py", "import discord\ndiscord.utils.utcnow()", "utils.utcnow"),
    # Errors, printing, size.
    ("bot/log.py", "try:\n    pass\nexcept Exception:\n    raise", "catches everything"),
    ("cogs/client.py", "try:\n    pass\nexcept:\n    raise", "catches everything"),
    ("cogs/x.py", "try:\n    pass\nexcept (OSError, BaseException):\n    raise", "everything"),
    ("bot/log.py", "with contextlib.suppress(Exception):\n    pass", "catches everything"),
    ("bot/log.py", "print('hello')", "prints"),
    ("bot/log.py", "x = 1\n" * 351, "351 lines in a file"),
    ("bot/log.py", "def long():\n" + "    x = 1\n" * 50, "51 lines in long"),
    ("bot/log.py", "async def long():\n" + "    x = 1\n" * 50, "51 lines in long"),
]


@pytest.mark.parametrize(("path", "source", "complaint"), BREACHES)
def test_each_rule_bites(path: str, source: str, complaint: str) -> None:
    found = offences({path: source})
    assert len(found) == 1, found
    assert found[0].startswith(f"{path}:")
    assert complaint in found[0]


LAWFUL = [
    ("cogs/pitches.py", "import discord\nfrom bot.pitches.service import PitchService"),
    ("bot/demo/world.py", "import simcord\nfrom cogs.client import create_bot\nprint('open')"),
    ("bot/bench/ratelimit.py", "from cogs.client import create_bot\nfrom bot.jobs import queue"),
    ("bot/__main__.py", "from cogs.client import create_bot\nfrom bot import demo\nprint('ok')"),
    ("bot/ballots/service.py", "from bot.pitches import model, store\nfrom . import store as own"),
    ("bot/ballots/store.py", "from sqlalchemy import select\nfrom bot.pitches.model import Pitch"),
    ("bot/ballots/model.py", "from bot.pitches.model import Pitch\nfrom bot.clock import Clock"),
    ("bot/ballots/service.py", "from bot.pictures.chart import draw\nfrom bot.jobs import store"),
    ("bot/web/pages.py", "from bot.archive.service import ArchiveService"),
    ("bot/clock.py", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    ("bot/jobs/runner.py", "import time\ntime.monotonic()"),
    ("bot/jobs/runner.py", "try:\n    pass\nexcept Exception:\n    raise"),
    ("cogs/answers.py", "try:\n    pass\nexcept Exception:\n    raise"),
    ("bot/log.py", "try:\n    pass\nexcept OSError:\n    raise"),
    ("bot/log.py", "x = 1\n" * 350),
    ("bot/log.py", "def long():\n" + "    x = 1\n" * 49),
]


@pytest.mark.parametrize(("path", "source"), LAWFUL)
def test_lawful_sources_pass(path: str, source: str) -> None:
    assert offences({path: source}) == []


def test_every_breach_in_a_file_is_named_with_its_line() -> None:
    source = textwrap.dedent("""\
        import discord

        print("hello")
    """)
    assert offences({"bot/log.py": source, "bot/clock.py": ""}) == [
        "bot/log.py:1: imports discord: only cogs does",
        "bot/log.py:3: prints: write a log event",
    ]
