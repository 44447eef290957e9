"""Fixed work, measured: how late, how much, how fast, and how others do the same."""

DATABASES = ("sqlite", "postgres")

ON_A_DATABASE = (
    "burst",
    "claim",
    "fanout",
    "move",
    "restart",
    "lanes",
    "ratelimit",
    "memory",
    "peers",
)

PURE = ("places", "dates", "occurrences", "tally")
"""Those of rules alone: `measure(trial)` gets no ground, and nothing is pending meanwhile."""

NAMES = ON_A_DATABASE + PURE
