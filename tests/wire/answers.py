"""Answers as they go over the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole HTTP answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, more: Mapping[str, str]) -> web.Response:
        """The answer for aiohttp, with more headers."""
        return web.Response(
            status=self.status, body=self.body or None, headers={**more, **self.headers}
        )


def as_json(payload: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON answer; discord.py reads JSON only from exactly this content type."""
    return Answer(
        status=status,
        body=json.dumps(payload).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
