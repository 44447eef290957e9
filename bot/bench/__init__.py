"""Fixed work, measured: how late, how much, how fast, and how others do the same."""

DATABASES = ("sqlite", "postgres")

NAMES = (
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
