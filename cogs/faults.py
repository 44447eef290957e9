"""Discord's refusals and faults, told apart as the port's `DeliveryProblem`s."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import discord

from bot.messenger import (
    Barred,
    DirectMessagesClosed,
    MessageGone,
    NotAllowed,
    PlaceFull,
    PlaceGone,
    RouteLimited,
    TokenRefused,
    TooManyDirects,
    TryLater,
)

CALL_SECONDS = 15
"""How long one call may hang: a lost answer would otherwise hold us for five minutes."""

WORTH_WAITING = timedelta(seconds=5)
"""A longer rate limit goes back to whoever schedules the work; discord.py waits out a shorter."""

SHUT_OUT_FOR = timedelta(minutes=10)
"""Discord's window for invalid requests; the bar itself does not always say how long it lasts."""

TOO_FAST_FOR = timedelta(minutes=10)

_GONE = "Session is closed"
"""What aiohttp says, as a mere RuntimeError, where a call comes after the client was closed."""

_JSON = "application/json"
_PLACE_CODES = frozenset({10003, 10004})
_CLOSED_CODES = frozenset({10013, 50007, 50033, 50278})
_FULL_CODES = frozenset({30010, 30038, 160006})
_TOO_FAST_CODE = 40003
_TAG_CODE = 40067
_BLOCKED_CODE = 40333
_OVERLOADED_CODE = 130000


def ignore_start() -> None:
    """For a call whose moment nobody needs to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What is to be done about a call that is under way."""

    worth_waiting: timedelta
    on_start: Callable[[], None]


_calling: ContextVar[_Call | None] = ContextVar("lectern_is_calling_discord", default=None)


@asynccontextmanager
async def discord_call(
    *permissions: str,
    worth_waiting: timedelta = WORTH_WAITING,
    on_start: Callable[[], None] = ignore_start,
) -> AsyncIterator[None]:
    """Run one call to Discord; `permissions` names what a refusal is likely about.

    `on_start` is called whenever a request of it leaves. A rate limit longer than `worth_waiting`
    raises RouteLimited.
    """
    token = _calling.set(_Call(worth_waiting=worth_waiting, on_start=on_start))
    try:
        async with asyncio.timeout(CALL_SECONDS):
            yield
    except discord.RateLimited as limit:
        raise RouteLimited("rate limited", timedelta(seconds=limit.retry_after)) from limit
    except discord.HTTPException as error:
        problem = _problem(error, permissions)
        if problem is None:
            raise
        raise problem from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        # Its name alone: the text of aiohttp's errors may hold the request's headers, our token.
        raise TryLater(type(error).__name__) from error
    except RuntimeError as error:
        if str(error) != _GONE:
            raise
        # Another process leads now, or we are ending: what was under way is theirs, or for later.
        raise TryLater("we have left Discord") from error
    finally:
        _calling.reset(token)


def _problem(error: discord.HTTPException, permissions: Sequence[str]) -> Exception | None:
    """What the port calls this answer; None for one that only a bug of ours explains."""
    if error.status == 401:
        return TokenRefused("Discord no longer takes our token")
    if _is_shut_out(error):
        return Barred(f"shut out with {error.status}", _delay_of(error.response))
    if not _is_json(error.response):
        return TryLater(f"not Discord but something before it answered {error.status}")
    return _problem_by_code(error.code) or _problem_by_status(error, permissions)


def _problem_by_code(code: int) -> Exception | None:
    if code == _TAG_CODE:
        # The forum has come to want a tag that only those who manage threads may choose.
        return NotAllowed(("Manage Threads",))
    if code == _TOO_FAST_CODE:
        return TooManyDirects("direct messages are opened too fast", TOO_FAST_FOR)
    if code in _CLOSED_CODES:
        return DirectMessagesClosed(str(code))
    if code in _FULL_CODES:
        return PlaceFull(str(code))
    if code in _PLACE_CODES:
        return PlaceGone(str(code))
    return TryLater("Discord is overloaded") if code == _OVERLOADED_CODE else None


def _problem_by_status(
    error: discord.HTTPException, permissions: Sequence[str]
) -> Exception | None:
    if error.status == 404:
        return MessageGone(str(error.code))
    if error.status == 403:
        return NotAllowed(permissions)
    if error.status >= 500 or error.status == 429:
        return TryLater(f"Discord answered {error.status}")
    return None


def _is_shut_out(error: discord.HTTPException) -> bool:
    """True for Cloudflare's bans: a page where Discord would say why, or a 429 past Discord."""
    if error.status == 429:
        return not (_is_json(error.response) and "Via" in error.response.headers)
    is_page = error.status == 403 and not _is_json(error.response)
    return is_page or error.code == _BLOCKED_CODE


def _is_json(response: Any) -> bool:
    """True for what Discord itself has answered; it never writes anything but JSON."""
    return str(response.headers.get("Content-Type", _JSON)).startswith(_JSON)


def _delay_of(response: Any) -> timedelta:
    """The seconds that Retry-After asks for; it may also hold a date, or be missing."""
    try:
        return timedelta(seconds=float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return SHUT_OUT_FOR


def limit_watch() -> aiohttp.TraceConfig:
    """For a client's `http_trace`: ends a `discord_call` that is limited for long, or globally.

    discord.py would wait inside the call. Cancelled by our time limit while it waits for the end
    of a global limit, it never opens its gate again, and every later call hangs (2.7.1).
    """
    watch = aiohttp.TraceConfig()
    watch.on_request_headers_sent.append(_note_start)
    watch.on_request_end.append(_end_limited_call)
    return watch


async def _note_start(_session: aiohttp.ClientSession, _context: Any, _seen: Any) -> None:
    call = _calling.get()
    if call is not None:
        call.on_start()


async def _end_limited_call(
    _session: aiohttp.ClientSession, _context: Any, seen: aiohttp.TraceRequestEndParams
) -> None:
    response = seen.response
    is_limit = response.status == 429 and _is_json(response) and "Via" in response.headers
    call = _calling.get()
    if call is None or not is_limit:
        return
    limit = await response.json()
    delay = timedelta(seconds=float(limit["retry_after"]))
    if limit.get("global"):
        raise Barred("the limit for all calls together", delay)
    if delay > call.worth_waiting:
        raise RouteLimited("rate limited", delay)
