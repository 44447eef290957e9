"""The Discord window: simcord's preview of one place, with a way back to the hub."""

import json
import re
from asyncio import Lock
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

from aiohttp import web
from markupsafe import Markup
from simcord import ChannelHandle, Env, InteractionResult, MemberActor, SetupError, UserHandle
from simcord.preview import Preview

from bot.demo.people import Person
from bot.demo.places import Links

Viewer = MemberActor | UserHandle

_BRAND = '<div class="preview-brand">'
# What a developer of bots needs and a visitor does not: hidden, not removed, as the scripts of the
# preview look for it.
_CALM = """
#capture-open, #inspector-toggle, #messages-toggle, #messages-sidebar, .session-menu, #refresh,
.preview-brand, #back-activity, #view-action-output, .message-edited-compact
  { display: none !important; }
#lectern-back { text-decoration: none; font-weight: 600; white-space: nowrap; }
#viewer-picker { appearance: none; background: none; border: 0; padding: 0; pointer-events: none; }
.component-container > .text-display + :is(.text-display, .component-gallery, .component-file)
  { margin-top: 8px; }
.markdown-link { display: inline-block; max-width: 100%; }
@media (max-width: 760px) {
  .preview-shell { --toolbar-height: 52px; }
  #action-status { flex: 1 1 6rem; }
}
"""
# The preview loads the fonts of every script of which it may be asked to take pictures, 30 MB for
# every window. A browser loads by itself those that a text needs, but without these ranges one
# sign that no font has makes it load all of them.
_RANGES = {
    "arabic": "U+0600-06FF, U+0750-077F, U+0870-08FF, U+FB50-FDFF, U+FE70-FEFF, U+1EE00-1EEFF",
    "hebrew": "U+0590-05FF, U+FB1D-FB4F",
    "devanagari": "U+0900-097F, U+1CD0-1CFF, U+A8E0-A8FF, U+11B00-11B5F",
    "sc": "U+1100-11FF, U+2E80-D7FF, U+F900-FAFF, U+FE10-FE4F, U+FF00-FFEF, U+20000-3FFFF",
}
_FONT = re.compile(rf'src: url\("/fonts/noto-sans-({"|".join(_RANGES)})-')
_EVERY_FONT = "FONT_REQUIREMENTS.map("
_FIRST_FONT = "FONT_REQUIREMENTS.slice(0, 1).map("
# Discord begins at the newest message and stays there, also while a form is open.
_STAY_BELOW = """
{
  const timeline = document.getElementById("channel-timeline");
  const list = document.getElementById("channel-message-list");
  let newest = null;
  new MutationObserver(() => {
    const height = timeline.clientHeight;
    const isNear = timeline.scrollHeight - timeline.scrollTop < 2.5 * height;
    if (list.lastElementChild === newest || (newest && !isNear)) return;
    newest = list.lastElementChild;
    let looks = 10;
    const pin = setInterval(() => {
      timeline.scrollTop = timeline.scrollHeight;
      looks -= 1;
      if (!looks) clearInterval(pin);
    }, 40);
  }).observe(list, { childList: true });
}
"""
# Links to messages and channels would leave the demo for the real Discord. They lead to a message
# that stands here, else to its place on the hub.
_STAY_HERE = r"""
{
  const places = JSON.parse(document.getElementById("lectern-back").dataset.places);
  const list = document.getElementById("channel-message-list");
  const discord = /^(https:\/\/discord\.com\/channels\/\d+\/\d+)(\/\d+)?$/;
  const bringHome = () => {
    for (const link of list.querySelectorAll('a[href^="https://discord.com/"]')) {
      const [, channel, message] = discord.exec(link.href) ?? [];
      if (!(channel in places)) continue;
      const [address, name] = places[channel];
      if (link.textContent === link.href) link.textContent = message ? `${name} › message` : name;
      link.href = address;
      link.removeAttribute("target");
      link.onclick = (event) => {
        const there = list.querySelector(`[data-message-id="${message?.slice(1)}"]`);
        if (!there) return;
        event.preventDefault();
        there.scrollIntoView({ behavior: "smooth", block: "center" });
      };
    }
  };
  new MutationObserver(bringHome).observe(list, { childList: true, subtree: true });
}
"""
# The preview drops a press while it is busy; a voter may be quicker than that.
_ADMISSION = 'if (pending || (uncertain && kind !== "close"))'
_PATIENCE = """
  const isBusy = pending || (awaitingRevision !== null
    && awaitingRevision > context.publishedRevision);
  const mayWait = kind === "set_reaction" || pending?.kind === "configure_presentation";
  if (isBusy && !uncertain && mayWait && !pageAction(kind)) {
    setTimeout(() => dispatch(kind, extra, metadata), 50);
    return;
  }
"""
# Fonts and scripts are the same in every window of a demo, and in this time no simcord is updated.
_KEPT = "max-age=600"
_UNAVAILABLE = "Preview session is unavailable. Reload the active Preview URL."
_ENDED = "This window has ended, as another was opened: go back to the demo."
# What the preview says about itself.
_DRAFT = {"SimCord selection draft actions": "What you choose", "SimCord selection draft": ""}
_SILENT = ("Viewport updated", "Preview ready", "Action completed", "Callback completed")


