"""Which group somebody means, and who may touch it."""

import pytest
from backstage import BEN, CHANNEL, FORUM, MAYA, PATTERN, SERVER, Backstage, actor

from bot.database import Database
from bot.errors import Refusal
from bot.groups import store
from bot.groups.access import find_group, lock_draft, require_draft, require_lead
from bot.groups.model import Group, GroupState
from bot.members.model import Actor

ELSEWHERE, OTHER_CHANNEL, OTHER_SERVER = 950, 951, 990


def member(channel_id: int = ELSEWHERE, server_id: int = SERVER, **rights: bool) -> Actor:
    return Actor(user_id=BEN, server_id=server_id, channel_id=channel_id, **rights)


async def found(db: Database, who: Actor, typed: str | None = None) -> str:
    async with db.read() as tx:
        return (await find_group(tx, who, typed)).name


async def refusal(db: Database, who: Actor, typed: str | None = None) -> str:
    with pytest.raises(Refusal) as refused:
        await found(db, who, typed)
    return str(refused.value)


async def test_without_a_group_the_way_to_start_one_is_told(house: Backstage, db: Database) -> None:
    await house.found_group(state=GroupState.DRAFT)
    assert await refusal(db, member()) == (
        "There is no reading group here yet. Somebody with Manage Server can start one with "
        "`/group setup`."
    )


async def test_the_only_group_is_meant_everywhere(house: Backstage, db: Database) -> None:
    await house.found_group()
    assert await found(db, member()) == "ML Theory"
    assert await found(db, member(), "") == "ML Theory"


async def test_a_channel_or_forum_means_its_own_group(house: Backstage, db: Database) -> None:
    await house.found_group()
    await house.found_group(name="Quantum", channel_id=OTHER_CHANNEL, forum_id=None)
    assert await found(db, member(CHANNEL)) == "ML Theory"
    assert await found(db, member(FORUM)) == "ML Theory"
    assert await found(db, member(OTHER_CHANNEL)) == "Quantum"


async def test_two_groups_in_question_are_asked_about(house: Backstage, db: Database) -> None:
    await house.found_group(name="quantum")
    await house.found_group()
    for channel_id in (CHANNEL, ELSEWHERE):
        assert await refusal(db, member(channel_id)) == (
            "Which group do you mean? Choose one in the `group` option: ML Theory, quantum."
        )


async def test_only_those_at_home_in_the_channel_are_in_question(
    house: Backstage, db: Database
) -> None:
    await house.found_group()
    await house.found_group(name="Quantum")
    await house.found_group(name="Biology", channel_id=OTHER_CHANNEL, forum_id=None)
    assert (await refusal(db, member(CHANNEL))).endswith(": ML Theory, Quantum.")
    assert (await refusal(db, member(ELSEWHERE))).endswith(": Biology, ML Theory, Quantum.")


async def test_a_group_is_meant_by_its_name_or_number(house: Backstage, db: Database) -> None:
    await house.found_group()
    quantum = await house.found_group(name="Quantum  Club")
    assert await found(db, member(CHANNEL), " quantum CLUB") == "Quantum  Club"
    assert await found(db, member(CHANNEL), str(quantum.id)) == "Quantum  Club"


async def test_an_unknown_group_is_quoted_with_what_there_is(
    house: Backstage, db: Database
) -> None:
    await house.found_group()
    for typed, quoted in (("\u202eBiology\n", "Biology"), ("x" * 90, f"{'x' * 79}…")):
        assert await refusal(db, member(), typed) == (
            f"There is no group called “{quoted}” here. There is: ML Theory."
        )


async def test_another_servers_group_is_not_there(house: Backstage, db: Database) -> None:
    group = await house.found_group()
    stranger = member(CHANNEL, OTHER_SERVER)
    assert "There is no reading group here yet" in await refusal(db, stranger, str(group.id))
    await house.found_group(server_id=OTHER_SERVER, name="Chess")
    assert await refusal(db, stranger, str(group.id)) == (
        f"There is no group called “{group.id}” here. There is: Chess."
    )
    assert await found(db, stranger) == "Chess"


async def test_only_leads_pass_for_leads(house: Backstage) -> None:
    group = await house.found_group()
    require_lead(group, actor(MAYA))
    with pytest.raises(Refusal) as refused:
        require_lead(group, member(manages_server=True))
    assert str(refused.value) == "Only the leads of ML Theory can do this: ask one of them."


@pytest.mark.parametrize("look", [require_draft, lock_draft])
async def test_a_draft_is_for_those_who_manage_its_server(
    house: Backstage, db: Database, look: object
) -> None:
    draft = await house.found_group(state=GroupState.DRAFT)
    manager = member(manages_server=True)
    async with db.begin() as tx:
        assert await look(tx, manager, draft.id) == draft
        with pytest.raises(Refusal) as refused:
            await look(tx, member(), draft.id)
        assert str(refused.value) == (
            "Only somebody with the Manage Server permission can set up a group here."
        )
        for who, number in (
            (member(server_id=OTHER_SERVER, manages_server=True), draft.id),
            (manager, draft.id + 1),
        ):
            with pytest.raises(Refusal) as refused:
                await look(tx, who, number)
            assert str(refused.value) == (
                "This draft was discarded: start again with `/group setup`."
            )


@pytest.mark.parametrize("look", [require_draft, lock_draft])
async def test_a_published_group_is_no_draft(house: Backstage, db: Database, look: object) -> None:
    group = await house.found_group()
    async with db.begin() as tx:
        with pytest.raises(Refusal) as refused:
            await look(tx, member(manages_server=True), group.id)
    assert str(refused.value) == "ML Theory is published already."


async def test_a_name_is_taken_within_its_server_only(house: Backstage, db: Database) -> None:
    await house.found_group(name="ML  theory")
    twin = Group(
        id=0,
        server_id=OTHER_SERVER,
        name="ML Theory",
        state=GroupState.ACTIVE,
        creator_id=MAYA,
        pattern=PATTERN,
        channel_id=CHANNEL,
    )
    async with db.begin() as tx:
        await store.add_group(tx, twin, house.now)
    with pytest.raises(store.IntegrityError) as error:
        await house.found_group(name="ML THEORY")
    assert store.is_name_taken(error.value)
