"""Rate limits as Discord documents them: 50 requests a second for a bot, and buckets of routes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.wire.answers import Answer
from tests.wire.faults import limited

GLOBAL_LIMIT = 50
_NO_GLOBAL = re.compile(r"/(interactions|webhooks)/.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`limit` requests in `seconds` for each channel, server or webhook (`major`)."""

    name: str
    method: str
    path: str
    limit: int
    seconds: float


RATES = (
    Rate(name="say", method="POST", path=r"/channels/\d+/messages", limit=5, seconds=5),
    Rate(name="edit", method="PATCH", path=r"/channels/\d+/messages/\d+", limit=5, seconds=5),
    Rate(
        name="react",
        method="PUT",
        path=r"/channels/\d+/messages/\d+/reactions/.+",
        limit=1,
        seconds=0.25,
    ),
    Rate(name="direct", method="POST", path=r"/users/@me/channels", limit=10, seconds=1),
    Rate(name="rest", method=".*", path=r".*", limit=25, seconds=1),
)
"""The two for messages and reactions are Discord's; the others are not published, and guessed."""


ROOMY = {
    "X-RateLimit-Limit": "1000",
    "X-RateLimit-Remaining": "999",
    "X-RateLimit-Reset-After": "1.000",
}
"""What answers carry while nobody is refused; without any, discord.py calls one after the other,
and a call that is given up at the wrong moment closes its route for good.
"""


@dataclass(slots=True)
class _Window:
    limit: int
    seconds: float
    ends_at: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        """Whether there was room for one more; the window opens with its first request."""
        if now >= self.ends_at:
            self.ends_at, self.used = now + self.seconds, 0
        self.used += 1
        return self.used <= self.limit


@dataclass(slots=True)
class Limits:
    """Counts requests by `seconds` (a clock that never goes back). `refused` are the 429s.

    The first of `rates` that fits is a request's. While it is not `is_on` there is room for
    everything.
    """

    seconds: Callable[[], float]
    rates: Sequence[Rate] = RATES
    is_on: bool = True
    refused: int = 0
    _global: _Window = field(default_factory=lambda: _Window(GLOBAL_LIMIT, 1.0))
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def take(self, method: str, path: str) -> tuple[Mapping[str, str], Answer | None]:
        """The headers that every answer carries, and the refusal where the limit is reached."""
        if not self.is_on:
            return ROOMY | {"X-RateLimit-Bucket": _template(method, path)}, None
        now = self.seconds()
        if not _NO_GLOBAL.fullmatch(path) and not self._global.take(now):
            return {}, self._refuse(self._global.ends_at - now, scope="global")
        rate = next(
            one
            for one in self.rates
            if re.fullmatch(one.method, method) and re.fullmatch(one.path, path)
        )
        bucket = f"{rate.name}-{_template(method, path)}" if rate.name == "rest" else rate.name
        window = self._windows.setdefault((bucket, _major(path)), _Window(rate.limit, rate.seconds))
        is_free = window.take(now)
        left = max(window.ends_at - now, 0.0)
        headers = {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(max(window.limit - window.used, 0)),
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        return headers, None if is_free else self._refuse(left, scope="user")

    def _refuse(self, seconds: float, *, scope: str) -> Answer:
        self.refused += 1
        return limited(round(seconds, 3), scope=scope)


def _major(path: str) -> str:
    """The channel, server or webhook that a path is about: each has limits of its own."""
    return "/".join(path.split("/")[1:3]) if path.startswith(("/channels", "/guilds")) else ""


def _template(method: str, path: str) -> str:
    """One name for all paths of a route."""
    return method + re.sub(r"\d{5,}", "*", path).replace("/", "-")
