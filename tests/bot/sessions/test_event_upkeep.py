"""Every hour the server's events are compared with the calendar, and put right."""

from dataclasses import replace
from datetime import datetime, timedelta

from backstage import BEN, CLARA, FIRST, MAYA, SERVER, START, Backstage, actor
from fakes.messenger import Event

from bot.groups.model import Group
from bot.groups.store import save_group
from bot.messenger import EventPlan, TryLater
from bot.places.zones import zone_data_version
from bot.sessions.calendar import arm
from bot.sessions.event import NO_ROOM
from bot.sessions.mirror import MOST_EVENTS
from bot.sessions.model import Answer, Session, SessionState
from bot.sessions.store import add_session, calendar_of
from bot.sessions.views import view_of

HOUR = timedelta(hours=1)
OTHERS = EventPlan(
    name="Film night",
    description="",
    starts_at=FIRST,
    ends_at=FIRST + HOUR,
    location="The cinema",
)


async def sessions_of(house: Backstage, group_id: int = 1) -> list[Session]:
    async with house.db.read() as tx:
        return await calendar_of(tx, group_id, START)


async def look_after(house: Backstage) -> None:
    await house.rooms.events.look_after_all()
    await house.runner.run_due()


def crowd(house: Backstage, count: int) -> None:
    """Let others have so many events in the server."""
    events = house.messenger.servers[SERVER].events
    for number in range(count):
        events[10**6 + number] = Event(plan=OTHERS, creator_id=BEN)


async def add_late_session(house: Backstage, days: int) -> int:
    """The id of one more session, so many days after the first."""
    late = FIRST + timedelta(days=days)
    wall = datetime(2022, 11, 5, 14, 0) + timedelta(days=days)  # noqa: DTZ001 - a wall time
    async with house.db.begin() as tx:
        session = Session(
            id=0,
            group_id=1,
            number=100 + days,
            wall_start=wall,
            zone="America/Denver",
            starts_at=late,
            minutes=60,
            state=SessionState.PLANNED,
            changed_at=house.now,
        )
        session_id = await add_session(tx, session, wall, zone_data_version())
        await arm(tx, await _group(house), replace(session, id=session_id), house.now)
    await house.runner.run_due()
    return session_id


async def _group(house: Backstage) -> Group:
    group, _ = await house.rooms.sessions.next_card(actor(), None)
    return group


def names(house: Backstage) -> list[str]:
    events = house.messenger.servers[SERVER].events.values()
    return sorted(event.plan.name for event in events if event.plan != OTHERS)


