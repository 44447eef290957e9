"""What a refused form held goes back to its author, for a week, and to nobody else."""

import asyncio
from datetime import timedelta

import pytest
from backstage import BEN, MAYA, Backstage

from bot.errors import Refusal
from bot.members.unsent import KEPT

FORM = {"title": "T" * 4_000, "why": "a\nb \u202e `@everyone`", "speaker": ""}
GONE = "What you typed is not here any more: start again."


async def test_a_form_comes_back_whole_after_a_restart(house: Backstage) -> None:
    number = await house.rooms.unsent.keep(MAYA, "pitch:new:1", FORM)
    house.restart()
    assert await house.rooms.unsent.take_back(MAYA, number) == ("pitch:new:1", FORM)


@pytest.mark.both_databases
async def test_a_form_comes_back_as_often_as_it_is_asked_for(house: Backstage) -> None:
    unsent = house.rooms.unsent
    number = await unsent.keep(MAYA, "pitch:new:1", FORM)
    twice = await asyncio.gather(unsent.take_back(MAYA, number), unsent.take_back(MAYA, number))
    assert twice == [("pitch:new:1", FORM), ("pitch:new:1", FORM)]


@pytest.mark.both_databases
async def test_forms_kept_at_once_keep_apart(house: Backstage) -> None:
    unsent = house.rooms.unsent
    numbers = await asyncio.gather(
        *(unsent.keep(MAYA, "pitch:new:1", {"title": str(n)}) for n in range(4))
    )
    assert len(set(numbers)) == 4
    found = [await unsent.take_back(MAYA, number) for number in numbers]
    assert found == [("pitch:new:1", {"title": str(n)}) for n in range(4)]


@pytest.mark.parametrize("asker", [BEN, 0])
async def test_nobody_elses_form_is_shown(house: Backstage, asker: int) -> None:
    number = await house.rooms.unsent.keep(MAYA, "pitch:new:1", FORM)
    with pytest.raises(Refusal) as refused:
        await house.rooms.unsent.take_back(asker, number)
    assert str(refused.value) == GONE


async def test_a_form_that_never_was_is_refused(house: Backstage) -> None:
    with pytest.raises(Refusal) as refused:
        await house.rooms.unsent.take_back(MAYA, 1)
    assert str(refused.value) == GONE


async def test_a_form_is_kept_for_a_week_and_no_longer(house: Backstage) -> None:
    number = await house.rooms.unsent.keep(MAYA, "pitch:new:1", FORM)
    house.now += KEPT
    await house.rooms.unsent.forget_old()
    assert await house.rooms.unsent.take_back(MAYA, number) == ("pitch:new:1", FORM)
    house.now += timedelta(seconds=1)
    with pytest.raises(Refusal) as refused:
        await house.rooms.unsent.take_back(MAYA, number)
    assert str(refused.value) == GONE


async def test_forgetting_takes_the_old_and_leaves_the_new(house: Backstage) -> None:
    unsent = house.rooms.unsent
    old = await unsent.keep(MAYA, "pitch:new:1", {"title": "old"})
    house.now += KEPT + timedelta(seconds=1)
    new = await unsent.keep(MAYA, "pitch:new:1", {"title": "new"})
    await unsent.forget_old()
    house.now -= KEPT
    with pytest.raises(Refusal):
        await unsent.take_back(MAYA, old)
    assert await unsent.take_back(MAYA, new) == ("pitch:new:1", {"title": "new"})


@pytest.mark.both_databases
async def test_a_form_that_came_of_a_kept_one_takes_its_place(house: Backstage) -> None:
    unsent = house.rooms.unsent
    number = await unsent.keep(MAYA, "pitch:new:1", {"title": "first"})
    assert await unsent.keep(MAYA, "pitch:new:1", {"title": "second"}, number) == number
    assert await unsent.take_back(MAYA, number) == ("pitch:new:1", {"title": "second"})
    assert await unsent.keep(BEN, "pitch:new:1", {"title": "his"}, number) != number
    assert await unsent.take_back(MAYA, number) == ("pitch:new:1", {"title": "second"})


async def test_a_form_that_was_sent_is_forgotten_by_its_author_alone(house: Backstage) -> None:
    unsent = house.rooms.unsent
    number = await unsent.keep(MAYA, "pitch:new:1", FORM)
    await unsent.drop(BEN, number)
    assert await unsent.take_back(MAYA, number) == ("pitch:new:1", FORM)
    await unsent.drop(MAYA, number)
    with pytest.raises(Refusal) as refused:
        await unsent.take_back(MAYA, number)
    assert str(refused.value) == GONE
