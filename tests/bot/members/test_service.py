"""What members say about themselves is kept, whole and one at a time."""

import asyncio

import pytest
from backstage import BEN, MAYA, Backstage

from bot.database import Database
from bot.errors import Refusal
from bot.members.model import STANDARD_LEADS, Member, Place, QuietHours
from bot.members.store import get_members, lock_member, note_closed_messages, save_member
from bot.members.words import place_hint
from bot.places.spoken import HourCycle

BERLIN = Place(name="Berlin", zone="Europe/Berlin")
NIGHT = QuietHours(from_hour=22, until_hour=7)


class Interruption(Exception):
    """Something that goes wrong in the middle of a transaction."""


async def test_a_stranger_is_a_member_with_defaults(house: Backstage) -> None:
    assert await house.rooms.members.get(MAYA) == Member(
        user_id=MAYA, lead_minutes=STANDARD_LEADS, wants_direct_messages=False
    )


async def test_a_city_is_kept_with_its_zone_and_the_members_language(house: Backstage) -> None:
    told = await house.rooms.members.live_in(MAYA, "Berlin, DE|Europe/Berlin", "de")
    house.restart()
    assert told == Member(user_id=MAYA, place=BERLIN, locale="de")
    assert await house.rooms.members.get(MAYA) == told
    assert await house.rooms.members.get(BEN) == Member(user_id=BEN)


async def test_an_unknown_city_changes_nothing(house: Backstage) -> None:
    members = house.rooms.members
    told = await members.live_in(MAYA, "Berlin", "de")
    with pytest.raises(Refusal) as refused:
        await members.live_in(MAYA, "Atlantis-upon-Sea", "en-GB")
    assert str(refused.value) == (
        "I know no place called “Atlantis-upon-Sea”. Name the nearest large city."
    )
    assert await members.get(MAYA) == told


async def test_wishes_that_are_not_named_stay(house: Backstage) -> None:
    members = house.rooms.members
    await members.live_in(MAYA, "Berlin", "de")
    await members.be_reminded(MAYA, "de", by_direct_message=True, lead_minutes=(10, 1_440))
    told = await members.be_reminded(MAYA, "de", hour_cycle=HourCycle.TWELVE)
    assert told == Member(
        user_id=MAYA,
        place=BERLIN,
        locale="de",
        hour_cycle=HourCycle.TWELVE,
        wants_direct_messages=True,
        lead_minutes=(1_440, 10),
    )
    assert await members.get(MAYA) == told


async def test_a_lead_time_that_is_not_offered_changes_nothing(house: Backstage) -> None:
    members = house.rooms.members
    with pytest.raises(Refusal):
        await members.be_reminded(MAYA, "de", by_direct_message=True, lead_minutes=(60, 5))
    assert await members.get(MAYA) == Member(user_id=MAYA)


async def test_asking_again_forgets_that_messages_were_closed(
    house: Backstage, db: Database
) -> None:
    members = house.rooms.members
    await members.be_reminded(MAYA, "de", by_direct_message=True)
    async with db.begin() as tx:
        await note_closed_messages(tx, MAYA)
    assert (await members.get(MAYA)).has_closed_messages
    told = await members.be_reminded(MAYA, "de", by_direct_message=True)
    assert told == Member(user_id=MAYA, locale="de", wants_direct_messages=True)
    assert await members.get(MAYA) == told


async def test_quiet_hours_are_kept_until_they_are_taken_back(house: Backstage) -> None:
    members = house.rooms.members
    await members.live_in(MAYA, "Berlin", "de")
    told = await members.be_quiet(MAYA, "fr", NIGHT)
    house.restart()
    assert told == Member(user_id=MAYA, place=BERLIN, locale="fr", quiet=NIGHT)
    assert await members.get(MAYA) == told
    moved = await members.live_in(MAYA, "Asia/Tokyo", "fr")
    assert moved.quiet == NIGHT
    assert (await members.be_quiet(MAYA, "fr", None)).quiet is None
    assert (await members.get(MAYA)).quiet is None


async def test_quiet_hours_need_a_clock(house: Backstage) -> None:
    members = house.rooms.members
    with pytest.raises(Refusal) as refused:
        await members.be_quiet(MAYA, "de", NIGHT)
    assert str(refused.value) == (
        "I don't know where you live, so I don't know when those hours are: `/me timezone` tells "
        "me."
    )
    assert await members.get(MAYA) == Member(user_id=MAYA)
    assert await members.be_quiet(MAYA, "de", None) == Member(user_id=MAYA, locale="de")


@pytest.mark.both_databases
async def test_two_first_words_at_once_are_both_kept(house: Backstage) -> None:
    members = house.rooms.members
    await asyncio.gather(
        members.live_in(MAYA, "Berlin", "de"),
        members.be_reminded(MAYA, "de", by_direct_message=True),
        members.be_reminded(MAYA, "de", hour_cycle=HourCycle.TWENTY_FOUR),
        members.be_reminded(MAYA, "de", lead_minutes=(60,)),
    )
    assert await members.get(MAYA) == Member(
        user_id=MAYA,
        place=BERLIN,
        locale="de",
        hour_cycle=HourCycle.TWENTY_FOUR,
        wants_direct_messages=True,
        lead_minutes=(60,),
    )


async def test_what_was_interrupted_leaves_no_trace(db: Database) -> None:
    async def begin_and_fail() -> None:
        async with db.begin() as tx:
            member = await lock_member(tx, MAYA)
            await save_member(tx, Member(user_id=member.user_id, place=BERLIN))
            raise Interruption

    with pytest.raises(Interruption):
        await begin_and_fail()
    async with db.read() as tx:
        assert await get_members(tx, [MAYA]) == {MAYA: Member(user_id=MAYA)}


async def test_known_and_unknown_members_are_read_together(house: Backstage, db: Database) -> None:
    told = await house.rooms.members.live_in(BEN, "Berlin", "de")
    async with db.read() as tx:
        assert await get_members(tx, [MAYA, BEN]) == {MAYA: Member(user_id=MAYA), BEN: told}
        assert await get_members(tx, []) == {}


async def test_a_zone_that_left_the_zone_data_counts_as_none_and_is_kept(house: Backstage) -> None:
    members = house.rooms.members
    async with house.db.begin() as tx:
        gone = Place(name="Atlantis", zone="Atlantic/Atlantis")
        await save_member(tx, Member(user_id=MAYA, place=gone, quiet=NIGHT))
    lost = await members.get(MAYA)
    assert (lost.place, lost.lost_zone) == (None, "Atlantic/Atlantis")
    assert "“Atlantic/Atlantis” is not in the zone data any more" in place_hint(lost)
    await members.be_reminded(MAYA, "de", by_direct_message=True)
    assert (await members.get(MAYA)).lost_zone == "Atlantic/Atlantis"
    told = await members.live_in(MAYA, "Berlin", "de")
    assert (told.place, place_hint(told)) == (BERLIN, "")
    assert await members.get(MAYA) == told
