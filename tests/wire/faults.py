"""What can go wrong between the bot and Discord, and a table that says when it does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from tests.wire.answers import Answer, as_json

HTML = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"
LONG_SECONDS = 95.5
"""Longer than the 30 s that the bot lets discord.py wait by itself."""


class Fate(StrEnum):
    """What becomes of a request."""

    ANSWERED = "answered"
    HANGS = "hangs"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One fault. `is_after` when the effect is there already and only the answer goes missing."""

    name: str
    fate: Fate = Fate.ANSWERED
    is_after: bool = False
    answer: Answer | None = None


def limited(seconds: float, *, scope: str) -> Answer:
    """Discord's own 429; `scope` is "user", "global" or "shared"."""
    body = {
        "message": "You are being rate limited.",
        "retry_after": seconds,
        "global": scope == "global",
    }
    headers = {"Via": "1.1 google", "Retry-After": str(seconds), "X-RateLimit-Scope": scope}
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    return as_json(body, status=429, headers=headers)


def page(status: int) -> Answer:
    """A page of the gate-keeper before Discord, for people to read."""
    headers = {"Content-Type": "text/html; charset=UTF-8", "Server": "cloudflare"}
    return Answer(status=status, body=HTML.encode(), headers=headers)


def broken(status: int) -> Answer:
    """Discord's own word for a fault of its own."""
    return as_json({"message": f"{status}: Server Error", "code": 0}, status=status)


SERVER_FAULTS = (500, 502, 503, 504, 520)

BEFORE = tuple(
    [Trouble(name=f"{status} before", answer=broken(status)) for status in SERVER_FAULTS]
    + [
        Trouble(name="hangs before", fate=Fate.HANGS),
        Trouble(name="reset before", fate=Fate.RESET),
        Trouble(name="429 of the route", answer=limited(0.5, scope="user")),
        Trouble(name="429 of the route, long", answer=limited(LONG_SECONDS, scope="user")),
        Trouble(name="429 of everything", answer=limited(0.5, scope="global")),
        Trouble(name="429 shared", answer=limited(0.5, scope="shared")),
        Trouble(
            name="429 without Via",
            answer=as_json({"message": "banned"}, status=429, headers={"Retry-After": "600"}),
        ),
        Trouble(name="page 403", answer=page(403)),
        Trouble(name="page 429", answer=page(429)),
        Trouble(name="page 503", answer=page(503)),
    ]
)
AFTER = tuple(
    [
        Trouble(name=f"{status} after", is_after=True, answer=broken(status))
        for status in SERVER_FAULTS
    ]
    + [
        Trouble(name="hangs after", is_after=True, fate=Fate.HANGS),
        Trouble(name="reset after", is_after=True, fate=Fate.RESET),
    ]
)
TROUBLES: Mapping[str, Trouble] = MappingProxyType({one.name: one for one in BEFORE + AFTER})
"""Every fault by its name."""


@dataclass(slots=True)
class _Rule:
    trouble: Trouble
    method: str
    path: re.Pattern[str]
    first: int
    times: int
    seen: int = 0


@dataclass(slots=True)
class FaultTable:
    """Which requests meet with trouble; `met` counts those that did."""

    met: int = 0
    _rules: list[_Rule] = field(default_factory=list)

    def add(
        self, trouble: Trouble, method: str, path: str, *, first: int = 1, times: int = 1
    ) -> None:
        """Trouble for the requests number `first` and on, `times` of them, whose method and path
        (a regular expression for all of it) are these.
        """
        self._rules.append(_Rule(trouble, method, re.compile(path), first, times))

    def clear(self) -> None:
        self._rules.clear()

    def trouble_for(self, method: str, path: str) -> Trouble | None:
        """The fault that this request meets, if any; each request is asked about once."""
        found = None
        for rule in self._rules:
            if rule.method not in {method, "*"} or not rule.path.fullmatch(path):
                continue
            rule.seen += 1
            if found is None and rule.first <= rule.seen < rule.first + rule.times:
                found = rule.trouble
        self.met += found is not None
        return found
