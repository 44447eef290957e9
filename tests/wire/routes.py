"""Where Discord is stricter or richer than simcord: these routes are answered here.

Written after Discord's pages "Message", "Reaction", "Channel" and "Guild Scheduled Event".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import simcord.http.routes  # noqa: F401  - importing it fills the table of routes
from simcord.backend import Backend, errors
from simcord.backend.access import channel_accessible
from simcord.backend.errors import BackendError
from simcord.backend.serializers import (
    channel_payload,
    message_payload,
    thread_list_payload,
    user_payload,
)
from simcord.http.router import dispatch

from bot.clock import Clock

PAGE = 100
NONCE_LIMIT = 25
MOST_REACTIONS = 20
MOST_EVENTS = 100
OWNERS_FIELDS = frozenset({"name", "archived", "auto_archive_duration"})
NONCE_WINDOW = timedelta(minutes=5)
"""Discord says "a few minutes"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, read."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    files: tuple[Any, ...] = ()
    reason: str | None = None


Rule = Callable[["Routes", Call, re.Match[str]], Any]
_RULES: list[tuple[str, re.Pattern[str], Rule]] = []


def rule(method: str, template: str) -> Callable[[Rule], Rule]:
    """Let a function answer (or, by raising, refuse) the requests of a route."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

    def note(answer: Rule) -> Rule:
        _RULES.append((method, pattern, answer))
        return answer

    return note


class Routes:
    """Discord's REST over one backend."""

    def __init__(self, backend: Backend, clock: Clock) -> None:
        self.backend = backend
        self.clock = clock
        self.nonce_window = NONCE_WINDOW
        self.gateway_url = ""
        self.supers: dict[tuple[int, str], set[int]] = {}
        """Super reactions, which simcord does not know: (message, emoji) → people."""
        self.has_stale_counts = False
        """Whether messages say that each emoji has one reaction."""
        self.doubles_every = 0
        """Which pages of reactions are answered with the one before once more, 0 for none."""
        self.doubled = 0
        self._pages_read = 0
        self._last_page: list[int] = []
        self._nonces: dict[tuple[str, str], tuple[datetime, int]] = {}

    def answer(self, call: Call) -> Any:
        """The payload of the answer, None for an empty one; raises BackendError."""
        for method, pattern, answer in _RULES:
            match = pattern.fullmatch(call.path)
            if method == call.method and match:
                return answer(self, call, match)
        return self.leave(call)

    def leave(self, call: Call) -> Any:
        """What simcord answers."""
        self.backend.http_requests.clear()
        self.backend.transcript.clear()
        return dispatch(
            self.backend,
            call.method,
            call.path,
            json=call.body,
            params=dict(call.query),
            files=list(call.files),
            reason=call.reason,
        )

    @rule("POST", "/channels/{channel}/messages")
    def _say(self, call: Call, match: re.Match[str]) -> Any:
        """One message for each nonce within the window, and its nonce in the answer."""
        nonce = call.body.get("nonce")
        if nonce is None or not call.body.get("enforce_nonce"):
            return self.leave(call)
        if len(str(nonce)) > NONCE_LIMIT:
            raise errors.invalid_form_body("nonce: Must be 25 or fewer in length")
        now, key = self.clock(), (call.path, str(nonce))
        said_at, message_id = self._nonces.get(key, (None, 0))
        if said_at is not None and abs(now - said_at) < self.nonce_window:
            channel_id = int(match["channel"])
            message = self.backend.get_message(channel_id, message_id)
            return {**message_payload(self.backend, message), "nonce": nonce}
        payload = self.leave(call)
        self._nonces[key] = (now, int(payload["id"]))
        return {**payload, "nonce": nonce}

    @rule("GET", "/channels/{channel}/messages")
    def _history(self, call: Call, match: re.Match[str]) -> Any:
        """`after` an id come the oldest, otherwise the newest; in either case newest first."""
        limit = int(call.query.get("limit", 50))
        if not 1 <= limit <= PAGE:
            raise errors.invalid_form_body("limit: Must be between 1 and 100")
        channel = self.backend.get_channel(int(match["channel"]))
        self.backend.require_permissions(
            channel.guild_id, self.backend.bot_user.id, channel.id, "view_channel"
        )
        if not channel_accessible(self.backend, channel.id, self.backend.bot_user.id, history=True):
            return []
        messages = self.backend.messages[channel.id]
        ids = sorted(one for one, message in messages.items() if not message.is_ephemeral)
        if "after" in call.query:
            after = int(call.query["after"])
            ids = [one for one in ids if one > after][:limit]
        elif "before" in call.query:
            ids = [one for one in ids if one < int(call.query["before"])]
        return [
            message_payload(self.backend, messages[one], for_user=self.backend.bot_user.id)
            for one in reversed(ids[-limit:])
        ]

    @rule("GET", "/channels/{channel}/messages/{message}/reactions/{emoji}")
    def _reactors(self, call: Call, match: re.Match[str]) -> Any:
        """The `limit` lowest ids after `after`, of one kind, in descending order."""
        message = self.backend.get_message(int(match["channel"]), int(match["message"]))
        limit, after = int(call.query.get("limit", 25)), int(call.query.get("after", 0))
        if not 1 <= limit <= PAGE:
            raise errors.invalid_form_body("limit: Must be between 1 and 100")
        emoji = unquote(match["emoji"])
        if int(call.query.get("type", 0)):
            people = self.supers.get((message.id, emoji), set())
        else:
            reaction = message.reaction_for(emoji)
            people = set(reaction.user_ids) if reaction else set()
        page = self._page_of(sorted(one for one in people if one > after)[:limit], after)
        return [user_payload(self.backend.get_user(one)) for one in reversed(page)]

    def _page_of(self, page: list[int], after: int) -> list[int]:
        """The page that is asked for, or the last one again."""
        self._pages_read += 1
        if after and self.doubles_every and self._pages_read % self.doubles_every == 0:
            self.doubled += 1
            return self._last_page
        self._last_page = page
        return page

    @rule("GET", "/channels/{channel}/messages/{message}")
    def _show(self, call: Call, match: re.Match[str]) -> Any:
        payload = self.leave(call)
        if self.has_stale_counts:
            for reaction in payload.get("reactions", []):
                reaction["count"] = 1
        return payload

    @rule("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me")
    def _react(self, call: Call, match: re.Match[str]) -> Any:
        message = self.backend.get_message(int(match["channel"]), int(match["message"]))
        is_new = message.reaction_for(unquote(match["emoji"])) is None
        if is_new and len(message.reactions) >= MOST_REACTIONS:
            raise BackendError(403, 30010, "Maximum number of reactions reached (20)")
        return self.leave(call)

    @rule("POST", "/channels/{channel}/messages/{message}/threads")
    def _open_thread(self, call: Call, match: re.Match[str]) -> Any:
        if int(match["message"]) in self.backend.channels:
            raise BackendError(400, 160004, "A thread has already been created for this message")
        return self.leave(call)

    @rule("POST", "/channels/{channel}/threads")
    def _open_post(self, call: Call, match: re.Match[str]) -> Any:
        """A post's first message has the post's own id; simcord gives it another."""
        payload = self.leave(call)
        if "message" not in payload:
            return payload
        messages = self.backend.messages[int(payload["id"])]
        starter = messages.pop(int(payload["message"]["id"]))
        starter.id = int(payload["id"])
        messages[starter.id] = starter
        return {**payload, "message": message_payload(self.backend, starter)}

    @rule("PATCH", "/channels/{channel}")
    def _change_channel(self, call: Call, match: re.Match[str]) -> Any:
        """Who made a thread may rename and archive it; simcord asks for more."""
        thread = self.backend.get_channel(int(match["channel"]))
        is_own = thread.is_thread and thread.owner_id == self.backend.bot_user.id
        if not is_own or call.body.keys() - OWNERS_FIELDS:
            return self.leave(call)
        name = {"name": call.body["name"]} if "name" in call.body else {}
        state = {key: call.body[key] for key in call.body.keys() - {"name"}}
        thread = self.backend.edit_channel(thread.id, name, thread_metadata=state)
        return channel_payload(self.backend, thread)

    @rule("DELETE", "/channels/{channel}")
    def _delete_channel(self, call: Call, match: re.Match[str]) -> Any:
        """A thread takes Manage Threads; simcord asks for Manage Channels."""
        thread = self.backend.get_channel(int(match["channel"]))
        if not thread.is_thread:
            return self.leave(call)
        self.backend.require_permissions(
            thread.guild_id, self.backend.bot_user.id, thread.id, "manage_threads"
        )
        payload = channel_payload(self.backend, thread)
        self.backend.delete_channel(thread.id)
        return payload

    @rule("GET", "/channels/{channel}/threads/archived/public")
    def _archived(self, call: Call, match: re.Match[str]) -> Any:
        """The latest archived first, in pages; simcord shows all at once."""
        limit = int(call.query.get("limit", 50))
        threads = self.backend.archived_threads(int(match["channel"]), private=False)
        threads.sort(key=lambda one: one.thread_metadata.archive_timestamp, reverse=True)
        if "before" in call.query:
            before = datetime.fromisoformat(call.query["before"])
            threads = [
                one
                for one in threads
                if datetime.fromisoformat(one.thread_metadata.archive_timestamp) < before
            ]
        return thread_list_payload(self.backend, threads[:limit], has_more=len(threads) > limit)

    @rule("POST", "/guilds/{guild}/scheduled-events")
    def _create_event(self, call: Call, match: re.Match[str]) -> Any:
        events = self.backend.get_guild(int(match["guild"])).scheduled_events.values()
        if sum(event.status in {1, 2} for event in events) >= MOST_EVENTS:
            raise BackendError(400, 30038, "Maximum number of uncompleted guild events reached")
        self._refuse_past(call)
        return self.leave(call)

    @rule("PATCH", "/guilds/{guild}/scheduled-events/{event}")
    def _edit_event(self, call: Call, match: re.Match[str]) -> Any:
        event = self.backend.get_scheduled_event(int(match["guild"]), int(match["event"]))
        if call.body.get("scheduled_start_time") != event.scheduled_start_time:
            self._refuse_past(call)
        return self.leave(call)

    def _refuse_past(self, call: Call) -> None:
        starts_at = call.body.get("scheduled_start_time")
        if starts_at is not None and datetime.fromisoformat(starts_at) < self.clock():
            raise errors.invalid_form_body("scheduled_start_time: Cannot schedule in the past")

    @rule("GET", "/guilds/{guild}/scheduled-events/{event}/users")
    def _interested(self, call: Call, match: re.Match[str]) -> Any:
        """The `limit` lowest ids after `after`; simcord shows all at once."""
        event = self.backend.get_scheduled_event(int(match["guild"]), int(match["event"]))
        limit, after = int(call.query.get("limit", PAGE)), int(call.query.get("after", 0))
        if not 1 <= limit <= PAGE:
            raise errors.invalid_form_body("limit: Must be between 1 and 100")
        page = sorted(one for one in event.user_ids if one > after)[:limit]
        return [
            {"guild_scheduled_event_id": str(event.id), "user": {"id": str(one)}} for one in page
        ]

    @rule("GET", "/gateway/bot")
    def _gateway(self, _call: Call, _match: re.Match[str]) -> Any:
        return {
            "url": self.gateway_url,
            "shards": 1,
            "session_start_limit": {
                "total": 1000,
                "remaining": 1000,
                "reset_after": 0,
                "max_concurrency": 1,
            },
        }
