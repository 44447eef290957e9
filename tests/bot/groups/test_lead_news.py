"""Who leads a group now, or no longer, hears of it from nobody but the bot."""

from backstage import BEN, CHANNEL, CLARA, MAYA, Backstage, actor


async def test_who_is_made_or_taken_off_hears_of_it_and_no_one_else(house: Backstage) -> None:
    await house.found_group()
    groups = house.rooms.groups
    await groups.appoint_lead(actor(MAYA), None, BEN, is_lead=True)
    await house.runner.run_due()
    (made,) = house.messenger.told(BEN)
    assert (made.title, made.body) == (
        "🔑 You lead ML Theory now",
        (
            f"<@{MAYA}> made you a lead, with the same rights as the others. In <#{CHANNEL}> "
            "`/help` says what leads can do, and `/audit` what was done.",
        ),
    )
    await groups.appoint_lead(actor(BEN), None, MAYA, is_lead=False)
    house.restart()
    await house.runner.run_due()
    (taken_off,) = house.messenger.told(MAYA)
    assert (taken_off.title, taken_off.body) == (
        "You don't lead ML Theory any more",
        (f"<@{BEN}> took you off its leads. It is led by <@{BEN}>.",),
    )
    await house.undo(user_id=BEN)
    await house.runner.run_due()
    assert [card.title for card in house.messenger.told(MAYA)][1:] == ["🔑 You lead ML Theory now"]
    assert len(house.messenger.told(BEN)) == 1


async def test_what_was_taken_back_at_once_is_not_told(house: Backstage) -> None:
    await house.found_group()
    groups = house.rooms.groups
    await groups.appoint_lead(actor(MAYA), None, CLARA, is_lead=True)
    await groups.appoint_lead(actor(MAYA), None, CLARA, is_lead=False)
    await house.runner.run_due()
    assert [card.title for card in house.messenger.told(CLARA)] == [
        "You don't lead ML Theory any more"
    ]


async def test_who_steps_down_knows(house: Backstage) -> None:
    await house.found_group()
    groups = house.rooms.groups
    await groups.appoint_lead(actor(MAYA), None, BEN, is_lead=True)
    await groups.appoint_lead(actor(BEN), None, BEN, is_lead=False)
    await house.runner.run_due()
    assert house.messenger.told(BEN) == house.messenger.told(MAYA) == []
