"""As much of Discord's REST on loopback as reading votes and saying cards takes, with its faults.

Written after Discord's pages "Message" and "Reaction"; simcord does not page reactions, knows no
super ones and no nonces, and never loses an answer.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

import discord
import pytest
from aiohttp import web

from cogs.client import INTENTS
from cogs.faults import limit_watch

TOKEN = "a.token.of-the-double"
BOT_ID = 700_000_000_000_000_001
CHANNEL_ID = 500
BALLOT_ID = 501
PAGE = 100


class Loss(StrEnum):
    """What becomes of an answer after its effect is there."""

    SERVER_ERROR = "500"
    DROPPED = "connection dropped"
    HANGS = "never comes"


class RestDouble:
    """One channel with one ballot in it."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.messages: dict[int, dict[str, Any]] = {BALLOT_ID: _message(BALLOT_ID, {})}
        self.reactions: dict[tuple[str, int], set[int]] = {}
        self.robots: set[int] = {BOT_ID}
        self.losses: list[Loss] = []
        self.refusals: list[web.Response] = []
        self.pages_by_after = True
        self.is_over = asyncio.Event()
        self._nonces: dict[str, int] = {}

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._front_door])
        base, channel = "/api/v10", f"/channels/{CHANNEL_ID}/messages"
        app.router.add_get(f"{base}/users/@me", self._me)
        app.router.add_get(f"{base}/oauth2/applications/@me", self._application)
        app.router.add_get(f"{base}{channel}", self._history)
        app.router.add_post(f"{base}{channel}", self._say)
        app.router.add_get(f"{base}{channel}/{{message}}", self._show)
        app.router.add_get(f"{base}{channel}/{{message}}/reactions/{{emoji}}", self._reactors)
        return app

    def react(self, emoji: str, people: Iterable[int], *, is_super: bool = False) -> None:
        self.reactions.setdefault((emoji, int(is_super)), set()).update(people)

    @web.middleware
    async def _front_door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bot {TOKEN}":
            return answer({"code": 0, "message": "401: Unauthorized"}, status=401)
        self.requests.append(f"{request.method} {request.path_qs.removeprefix('/api/v10')}")
        if self.refusals and request.method == "POST":
            return self.refusals.pop(0)
        response: web.StreamResponse = await handler(request)
        if self.losses and request.method == "POST":
            await self._lose(request, self.losses.pop(0))
            return answer({"code": 0, "message": "Internal Server Error"}, status=500)
        return response

    async def _lose(self, request: web.Request, loss: Loss) -> None:
        if loss is Loss.DROPPED and request.transport is not None:
            request.transport.abort()
        if loss is Loss.HANGS:
            await self.is_over.wait()

    async def _me(self, _request: web.Request) -> web.Response:
        return answer(_user(BOT_ID, is_bot=True))

    async def _application(self, _request: web.Request) -> web.Response:
        return answer(
            {
                "id": str(BOT_ID),
                "name": "Lectern",
                "description": "",
                "icon": None,
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "",
                "owner": _user(2, is_bot=False),
                "flags": 0,
            }
        )

    async def _history(self, request: web.Request) -> web.Response:
        """At most `limit` messages after an id, the newest of them first."""
        after, limit = int(request.query.get("after", 0)), int(request.query["limit"])
        ids = sorted(one for one in self.messages if one > after)[: min(limit, PAGE)]
        return answer([self.messages[one] for one in reversed(ids)])

    async def _say(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        nonce = str(body.get("nonce", ""))
        if not (body.get("enforce_nonce") and nonce in self._nonces):
            self._nonces[nonce] = max(self.messages) + 1
            self.messages[self._nonces[nonce]] = _message(self._nonces[nonce], body)
        return answer(self.messages[self._nonces[nonce]])

    async def _show(self, request: web.Request) -> web.Response:
        message = self.messages.get(int(request.match_info["message"]))
        return _unknown_message() if message is None else answer(message)

    async def _reactors(self, request: web.Request) -> web.Response:
        """The `limit` lowest ids after `after`, in descending order."""
        if int(request.match_info["message"]) not in self.messages:
            return _unknown_message()
        kind, limit = int(request.query.get("type", 0)), int(request.query.get("limit", 25))
        if not 1 <= limit <= PAGE:
            return answer({"code": 50035, "message": "Invalid Form Body"}, status=400)
        after = int(request.query.get("after", 0)) if self.pages_by_after else 0
        people = self.reactions.get((request.match_info["emoji"], kind), set())
        page = sorted(one for one in people if one > after)[:limit]
        return answer([_user(one, is_bot=one in self.robots) for one in reversed(page)])


def answer(payload: Any, *, status: int = 200, headers: Any = None) -> web.Response:
    """A response as Discord's: discord.py reads JSON only from exactly this content type."""
    response = web.json_response(payload, status=status, headers=headers)
    response.headers["Content-Type"] = "application/json"
    return response


def _unknown_message() -> web.Response:
    return answer({"code": 10008, "message": "Unknown Message"}, status=404)


def _user(user_id: int, *, is_bot: bool) -> dict[str, Any]:
    return {
        "id": str(user_id),
        "username": f"user{user_id}",
        "discriminator": "0",
        "avatar": None,
        "bot": is_bot,
    }


def _message(message_id: int, body: dict[str, Any]) -> dict[str, Any]:
    """A message of the bot's; its count of reactions is stale, as Discord's sometimes is."""
    seeds = [{"emoji": {"id": None, "name": "🇦"}, "count": 1, "me": True, "burst_me": False}]
    return {
        "id": str(message_id),
        "channel_id": str(CHANNEL_ID),
        "author": _user(BOT_ID, is_bot=True),
        "content": "",
        "timestamp": "2022-11-05T12:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": body.get("components", []),
        "pinned": False,
        "type": 0,
        "flags": body.get("flags", 0),
        "reactions": [{**one, "count_details": {"normal": 1, "burst": 0}} for one in seeds],
    }


@asynccontextmanager
async def serving(
    double: RestDouble, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[discord.Client]:
    """discord.py's own client, logged in to the double instead of Discord."""
    runner = web.AppRunner(double.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{port}/api/v10")
    client = discord.Client(intents=INTENTS, max_ratelimit_timeout=30, http_trace=limit_watch())
    try:
        await client.login(TOKEN)
        double.requests.clear()
        yield client
    finally:
        double.is_over.set()
        await client.close()
        await runner.cleanup()
