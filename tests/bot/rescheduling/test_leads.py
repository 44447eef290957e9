"""Who made whom a lead, and who took whom off, stands in `/audit`, and is taken back there."""

from dataclasses import replace

import pytest
from backstage import BEN, CLARA, MAYA, Backstage, actor
from bent import acts_in, labels, refusal_of

from bot.groups.model import Group
from bot.groups.store import group_of


async def leads_of(house: Backstage, group: Group) -> frozenset[int]:
    async with house.db.read() as tx:
        return (await group_of(tx, group.id)).lead_ids


async def appoint(house: Backstage, user_id: int, *, by: int = MAYA, manages: bool = False) -> None:
    who = replace(actor(by), manages_server=manages)
    await house.rooms.groups.appoint_lead(who, "ML Theory", user_id, is_lead=True)


async def take_off(house: Backstage, user_id: int, *, by: int = MAYA) -> None:
    await house.rooms.groups.appoint_lead(actor(by), "ML Theory", user_id, is_lead=False)


async def test_the_history_says_who_made_whom_a_lead_and_who_was_taken_off(
    house: Backstage,
) -> None:
    await house.found_group()
    await appoint(house, BEN)
    await appoint(house, BEN)  # is one already
    await appoint(house, CLARA, by=CLARA, manages=True)
    await take_off(house, MAYA, by=BEN)
    await take_off(house, CLARA, by=CLARA)
    await take_off(house, CLARA, by=BEN)  # is none
    card = await house.rooms.acts.acts_card(actor(BEN), None)
    assert acts_in(card) == [
        f"**1.** <@{CLARA}> stepped down as a lead",
        f"**2.** <@{BEN}> took <@{MAYA}> off the leads",
        f"**3.** <@{CLARA}> became a lead",
        f"**4.** <@{MAYA}> made <@{BEN}> a lead",
    ]
    # Clara is none by now, and Ben is the only one.
    assert labels(card) == ["Undo 1", "Undo 2"]


@pytest.mark.both_databases
async def test_a_lead_taken_off_by_mistake_is_back_and_that_is_taken_back_too(
    house: Backstage,
) -> None:
    other = await house.found_group(name="Quantum", channel_id=955, forum_id=None, creator_id=BEN)
    group = await house.found_group()
    await appoint(house, BEN)
    await take_off(house, BEN)
    await house.undo()
    assert await leads_of(house, group) == {MAYA, BEN}
    await house.undo()
    assert await leads_of(house, group) == {MAYA}
    # Of another group he is the lead throughout.
    assert await leads_of(house, other) == {BEN}


async def test_the_last_lead_stays_and_none_comes_back_twice(house: Backstage) -> None:
    group = await house.found_group()
    await appoint(house, BEN)
    await take_off(house, MAYA, by=BEN)
    assert await refusal_of(house.undo(2, BEN)) == (
        "ML Theory would have no lead left: appoint somebody else first."
    )
    await appoint(house, MAYA, by=BEN)
    assert (
        await refusal_of(house.undo(2, BEN)) == "Who was taken off leads the group again already."
    )
    await take_off(house, MAYA, by=BEN)
    assert await refusal_of(house.undo(2, BEN)) == (
        "Who leads the group has changed since, so that can't be taken back as a whole: change it "
        "by hand."
    )
    assert await leads_of(house, group) == {BEN}


async def test_who_was_taken_off_can_take_nothing_back(house: Backstage) -> None:
    group = await house.found_group()
    await appoint(house, BEN)
    acts = await house.rooms.acts.acts_card(actor(BEN), None)
    await take_off(house, BEN)
    assert "Only the leads" in await refusal_of(house.press(acts, "Undo 1", BEN))
    assert await leads_of(house, group) == {MAYA}