async def test_nothing_to_put_right_costs_one_call(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    house.messenger.calls.clear()
    await look_after(house)
    assert house.messenger.calls == ["list_events"]


async def test_only_the_next_sessions_have_an_event(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    before = names(house)
    await add_late_session(house, days=200)
    assert (names(house), len(before)) == (before, 6)
    await house.cancel(6, "")
    await look_after(house)
    assert names(house) == sorted([*before[:5], "ML Theory #300"])


async def test_a_nearer_session_takes_the_event_of_the_farthest(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    await add_late_session(house, days=7)
    await look_after(house)
    assert names(house) == [
        "ML Theory #1",
        "ML Theory #107",
        *(f"ML Theory #{number}" for number in range(2, 6)),
    ]
    sixth = (await sessions_of(house))[-1]
    assert (sixth.number, sixth.event_id) == (6, None)


async def test_a_full_server_is_told_once_and_filled_when_there_is_room(house: Backstage) -> None:
    crowd(house, MOST_EVENTS - 4)
    await house.found_group(is_mirrored=True)
    for _ in range(50):
        house.now += HOUR
        await look_after(house)
    assert names(house) == [f"ML Theory #{number}" for number in range(1, 5)]
    assert [card.body for card in house.messenger.told(MAYA)] == [(NO_ROOM,)]
    house.messenger.calls.clear()
    await look_after(house)
    assert house.messenger.calls == ["list_events"]
    events = house.messenger.servers[SERVER].events
    for event_id in [one for one in events if one >= 10**6][:2]:
        del events[event_id]
    await look_after(house)
    assert names(house) == [f"ML Theory #{number}" for number in range(1, 7)]
    await look_after(house)
    assert [card.body for card in house.messenger.told(MAYA)] == [(NO_ROOM,)]


async def test_a_server_that_is_full_again_is_told_again(house: Backstage) -> None:
    crowd(house, MOST_EVENTS - 5)
    await house.found_group(is_mirrored=True)
    await house.advance_to(house.now + timedelta(minutes=1))  # what was being made is made
    events = house.messenger.servers[SERVER].events
    events.pop(10**6)
    await look_after(house)
    await look_after(house)
    crowd(house, MOST_EVENTS - 5)
    assert len(events) >= MOST_EVENTS
    await house.cancel(6, "")
    crowd(house, MOST_EVENTS - len(names(house)) + 1)
    await add_late_session(house, days=60)
    assert [card.body for card in house.messenger.told(MAYA)] == [(NO_ROOM,)] * 2


async def test_what_has_drifted_is_repaired_unasked(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    async with house.db.begin() as tx:
        await save_group(tx, replace(group, name="Theory", meeting_place="Stage 2"))
    await look_after(house)
    assert names(house) == [f"Theory #{number}" for number in range(1, 7)]
    assert {plan.location for plan in house.messenger.events.values()} == {"Stage 2"}
    assert house.messenger.told(MAYA) == []


async def test_an_event_of_a_session_that_is_no_more_is_removed(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    stray = replace(OTHERS, description="lectern:session:999")
    stray_id = await house.messenger.mirror_event(SERVER, None, stray)
    house.messenger.servers[SERVER].events[7] = Event(plan=stray, creator_id=BEN)
    await look_after(house)
    assert stray_id not in house.messenger.events
    assert 7 in house.messenger.events


async def test_an_event_of_a_cancelled_session_is_removed_again(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    plan = house.messenger.events[(await sessions_of(house))[0].event_id or 0]
    await house.cancel(1, "")
    await house.runner.run_due()
    late_id = await house.messenger.mirror_event(SERVER, None, plan)
    await look_after(house)
    assert late_id not in house.messenger.events


async def test_an_event_of_another_servers_session_is_left_alone(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    other_id = house.messenger.add_server([MAYA])
    plan = house.messenger.events[(await sessions_of(house))[0].event_id or 0]
    copy_id = await house.messenger.mirror_event(other_id, None, plan)
    await house.cancel(1, "")
    await house.rooms.events.look_after(other_id)
    await house.runner.run_due()
    assert copy_id in house.messenger.servers[other_id].events


async def test_an_event_that_runs_or_has_begun_is_left_alone(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    event_id = (await sessions_of(house))[0].event_id or 0
    house.messenger.servers[SERVER].events[event_id].is_running = True
    await house.move(1, "2022-11-06 10:30")
    await house.runner.run_due()
    assert house.messenger.events[event_id].starts_at == FIRST
    house.now = FIRST + timedelta(days=1, minutes=5)
    await look_after(house)
    assert event_id in house.messenger.events


async def test_a_server_out_of_order_does_not_keep_others_waiting(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    other_id = house.messenger.add_server([MAYA])
    group = await house.found_group(server_id=other_id, name="Other", is_mirrored=True)
    async with house.db.begin() as tx:
        await save_group(tx, replace(group, name="Renamed"))
    house.messenger.fail(TryLater("down"))
    await look_after(house)
    plans = [event.plan for event in house.messenger.servers[other_id].events.values()]
    assert {plan.name.partition(" ")[0] for plan in plans} == {"Renamed"}


async def test_interest_is_counted_beside_those_who_answered(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    session = (await sessions_of(house))[0]
    event = house.messenger.servers[SERVER].events[session.event_id or 0]
    event.interested |= {BEN, CLARA, MAYA}
    await house.rooms.sessions.answer(actor(BEN), session.id, Answer.GOING)
    await look_after(house)
    async with house.db.read() as tx:
        view = await view_of(tx, group, session)
    assert (view.going, view.undecided) == ({BEN}, 2)
    _, card = await house.rooms.sessions.next_card(actor(), None)
    assert "1 person going · 2 more interested in the event" in card.body
    house.messenger.calls.clear()
    await look_after(house)
    assert house.messenger.calls == ["list_events"]


async def test_interest_is_read_again_just_before_a_reminder(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = (await sessions_of(house))[0]
    await house.advance_to(FIRST - 2 * HOUR)
    event = house.messenger.servers[SERVER].events[session.event_id or 0]
    event.interested |= {BEN, CLARA}
    await house.advance_to(FIRST - HOUR)
    [reminder] = [
        one.card for _, one in house.messenger.said() if one.card.title.endswith("#1 in 1 hour")
    ]
    assert reminder.body[-1] == "👀 2 people interested in the event"
