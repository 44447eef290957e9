"""What leads do to a running group, and members with it."""

import asyncio
from dataclasses import replace

import pytest
from backstage import BEN, CHANNEL, CLARA, FORUM, MAYA, SERVER, START, Backstage, actor, manager
from bent import refusal_of
from sqlalchemy.exc import IntegrityError

from bot.database import Database
from bot.errors import Refusal
from bot.groups import store
from bot.groups.model import Group, GroupChange

OTHER_SERVER = 990
MEETS = "📍 Meeting place: Stage 1"
REMINDED = "The channel is reminded **1 week, 1 day, 1 hour and 10 minutes** before each session."


async def kept(db: Database, group_id: int) -> Group:
    async with db.read() as tx:
        return await store.group_of(tx, group_id)


async def test_following_twice_takes_it_back(house: Backstage, db: Database) -> None:
    groups = house.rooms.groups
    group = await house.found_group()
    assert (await groups.follow(actor(BEN), None)).body[0].startswith("You follow ML Theory. ")
    house.restart()
    async with db.read() as tx:
        assert await store.follower_ids(tx, group.id) == {BEN}
    card = await house.rooms.groups.follow(actor(BEN), None)
    assert card.body == ("You don't follow ML Theory any more.",)
    async with db.read() as tx:
        assert await store.follower_ids(tx, group.id) == frozenset()


@pytest.mark.both_databases
async def test_following_twice_at_once_takes_it_back_too(house: Backstage, db: Database) -> None:
    group = await house.found_group()
    answers = await asyncio.gather(
        *(house.rooms.groups.follow(actor(BEN), str(group.id)) for _ in range(2))
    )
    assert sorted(one.buttons[0].label for one in answers) == ["Follow again", "Stop following"]
    async with db.read() as tx:
        assert await store.follower_ids(tx, group.id) == frozenset()


async def test_another_servers_group_can_not_be_followed(house: Backstage, db: Database) -> None:
    group = await house.found_group()
    stranger = actor(BEN, OTHER_SERVER)
    assert "no reading group here" in await refusal_of(house.rooms.groups.follow(stranger, None))
    assert "no reading group here" in await refusal_of(
        house.rooms.groups.follow(stranger, str(group.id))
    )
    async with db.read() as tx:
        assert await store.follower_ids(tx, group.id) == frozenset()


async def test_leads_and_managers_appoint_leads_and_nobody_else(house: Backstage) -> None:
    groups = house.rooms.groups
    group = await house.found_group()
    assert await refusal_of(groups.appoint_lead(actor(BEN), None, BEN, is_lead=True)) == (
        "Only the leads of ML Theory can do this: ask one of them."
    )
    both = await groups.appoint_lead(actor(MAYA), None, BEN, is_lead=True)
    assert both == replace(group, lead_ids=frozenset({MAYA, BEN}))
    assert await groups.appoint_lead(actor(BEN), None, BEN, is_lead=True) == both
    assert (await groups.appoint_lead(actor(BEN), None, MAYA, is_lead=False)).lead_ids == {BEN}
    assert (await groups.appoint_lead(manager(CLARA), None, CLARA, is_lead=True)).lead_ids == {
        BEN,
        CLARA,
    }
    assert "no reading group here" in await refusal_of(
        groups.appoint_lead(manager(BEN, OTHER_SERVER), str(group.id), MAYA, is_lead=True)
    )
    assert (await kept(house.db, group.id)).lead_ids == {BEN, CLARA}


@pytest.mark.both_databases
async def test_a_group_keeps_a_lead_even_when_both_go_at_once(house: Backstage) -> None:
    groups = house.rooms.groups
    group = await house.found_group()
    left = "ML Theory would have no lead left: appoint somebody else first."
    assert await refusal_of(groups.appoint_lead(actor(), None, MAYA, is_lead=False)) == left
    await groups.appoint_lead(actor(), None, BEN, is_lead=True)
    goings = await asyncio.gather(
        groups.appoint_lead(manager(CLARA), None, MAYA, is_lead=False),
        groups.appoint_lead(manager(CLARA), None, BEN, is_lead=False),
        return_exceptions=True,
    )
    assert [str(one) for one in goings if isinstance(one, Refusal)] == [left]
    assert len((await kept(house.db, group.id)).lead_ids) == 1


