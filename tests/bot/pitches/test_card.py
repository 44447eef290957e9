"""The public card of a pitch: posted once, kept up to date, missed by leads where it can't be."""

import pytest
from backstage import BEN, CHANNEL, MAYA, SERVER, Backstage, actor, die
from sqlalchemy import select

from bot.groups.model import Group, GroupChange
from bot.jobs.model import LEASE
from bot.pitches.model import PitchForm
from bot.pitches.store import PITCHES


async def pitched(house: Backstage) -> tuple[Group, int]:
    group = await house.found_group()
    await house.rooms.pitches.submit(actor(BEN), None, PitchForm(title="Qubits"))
    async with house.db.read() as tx:
        return group, (await tx.scalars(select(PITCHES.c.id))).one()


async def edit(house: Backstage, pitch_id: int, title: str) -> None:
    await house.rooms.pitches.edit(actor(BEN), pitch_id, PitchForm(title=title))


def places(house: Backstage) -> list[tuple[int, str]]:
    return [(place_id, one.card.title) for place_id, one in house.messenger.said()]


async def die_while_saying(house: Backstage) -> None:
    house.messenger.meanwhile["say"] = die
    await house.crash()


async def test_a_restart_after_posting_makes_no_second_card(house: Backstage) -> None:
    await pitched(house)
    await die_while_saying(house)
    await house.sleep_until(house.now + LEASE)
    assert places(house) == [(CHANNEL, "💡 Qubits")]


async def test_an_edit_after_such_a_restart_finds_the_card(house: Backstage) -> None:
    _, pitch_id = await pitched(house)
    await die_while_saying(house)
    await edit(house, pitch_id, "Entangled qubits")
    await house.runner.run_due()
    assert places(house) == [(CHANNEL, "💡 Entangled qubits")]
    await edit(house, pitch_id, "Logical qubits")
    await house.sleep_until(house.now + LEASE)
    assert places(house) == [(CHANNEL, "💡 Logical qubits")]


async def test_an_edit_before_the_card_is_posted_is_one_card(house: Backstage) -> None:
    _, pitch_id = await pitched(house)
    await edit(house, pitch_id, "Entangled qubits")
    await house.runner.run_due()
    assert places(house) == [(CHANNEL, "💡 Entangled qubits")]


async def test_the_card_is_kept_up_to_date_where_it_was_posted(house: Backstage) -> None:
    _, pitch_id = await pitched(house)
    await house.runner.run_due()
    new_home = house.messenger.add_channel(SERVER)
    await house.rooms.groups.edit(actor(MAYA), None, GroupChange(channel_id=new_home))
    await edit(house, pitch_id, "Entangled qubits")
    await house.runner.run_due()
    assert places(house) == [(CHANNEL, "💡 Entangled qubits")]


@pytest.mark.parametrize("what", ["card", "channel"])
async def test_a_deleted_card_troubles_nobody(house: Backstage, what: str) -> None:
    _, pitch_id = await pitched(house)
    await house.runner.run_due()
    new_home = house.messenger.add_channel(SERVER)
    await house.rooms.groups.edit(actor(MAYA), None, GroupChange(channel_id=new_home))
    house.messenger.places[CHANNEL].messages.clear()
    if what == "channel":
        del house.messenger.places[CHANNEL]
    await edit(house, pitch_id, "Entangled qubits")
    await house.runner.run_due()
    assert places(house) == []


@pytest.mark.parametrize(
    ("is_gone", "sentence"),
    [
        (
            True,
            "The group's channel was deleted, so pitches are not seen there; they are kept. "
            "Choose another with `/group edit`.",
        ),
        (
            False,
            "I can't show pitches in the group's channel: I need Send Messages. "
            "They are kept, see `/topics`.",
        ),
    ],
)
async def test_leads_hear_when_a_pitch_can_not_be_shown(
    house: Backstage, is_gone: bool, sentence: str
) -> None:
    _, pitch_id = await pitched(house)
    channel = house.messenger.places[CHANNEL]
    if is_gone:
        del house.messenger.places[CHANNEL]
    else:
        channel.denied = {"Send Messages"}
    await house.runner.run_due()
    assert [card.body for card in house.messenger.told(MAYA)] == [(sentence,)]
    assert "Qubits" in (await house.rooms.pitches.topics(actor(BEN), None, None)).body[0]
    house.messenger.places[CHANNEL], channel.denied = channel, set()
    await edit(house, pitch_id, "Entangled qubits")
    await house.runner.run_due()
    assert house.messenger.titles() == ["💡 Entangled qubits"]
