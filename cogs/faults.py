"""Discord's refusals and faults, told apart as the port's `DeliveryProblem`s."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import discord

from bot.messenger import (
    DirectMessagesClosed,
    MessageGone,
    NotAllowed,
    PlaceGone,
    TryLater,
)

CALL_SECONDS = 15
"""How long one call may hang: a lost answer would otherwise hold us for five minutes."""

_PLACE_CODES = frozenset({10003, 10004})
_MESSAGE_CODES = frozenset({10008, 10070})
_CLOSED_CODES = frozenset({50007, 50278})


@asynccontextmanager
async def discord_call(*permissions: str) -> AsyncIterator[None]:
    """Run one or a few calls to Discord; `permissions` names what a refusal is likely about."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            yield
    except discord.RateLimited as limit:
        raise TryLater("rate limited", timedelta(seconds=limit.retry_after)) from limit
    except discord.NotFound as error:
        raise _gone(error) from error
    except discord.Forbidden as error:
        if error.code in _CLOSED_CODES:
            raise DirectMessagesClosed(str(error.code)) from error
        raise NotAllowed(permissions) from error
    except discord.HTTPException as error:
        if error.status >= 500 or error.status == 429:
            raise TryLater(f"Discord answered {error.status}") from error
        raise
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        # Its name alone: the text of aiohttp's errors may hold the request's headers, our token.
        raise TryLater(type(error).__name__) from error


def _gone(error: discord.NotFound) -> Exception:
    if error.code in _PLACE_CODES:
        return PlaceGone(str(error.code))
    if error.code in _MESSAGE_CODES:
        return MessageGone(str(error.code))
    return MessageGone(f"unknown: {error.code}")
