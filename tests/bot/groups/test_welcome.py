"""The first words of a group are said once, or its leads hear why not."""

from backstage import CHANNEL, MAYA, Backstage, die, lose_the_answer, once

from bot.groups.welcome import WELCOME
from bot.jobs.model import LEASE
from bot.jobs.store import put_job


async def published(house: Backstage) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await put_job(tx, WELCOME, group.id, house.now)


async def test_a_lost_answer_makes_no_second_welcome(house: Backstage) -> None:
    await published(house)
    house.messenger.meanwhile["say"] = once(lose_the_answer)
    await house.advance_to(house.now + LEASE)
    assert house.messenger.titles() == ["📚 ML Theory"]


async def test_a_restart_in_the_middle_makes_no_second_welcome(house: Backstage) -> None:
    await published(house)
    house.messenger.meanwhile["say"] = die
    await house.crash()
    await house.sleep_until(house.now + LEASE)
    assert house.messenger.titles() == ["📚 ML Theory"]


async def test_leads_hear_that_the_channel_is_gone(house: Backstage) -> None:
    await published(house)
    del house.messenger.places[CHANNEL]
    await house.runner.run_due()
    assert [card.body for card in house.messenger.told(MAYA)] == [
        ("The group's channel was deleted. Choose another with `/group edit`.",)
    ]


async def test_leads_hear_that_the_channel_is_closed_to_the_bot(house: Backstage) -> None:
    await published(house)
    house.messenger.places[CHANNEL].denied = {"Send Messages"}
    await house.runner.run_due()
    assert [card.body for card in house.messenger.told(MAYA)] == [
        ("I can't write in the group's channel: I need Send Messages.",)
    ]
