"""Discord on 127.0.0.1: REST and gateway over simcord's backend, with its limits and its faults."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from aiohttp import web
from simcord.backend import Backend
from simcord.backend.cdn import CDN_BASE
from simcord.backend.errors import BackendError

from bot.clock import Clock, utc_now
from tests.wire.answers import Answer, as_json
from tests.wire.clocks import WorldClock
from tests.wire.faults import Fate, FaultTable, Trouble
from tests.wire.gateway import Gateway
from tests.wire.limits import Limits
from tests.wire.routes import Call, Routes

TOKEN = "a.token.of-the-double"
BASE = "/api/v10"
_OPEN = re.compile(r"/(interactions|webhooks)/.*")


class Phase(StrEnum):
    """Where a request stands: not carried out yet, carried out but not answered, answered."""

    BEFORE = "before"
    AFTER = "after"
    ANSWERED = "answered"


@dataclass(slots=True, kw_only=True)
class Entry:
    """A request in the log; `status` 0 while, or because, it has no answer."""

    at: datetime
    method: str
    path: str
    status: int = 0

    @property
    def kind(self) -> str:
        """What was called, whatever the ids in it."""
        path = re.sub(r"/reactions/[^/]+", "/reactions/*", self.path)
        return f"{self.method} {re.sub(r'[0-9]{5,}', '*', path)}"


Watch = Callable[[Entry, Phase], bool]
"""Sees each request in each phase; True when its sender is dead and shall hear nothing more."""


@dataclass(slots=True)
class _Upload:
    """A file of a multipart request, as simcord expects it."""

    filename: str
    fp: io.BytesIO
    description: str | None = None


class DiscordServer:
    """One Discord with one bot in it. `port` is there once it is being served."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.clock = clock
        self.backend = Backend(clock=WorldClock(clock))
        self.routes = Routes(self.backend, clock)
        self.gateway = Gateway(self.backend, TOKEN)
        self.limits = Limits(lambda: asyncio.get_running_loop().time())
        self.faults = FaultTable()
        self.log: list[Entry] = []
        self.watch: Watch = lambda _entry, _phase: False
        self.port = 0
        self._is_over = asyncio.Event()

    def app(self) -> web.Application:
        """REST, gateway and stored files."""
        app = web.Application(client_max_size=32 * 2**20)
        app.router.add_get("/gw", self.gateway.connect)
        app.router.add_get("/gw/", self.gateway.connect)
        app.router.add_get("/cdn/{tail:.*}", self._file)
        app.router.add_route("*", BASE + "/{tail:.*}", self._rest)
        return app

    async def _file(self, request: web.Request) -> web.Response:
        blob = self.backend.cdn.get(f"{CDN_BASE}/{request.match_info['tail']}")
        return web.Response(status=404) if blob is None else web.Response(body=blob)

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path.removeprefix(BASE)
        entry = Entry(at=self.clock(), method=request.method, path=path)
        self.log.append(entry)
        headers, refusal = self.limits.take(request.method, path)
        trouble = self.faults.trouble_for(request.method, path)
        call = await _read(request, path)
        if self.watch(entry, Phase.BEFORE):
            return _hang_up(request)
        is_lost = trouble is not None and trouble.is_after
        if refusal is not None:
            answer = refusal
        elif trouble is None or is_lost:
            answer = self._carry_out(request, call)
        else:
            return await self._befall(request, entry, trouble)
        if self.watch(entry, Phase.AFTER):
            return _hang_up(request)
        if trouble is not None and is_lost and refusal is None:
            return await self._befall(request, entry, trouble)
        return await self._reply(request, entry, answer.response(headers))

    def _carry_out(self, request: web.Request, call: Call) -> Answer:
        is_open = _OPEN.fullmatch(call.path) is not None
        if not is_open and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return as_json({"code": 0, "message": "401: Unauthorized"}, status=401)
        try:
            payload = self.routes.answer(call)
        except BackendError as error:
            return as_json(error.to_json(), status=error.status)
        if payload is None:
            return Answer(status=204)
        answer = as_json(payload)
        stored = f"http://127.0.0.1:{self.port}/cdn".encode()
        return Answer(body=answer.body.replace(CDN_BASE.encode(), stored), headers=answer.headers)

    async def _befall(
        self, request: web.Request, entry: Entry, trouble: Trouble
    ) -> web.StreamResponse:
        if trouble.fate is Fate.HANGS:
            await self._is_over.wait()
        if trouble.answer is None:
            return _hang_up(request)
        return await self._reply(request, entry, trouble.answer.response({}))

    async def _reply(
        self, request: web.Request, entry: Entry, response: web.Response
    ) -> web.StreamResponse:
        entry.status = response.status
        with suppress(ConnectionError):  # the client is dead, or gave up
            await response.prepare(request)
            await response.write_eof()
        self.watch(entry, Phase.ANSWERED)
        return response

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["DiscordServer"]:
        """Serve on a free port until the block ends."""
        runner = web.AppRunner(self.app(), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self.routes.gateway_url = f"ws://127.0.0.1:{self.port}/gw/"
        try:
            yield self
        finally:
            self._is_over.set()
            await runner.cleanup()

    # What tests look at.

    def asked(self, method: str, path: str = ".*") -> list[Entry]:
        """The requests so far with this method and path (a regular expression)."""
        return [one for one in self.log if one.method == method and re.fullmatch(path, one.path)]


def _hang_up(request: web.Request) -> web.Response:
    """Reset the connection; the response goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _read(request: web.Request, path: str) -> Call:
    body: Any = None
    files: list[_Upload] = []
    if request.content_type.startswith("multipart/"):
        for name, part in (await request.post()).items():
            if isinstance(part, web.FileField):
                files.append(_Upload(part.filename, io.BytesIO(part.file.read())))
            elif name == "payload_json":
                body = json.loads(str(part))
    elif request.body_exists:
        body = await request.json()
    return Call(
        method=request.method,
        path=path,
        query=dict(request.query),
        body=body,
        files=tuple(files),
        reason=request.headers.get("X-Audit-Log-Reason"),
    )
