"""The Discord window: simcord's preview of one place, with a way back to the hub."""

from asyncio import Lock
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from simcord import ChannelHandle, Env, InteractionResult, MemberActor, SetupError, UserHandle
from simcord.preview import Preview

from bot.demo.people import Person

Viewer = MemberActor | UserHandle

_BRAND = '<div class="preview-brand">'
# What a developer of bots needs and a visitor does not: hidden, not removed, as the scripts of the
# preview look for it.
_CALM = """
#capture-open, #inspector-toggle, #messages-toggle, #messages-sidebar, .session-menu,
.preview-brand, #back-activity, #view-action-output { display: none !important; }
#lectern-back { text-decoration: none; font-weight: 600; white-space: nowrap; }
"""


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
    ) -> "Window":
        """Serve `channel` to `viewer`. The caller holds `lock`.

        One viewer only: the preview would show a second one the times of the first one's zone.
        """
        preview = env.preview(
            channel,
            viewers=[viewer],
            layout="channel",
            locale="en-US" if person.twelve_hours else "en-GB",
            timezone=person.zone.key,
        )
        # Real minutes may pass between two looks; the default of ten would end the page.
        preview._PAGE_LEASE_SECONDS = float("inf")  # type: ignore[misc] # simcord has no option
        window = cls(preview, lock, on_action)
        window._take_turns()
        window._add_way_back(back_url)
        await preview.__aenter__()
        return window

    @property
    def url(self) -> str:
        return self._preview.url

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

    def _add_way_back(self, back_url: str) -> None:
        server = self._preview._server
        serve = server._static
        link = f'<a id="lectern-back" class="toolbar-button" href="{back_url}">← Lectern demo</a>'

        async def serve_with_link(request: web.Request) -> Any:
            response = await serve(request)
            if request.path == "/":
                response.text = response.text.replace(_BRAND, link + _BRAND, 1)
            elif request.path == "/preview.css":
                response.text += _CALM
            return response

        server._static = serve_with_link  # type: ignore[method-assign] # simcord has no hook