class Window:
    """One open preview. Its `url` lets its holder act as the viewer: never log it."""

    def __init__(self, preview: Preview, lock: Lock, on_action: Callable[[int], None]) -> None:
        self._preview = preview
        self._lock = lock
        self._on_action = on_action
        self._is_retired = False

    @classmethod
    async def open(  # noqa: PLR0913 - what a preview needs
        cls,
        env: Env,
        channel: ChannelHandle,
        viewer: Viewer,
        *,
        person: Person,
        lock: Lock,
        on_action: Callable[[int], None],
        back_url: str,
        links: Links,
        port: int,
    ) -> "Window":
        """Serve `channel` to `viewer` on that port, 0 for any. The caller holds `lock`.

        `links` are Discord's own addresses that lead to the hub instead: where, and their names.

        One viewer only: the preview would show a second one the times of the first one's zone.
        """
        preview = env.preview(
            channel,
            viewers=[viewer],
            layout="channel",
            locale="en-US" if person.twelve_hours else "en-GB",
            timezone=person.zone.key,
            port=port,
        )
        # Real minutes may pass between two looks; the default of ten would end the page.
        preview._PAGE_LEASE_SECONDS = float("inf")  # type: ignore[misc] # simcord has no option
        window = cls(preview, lock, on_action)
        window._take_turns()
        window._furnish(back_url, f"{channel.name or 'Lectern'} as {person.name}", links)
        await preview.__aenter__()
        return window

    @property
    def url(self) -> str:
        return self._preview.url

    @property
    def port(self) -> int:
        """Where the next window may be served, so that a browser keeps what it has loaded."""
        port = self._preview._server.port
        if port is None:
            raise RuntimeError("the window is closed")
        return port

    async def show(self, result: InteractionResult) -> None:
        """Bring an answer, or the form that was asked for, to the front."""
        await self._preview.show(result)

    async def refresh(self) -> None:
        """Let an open page see what happened elsewhere; harmless where the page was ended."""
        try:
            await self._preview.refresh()
        except SetupError:
            self._is_retired = True

    def retire(self) -> None:
        """Turn away clicks that still wait for their turn, so that closing need not wait."""
        self._is_retired = True

    async def close(self) -> None:
        """Stop serving. Never under the lock: clicks that wait for it must be turned away first."""
        await self._preview.close()

    def _take_turns(self) -> None:
        """simcord refuses overlapping operations; clicks in the preview queue with the hub's."""
        act = self._preview._action

        async def act_in_turn(context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
            if isinstance(body, Mapping) and body.get("kind") == "close":
                return await act(context_id, body)
            async with self._lock:
                if self._is_retired:
                    raise SetupError("this window was closed")
                answer = await act(context_id, body)
                page = self._preview._pages.get(context_id or "")
                if page is not None:
                    self._on_action(page.viewer.id)
                return answer

        self._preview._action = act_in_turn  # type: ignore[method-assign] # simcord has no hook

    def _furnish(self, back_url: str, title: str, links: Links) -> None:
        """Put the ways back into the page, and make it calm."""
        server = self._preview._server
        serve = server._static
        places = {place: (urljoin(back_url, path), name) for place, (path, name) in links.items()}
        link = Markup(
            '<a id="lectern-back" class="toolbar-button" href="{}" data-places="{}">'
            "← Lectern demo</a>"
        ).format(back_url, json.dumps(places))
        icon = urljoin(back_url, "/icon.svg")
        head = Markup('<title>{}</title><link rel="icon" type="image/svg+xml" href="{}">').format(
            title, icon
        )

        async def serve_furnished(request: web.Request) -> Any:
            response = await serve(request)
            if request.path != "/":
                response.headers["Cache-Control"] = _KEPT
                del response.headers["Pragma"]
            if request.path == "/":
                policy = response.headers["Content-Security-Policy"]
                response.headers["Content-Security-Policy"] = policy.replace(
                    "img-src ", f"img-src {icon} ", 1
                )
                response.text = response.text.replace(_BRAND, str(link) + _BRAND, 1).replace(
                    "<title>SimCord Preview</title>", head, 1
                )
            elif request.path == "/preview.css":
                response.text = _FONT.sub(_with_range, response.text) + _CALM
            elif request.path == "/app.js":
                response.text = response.text.replace(_UNAVAILABLE, _ENDED)
                response.text += _STAY_BELOW + _STAY_HERE
            elif request.path == "/presentation.js":
                response.text = response.text.replace(_EVERY_FONT, _FIRST_FONT, 1)
            elif request.path == "/selects.js":
                for words, ours in _DRAFT.items():
                    response.text = response.text.replace(f'"{words}"', f'"{ours}"')
            elif request.path == "/actions.js":
                response.text = response.text.replace(_UNAVAILABLE, _ENDED)
                response.text = response.text.replace(_ADMISSION, _PATIENCE + _ADMISSION, 1)
                for words in _SILENT:
                    response.text = response.text.replace(f'"{words}"', '""')
            return response

        server._static = serve_furnished  # type: ignore[method-assign] # simcord has no hook


def _with_range(font: re.Match[str]) -> str:
    return f"unicode-range: {_RANGES[font[1]]}; {font[0]}"