async def test_a_lead_moves_the_group_and_hears_what_is_missing_there(house: Backstage) -> None:
    groups = house.rooms.groups
    group = await house.found_group()
    new_home = house.messenger.add_channel(SERVER)
    new_forum = house.messenger.add_channel(SERVER, is_forum=True)
    for stranger in (actor(BEN), manager(CLARA)):
        assert await refusal_of(groups.edit(stranger, None, GroupChange(channel_id=new_home))) == (
            "Only the leads of ML Theory can do this: ask one of them."
        )
    assert await kept(house.db, group.id) == group
    card = await groups.edit(actor(), None, GroupChange(channel_id=new_home))
    assert card.text == (
        f"✅ ML Theory moved\nML Theory is at home in <#{new_home}>; talks are discussed in "
        f"<#{FORUM}>.\n{MEETS}\n{REMINDED}"
    )
    assert await kept(house.db, group.id) == replace(group, channel_id=new_home)
    card = await groups.edit(actor(), None, GroupChange())
    assert card.text.startswith(f"ML Theory\nML Theory is at home in <#{new_home}>; talks")
    await groups.edit(actor(), None, GroupChange(forum_id=FORUM))
    assert await kept(house.db, group.id) == replace(group, channel_id=new_home)
    for place_id in (CHANNEL, new_forum):
        house.messenger.places[place_id].denied = {"Send Messages"}
    both = GroupChange(channel_id=CHANNEL, forum_id=new_forum)
    assert (await groups.edit(actor(), None, both)).text == (
        "ML Theory moved, but permissions are missing\n"
        f"ML Theory is at home in <#{CHANNEL}>; talks are discussed in <#{new_forum}>.\n"
        f"{MEETS}\n{REMINDED}\n"
        "⚠️ **I still need these permissions**\n"
        f"- Send Messages in <#{CHANNEL}>\n- Send Messages in <#{new_forum}>\n"
        "Grant them in the channel's or the server's settings, then look with /group check."
    )
    assert await kept(house.db, group.id) == replace(group, forum_id=new_forum)


async def test_a_lead_gives_the_forum_up_for_threads(house: Backstage) -> None:
    group = await house.found_group()
    card = await house.rooms.groups.edit(actor(), None, GroupChange(forum_id=0))
    assert card.text == (
        f"✅ ML Theory moved\nML Theory is at home in <#{CHANNEL}>; each talk gets a thread "
        f"there.\n{MEETS}\n{REMINDED}"
    )
    assert [button.label for button in card.buttons] == [
        "Name, place and words",
        "When we meet",
        "Holidays",
    ]
    assert await kept(house.db, group.id) == replace(group, forum_id=None)


async def test_a_lead_chooses_when_the_channel_is_reminded(house: Backstage) -> None:
    groups = house.rooms.groups
    group = await house.found_group()
    with pytest.raises(Refusal, match="7 minutes is not one of the times I remind at"):
        await groups.edit(actor(), None, GroupChange(lead_minutes=(60, 7)))
    assert await kept(house.db, group.id) == group
    card = await groups.edit(actor(), None, GroupChange(lead_minutes=(60, 1440)))
    assert "The channel is reminded **1 day and 1 hour** before each session." in card.text
    assert await kept(house.db, group.id) == replace(group, lead_minutes=(1440, 60))
    card = await groups.edit(actor(), None, GroupChange(lead_minutes=()))
    assert "The channel is reminded **never**." in card.text
    assert await kept(house.db, group.id) == replace(group, lead_minutes=())


async def test_only_leads_check_permissions(house: Backstage) -> None:
    groups = house.rooms.groups
    await house.found_group()
    assert await refusal_of(groups.check(actor(BEN), None)) == (
        "Only the leads of ML Theory can do this: ask one of them."
    )
    assert (await groups.check(actor(), None)).text == (
        "ML Theory: all is well\nI have every permission that the group needs."
    )
    house.messenger.servers[SERVER].denied = {"View Channel"}
    assert (await groups.check(actor(), None)).text == (
        "ML Theory: permissions are missing\n"
        f"- View Channel in <#{CHANNEL}>\n- View Channel in <#{FORUM}>\n"
        "Grant them in the channel's or the server's settings."
    )


async def test_a_deleted_channel_is_no_matter_of_permissions(house: Backstage) -> None:
    await house.found_group()
    del house.messenger.places[CHANNEL]
    assert (await house.rooms.groups.check(actor(), None)).text == (
        f"ML Theory: a channel is missing\n- another channel: <#{CHANNEL}> was deleted\n"
        "Choose one with `/group edit`, then look here again."
    )


async def test_a_group_half_written_is_not_there(house: Backstage, db: Database) -> None:
    group = await house.found_group()

    async def write_half() -> None:
        async with db.begin() as tx:
            await store.add_lead(tx, group.id, BEN)
            await store.add_group(tx, replace(group, name="ml theory"), START)

    with pytest.raises(IntegrityError):
        await write_half()
    assert await kept(db, group.id) == group
    assert await house.rooms.groups.groups_in(SERVER) == [group]
