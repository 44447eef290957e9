"""What leads edit of a group stands in `/audit`, and is taken back there."""

from dataclasses import replace

from backstage import BEN, CHANNEL, FORUM, MAYA, SERVER, Backstage, actor
from bent import acts_in, heard, labels, refusal_of

from bot.groups.model import BallotRule, Group, GroupChange
from bot.groups.store import group_of


async def kept(house: Backstage, group: Group) -> Group:
    async with house.db.read() as tx:
        return await group_of(tx, group.id)


async def edit(house: Backstage, **change: object) -> None:
    await house.rooms.groups.edit(actor(), None, GroupChange(**change))


async def test_each_edit_is_listed_with_what_it_changed_and_by_whom(house: Backstage) -> None:
    await house.found_group()
    home = house.messenger.add_channel(SERVER)
    await edit(house)
    await edit(house, channel_id=CHANNEL, forum_id=FORUM)  # as it is
    await edit(house, channel_id=home, forum_id=0)
    await edit(house, rule=BallotRule.MOST_VOTES, lead_minutes=(60, 10_080))
    card = await house.rooms.acts.acts_card(actor(), None)
    assert (card.title, acts_in(card)) == (
        "🗒️ What leads did in ML Theory",
        [
            f"**1.** <@{MAYA}> had the channel reminded 1 week and 1 hour and set the ballot rule "
            "to most votes",
            f"**2.** <@{MAYA}> moved the group to <#{home}> and moved the discussions of talks to "
            "threads of its channel",
        ],
    )
    assert labels(card) == ["Undo 1", "Undo 2"]


async def test_an_edit_is_taken_back_and_that_again_and_the_channel_hears_nothing(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await edit(house, rule=BallotRule.MOST_VOTES, lead_minutes=(60,))
    edited = await kept(house, group)
    assert edited == replace(group, rule=BallotRule.MOST_VOTES, lead_minutes=(60,))
    acts = await house.rooms.acts.acts_card(actor(), None)
    assert "Only the leads" in await refusal_of(house.press(acts, "Undo 1", BEN))
    assert await kept(house, group) == edited
    await house.undo()
    assert await kept(house, group) == group
    assert "taken back already" in await refusal_of(house.press(acts, "Undo 1"))
    await house.undo()  # the undoing
    assert await kept(house, group) == edited
    assert await heard(house) == []


async def test_what_was_edited_since_is_not_taken_back(house: Backstage) -> None:
    group = await house.found_group()
    await edit(house, rule=BallotRule.MOST_VOTES)
    await edit(house, rule=BallotRule.FAIR_THIS_BALLOT)
    assert await refusal_of(house.undo(2)) == (
        "What was edited has changed since, so that can't be taken back as a whole: change it by "
        "hand."
    )
    assert (await kept(house, group)).rule is BallotRule.FAIR_THIS_BALLOT


async def test_an_edit_and_an_act_on_the_calendar_do_not_keep_each_other(house: Backstage) -> None:
    group = await house.found_group()
    await edit(house, rule=BallotRule.MOST_VOTES)
    await house.move(2, "2022-11-20 15:00", "Shift this and the rest")
    await edit(house, lead_minutes=(60,))
    await house.undo(2)
    await house.undo(4)
    assert await kept(house, group) == replace(group, lead_minutes=(60,))
    acts = await house.rooms.acts.acts_card(actor(), None)
    assert labels(acts) == ["Undo 1", "Undo 2", "Undo 3"]


async def test_earlier_acts_are_on_further_pages_for_leads(house: Backstage) -> None:
    group = await house.found_group()
    for number in range(1, 10):
        await edit(house, name=f"Group {number}")
    show, typed = house.rooms.acts.acts_card, str(group.id)
    first, second = [acts_in(await show(actor(), typed, page)) for page in (1, 2)]
    renamed = f"<@{MAYA}> renamed the group from"
    assert (first[0], first[-1], len(first)) == (
        f"**1.** {renamed} Group 8 to Group 9",
        f"**8.** {renamed} Group 1 to Group 2",
        8,
    )
    assert second == [f"**9.** {renamed} ML Theory to Group 1"]
    # Each of them but the last is renamed again since.
    assert labels(await show(actor(), typed)) == ["Undo 1", "Older"]
    assert labels(await show(actor(), typed, 2)) == ["Newer"]
    assert "Only the leads" in await refusal_of(show(actor(BEN), typed, 2))
