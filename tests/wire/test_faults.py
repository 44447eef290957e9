"""Every fault at every call of the bot: nothing is lost, nothing doubled, nothing unhandled.

Each test plays a whole round in which every kind of call meets with one fault, each with another;
over all tests each call has met each fault. The short run has those in which the answers to calls
that create something get lost.
"""

import re

import pytest
import structlog

from bot.settings import Settings
from tests.wire.clocks import hurried
from tests.wire.desk import Desk, desk
from tests.wire.faults import TROUBLES
from tests.wire.scale import IS_SOAK

HURRY = 50

SERVER, CHANNEL = r"/guilds/\d+", r"/channels/\d+"
CALLS = {
    "say": ("POST", rf"{CHANNEL}/messages"),
    "create an event": ("POST", rf"{SERVER}/scheduled-events"),
    "open a post": ("POST", rf"{CHANNEL}/threads"),
    "open a thread": ("POST", rf"{CHANNEL}/messages/\d+/threads"),
    "edit": ("PATCH", rf"{CHANNEL}/messages/\d+"),
    "read a message": ("GET", rf"{CHANNEL}/messages/\d+"),
    "read the past": ("GET", rf"{CHANNEL}/messages"),
    "open direct messages": ("POST", "/users/@me/channels"),
    "react": ("PUT", rf"{CHANNEL}/messages/\d+/reactions/[^/]+/@me"),
    "read reactions": ("GET", rf"{CHANNEL}/messages/\d+/reactions/[^/]+"),
    "look a member up": ("GET", rf"{SERVER}/members/\d+"),
    "look a server up": ("GET", SERVER),
    "look a channel up": ("GET", CHANNEL),
    "read an event": ("GET", rf"{SERVER}/scheduled-events/\d+"),
    "change an event": ("PATCH", rf"{SERVER}/scheduled-events/\d+"),
    "list events": ("GET", rf"{SERVER}/scheduled-events"),
    "list threads": ("GET", rf"{SERVER}/threads/active"),
    "list old threads": ("GET", rf"{CHANNEL}/threads/archived/public"),
}
SELDOM = {
    "delete an event": ("DELETE", rf"{SERVER}/scheduled-events/\d+"),
    "delete a post": ("DELETE", CHANNEL),
    "empty a post": ("DELETE", rf"{CHANNEL}/messages/\d+"),
    "close a post": ("PATCH", CHANNEL),
}
"""Calls that only take twins away, which a round without faults never has."""

LOST_CREATIONS = range(12, 22)
NUMBERS = range(len(TROUBLES)) if IS_SOAK else LOST_CREATIONS
DATABASES = ("sqlite", "postgres") if IS_SOAK else ("sqlite",)

FORESEEN = {"jobs.barred"}
"""An operator should see these: Discord lets nothing through for a while."""


def strangers(played: Desk) -> set[str]:
    """Calls that are on neither list."""
    known = [*CALLS.values(), *SELDOM.values()]
    return {
        entry.kind
        for entry in played.server.log
        if not entry.path.endswith("/@me") or "reactions" in entry.path
        if not any(entry.method == one and re.fullmatch(path, entry.path) for one, path in known)
    }


async def test_quiet_round_makes_each_of_these_calls_and_no_other(
    settings: Settings,
) -> None:
    async with desk(settings, groups=2, people=2) as played:
        await played.play()
    assert played.round.shown() == played.round.promised()
    assert strangers(played) == set()
    assert [name for name, call in CALLS.items() if not played.server.asked(*call)] == []


@pytest.mark.parametrize("database_url", DATABASES, indirect=True)
@pytest.mark.parametrize("number", NUMBERS)
async def test_round_keeps_its_promises_whatever_goes_wrong_with_each_call(
    settings: Settings, number: int
) -> None:
    troubles = list(TROUBLES.values())
    async with desk(settings, groups=2, people=2) as played:
        for place, call in enumerate(CALLS.values()):
            played.server.faults.add(troubles[(number + place) % len(troubles)], *call)
        with hurried(HURRY), structlog.testing.capture_logs() as events:
            await played.play()
    assert played.round.shown() == played.round.promised()
    assert played.server.faults.met == len(CALLS)
    errors = {one["event"] for one in events if one["log_level"] in {"error", "critical"}}
    assert errors <= FORESEEN
