"""Credits over time: how a member stands, in words, and what becomes of leavers' numbers."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from backstage import BEN, CLARA, DEVI, KENJI, SERVER, START, Backstage, actor

from bot.ballots.credits import Entry, credits_in, entries_of, save_credits, set_aside
from bot.ballots.turns import Turn, spoken_turn, turn_of
from bot.groups.model import BallotRule

MEAN_HALF = {1: 0, 2: 1_000_000, 3: 500_000}
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("entry", "entries", "turn"),
    [
        (None, MEAN_HALF, Turn.NONE_YET),
        (None, {}, Turn.NONE_YET),
        (Entry(micro_talks=0), MEAN_HALF, Turn.LESS),
        (Entry(micro_talks=399_999), MEAN_HALF, Turn.LESS),
        (Entry(micro_talks=400_000), MEAN_HALF, Turn.ALIKE),
        (Entry(micro_talks=600_000), MEAN_HALF, Turn.ALIKE),
        (Entry(micro_talks=600_001), MEAN_HALF, Turn.MORE),
        (Entry(micro_talks=7), {1: 7}, Turn.ALIKE),
        (Entry(micro_talks=0, set_aside_at=START - 365 * DAY), MEAN_HALF, Turn.SET_ASIDE),
        (Entry(micro_talks=0, set_aside_at=START - 366 * DAY), MEAN_HALF, Turn.NONE_YET),
        (Entry(micro_talks=9, set_aside_at=START), {}, Turn.SET_ASIDE),
    ],
)
def test_a_turn_is_told_beside_the_mean(
    entry: Entry | None, entries: Mapping[int, int], turn: Turn
) -> None:
    assert turn_of(entry, entries, START) is turn


def test_every_turn_has_its_line_without_a_number() -> None:
    lines = {spoken_turn("A *b*", turn) for turn in Turn}
    assert len(lines) == len(Turn)
    assert all(line.startswith("⚖️ **A \\*b\\***, fair turns: ") for line in lines)
    assert not any(character.isdigit() for line in lines for character in line)


async def test_a_profile_tells_of_groups_with_fair_turns_alone(house: Backstage) -> None:
    group = await house.found_group()
    other = await house.found_group(name="Other", rule=BallotRule.MOST_VOTES)
    third = await house.found_group(name="Third")
    elsewhere = await house.found_group(name="Elsewhere", server_id=77)
    await house.follow(third, BEN)
    async with house.db.begin() as tx:
        for one in (group, other, elsewhere):
            await save_credits(tx, one.id, {BEN: 0, CLARA: 1_000_000})
    history = house.rooms.history
    assert await history.turns(actor(BEN)) == [
        spoken_turn("ML Theory", Turn.LESS),
        spoken_turn("Third", Turn.NONE_YET),
    ]
    assert await history.turns(actor(CLARA)) == [spoken_turn("ML Theory", Turn.MORE)]
    assert await history.turns(actor(DEVI)) == []


@pytest.mark.parametrize(("days", "is_back"), [(1, True), (365, True), (366, False), (800, False)])
async def test_who_returns_within_a_year_has_their_number_back(
    house: Backstage, days: int, is_back: bool
) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await save_credits(tx, group.id, {BEN: 5, CLARA: 7})
        await set_aside(tx, group.id, {BEN}, {CLARA}, START)
        # Whoever is away stays away since the first time that it was noticed.
        await set_aside(tx, group.id, {BEN}, {CLARA}, START + timedelta(hours=1))
    async with house.db.read() as tx:
        assert await credits_in(tx, group.id) == {BEN: 5}
        kept = {group.id: Entry(micro_talks=7, set_aside_at=START)}
        assert await entries_of(tx, CLARA, SERVER) == kept
    async with house.db.begin() as tx:
        await set_aside(tx, group.id, {BEN, CLARA}, (), START + days * DAY)
    async with house.db.read() as tx:
        found = await credits_in(tx, group.id)
        mine = await entries_of(tx, CLARA, SERVER)
    assert found == ({BEN: 5, CLARA: 7} if is_back else {BEN: 5})
    assert mine == ({group.id: Entry(micro_talks=7)} if is_back else {})


async def test_a_leavers_number_waits_outside_of_the_mean_and_comes_back(
    house: Backstage,
) -> None:
    group = await house.found_group()
    other = await house.found_group(name="Other")
    async with house.db.begin() as tx:
        await save_credits(tx, group.id, {BEN: 0, CLARA: 2_000_000, KENJI: 0})
        await save_credits(tx, other.id, {CLARA: 3})
        await set_aside(tx, group.id, {BEN, KENJI}, {CLARA}, START)
    async with house.db.read() as tx:
        assert await credits_in(tx, other.id) == {CLARA: 3}
    assert await house.rooms.history.turns(actor(BEN)) == [spoken_turn("ML Theory", Turn.ALIKE)]
    assert spoken_turn("ML Theory", Turn.SET_ASIDE) in await house.rooms.history.turns(actor(CLARA))
