"""The file of a group's sessions, as a stranger's calendar reads it."""

from datetime import UTC, datetime, timedelta

import pytest
from backstage import BEN, FIRST, SECOND, START, Backstage
from icalendar import Calendar

from bot.calendars.service import calendar_event
from bot.errors import Refusal
from bot.groups.model import Group
from bot.sessions.calendar import arm_talks
from bot.sessions.model import Talk
from bot.sessions.store import get_session, sessions_ahead, touch
from bot.sessions.talks import add_talk

MOVED = datetime(2022, 11, 6, 17, 30, tzinfo=UTC)

Entry = tuple[str, datetime, datetime, int, str, datetime]


async def read(house: Backstage, group: Group) -> list[Entry]:
    """(summary, start, end, sequence, status, stamp) of each event, in the file's order."""
    file = await house.rooms.calendars.group_file(group)
    assert file.name == "sessions.ics"
    return [
        (
            str(event["SUMMARY"]),
            event["DTSTART"].dt,
            event["DTEND"].dt,
            event["SEQUENCE"],
            str(event["STATUS"]),
            event["DTSTAMP"].dt,
        )
        for event in Calendar.from_ical(file.content).events
    ]


async def uids(house: Backstage, group: Group) -> list[str]:
    file = await house.rooms.calendars.group_file(group)
    return sorted(str(event["UID"]) for event in Calendar.from_ical(file.content).events)


async def test_every_session_ahead_is_an_event_in_utc(house: Backstage) -> None:
    group = await house.found_group()
    hour = timedelta(hours=1)
    starts = [FIRST, *(SECOND + timedelta(days=14 * n) for n in range(5))]
    assert await read(house, group) == [
        (f"ML Theory #{number}", start, start + hour, 0, "CONFIRMED", START)
        for number, start in enumerate(starts, 1)
    ]
    domain = f"{group.server_id}.lectern.invalid"
    assert await uids(house, group) == [f"session-{n}@{domain}" for n in range(1, 7)]


async def test_a_change_raises_the_sequence_and_keeps_the_uid(house: Backstage) -> None:
    group = await house.found_group()
    before = await uids(house, group)
    house.now = START + timedelta(hours=1)
    await house.move(1, "2022-11-06 10:30")
    house.now = START + timedelta(hours=2)
    await house.cancel(2, "")
    changed = await read(house, group)
    assert changed[:2] == [
        (
            "ML Theory #1",
            MOVED,
            MOVED + timedelta(hours=1),
            1,
            "CONFIRMED",
            START + timedelta(hours=1),
        ),
        (
            "Cancelled: ML Theory #2",
            SECOND,
            SECOND + timedelta(hours=1),
            1,
            "CANCELLED",
            START + timedelta(hours=2),
        ),
    ]
    assert await uids(house, group) == before


async def test_a_feed_is_the_file_with_a_name_that_stays(house: Backstage) -> None:
    group = await house.found_group()
    handed_out = Calendar.from_ical((await house.rooms.calendars.group_file(group)).content)
    feed = Calendar.from_ical((await house.rooms.calendars.feed("ml theory")).content)
    assert (handed_out.get("UID"), str(feed["UID"])) == (
        None,
        f"group-{group.id}@{group.server_id}.lectern.invalid",
    )
    assert [event.to_ical() for event in feed.events] == [
        event.to_ical() for event in handed_out.events
    ]


async def test_the_same_calendar_is_the_same_file(house: Backstage) -> None:
    group = await house.found_group()
    first = await house.rooms.calendars.group_file(group)
    house.now += timedelta(hours=3)
    assert await house.rooms.calendars.group_file(group) == first


async def test_talks_are_named_with_their_sources(house: Backstage) -> None:
    group = await house.found_group(about="We, the readers; of papers")
    sources = ("https://arxiv.org/abs/2207.13443", "https://example.org/a,b")
    async with house.db.begin() as tx:
        [session] = await sessions_ahead(tx, group.id, house.now, 1)
        for position, title in enumerate(["Alpha; first", "Beta, second"]):
            talk = Talk(
                id=0,
                session_id=session.id,
                position=position,
                title=title,
                speaker_id=BEN,
                sources=sources if position == 0 else (),
                minutes=30,
            )
            await add_talk(tx, talk)
        await touch(tx, session.id, house.now)
        await arm_talks(tx, [session.id], house.now)
        session = await get_session(tx, session.id) or session
    file = await house.rooms.calendars.group_file(group)
    event = Calendar.from_ical(file.content).events[0]
    assert {name: str(event[name]) for name in ("SUMMARY", "DESCRIPTION", "LOCATION", "URL")} == {
        "SUMMARY": "ML Theory #1: Alpha; first · Beta, second",
        "DESCRIPTION": (
            "Alpha; first https://arxiv.org/abs/2207.13443 https://example.org/a,b\nBeta, second"
        ),
        "LOCATION": "Stage 1",
        "URL": "https://discord.com/channels/1000/1001",
    }
    assert calendar_event(group, session).sequence == 1


async def test_what_is_past_stays_for_a_month(house: Backstage) -> None:
    group = await house.found_group()
    await house.cancel(1, "")
    house.now = FIRST + timedelta(days=30)
    kept = await read(house, group)
    house.now += timedelta(seconds=1)
    assert (kept[0][0], (await read(house, group))[0][0]) == (
        "Cancelled: ML Theory #1",
        "ML Theory #2",
    )


@pytest.mark.both_databases
async def test_the_command_line_finds_a_group_by_name_or_number(house: Backstage) -> None:
    group = await house.found_group()
    by_name = await house.rooms.calendars.feed("ml  theory")
    assert await house.rooms.calendars.feed(str(group.id)) == by_name
    assert len(Calendar.from_ical(by_name.content).events) == 6
    twin = await house.found_group(server_id=77, name="ML THEORY")
    with pytest.raises(Refusal) as ambiguous:
        await house.rooms.calendars.feed("ML Theory")
    with pytest.raises(Refusal) as unknown:
        await house.rooms.calendars.feed("Nobody")
    assert (str(ambiguous.value), str(unknown.value)) == (
        f"Several groups are called “ML Theory”: give a number ({group.id}, {twin.id}).",
        "There is no group “Nobody” in this database.",
    )
