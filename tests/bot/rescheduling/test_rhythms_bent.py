"""Shifts of every kind of rhythm in the calendar, and what was there once they are taken back."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from backstage import Backstage, actor
from bent import refusal_of, sessions_of
from sqlalchemy import update

from bot.groups.pattern import Pattern
from bot.groups.revising import Revision
from bot.groups.rhythm import Slot
from bot.groups.store import GROUPS, group_of
from bot.sessions.store import SESSIONS

DENVER = "America/Denver"
TWO_DAYS = Pattern(
    zone=DENVER,
    first_at=datetime(2022, 11, 1, 20, 0),  # noqa: DTZ001 - a Tuesday
    also=(Slot(weekday=3, at=time(9, 0)),),
)
TWO_HOURS = replace(TWO_DAYS, also=(Slot(weekday=1, at=time(21, 30)),))
MONTHLY = Pattern(
    zone=DENVER,
    first_at=datetime(2022, 11, 12, 14, 0),  # noqa: DTZ001 - the second Saturday
    nth=(2, 4),
)
IN_TURN = Pattern(
    zone=DENVER,
    first_at=datetime(2022, 11, 1, 20, 0),  # noqa: DTZ001 - a Tuesday
    turns=(time(8, 0),),
)
SHIFTS = [
    (
        TWO_DAYS,
        ["11-01 20", "11-03 09", "11-08 20", "11-10 09", "11-15 20", "11-17 09"],
        (3, "2022-11-09 18:00"),
        ["11-01 20", "11-03 09", "11-09 18", "11-10 09", "11-16 18", "11-17 09"],
    ),
    (
        MONTHLY,
        ["11-12 14", "11-26 14", "12-10 14", "12-24 14", "01-14 14", "01-28 14"],
        (2, "2022-11-27 10:00"),
        ["11-12 14", "11-27 10", "12-11 10", "12-25 10", "01-08 10", "01-22 10"],
    ),
    (
        IN_TURN,
        ["11-01 20", "11-08 08", "11-15 20", "11-22 08", "11-29 20", "12-06 08"],
        (2, "2022-11-09 09:00"),
        ["11-01 20", "11-09 09", "11-16 20", "11-23 09", "11-30 20", "12-07 09"],
    ),
]


@pytest.mark.parametrize(("pattern", "before", "move", "after"), SHIFTS)
async def test_the_rest_follows_and_comes_back(
    house: Backstage, pattern: Pattern, before: list[str], move: tuple[int, str], after: list[str]
) -> None:
    group = await house.found_group(pattern=pattern)
    number, to = move

    async def walls() -> list[str]:
        return [f"{one.wall_start:%m-%d %H}" for one in await sessions_of(house, group)]

    assert await walls() == before
    await house.move(number, to, "Shift this and the rest")
    await house.runner.run_due()
    assert await walls() == after
    async with house.db.read() as tx:
        shifted = (await group_of(tx, group.id)).pattern
    last = datetime.strptime(f"2023-{after[-1]}", "%Y-%m-%d %H")  # noqa: DTZ007 - a wall time
    year = 2022 if after[-1] > after[0] else 2023
    following = next(shifted.occurrences(last.replace(year=year)))
    assert following - last.replace(year=year) <= timedelta(days=21)
    await house.undo()
    house.restart()
    await house.runner.run_due()
    assert await walls() == before
    async with house.db.read() as tx:
        assert (await group_of(tx, group.id)).pattern == pattern


@pytest.mark.parametrize(
    ("pattern", "number", "to", "rest"),
    [
        (TWO_DAYS, 3, "2022-11-09 18:00", "Tuesday meeting after that, but no other"),
        (TWO_HOURS, 3, "2022-11-09 18:00", "Tuesday 8:00 PM meeting after that, but no other"),
        (MONTHLY, 2, "2022-11-27 10:00", "meeting after that"),
    ],
)
async def test_a_lead_reads_which_meetings_follow(
    house: Backstage, pattern: Pattern, number: int, to: str, rest: str
) -> None:
    await house.found_group(pattern=pattern)
    card = await house.rooms.rescheduling.propose_move(actor(), None, number, to)
    card = await house.press(card, "Shift the rest too…")
    assert f"These move, and so does every {rest}; talks and answers go along." in card.body


BAD = [
    ("25:00", "“25:00”"),
    ("2022-02-30 14:00", "“2022-02-30 14:00” is not a moment that exists"),
    ("30 Feb 14:00", "“30 Feb 14:00”"),
    ("30/2 14:00", "“30/2” is not a day of any calendar"),
    ("9999-12-31 14:00", "“9999-12-31 14:00”"),
    ("2022-10-01 14:00", "“2022-10-01 14:00” has passed already"),
    ("yesterday 14:00", "“yesterday 14:00” has passed already"),
    ("2022-11-05 14:30", "Session #1 of the group is at that time"),
    ("every second", "“every second”"),
    ("noon-ish", "“noon-ish”"),
    ("x" * 100, "“xxxxxxxxxxxxxxxxxxx…” has 100 characters"),
]


@pytest.mark.parametrize(("typed", "quoted"), BAD)
async def test_bad_moments_are_quoted_by_every_command_and_nothing_changes(
    house: Backstage, typed: str, quoted: str
) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    bending = house.rooms.rescheduling
    told = [
        await refusal_of(bending.propose_move(actor(), None, 2, typed)),
        await refusal_of(bending.propose_add(actor(), None, typed, None)),
    ]
    assert all(quoted in sentence for sentence in told), told
    assert await sessions_of(house, group) == before
    async with house.db.read() as tx:
        assert (await group_of(tx, group.id)).pattern == group.pattern


async def test_a_zone_that_is_gone_is_quoted_and_nothing_changes(house: Backstage) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await tx.execute(update(GROUPS).values(zone="Mars/Olympus"))
        await tx.execute(update(SESSIONS).values(zone="Mars/Olympus"))
    before = await sessions_of(house, group)
    bending = house.rooms.rescheduling
    for refused in (
        bending.propose_move(actor(), None, 2, "2022-11-06 10:30"),
        bending.propose_add(actor(), None, "2022-11-06 10:30", None),
        house.rooms.rhythms.propose(actor(), None, Revision.PAUSE, {"until": "2022-11-30"}),
    ):
        assert "“Mars/Olympus” is not in the zone data any more" in await refusal_of(refused)
    assert await sessions_of(house, group) == before
