"""Patterns in the database: whole, revised, and gone with their group."""

from dataclasses import replace
from datetime import date, datetime, time

from backstage import Backstage
from sqlalchemy import func, select

from bot.groups import store
from bot.groups.pattern import Break, Pattern
from bot.groups.rhythm import Rhythm, Slot
from bot.groups.rhythms import EARLIER

RICH = Pattern(
    zone="Europe/Berlin",
    first_at=datetime.fromisoformat("2022-11-05T14:00"),
    every_weeks=3,
    minutes=105,
    also=(Slot(weekday=3, at=time(9, 0)),),
    breaks=(
        Break(first=date(2022, 12, 20), last=date(2023, 1, 8), is_tentative=True),
        Break(first=date(2023, 8, 1)),
    ),
    holidays=frozenset({date(2022, 11, 19), date(2023, 5, 1)}),
)
MONTHLY = Rhythm(
    zone="America/Los_Angeles",
    city="Pasadena",
    first_at=datetime.fromisoformat("2023-02-11T14:00"),
    nth=(2, -1),
    turns=(time(8, 30),),
    since_at=datetime.fromisoformat("2023-02-01T00:00"),
)


async def test_a_pattern_comes_back_as_it_was_saved(house: Backstage) -> None:
    group = await house.found_group(pattern=RICH)
    assert group.pattern == RICH
    revised = RICH.revised(MONTHLY)
    async with house.db.begin() as tx:
        await store.save_pattern(tx, group.id, revised)
    async with house.db.read() as tx:
        assert (await store.group_of(tx, group.id)).pattern == revised


async def test_saving_a_group_keeps_the_rows_of_its_earlier_rhythms(house: Backstage) -> None:
    group = await house.found_group(pattern=RICH.revised(MONTHLY))
    async with house.db.begin() as tx:
        ids = list(await tx.scalars(select(EARLIER.c.id)))
        await store.save_group(tx, replace(group, about="Another word."))
        assert (len(ids), list(await tx.scalars(select(EARLIER.c.id)))) == (1, ids)
        await store.save_pattern(tx, group.id, RICH)
        assert await tx.scalar(select(func.count()).select_from(EARLIER)) == 0


async def test_groups_have_their_own_rhythms(house: Backstage) -> None:
    one = await house.found_group(pattern=RICH.revised(MONTHLY))
    two = await house.found_group(name="Knitting")
    async with house.db.read() as tx:
        found = await store.groups_of(tx, [one.id, two.id])
    assert [found[group.id].pattern.earlier for group in (one, two)] == [RICH.rhythms, ()]
