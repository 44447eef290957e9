"""Everybody is planned for their own instant, ten thousand by the statements that ten take."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from backstage import BEN, CLARA, DEVI, FIRST, KENJI, MAYA, Backstage
from fakes.statements import statements
from sqlalchemy import insert, select

from bot.groups.model import Group
from bot.groups.store import FOLLOWS
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Job
from bot.jobs.planning import expand
from bot.jobs.store import DELIVERIES, JOBS
from bot.members.model import Place, QuietHours
from bot.members.store import MEMBERS
from bot.reminders.handler import RemindHandler
from bot.sessions.answers import save_answer
from bot.sessions.model import REMIND, Answer

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KOLKATA = Place(name="Kolkata", zone="Asia/Kolkata")
BERLIN = Place(name="Berlin", zone="Europe/Berlin")
NIGHT = QuietHours(from_hour=22, until_hour=7)

EVENING = datetime.fromisoformat("2022-11-05T16:30+00:00")
"""22:00 in Kolkata, before the session there at 01:30."""


async def plan(house: Backstage, lead_minutes: int, left: timedelta) -> Fanout:
    """Plan the first session's reminder while `left` is left to its start."""
    house.now = FIRST - left
    handler = RemindHandler(house.db, house.clock, house.messenger, Courier(house.messenger))
    columns = (JOBS.c[name] for name in ("id", "kind", "subject_id", "due_at", "rev"))
    async with house.db.begin() as tx:
        found = await tx.execute(
            select(*columns).where(
                JOBS.c.kind == REMIND, JOBS.c.subject_id == 1, JOBS.c.lead_minutes == lead_minutes
            )
        )
        job = Job(lead_minutes=lead_minutes, **found.one()._mapping)
        fanout = await handler.plan(tx, job, house.now)
        await expand(tx, job, fanout)
    return fanout


async def planned(house: Backstage) -> dict[str, timedelta]:
    """For each target, how long before the start it is to be told."""
    async with house.db.read() as tx:
        rows = await tx.execute(select(DELIVERIES.c.target, DELIVERIES.c.not_before))
        return {target: FIRST - moment for target, moment in rows}


async def crowd(house: Backstage, group: Group, count: int) -> None:
    """Followers of four kinds in turn, so that each kind is a quarter."""
    kinds: tuple[dict[str, Any], ...] = (
        # Told in the evening, by the nearer of two reminders that both come then.
        {"zone": "Asia/Kolkata", "quiet_from": 22, "quiet_until": 7, "lead_minutes": [60, 10]},
        {"zone": "Asia/Kolkata", "quiet_from": 22, "quiet_until": 7, "lead_minutes": [60]},
        {"zone": "Europe/Berlin", "quiet_from": 22, "quiet_until": 7, "lead_minutes": [60]},
        {"zone": None, "quiet_from": None, "quiet_until": None, "lead_minutes": [1_440, 60]},
    )
    members = [
        {"user_id": 10_000 + number, "wants_direct_messages": True, **kinds[number % 4]}
        for number in range(count)
    ]
    follows = [
        {"group_id": group.id, "user_id": one["user_id"], "since": house.now} for one in members
    ]
    async with house.db.begin() as tx:
        await tx.execute(insert(MEMBERS), members)
        await tx.execute(insert(FOLLOWS), follows)


