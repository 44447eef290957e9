"""The hub's web server: one page for the visitor, on the loopback interface only."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import simcord
from aiohttp import web

from bot.demo.facts import events_on, gather_facts, places_with_news
from bot.demo.guide import CROWD, Does, Facts, Step, find_step
from bot.demo.page import Pages, make_templates
from bot.demo.people import PEOPLE, Person, relative, short_moment
from bot.demo.places import Place
from bot.demo.stage import Stage
from bot.errors import Refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

EMOJI = Path(simcord.__file__).parent / "preview/static/fonts/noto-color-emoji-v2.051.ttf"
"""Simcord is pinned, so its file has this name."""

ICON = Path(__file__).parent / "templates/icon.svg"
MOVES = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_PERSON_BY_KEY = {person.key: person for person in PEOPLE}
# Forms may lead to the Discord window, which listens on a loopback port of its own.
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; "
    "connect-src 'self'; font-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' http://127.0.0.1:*"
)

_SENTENCES = {
    404: "There is no such page in the demo.",
    405: "This address takes a form, not a visit.",
    413: "That is more than a form of the demo takes.",
}


class Hub:
    """Routes and forms. Other sites can't press its buttons: host, origin and token are checked."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._pages = Pages(stage)
        self._templates = make_templates()
        self._token = secrets.token_urlsafe(24)
        self._notice: tuple[str, str] | None = None
        self.origins: frozenset[str] = frozenset()
        self.url = ""

    def application(self) -> web.Application:
        """The routes behind the checks."""
        app = web.Application(middlewares=[self._guard], client_max_size=64 * 1024)
        app.on_response_prepare.append(self._explain_fault)
        app.add_routes(
            [
                web.get("/", self._show),
                web.get("/live", self._show_live),
                web.get("/pulse", self._pulse),
                web.get("/emoji.ttf", self._emoji),
                web.get("/icon.svg", self._icon),
                web.post("/open", self._open),
                web.post("/command", self._command),
                web.post("/react", self._react),
                web.post("/time", self._time),
                web.post("/step", self._step),
            ]
        )
        return app

    def listen_on(self, port: int) -> None:
        """Accept requests that were meant for this port of this machine, and no others."""
        self.url = f"http://127.0.0.1:{port}/"
        self.origins = frozenset(f"http://{host}:{port}" for host in ("127.0.0.1", "localhost"))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse foreign hosts (DNS rebinding) and foreign forms; turn refusals into sentences."""
        origin = request.headers.get("Origin")
        if f"http://{request.host}" not in self.origins or origin not in {None, *self.origins}:
            return await self._sorry(403, "This page answers only to the browser of this machine.")
        try:
            if request.method == "POST" and not self._knows(await request.post()):
                return await self._sorry(403, "This form is from an earlier demo: reload the page.")
            return await handler(request)
        except web.HTTPClientError as error:
            return await self._sorry(error.status, _sentence(error))
        except Refusal as error:
            self._notice = ("sorry", str(error))
            return self._back(await request.post())

    async def _explain_fault(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Say it in a sentence where aiohttp answers to a bug, which it has logged."""
        if response.status == 500 and isinstance(response, web.Response):
            page = await self._sorry(
                500, "Something went wrong in the demo: its terminal says more."
            )
            response.body = page.body
            response.headers.update(page.headers)
            # aiohttp has counted the body that it meant to send.
            response.headers["Content-Length"] = str(len((page.text or "").encode()))

    def _knows(self, form: Mapping[str, object]) -> bool:
        return secrets.compare_digest(str(form.get("token", "")).encode(), self._token.encode())

    # ----------------------------------------------------------------- pages

    async def _show(self, request: web.Request) -> web.Response:
        notice, self._notice = self._notice, None
        return await self._render("hub.html", self._person(request.query), notice)

    async def _show_live(self, request: web.Request) -> web.Response:
        return await self._render("live.html", self._person(request.query), None)

    async def _pulse(self, request: web.Request) -> web.Response:
        self._person(request.query)
        return web.json_response({"version": self.stage.version}, headers=_HEADERS)

    async def _emoji(self, _request: web.Request) -> web.FileResponse:
        headers = {"Cache-Control": "max-age=86400", "Content-Type": "font/ttf"}
        return web.FileResponse(EMOJI, headers=_HEADERS | headers)

    async def _icon(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(ICON, headers=_HEADERS | {"Content-Type": "image/svg+xml"})

    async def _render(
        self, template: str, person: Person, notice: tuple[str, str] | None
    ) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        values = await self._pages.gather(person)
        text = self._templates.get_template(template).render(
            values, notice=notice, token=self._token, nonce=nonce
        )
        return self._answer(text, nonce)

    async def _sorry(self, status: int, sentence: str) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        page = self._templates.get_template("sorry.html")
        return self._answer(page.render(sentence=sentence, nonce=nonce), nonce, status)

    def _answer(self, text: str, nonce: str, status: int = 200) -> web.Response:
        headers = _HEADERS | {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    # ----------------------------------------------------------------- forms

    async def _open(self, request: web.Request) -> web.Response:
        form = await request.post()
        person = self._person(form)
        return self._go(
            await self.stage.open_place(person, self._place(person, form), self._home(person))
        )

    async def _command(self, request: web.Request) -> web.Response:
        form = await request.post()
        person = self._person(form)
        place = self._place(person, form)
        text = str(form.get("text", ""))
        return self._go(await self.stage.run_command(person, place, text, self._home(person)))

    async def _react(self, request: web.Request) -> web.Response:
        form = await request.post()
        person = self._person(form)
        place = self._place(person, form)
        message = str(form.get("message", ""))
        if not message.isascii() or not message.isdigit():
            raise web.HTTPNotFound(text="There is no such message in the demo.")
        await self.stage.react(person, place, int(message), str(form.get("emoji", "")))
        return self._back(form)

    async def _time(self, request: web.Request) -> web.Response:
        form = await request.post()
        person = self._person(form)
        move = str(form.get("by", ""))
        if move == "next":
            await self._move(person, self.stage.advance_to_next)
        elif move in MOVES:
            await self._move(person, partial(self.stage.advance, MOVES[move]))
        else:
            raise web.HTTPNotFound(text="Time moves by an hour, by a day or to the next event.")
        return self._back(form)

    async def _step(self, request: web.Request) -> web.Response:
        form = await request.post()
        step = find_step(str(form.get("step", "")))
        if step is None:
            raise web.HTTPNotFound(text="The guided path has no such step.")
        facts = await self._facts()
        if sentence := step.lacks(facts):
            raise Refusal(sentence)
        offer = step.offer(facts)
        person = _PERSON_BY_KEY[offer.person]
        if offer.does is Does.WAIT:
            await self._move(
                person, partial(self.stage.advance_until, partial(self._is_done, step))
            )
            return self._back({"as": person.key})
        if offer.does is Does.CROWD:
            await self.stage.let_vote(CROWD)
            self._notice = ("done", "Everybody has voted.")
            return self._back({"as": person.key})
        place = self.stage.place(person, offer.place)
        if offer.does is Does.OPEN:
            return self._go(await self.stage.open_place(person, place, self._home(person)))
        return self._go(
            await self.stage.run_command(person, place, offer.command, self._home(person))
        )

    async def _facts(self) -> Facts:
        return await gather_facts(self.stage.world, self.stage.opening, self.stage.bot.db)

    async def _is_done(self, step: Step) -> bool:
        return step.is_done(await self._facts())

    async def _move(self, person: Person, advance: Callable[[], Awaitable[None]]) -> None:
        """Move time and say where something was written meanwhile."""
        before, mark = self.stage.now(), self.stage.mark_moment()
        was_on = events_on(self.stage.world)
        await advance()
        now = self.stage.now()
        ahead = relative(now - before).removeprefix("in ")
        said = [f"“{name}” has begun." for name in sorted(events_on(self.stage.world) - was_on)]
        if news := places_with_news(self.stage.world, mark):
            said.append(f"Lectern wrote in {', '.join(news)}.")
        moment = short_moment(now, person, before)
        told = " ".join(said) or "Lectern had nothing to say."
        self._notice = ("done", f"{ahead} later: {moment} for {person.name}. {told}")

    # ---------------------------------------------------------------- common

    def _person(self, values: Mapping[str, object]) -> Person:
        """The member whose eyes are borrowed; the lead where none is named."""
        person = _PERSON_BY_KEY.get(str(values.get("as", PEOPLE[0].key)))
        if person is None:
            raise web.HTTPNotFound(text="Nobody of that name lives in the demo.")
        return person

    def _place(self, person: Person, form: Mapping[str, object]) -> Place:
        try:
            return self.stage.place(person, str(form.get("place", "")))
        except KeyError as error:
            raise web.HTTPNotFound(text="There is no such place in the demo.") from error

    def _home(self, person: Person) -> str:
        return f"{self.url}?{urlencode({'as': person.key})}"

    def _back(self, form: Mapping[str, object]) -> web.Response:
        return self._go(f"/?{urlencode({'as': self._person(form).key})}")

    def _go(self, address: str) -> web.Response:
        return web.Response(status=303, headers=_HEADERS | {"Location": address})


def _sentence(error: web.HTTPClientError) -> str:
    """Ours for what aiohttp refuses by itself, else the one that a handler gave."""
    is_its_own = error.status == 413 or (error.text or "").startswith(str(error.status))
    return _SENTENCES[error.status] if is_its_own else error.text or error.reason
