"""As much of Discord on loopback as a bot needs to log in, publish commands and come online."""

import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import yarl
from aiohttp import WSMsgType, web

TOKEN = "a.token.of-the-double"
APPLICATION_ID = 700_000_000_000_000_001
USER = {
    "id": str(APPLICATION_ID),
    "username": "Lectern",
    "discriminator": "0",
    "avatar": None,
    "bot": True,
}


class GatewayDouble:
    """Keeps what it was asked. `refused_sockets` is how many connections it drops at first."""

    def __init__(self, refused_sockets: int = 0) -> None:
        self.refused_sockets = refused_sockets
        self.identifies = 0
        self.published: list[list[dict[str, Any]]] = []

    def app(self) -> web.Application:
        """The routes of the double."""
        app = web.Application()
        base = "/api/v10"
        app.router.add_get(f"{base}/users/@me", self._me)
        app.router.add_get(f"{base}/oauth2/applications/@me", self._application)
        app.router.add_put(f"{base}/applications/{{id}}/commands", self._publish)
        app.router.add_get("/gw/", self._socket)
        return app

    async def _me(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bot {TOKEN}":
            return answer({"code": 0, "message": "401: Unauthorized"}, status=401)
        return answer(USER)

    async def _application(self, _request: web.Request) -> web.Response:
        return answer(
            {
                "id": str(APPLICATION_ID),
                "name": "Lectern",
                "description": "",
                "icon": None,
                "rpc_origins": [],
                "bot_public": True,
                "bot_require_code_grant": False,
                "owner": USER,
                "team": None,
                "verify_key": "",
                "flags": 0,
            }
        )

    async def _publish(self, request: web.Request) -> web.Response:
        commands = await request.json()
        self.published.append(commands)
        return answer(
            [
                {
                    "id": str(APPLICATION_ID + number),
                    "application_id": str(APPLICATION_ID),
                    "version": "1",
                    "default_member_permissions": None,
                    **command,
                }
                for number, command in enumerate(commands, 1)
            ]
        )

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self.refused_sockets:
            self.refused_sockets -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        stream = zlib.compressobj()

        async def send(op: int, data: Any, **more: Any) -> None:
            text = json.dumps({"op": op, "d": data, "s": None, "t": None, **more}).encode()
            packed = stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH)
            await socket.send_bytes(packed)

        await send(10, {"heartbeat_interval": 40_000})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            op = json.loads(message.data)["op"]
            if op == 1:
                await send(11, None)
            elif op == 2:
                self.identifies += 1
                ready = {
                    "v": 10,
                    "user": USER,
                    "guilds": [],
                    "session_id": "double",
                    "resume_gateway_url": str(request.url.with_scheme("ws").with_path("/gw/")),
                    "application": {"id": str(APPLICATION_ID), "flags": 0},
                }
                await send(0, ready, s=1, t="READY")
        return socket


def answer(body: Any, status: int = 200) -> web.Response:
    """A JSON answer with the content type exactly as Discord writes it."""
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers={"Content-Type": "application/json"},
    )


@asynccontextmanager
async def serving(double: GatewayDouble, monkeypatch: Any) -> AsyncIterator[GatewayDouble]:
    """Serve the double and point discord.py at it."""
    runner = web.AppRunner(double.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{port}/api/v10")
    gateway = yarl.URL(f"ws://127.0.0.1:{port}/gw/")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    try:
        yield double
    finally:
        await runner.cleanup()
