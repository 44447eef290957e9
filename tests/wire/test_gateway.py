"""A connection that is lost in any of Discord's ways: nothing is done twice, and votes count."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.settings import Settings
from tests.wire.clocks import hurried
from tests.wire.desk import Desk, desk, until
from tests.wire.gateway import Gateway

HURRY = 50
OFTEN = timedelta(seconds=1)


async def drop(gateway: Gateway) -> None:
    await gateway.drop(4000)


async def ask(gateway: Gateway) -> None:
    gateway.ask_to_reconnect()


async def invalidate(gateway: Gateway) -> None:
    gateway.invalidate()


async def forget(gateway: Gateway) -> None:
    """Close the connection and know nothing of its session when the client comes back."""
    gateway.sessions.clear()
    await gateway.drop(4000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A way to lose the connection, and how the client comes back from it."""

    of: Callable[[Gateway], Awaitable[None]]
    identifies: int = 0
    resumes: int = 0


LOSSES = (
    Loss(of=drop, resumes=1),
    Loss(of=ask, resumes=1),
    Loss(of=invalidate, identifies=1),
    Loss(of=forget, identifies=1),
)


async def lose(played: Desk, loss: Loss) -> None:
    """Lose the connection, and let the people vote before it is there again."""
    gateway = played.server.gateway
    identifies = gateway.identifies + loss.identifies
    resumes = gateway.resumes + loss.resumes
    await loss.of(gateway)
    played.round.vote()
    await until(lambda: (gateway.identifies, gateway.resumes) == (identifies, resumes))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("loss", LOSSES, ids=lambda one: one.of.__name__)
async def test_round_goes_on_after_the_connection_was_lost(settings: Settings, loss: Loss) -> None:
    with hurried(HURRY):
        async with desk(settings, groups=1, people=3, is_online=True, heartbeat=OFTEN) as played:
            begun_at = played.round.begun_at
            await played.live_to(begun_at + timedelta(hours=1))
            await lose(played, loss)
            await played.live_to(played.round.session_at - timedelta(hours=1))
            await loss.of(played.server.gateway)
            await played.live_to(played.round.ends_at)
    assert played.round.shown() == played.round.promised()