@pytest.mark.both_databases
@pytest.mark.parametrize("count", [8, 1_000])
async def test_followers_are_planned_by_one_statement_however_many(
    house: Backstage, count: int
) -> None:
    await crowd(house, await house.found_group(), count)
    with statements(house.db) as early:
        first = await plan(house, 60, 13 * HOUR)
    evening = FIRST - EVENING
    assert Counter((await planned(house)).values()) == {evening: count // 4}
    with statements(house.db) as late:
        second = await plan(house, 60, HOUR + MINUTE)
    assert Counter((await planned(house)).values()) == {evening: count // 4, HOUR: count // 2 + 1}
    assert (first.again_at, second.again_at) == (FIRST - HOUR - MINUTE, None)
    inserts = [[one for one in seen if "INSERT INTO delivery" in one] for seen in (early, late)]
    # The people alone, then the channel and the people.
    assert [len(one) for one in inserts] == [1, 2]
    assert (len(early), len(late)) == (5, 7)


async def test_whoever_has_no_quiet_hours_is_planned_a_minute_ahead(house: Backstage) -> None:
    group = await house.found_group()
    await house.follow(group, BEN)
    await house.know(BEN, wants_direct_messages=True, lead_minutes=(60,))
    assert await plan(house, 60, 13 * HOUR) == Fanout(again_at=FIRST - HOUR - MINUTE)
    assert await planned(house) == {}
    await plan(house, 60, HOUR + MINUTE)
    assert await planned(house) == {"channel": HOUR, f"person:{BEN}": HOUR}


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("place", "quiet", "leads", "told"),
    [
        (None, None, (60,), {60: HOUR}),
        (BERLIN, NIGHT, (60, 10), {60: HOUR, 10: 10 * MINUTE}),
        # 01:30 in Kolkata: the day before is over by then, and the evening is before the night.
        (KOLKATA, None, (60, 10), {60: HOUR, 10: 10 * MINUTE}),
        (KOLKATA, NIGHT, (60,), {60: FIRST - EVENING}),
        (KOLKATA, NIGHT, (60, 10), {10: FIRST - EVENING}),
        (KOLKATA, NIGHT, (1_440, 10), {1_440: 18 * HOUR + 30 * MINUTE, 10: FIRST - EVENING}),
        (KOLKATA, NIGHT, (), {}),
    ],
)
async def test_a_night_brings_reminders_to_its_ends_and_two_of_one_instant_are_one(
    house: Backstage,
    place: Place | None,
    quiet: QuietHours | None,
    leads: tuple[int, ...],
    told: dict[int, timedelta],
) -> None:
    group = await house.found_group()
    await house.follow(group, BEN)
    await house.know(BEN, place, wants_direct_messages=True, lead_minutes=leads, quiet=quiet)
    found = {}
    for lead in (1_440, 60, 10):
        await plan(house, lead, timedelta(minutes=lead) + 12 * HOUR)
        await plan(house, lead, timedelta(minutes=lead) + MINUTE)
        for target, left in (await planned(house)).items():
            if target == f"person:{BEN}":
                found[lead] = left
        async with house.db.begin() as tx:
            await tx.execute(DELIVERIES.delete())
    assert found == told


async def test_only_the_interested_who_asked_are_planned(house: Backstage) -> None:
    group = await house.found_group()
    other = await house.found_group(name="Other", channel_id=2_000)
    await house.follow(group, BEN, CLARA, DEVI)
    await house.follow(other, KENJI)
    for user_id in (BEN, CLARA, KENJI, MAYA):
        await house.know(user_id, wants_direct_messages=True, lead_minutes=(1_440, 60))
    await house.know(DEVI, lead_minutes=(60,))
    async with house.db.begin() as tx:
        await save_answer(tx, 1, BEN, Answer.GOING, house.now)
        await save_answer(tx, 1, CLARA, Answer.NOT_GOING, house.now)
        await save_answer(tx, 1, MAYA, Answer.GOING, house.now)
        await save_answer(tx, 2, KENJI, Answer.GOING, house.now)
    await plan(house, 60, HOUR)
    assert await planned(house) == {
        "channel": HOUR,
        f"person:{BEN}": HOUR,
        f"person:{MAYA}": HOUR,
    }


async def test_what_a_nearer_reminder_has_overtaken_is_not_planned(house: Backstage) -> None:
    group = await house.found_group()
    await house.follow(group, BEN, CLARA, DEVI)
    await house.know(BEN, wants_direct_messages=True, lead_minutes=(1_440, 60, 10))
    await house.know(CLARA, wants_direct_messages=True, lead_minutes=(1_440, 10))
    await house.know(DEVI, KOLKATA, wants_direct_messages=True, lead_minutes=(1_440, 60))
    await plan(house, 1_440, HOUR / 2)
    assert await planned(house) == {f"person:{CLARA}": 24 * HOUR}


async def test_planning_again_adds_who_came_and_doubles_nobody(house: Backstage) -> None:
    group = await house.found_group()
    await house.follow(group, BEN)
    await house.know(BEN, KOLKATA, wants_direct_messages=True, lead_minutes=(60,), quiet=NIGHT)
    await plan(house, 60, 13 * HOUR)
    await house.follow(group, CLARA)
    await house.know(CLARA, KOLKATA, wants_direct_messages=True, lead_minutes=(60,), quiet=NIGHT)
    await plan(house, 60, 12 * HOUR)
    await plan(house, 60, HOUR)
    evening = FIRST - EVENING
    assert await planned(house) == {
        "channel": HOUR,
        f"person:{BEN}": evening,
        f"person:{CLARA}": evening,
    }


@pytest.mark.parametrize("left", [timedelta(), -14 * MINUTE, -15 * MINUTE])
async def test_a_session_that_has_begun_is_told_of_for_a_quarter_of_an_hour(
    house: Backstage, left: timedelta
) -> None:
    await house.found_group()
    await plan(house, 10, left)
    is_told = left > -15 * MINUTE
    assert await planned(house) == ({"channel": 10 * MINUTE} if is_told else {})


async def test_a_session_that_does_not_take_place_is_told_to_nobody(house: Backstage) -> None:
    await house.found_group()
    await house.cancel(1, "")
    assert await plan(house, 60, HOUR) == NOTHING
