"""The channel with a person is remembered, also with somebody we do not know yet."""

from bot.database import Database
from bot.members.direct import DirectChannels
from bot.members.model import Member
from bot.members.store import get_member, save_member

ADA, BEN = 11, 12
FIRST, SECOND = 2**62, 2**62 + 1
"""As long as Discord's ids may get."""


async def test_channel_is_remembered_by_the_next_process_for_its_person(db: Database) -> None:
    assert await DirectChannels(db).known(ADA) is None
    await DirectChannels(db).keep(ADA, FIRST)
    assert await DirectChannels(db).known(ADA) == FIRST
    assert await DirectChannels(db).known(BEN) is None


async def test_newer_channel_takes_the_olders_place(db: Database) -> None:
    for channel_id in (FIRST, SECOND):
        await DirectChannels(db).keep(ADA, channel_id)
    assert await DirectChannels(db).known(ADA) == SECOND


async def test_channel_and_wishes_leave_each_other_alone(db: Database) -> None:
    wishes = Member(user_id=ADA, wants_direct_messages=True, lead_minutes=(60,))
    async with db.begin() as tx:
        await save_member(tx, wishes)
    await DirectChannels(db).keep(ADA, FIRST)
    async with db.begin() as tx:
        assert await get_member(tx, ADA) == wishes
        await save_member(tx, Member(user_id=ADA))
    assert await DirectChannels(db).known(ADA) == FIRST


async def test_person_who_was_only_written_to_is_like_a_stranger(db: Database) -> None:
    await DirectChannels(db).keep(ADA, FIRST)
    async with db.read() as tx:
        assert await get_member(tx, ADA) == Member(user_id=ADA)
