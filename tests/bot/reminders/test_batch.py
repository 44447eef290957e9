"""A batch of reminders is read, and presence asked, as if it were one."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from backstage import BEN, CHANNEL, CLARA, DEVI, FIRST, KENJI, SERVER, Backstage
from fakes.statements import statements

from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Outcome, Skipped
from bot.messenger import DeliveryProblem, PlaceGone
from bot.reminders.handler import RemindHandler
from bot.reminders.model import CHANNEL as PUBLIC
from bot.reminders.model import person_target
from bot.sessions.model import REMIND

HOUR = timedelta(hours=1)
HERE, THERE = 1, 7
"""The first session of the first group, and of a group in another server."""


def handler_of(house: Backstage) -> RemindHandler:
    return RemindHandler(house.db, house.clock, house.messenger, Courier(house.messenger))


def deliveries(*acts: tuple[int, str]) -> list[Delivery]:
    """Deliveries, numbered from 1, of the reminders of an hour before: (session, target)."""
    return [
        Delivery(
            id=number,
            kind=REMIND,
            subject_id=session_id,
            lead_minutes=60,
            target=target,
            rev=1,
            due_at=FIRST - HOUR,
            attempts=1,
            first_attempt_at=FIRST - HOUR,
            not_before=FIRST - HOUR,
        )
        for number, (session_id, target) in enumerate(acts, 1)
    ]


async def two_servers(house: Backstage) -> tuple[int, int]:
    """A group here that Ben and Clara follow, and one there that Devi and Kenji do."""
    here = await house.found_group()
    server_id = house.messenger.add_server([DEVI, KENJI])
    channel_id = house.messenger.add_channel(server_id)
    there = await house.found_group(name="Other", server_id=server_id, channel_id=channel_id)
    await house.follow(here, BEN, CLARA)
    await house.follow(there, DEVI, KENJI)
    for user_id in (BEN, CLARA, DEVI, KENJI):
        await house.know(user_id, wants_direct_messages=True, lead_minutes=(60,))
    house.now = FIRST - HOUR
    return server_id, channel_id


EVERYBODY = (
    (HERE, PUBLIC),
    (HERE, person_target(BEN)),
    (HERE, person_target(CLARA)),
    (THERE, PUBLIC),
    (THERE, person_target(DEVI)),
    (THERE, person_target(KENJI)),
)


async def perform(house: Backstage, batch: Sequence[Delivery]) -> list[Outcome | type]:
    """How each of them ends, or the problem that it meets."""
    acts = await handler_of(house).prepare(batch)
    ends: list[Outcome | type] = []
    for one in batch:
        try:
            ends.append(await acts[one.id]())
        except DeliveryProblem as problem:
            ends.append(type(problem))
    return ends


async def test_many_take_the_statements_of_two_and_each_server_is_asked_once(
    house: Backstage,
) -> None:
    await two_servers(house)
    handler = handler_of(house)
    with statements(house.db) as few:
        await handler.prepare(deliveries(*EVERYBODY[:2]))
    asked = house.messenger.calls.count("present_members")
    with statements(house.db) as many:
        await handler.prepare(deliveries(*EVERYBODY))
    assert len(many) == len(few)
    assert (asked, house.messenger.calls.count("present_members") - asked) == (1, 2)


async def test_each_of_a_batch_is_told(house: Backstage) -> None:
    _, channel_id = await two_servers(house)
    ends = await perform(house, deliveries(*EVERYBODY))
    assert [type(end) for end in ends] == [Done] * 6
    told = {place_id for place_id, _ in house.messenger.said()}
    assert told == {CHANNEL, channel_id, *house.messenger.direct.values()}
    assert set(house.messenger.direct) == {BEN, CLARA, DEVI, KENJI}


async def test_a_server_that_is_gone_keeps_nobody_elsewhere_from_being_told(
    house: Backstage,
) -> None:
    server_id, _ = await two_servers(house)
    del house.messenger.servers[server_id]
    ends = await perform(house, deliveries(*EVERYBODY))
    kinds = [end if isinstance(end, type) else type(end) for end in ends]
    assert kinds == [Done, Done, Done, Done, PlaceGone, PlaceGone]


async def test_servers_are_asked_at_once_and_none_waits_for_another(house: Backstage) -> None:
    await two_servers(house)
    meeting = asyncio.Barrier(2)
    house.messenger.meanwhile["before present_members"] = meeting.wait
    async with asyncio.timeout(10):
        ends = await perform(house, deliveries(*EVERYBODY))
    assert [type(end) for end in ends] == [Done] * 6


@pytest.mark.parametrize("change", ["unfollowed", "left", "went silent"])
async def test_a_change_before_the_batch_is_read_keeps_one_from_being_told(
    house: Backstage, change: str
) -> None:
    await two_servers(house)
    if change == "unfollowed":
        async with house.db.read() as tx:
            group = await group_of(tx, 1)
        await house.follow(group, BEN)
    elif change == "left":
        house.messenger.servers[SERVER].members.discard(BEN)
    else:
        await house.know(BEN, wants_direct_messages=False, lead_minutes=(60,))
    why = "they left the server" if change == "left" else "they don't want it any more"
    ends = await perform(house, deliveries(*EVERYBODY[1:3]))
    assert (ends[0], type(ends[1])) == (Skipped(reason=why), Done)


async def test_a_session_nobody_knows_of_is_told_to_nobody(house: Backstage) -> None:
    await two_servers(house)
    ends = await perform(house, deliveries((99, PUBLIC), (99, person_target(BEN))))
    assert ends == [Skipped(reason="the session does not take place")] * 2
