"""Which statements a run of the suite has made, and on which of the two databases.

Most tests take turns on the databases, so what keeps both of them covered is counted here: every
statement of the bot has to be made on both in each whole run. A statement is known by its words
without what the dialects write differently: marks of parameters, casts, locks on rows, and how
many values stand in a list; and without saying which columns of a row were set, or given back.
What a test asks itself is not the bot's, and not counted.
"""

import os
import re
import sys
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from greenlet import getcurrent
from sqlalchemy import Connection, Engine, event

from tests.databases import DATABASES

ROOT = Path(__file__).resolve().parents[1]
BOT, TESTS = ((f"{ROOT / 'bot'}/", f"{ROOT / 'cogs'}/"), f"{ROOT / 'tests'}/")

Made = dict[str, dict[str, str]]
"""Of each database by its name: each statement, and a steady test that made it, or nothing."""

STEADY = ("tests/bot/", "tests/cogs/", "tests/story/")
"""Tests that make the same statements in each run. Whole processes race, and what they make is
asked of nobody else."""

_NAMES = {"sqlite": "sqlite", "postgresql": "postgres"}
_TYPE = (
    r"(?:BIGINT|INTEGER|SMALLINT|VARCHAR(?:\(\d+\))?|TEXT|BOOLEAN|JSONB?|DATE|BYTEA|FLOAT"
    r"|DOUBLE PRECISION|TIMESTAMP WITH(?:OUT)? TIME ZONE)"
)
_ALIKE = (
    (re.compile(r"\s+"), " "),
    (re.compile(r"%\(\w+\)s|\?"), "§"),
    (re.compile(rf"§::{_TYPE}"), "§"),
    (re.compile("%%"), "%"),
    (re.compile(r" FOR (?:NO KEY )?(?:UPDATE|SHARE)(?: OF [\w, ]+)?(?: SKIP LOCKED| NOWAIT)?"), ""),
    (re.compile(r" OFFSET §"), ""),
    (re.compile(r"\(NULL\) AND \(1 != 1\)"), "(§)"),
    (re.compile(r" RETURNING [\w., ]+$"), ""),  # SQLite has lastrowid, too.
    (re.compile(r"(\.\w+) = 1\b"), r"\1"),  # A truth.
    (re.compile(r"json_array_elements_text|json_each"), "elements"),
    (re.compile(r"SELECT [\w., ]+ FROM unnest\([^)]*\) AS \w+\([^)]*\)"), "VALUES (§)"),
    (re.compile(r"\(SELECT (?:[^()]|\([^()]*\))* WHERE 1!=1\)"), "(§)"),  # An empty list.
    (re.compile(r"\(§(?:, §)*\)"), "(§)"),
    (re.compile(r"\(§\)(?:, \(§\))+"), "(§)"),
    (re.compile(r"IN \('[^()]*'\)"), "IN (…)"),  # Kinds of work, which each process has its own of.
    (re.compile(r"^UPDATE (\w+) SET \w+=§(?:, \w+=§)* WHERE"), r"UPDATE \1 SET … WHERE"),
)

_OWN = re.compile(
    r"unnest\(|SELECT p0::|\bpace\b|pg_|clock_timestamp|now\(\)|PRAGMA|SELECT \*"
    r"|^(?:BEGIN|SET|SHOW|ALTER) "
)
"""What one of the databases alone understands, or needs."""


class Census:
    """The plug-in of pytest that counts in every test process and tells at the end of the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._made: Made = {name: {} for name in DATABASES}
        event.listen(Engine, "before_cursor_execute", self._hear)

    def _hear(self, conn: Connection, _cursor: object, statement: str, *_: object) -> None:
        made = self._made[_NAMES[conn.dialect.name]]
        # Migrations and the tests' own housekeeping are not asynchronous.
        if conn.dialect.is_async and not made.get(statement) and is_asked_by_bot():
            test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
            made[statement] = test if test.startswith(STEADY) else ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what a test process has counted."""
        for name, made in getattr(node, "workeroutput", {}).get("census", {}).items():
            self._made[name].update({one: test for one, test in made.items() if test})
            self._made[name] = made | self._made[name]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a whole run in which a statement was made on one database alone."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput["census"] = self._made
        elif self._is_whole() and session.exitstatus == 0 and lonely(self._made):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name those statements, and the tests that would make them on both."""
        if not self._is_whole():
            return
        for test, database, statement in lonely(self._made):
            terminalreporter.write_line(f"only on {database}: {statement}\n  made by {test}")
        terminalreporter.write_line(f"{shared(self._made)} statements were made on both databases")

    def _is_whole(self) -> bool:
        """Whether every test was asked for."""
        option = self._config.option
        is_all = self._config.args_source is pytest.Config.ArgsSource.TESTPATHS
        return is_all and not (option.keyword or option.markexpr or option.other_turns)


def is_asked_by_bot() -> bool:
    """Whether the statement that the caller hears of is asked for in the bot, not in a test."""
    for frame in _frames():
        if (path := frame.f_code.co_filename).startswith((*BOT, TESTS)):
            return path.startswith(BOT)
    return True  # It begins in neither, as those of a pool of connections do.


def _frames() -> Iterator[FrameType]:
    """From whoever the caller's caller was called by outwards.

    Also out of the greenlet that SQLAlchemy makes a statement in.
    """
    frame: FrameType | None = sys._getframe(3)
    here = getcurrent()
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is None and (here := here.parent) is not None:
            frame = here.gr_frame


def alike(statement: str) -> str:
    """The same text for the same statement, whichever dialect wrote it."""
    for pattern, instead in _ALIKE:
        statement = pattern.sub(instead, statement)
    return statement.strip()


def shared(made: Made) -> int:
    """How many statements were made on both databases."""
    sqlite, postgres = ({alike(statement) for statement in made[name]} for name in DATABASES)
    return len(sqlite & postgres)


def lonely(made: Made) -> list[tuple[str, str, str]]:
    """The test, the database and the words of each statement made on that database alone."""
    words = {
        # What has a test comes last, and stays.
        name: {alike(text): test for text, test in sorted(made[name].items(), key=itemgetter(1))}
        for name in DATABASES
    }
    return sorted(
        (test, name, text)
        for name, other in (DATABASES, DATABASES[::-1])
        for text, test in words[name].items()
        if test and text not in words[other] and not _OWN.search(text)
    )
