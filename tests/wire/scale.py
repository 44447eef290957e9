"""How thorough a run is: `make test` looks briefly, `make soak` as long as it takes."""

import os

KILLS_VARIABLE = "LECTERN_SOAK_KILLS"
SOAK_KILLS = 1_000
"""For each database, at enumerated points and as many at random ones."""

IS_SOAK = KILLS_VARIABLE in os.environ


def soak_kills() -> int:
    """How many kills a soak takes for each plan."""
    return int(os.environ.get(KILLS_VARIABLE, SOAK_KILLS))
