"""The first words of a group are said once, or its leads hear why not."""

from collections.abc import Awaitable, Callable

import pytest
from backstage import CHANNEL, MAYA, Backstage, actor, die, lose_the_answer, once

from bot.groups.model import GroupChange
from bot.groups.revising import Revision
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


async def renames(house: Backstage) -> None:
    await house.rooms.groups.edit(actor(), None, GroupChange(name="Deep *Theory*"))


async def says_more(house: Backstage) -> None:
    await house.rooms.groups.edit(actor(), None, GroupChange(about="Proofs, slowly."))


async def meets_elsewhere(house: Backstage) -> None:
    await house.rooms.groups.edit(actor(), None, GroupChange(meeting_place="Room 5"))


async def meets_otherwise(house: Backstage) -> None:
    typed = {"rhythm": "every 2 weeks on Sunday 10:00", "since": "2022-11-12", "minutes": "60"}
    card = await house.rooms.rhythms.propose(actor(), None, Revision.RHYTHM, typed)
    number = int((card.buttons[0].action or "").split(":")[-1])
    await house.rooms.rhythms.carry_out(actor(), number)


async def shifts(house: Backstage) -> None:
    await house.move(1, "2022-11-06 15:00", "Shift this and the rest")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(renames, "📚 Deep \\*Theory\\*", marks=pytest.mark.both_databases),
        (says_more, "Proofs, slowly."),
        (meets_elsewhere, "📍 Room 5"),
        (meets_otherwise, "Sunday at 10:00 AM in Denver"),
        (shifts, "Every 2 weeks on Sunday at 3:00 PM in Denver"),
    ],
)
async def test_the_first_words_follow_what_they_say_and_back(
    house: Backstage, change: Callable[[Backstage], Awaitable[None]], said: str
) -> None:
    await published(house)
    await house.runner.run_due()
    [welcome, *_] = house.messenger.places[CHANNEL].messages.values()
    before = welcome.card
    assert said not in before.text
    await change(house)
    await house.runner.run_due()
    assert (said in welcome.card.text, welcome.pings) == (True, frozenset())
    await house.undo()
    await house.runner.run_due()
    assert welcome.card == before


async def test_first_words_that_were_deleted_or_are_of_an_older_version_are_let_be(
    house: Backstage,
) -> None:
    await house.found_group()
    await renames(house)
    await house.runner.run_due()
    assert house.messenger.titles() == []
    async with house.db.begin() as tx:
        await put_job(tx, WELCOME, 1, house.now)
    await house.runner.run_due()
    house.messenger.places[CHANNEL].messages.clear()
    await says_more(house)
    await house.runner.run_due()
    assert house.messenger.titles() == []


async def test_first_words_that_were_being_said_meanwhile_are_put_right(house: Backstage) -> None:
    await published(house)
    house.messenger.meanwhile["say"] = once(lambda: renames(house))
    await house.runner.run_due()
    assert house.messenger.titles() == ["📚 Deep \\*Theory\\*"]


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
