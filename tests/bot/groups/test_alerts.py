"""Leads hear privately that something is broken: each of them, once a day."""

import asyncio
from datetime import timedelta

import pytest
from backstage import BEN, MAYA, START, Backstage

from bot.groups import store
from bot.groups.alerts import QUIET, raise_alert
from bot.groups.model import Group

GONE = "The group's channel was deleted. Choose another with `/group edit`."
TROUBLE = "ML Theory needs a lead"


async def alert(house: Backstage, group: Group, text: str) -> None:
    async with house.db.begin() as tx:
        await raise_alert(tx, group.id, text, house.now)


async def two_leads(house: Backstage) -> Group:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await store.add_lead(tx, group.id, BEN)
    return group


def told(house: Backstage, user_id: int) -> list[str]:
    return [card.body[0] for card in house.messenger.told(user_id)]


async def test_every_lead_hears_and_the_channel_does_not(house: Backstage) -> None:
    group = await two_leads(house)
    await alert(house, group, GONE)
    await house.runner.run_due()
    assert (told(house, MAYA), told(house, BEN)) == ([GONE], [GONE])
    assert house.messenger.titles() == []


async def test_a_second_trouble_within_a_day_is_not_told(house: Backstage) -> None:
    group = await house.found_group()
    await alert(house, group, GONE)
    await house.runner.run_due()
    house.now += QUIET - timedelta(seconds=1)
    await alert(house, group, "Something else.")
    await house.runner.run_due()
    assert told(house, MAYA) == [GONE]
    house.now += timedelta(seconds=1)
    await alert(house, group, "Something else.")
    house.restart()
    await house.runner.run_due()
    assert told(house, MAYA) == [GONE, "Something else."]


async def test_troubles_at_once_are_one_message(house: Backstage) -> None:
    group = await house.found_group()
    await asyncio.gather(*(alert(house, group, GONE) for _ in range(4)))
    await house.runner.run_due()
    assert told(house, MAYA) == [GONE]


async def test_a_lead_who_closed_their_messages_keeps_it_from_nobody(house: Backstage) -> None:
    group = await two_leads(house)
    house.messenger.closed = {MAYA}
    await alert(house, group, GONE)
    await house.runner.run_due()
    assert (told(house, MAYA), told(house, BEN)) == ([], [GONE])


async def test_a_trouble_that_was_rolled_back_is_not_told(house: Backstage) -> None:
    group = await house.found_group()

    async def raise_and_fail() -> None:
        async with house.db.begin() as tx:
            await raise_alert(tx, group.id, GONE, house.now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await raise_and_fail()
    await house.runner.run_due()
    assert told(house, MAYA) == []
    async with house.db.read() as tx:
        assert await store.get_alert(tx, group.id) == (None, None)
    await alert(house, group, GONE)
    async with house.db.read() as tx:
        assert await store.get_alert(tx, group.id) == (GONE, START)
