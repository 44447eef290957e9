"""A visitor of the demo: the real bot behind the real hub, over real HTTP on loopback."""

import html
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import aiohttp

from bot.demo import serve_demo
from bot.demo.hub import Hub
from bot.demo.serving import demo_bot
from bot.migrate import upgrade
from bot.settings import Settings

# A Wednesday: the first session is on Saturday 5 December 2026, 14:00 in Denver.
WEDNESDAY = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came back: the status, where a redirect leads, and the page itself."""

    status: int
    location: str
    source: str

    @property
    def text(self) -> str:
        """What can be read on the page, in one line."""
        body = re.sub(r"(?s)<(style|script)\b.*?</\1>", " ", self.source)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def notice(self) -> str:
        """What the page says about the last press."""
        found = re.search(r'(?s)<p class="notice[^>]*>(.*?)</p>', self.source)
        return html.unescape(found[1]) if found else ""

    @property
    def done(self) -> list[str]:
        """The ticked steps of the guided path."""
        return re.findall(r'<li class="done [^"]*" id="step-(\w+)"', self.source)

    @property
    def offers(self) -> dict[str, str]:
        """What the button of each step says."""
        found = re.findall(r'(?s)name="step" value="(\w+)">\s*<button[^>]*>([^<]*)<', self.source)
        return {step: html.unescape(label) for step, label in found}

    def place(self, key: str) -> str:
        """What can be read in one place."""
        articles = self.source.split('<article class="place" id="place-')[1:]
        found = next(one for one in articles if one.startswith(f'{key}"'))
        messages = found.partition('<div class="messages">')[2]
        return replace(self, source=messages.partition("</section>")[0]).text


class Visitor:
    """Visits pages and sends forms, as a browser does that has the hub open."""

    def __init__(self, hub: Hub, session: aiohttp.ClientSession) -> None:
        self.hub = hub
        self._session = session
        self.token = ""

    async def get(self, path: str = "/", **headers: str) -> Page:
        return await self._ask("GET", path, headers=headers)

    async def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> Page:
        """Send a form of the hub with its token, without following where it leads."""
        named = {key.rstrip("_"): value for key, value in form.items()}
        return await self._ask("POST", path, data={"token": self.token} | named, headers=headers)

    async def press(self, path: str, **form: str) -> Page:
        """Send a form and see the hub that comes after it."""
        answer = await self.post(path, **form)
        return await self.get(answer.location if answer.location.startswith("/") else "/")

    async def _ask(self, method: str, path: str, **how: object) -> Page:
        url = path if path.startswith("http") else self.hub.url.rstrip("/") + path
        async with self._session.request(method, url, allow_redirects=False, **how) as answer:
            source = await answer.text()
            return Page(
                status=answer.status, location=answer.headers.get("Location", ""), source=source
            )


@cache
def migrated() -> bytes:
    """An empty database as every demo makes its own: to make it anew is a sixth of a start."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lectern.sqlite3"
        upgrade(f"sqlite+aiosqlite:///{path}")
        return path.read_bytes()


@asynccontextmanager
async def visiting(folder: Path, now: datetime = WEDNESDAY) -> AsyncIterator[Visitor]:
    """A visitor who comes in at `now`."""
    (folder / "lectern.sqlite3").write_bytes(migrated())
    build_bot = demo_bot(Settings(_env_file=None), folder)
    async with (
        serve_demo(build_bot, port=0, clock=lambda: now) as hub,
        aiohttp.ClientSession() as session,
    ):
        visitor = Visitor(hub, session)
        found = re.search(r'name="token" value="([^"]+)"', (await visitor.get()).source)
        assert found is not None
        visitor.token = found[1]
        yield visitor
