"""Discord's gateway over WebSocket: numbered events, heartbeats, resuming, member look-ups."""

import asyncio
import json
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from secrets import token_hex
from typing import Any

import discord
from aiohttp import WSMsgType, web
from simcord.backend import Backend
from simcord.backend.serializers import guild_create_payload, user_payload
from simcord.gateway import FakeGateway, FakeWebSocket

REPLAYED = 1_000
"""How many events a session keeps for a client that comes back."""

KEPT_SESSIONS = 4
MOST_SENT = 120
SENT_SECONDS = 60.0
"""Discord closes the connection of a client that sends more than that."""

NOT_AUTHENTICATED, WRONG_TOKEN, TOO_MUCH = 4003, 4004, 4008


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    ACK = 11


class Socket:
    """One connection; with `compress=zlib-stream` all of it is one deflate stream."""

    def __init__(self, response: web.WebSocketResponse, *, is_packed: bool) -> None:
        self.session: Session | None = None
        self._response = response
        self._stream = zlib.compressobj() if is_packed else None
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._heard: deque[float] = deque()

    def send(
        self, op: Op, payload: Any, *, number: int | None = None, event: str | None = None
    ) -> None:
        """Have a message sent after those before it."""
        self._outbox.put_nowait(json.dumps({"op": op, "d": payload, "s": number, "t": event}))

    async def write(self) -> None:
        """Send what is to be sent, until the client is gone."""
        with suppress(ConnectionError):
            while True:
                text = await self._outbox.get()
                if self._stream is None:
                    await self._response.send_str(text)
                    continue
                packed = self._stream.compress(text.encode())
                await self._response.send_bytes(packed + self._stream.flush(zlib.Z_SYNC_FLUSH))

    async def close(self, code: int) -> None:
        await self._response.close(code=code)

    def is_chatty(self, now: float) -> bool:
        """True when the client sends more than it may."""
        self._heard.append(now)
        while self._heard[0] < now - SENT_SECONDS:
            self._heard.popleft()
        return len(self._heard) > MOST_SENT


@dataclass(slots=True)
class Session:
    """What one IDENTIFY began, with the events that a client who comes back is still owed.

    It stands behind simcord's gateway, which filters events by intents, as a client's state does:
    `parsers` says what is done with an event.
    """

    intents: discord.Intents
    shard: tuple[int, int] = (0, 1)
    id: str = field(default_factory=lambda: token_hex(8))
    number: int = 0
    events: deque[tuple[int, str, Any]] = field(default_factory=lambda: deque(maxlen=REPLAYED))
    socket: Socket | None = None

    @property
    def parsers(self) -> "Session":
        return self

    def __getitem__(self, event: str) -> Callable[[Any], None]:
        return lambda payload: self._dispatch(event, payload)

    get = __getitem__

    def _dispatch(self, event: str, payload: Any) -> None:
        self.number += 1
        self.events.append((self.number, event, payload))
        if self.socket is not None:
            self.socket.send(Op.DISPATCH, payload, number=self.number, event=event)

    def concerns(self, event: str, payload: Mapping[str, Any]) -> bool:
        """Whether the event is for this session's shard."""
        key = "id" if event in {"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"} else "guild_id"
        guild_id = int(payload.get(key) or 0)
        number, count = self.shard
        return (guild_id >> 22) % count == number if guild_id else number == 0


