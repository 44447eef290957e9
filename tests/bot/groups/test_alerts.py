"""Leads hear privately that something is broken: each of them, of each trouble once a day."""

import asyncio
from datetime import timedelta

import pytest
from backstage import BEN, MAYA, Backstage

from bot.groups import store
from bot.groups.alert_store import ALERTS_KEPT, get_alert
from bot.groups.alerts import QUIET, alert_leads, raise_alert
from bot.groups.model import Alert, Group

GONE = "The group's channel was deleted. Choose another with `/group edit`."
OTHER = "Something else."


async def alert(house: Backstage, group: Group, text: str) -> None:
    await alert_leads(house.db, group.id, text, house.now)


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


async def test_a_trouble_is_told_again_after_a_day_at_the_earliest(house: Backstage) -> None:
    group = await house.found_group()
    await alert(house, group, GONE)
    await house.runner.run_due()
    house.now += QUIET - timedelta(seconds=1)
    await alert(house, group, GONE)
    await house.runner.run_due()
    assert told(house, MAYA) == [GONE]
    house.now += timedelta(seconds=1)
    await alert(house, group, GONE)
    house.restart()
    await house.runner.run_due()
    assert told(house, MAYA) == [GONE, GONE]


async def test_another_trouble_is_told_at_once(house: Backstage) -> None:
    group = await house.found_group()
    for text in (GONE, OTHER, GONE, OTHER):
        await alert(house, group, text)
        await house.runner.run_due()
    assert told(house, MAYA) == [GONE, OTHER]


async def test_other_groups_with_the_same_trouble_hear_of_it_too(house: Backstage) -> None:
    for name in ("ML Theory", "Systems"):
        await alert(house, await house.found_group(name=name), GONE)
    await house.runner.run_due()
    assert {card.title for card in house.messenger.told(MAYA)} == {
        "ML Theory needs a lead",
        "Systems needs a lead",
    }


@pytest.mark.both_databases
async def test_one_trouble_raised_many_times_at_once_is_one_message(house: Backstage) -> None:
    group = await house.found_group()
    await asyncio.gather(*(alert(house, group, GONE) for _ in range(4)))
    await house.runner.run_due()
    assert told(house, MAYA) == [GONE]


async def test_troubles_of_long_ago_are_forgotten_and_those_of_others_are_kept(
    house: Backstage,
) -> None:
    group, other = await house.found_group(), await house.found_group(name="Systems")
    await alert(house, group, GONE)
    await alert(house, other, GONE)
    await house.runner.run_due()
    house.now += ALERTS_KEPT + timedelta(seconds=1)
    await alert(house, group, OTHER)
    async with house.db.read() as tx:
        kept = [await get_alert(tx, number) for number in (1, 2, 3)]
    assert kept == [
        None,
        Alert(group_id=other.id, text=GONE),
        Alert(group_id=group.id, text=OTHER),
    ]


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
    await alert(house, group, GONE)
    await house.runner.run_due()
    assert told(house, MAYA) == [GONE]
