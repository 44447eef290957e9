"""A connection that is lost in any of Discord's ways: nothing is done twice, and votes count."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.ballots.model import LETTERS
from bot.ballots.store import last_ballot
from bot.settings import Settings
from tests.wire.ballot_box import READS
from tests.wire.clocks import hurried
from tests.wire.desk import Desk, desk, until
from tests.wire.discord_server import Entry, Phase
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


BEFORE, AFTER = (3, 1, 0), (2, 1, 1)
"""How many stand behind each letter before and after people change their minds in a count."""


def disturb_count(played: Desk, loss: Loss) -> None:
    """Once the votes are being read, let people click, lose the connection, and let them click."""
    server, world = played.server, played.world
    reading: list[asyncio.Task[None]] = []

    def watch(entry: Entry, phase: Phase) -> bool:
        is_due = entry.at >= played.round.closes_at and phase is Phase.BEFORE
        if is_due and not reading and re.fullmatch(READS, entry.path):
            ballot = world.messages(played.round.planted[0].channel_id)[0]
            world.backend.remove_reaction(ballot.channel_id, ballot.id, LETTERS[0], world.people[2])
            reading.append(asyncio.create_task(loss.of(server.gateway)))
            world.vote(ballot, world.people[1], LETTERS[2])
        return False

    server.watch = watch


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("loss", LOSSES[::2], ids=lambda one: one.of.__name__)
async def test_count_in_which_the_connection_is_lost_is_that_of_its_own_moment(
    settings: Settings, loss: Loss
) -> None:
    """A session that is resumed may do for the same count; a lost one begins it anew."""
    with hurried(HURRY):
        async with desk(settings, groups=1, people=3, is_online=True, heartbeat=OFTEN) as played:
            await played.live_to(played.round.begun_at + timedelta(hours=1))
            played.round.vote()
            disturb_count(played, loss)
            await played.live_to(played.round.closes_at + timedelta(hours=1))
            async with played.bot.db.read() as tx:
                ballot = await last_ballot(tx, 1)
    assert ballot is not None
    assert ballot.result is not None
    counts = tuple(ballot.result.counts[option.pitch_id] for option in ballot.options)
    assert counts == (AFTER if ballot.is_recounted else BEFORE)
    assert ballot.is_recounted or loss.resumes
