"""How thorough a run is: `make test` looks briefly, `make soak` as long as it takes."""

import os
from pathlib import Path

KILLS_VARIABLE = "LECTERN_SOAK_KILLS"
REPORT_VARIABLE = "LECTERN_SOAK_REPORT"
SOAK_KILLS = 1_000
"""For each database, at enumerated points and as many at random ones."""

IS_SOAK = KILLS_VARIABLE in os.environ


def soak_kills() -> int:
    """How many kills a soak takes for each plan."""
    return int(os.environ.get(KILLS_VARIABLE, SOAK_KILLS))


def note(line: str) -> None:
    """Keep a line for the soak's report, which is read when all tests are over."""
    if path := os.environ.get(REPORT_VARIABLE):
        with Path(path).open("a") as report:
            report.write(line + "\n")
