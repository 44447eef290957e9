"""Sessions follow new zone data: each that moves is told of once, and nothing else changes."""

from dataclasses import replace
from datetime import datetime, timedelta

from backstage import BEN, FIRST, MAYA, PATTERN, SECOND, START, THIRD, Backstage
from sqlalchemy import select, update

from bot.groups.model import Group
from bot.jobs.store import JOBS
from bot.places.zones import zone_data_version
from bot.sessions.answers import save_answer
from bot.sessions.model import REMIND, Answer, Session
from bot.sessions.store import SESSIONS, calendar_of

HOUR = timedelta(hours=1)


async def with_old_data(house: Backstage) -> tuple[Group, list[Session]]:
    """A group whose second session was put an hour off by data that knew no better."""
    group = await house.found_group()
    sessions = await sessions_of(house, group)
    async with house.db.begin() as tx:
        await tx.execute(update(SESSIONS).values(zone_data="2019a"))
        await tx.execute(
            update(SESSIONS).where(SESSIONS.c.id == sessions[1].id).values(starts_at=SECOND - HOUR)
        )
        await save_answer(tx, sessions[1].id, BEN, Answer.GOING, house.now)
    return group, sessions


async def sessions_of(house: Backstage, group: Group) -> list[Session]:
    async with house.db.read() as tx:
        return await calendar_of(tx, group.id, START)


async def test_a_session_that_was_off_is_put_right_with_all_that_hangs_on_it(
    house: Backstage,
) -> None:
    group, before = await with_old_data(house)
    await house.rooms.zones.look_after_all()
    after = await sessions_of(house, group)
    assert [(one.starts_at, one.sequence, one.moved_from) for one in after[:3]] == [
        (FIRST, 0, None),
        (SECOND, 1, SECOND - HOUR),
        (THIRD, 0, None),
    ]
    async with house.db.read() as tx:
        due = await tx.scalars(
            select(JOBS.c.due_at).where(JOBS.c.kind == REMIND, JOBS.c.subject_id == before[1].id)
        )
        assert set(due) == {SECOND - timedelta(minutes=n) for n in (10_080, 1_440, 60, 10)}
        assert set(await tx.scalars(select(SESSIONS.c.zone_data))) == {zone_data_version()}


async def test_a_session_that_moved_is_told_of_once(house: Backstage) -> None:
    await with_old_data(house)
    for _ in range(2):
        await house.rooms.zones.look_after_all()
        await house.runner.run_due()
        house.restart()
    assert house.messenger.titles() == ["↪️ ML Theory #2 has moved"]
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            "The rules for clocks in Denver have changed. Sessions #2 keep their hour there, so "
            "they are at another time for people elsewhere: the channel, reminders and calendars "
            "have been told.",
        )
    ]


async def test_a_session_that_has_begun_stays_as_it_was(house: Backstage) -> None:
    group, _ = await with_old_data(house)
    house.now = SECOND - HOUR
    await house.rooms.zones.look_after_all()
    assert (await sessions_of(house, group))[1].starts_at == SECOND - HOUR


async def test_sessions_of_a_zone_that_is_gone_keep_their_instants(house: Backstage) -> None:
    group, _ = await with_old_data(house)
    async with house.db.begin() as tx:
        await tx.execute(update(SESSIONS).values(zone="Mars/Olympus"))
    for _ in range(2):
        await house.rooms.zones.look_after_all()
    await house.runner.run_due()
    assert (await sessions_of(house, group))[1].starts_at == SECOND - HOUR
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            "The time zone “Mars/Olympus” is not in the zone data any more, so I can't plan on its "
            "clock: give the group a city under “When we meet” in `/group edit`. Its sessions stay "
            "at the instants they were planned for until then.",
        )
    ]


async def test_each_session_is_put_right_on_the_clock_of_its_own_city(house: Backstage) -> None:
    in_tokyo = replace(
        PATTERN.newest,
        zone="Asia/Tokyo",
        city="Yokohama",
        since_at=datetime(2022, 12, 1),  # noqa: DTZ001 - a wall time
    )
    group = await house.found_group(pattern=PATTERN.revised(in_tokyo))
    before = await sessions_of(house, group)
    async with house.db.begin() as tx:
        await tx.execute(update(SESSIONS).values(zone_data="2019a"))
        for one in before[1:3]:
            is_it = SESSIONS.c.id == one.id
            await tx.execute(update(SESSIONS).where(is_it).values(starts_at=one.starts_at - HOUR))
    await house.rooms.zones.look_after_all()
    await house.runner.run_due()
    after = await sessions_of(house, group)
    assert [(one.zone, one.starts_at) for one in after] == [
        (one.zone, one.starts_at) for one in before
    ]
    assert [one.zone for one in after[:3]] == ["America/Denver"] * 2 + ["Asia/Tokyo"]
    [card] = house.messenger.told(MAYA)
    assert "in Denver and Yokohama have changed. Sessions #2, #3 keep their hour" in card.body[0]


async def test_nothing_is_looked_at_twice(house: Backstage) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    await house.rooms.zones.look_after_all()
    assert await sessions_of(house, group) == before