class Gateway:
    """Every session with this Discord. While `is_refusing` it lets nobody connect."""

    def __init__(self, backend: Backend, token: str) -> None:
        self.backend = backend
        self.token = token
        self.identifies = 0
        self.resumes = 0
        self.is_refusing = False
        self.sessions: dict[str, Session] = {}
        self.sockets: set[Socket] = set()
        self._gates: dict[str, FakeGateway] = {}
        backend.subscribers.append(self._relay)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        if self.is_refusing:
            return web.Response(status=503)
        response = web.WebSocketResponse(max_msg_size=0)
        await response.prepare(request)
        socket = Socket(response, is_packed="compress" in request.query)
        writing = asyncio.create_task(socket.write())
        socket.send(Op.HELLO, {"heartbeat_interval": 40_000})
        self.sockets.add(socket)
        try:
            async for message in response:
                if message.type is WSMsgType.TEXT:
                    await self._hear(socket, json.loads(message.data), request)
        finally:
            self.sockets.discard(socket)
            if socket.session is not None and socket.session.socket is socket:
                socket.session.socket = None
            writing.cancel()
        return response

    async def _hear(self, socket: Socket, message: dict[str, Any], request: web.Request) -> None:
        op, payload = message["op"], message.get("d")
        if socket.is_chatty(asyncio.get_running_loop().time()):
            await socket.close(TOO_MUCH)
        elif op == Op.HEARTBEAT:
            socket.send(Op.ACK, None)
        elif op in {Op.IDENTIFY, Op.RESUME} and payload["token"] != self.token:
            await socket.close(WRONG_TOKEN)
        elif op == Op.IDENTIFY:
            self._identify(socket, payload, request.host)
        elif op == Op.RESUME:
            self._resume(socket, payload)
        elif socket.session is None:
            await socket.close(NOT_AUTHENTICATED)
        elif op == Op.REQUEST_MEMBERS:
            await self._look_up(socket.session, payload)

    def _identify(self, socket: Socket, payload: dict[str, Any], host: str) -> None:
        self.identifies += 1
        self._forget_old()
        number, count = payload.get("shard") or (0, 1)
        intents = discord.Intents._from_value(payload["intents"])
        session = Session(intents=intents, shard=(number, count), socket=socket)
        self.sessions[session.id] = socket.session = session
        gate = self._gates[session.id] = FakeGateway(self.backend, session)
        guilds = [one for one in self.backend.guilds.values() if (one.id >> 22) % count == number]
        gate.feed(
            "READY",
            {
                "v": 10,
                "user": user_payload(self.backend.bot_user),
                "guilds": [{"id": str(one.id), "unavailable": True} for one in guilds],
                "session_id": session.id,
                "resume_gateway_url": f"ws://{host}/gw/",
                "application": {"id": str(self.backend.application_id), "flags": 0},
                "shard": [number, count],
            },
        )
        for guild in guilds:
            gate.feed("GUILD_CREATE", guild_create_payload(self.backend, guild))

    def _forget_old(self) -> None:
        gone = [one for one in self.sessions.values() if one.socket is None]
        for session in gone[:-KEPT_SESSIONS]:
            self._forget(session)

    def _forget(self, session: Session) -> None:
        self.sessions.pop(session.id, None)
        self._gates.pop(session.id, None)

    def _resume(self, socket: Socket, payload: dict[str, Any]) -> None:
        session = self.sessions.get(payload["session_id"])
        if session is None:
            socket.send(Op.INVALID_SESSION, False)
            return
        self.resumes += 1
        socket.session, session.socket = session, socket
        for number, event, missed in session.events:
            if number > payload["seq"]:
                socket.send(Op.DISPATCH, missed, number=number, event=event)
        session.parsers["RESUMED"]({})

    async def _look_up(self, session: Session, payload: dict[str, Any]) -> None:
        asked = FakeWebSocket(self.backend, self._gates[session.id])
        await asked.request_chunks(
            int(payload["guild_id"]),
            payload.get("query"),
            limit=int(payload.get("limit", 0)),
            user_ids=payload.get("user_ids"),
            presences=bool(payload.get("presences")),
            nonce=payload.get("nonce"),
        )

    def _relay(self, event: str, payload: Mapping[str, Any]) -> None:
        for session in list(self.sessions.values()):
            if session.concerns(event, payload):
                self._gates[session.id].feed(event, payload)

    # What a test does to the connections.

    async def drop(self, code: int = 4000) -> None:
        """Close every connection; clients may come back and resume."""
        for socket in list(self.sockets):
            await socket.close(code)

    def ask_to_reconnect(self) -> None:
        """Op 7: every client is asked to come back."""
        for socket in self.sockets:
            socket.send(Op.RECONNECT, None)

    def invalidate(self) -> None:
        """Op 9: every session is over; clients have to identify anew."""
        for socket in self.sockets:
            if socket.session is not None:
                self._forget(socket.session)
                socket.session = None
            socket.send(Op.INVALID_SESSION, False)
