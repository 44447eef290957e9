"""A ballot is followed from its opening, whichever process has posted it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from backstage import BEN, START, Backstage, actor, no_pause
from ballotbox import A, B, clear, click, close, counts, latest, meanwhile, opened

from bot.ballots.listening import WHILE_DEAF, Listener
from bot.ballots.machine import EventKind
from bot.ballots.model import BallotForm, BallotMode, BallotState
from bot.ballots.votes import logged_events
from bot.groups.model import BallotRule
from bot.jobs.runner import Runner
from cogs.rooms import build_rooms


async def test_a_clear_soon_after_opening_takes_no_vote_that_was_known(house: Backstage) -> None:
    _, message_id = await opened(house)
    click(house, message_id, BEN, A)
    meanwhile(house, lambda: clear(house, message_id))
    closed = await close(house)
    assert (counts(closed), closed.is_degraded) == ([1, 0, 0], False)


async def test_a_ballot_posted_elsewhere_is_followed_by_the_process_at_the_gateway(
    house: Backstage,
) -> None:
    """Two runners on one database: the first to wake is deaf."""
    deaf = Runner(house.db, house.clock)
    build_rooms(house.db, house.clock, house.messenger, deaf, no_pause)
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    form = BallotForm(rule=BallotRule.MOST_VOTES)
    await house.rooms.ballots.open(actor(), None, form)
    await deaf.run_due()
    ballot = await latest(house)
    assert (ballot.state, ballot.message_id is None) == (BallotState.OPEN, False)
    house.now = START + WHILE_DEAF
    await house.runner.run_due()
    message_id = ballot.message_id or 0
    click(house, message_id, BEN, B)
    meanwhile(house, lambda: clear(house, message_id))
    closed = await close(house)
    assert (counts(closed), closed.is_degraded) == ([0, 1], False)


async def test_a_ballot_that_is_extended_is_followed_though_the_process_is_new(
    house: Backstage,
) -> None:
    _, message_id = await opened(house, quorum="1")
    house.restart()
    assert (await close(house)).is_extended
    click(house, message_id, BEN, A)
    meanwhile(house, lambda: clear(house, message_id))
    closed = await close(house)
    assert (counts(closed), closed.is_degraded) == ([1, 0, 0], False)


async def test_a_private_ballot_has_no_letters_to_follow(house: Backstage) -> None:
    await opened(house, mode=BallotMode.PRIVATE)
    assert house.messenger.calls.count("read_votes") == 0


async def test_what_is_heard_is_written_ten_seconds_later(house: Backstage) -> None:
    ballot, message_id = await opened(house)
    alarms: list[Any] = []
    listener = Listener(house.db, house.clock, no_pause, lambda *alarm: alarms.append(alarm))
    listener.follow(ballot.id, message_id)
    listener.note(message_id, EventKind.ADD, BEN, A)
    [(delay, write)] = alarms
    assert delay == timedelta(seconds=10)
    await write()
    async with house.db.read() as tx:
        events = [(event.user_id, event.emoji) for _, event in await logged_events(tx, ballot.id)]
    assert events == [(BEN, A)]


@pytest.mark.both_databases
async def test_a_ballot_let_go_of_while_its_count_waits_is_heard_all_the_same(
    house: Backstage,
) -> None:
    """A count begins once the log is written; the ballots that are open are looked through then."""
    ballot, message_id = await opened(house)
    listener = Listener(house.db, house.clock, no_pause)
    listener.follow(ballot.id, message_id)
    listener.note(message_id, EventKind.ADD, BEN, A)

    async def let_go() -> None:
        listener.follow_only(frozenset())

    async def count() -> list[EventKind]:
        async with listener.counting(ballot.id, message_id) as begun:
            listener.note(message_id, EventKind.REMOVE, BEN, A)
        return [event.kind for event in begun.events]

    _, heard, _ = await asyncio.gather(listener.write_log(), count(), let_go())
    assert heard == [EventKind.REMOVE]
