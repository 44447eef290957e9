"""What a look at all servers finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """`missing` servers have groups and did not answer; `away` are known to have removed us."""

    missing: frozenset[int]
    away: frozenset[int]
