"""Each session has one native event that says what the calendar says, whatever dies when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from backstage import (
    BEN,
    FIRST,
    MAYA,
    SERVER,
    START,
    Backstage,
    Died,
    actor,
    die,
    lose_the_answer,
    once,
)
from bent import sessions_of
from fakes.locks import begun
from fakes.statements import statements
from sqlalchemy import update

from bot.database import Tx
from bot.groups.model import HORIZON
from bot.jobs.store import put_job
from bot.messenger import EventPlan
from bot.sessions.event import NO_ROOM
from bot.sessions.mirror import marked_session_id, plan_event
from bot.sessions.mirror_store import MIRRORS, get_mirrors, lock_mirror, save_mirror
from bot.sessions.model import EVENT, Session, SessionState, Talk
from bot.sessions.store import calendar_of, note_event, set_session

MOVED = datetime(2022, 11, 6, 17, 30, tzinfo=UTC)


async def first_session(house: Backstage) -> Session:
    async with house.db.read() as tx:
        return (await calendar_of(tx, 1, START))[0]


async def mirrors(house: Backstage) -> list[tuple[str, datetime]]:
    """Name and start of every event of the first session, the oldest first."""
    session = await first_session(house)
    found = await house.messenger.list_events(SERVER)
    own = [one.shows for one in found if one.is_ours and marked_session_id(one) == session.id]
    return [(shows.name, shows.starts_at) for shows in own]


async def move_first(house: Backstage) -> None:
    await house.move(1, "2022-11-06 10:30")


async def test_an_event_shows_what_the_calendar_says(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True, about="We read *papers*.")
    talk = Talk(id=1, session_id=1, position=0, title="Alpha", minutes=30)
    session = replace(
        await first_session(house), talks=(talk, replace(talk, position=1, title="Beta"))
    )
    assert plan_event(group, session) == EventPlan(
        name="ML Theory #1: Alpha · Beta",
        description="• Alpha\n• Beta\nWe read *papers*.\n\nlectern:session:1",
        starts_at=FIRST,
        ends_at=FIRST + timedelta(hours=1),
        location="Stage 1",
    )
    bare = plan_event(replace(group, about=""), replace(session, talks=()))
    assert bare.description == ("A session of ML Theory. Talks to be chosen.\n\nlectern:session:1")


async def test_events_of_many_sessions_are_planned_and_read_at_once(house: Backstage) -> None:
    group = await house.found_group()
    await put_events(house, group.id)
    with statements(house.db) as seen:
        await house.runner.run_due()
    assert len(house.messenger.events) == HORIZON
    # Once to plan them, and once to write them.
    assert sum("talk.session_id" in one and "session.id IN (" in one for one in seen) == 2


async def test_an_event_that_gave_way_meanwhile_is_not_taken_for_deleted(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    event_id = session.event_id
    assert event_id is not None

    async def give_way() -> None:
        """Another process needs the room for an earlier session."""
        async with house.db.begin() as tx:
            await note_event(tx, session.id, None)
        await house.messenger.remove_event(SERVER, event_id)

    house.messenger.meanwhile["before list_events"] = once(give_way)
    async with house.db.begin() as tx:
        await put_job(tx, EVENT, session.id, house.now)
    await house.advance_to(house.now + timedelta(minutes=1))
    assert house.messenger.told(MAYA) == []
    assert await mirrors(house) == [("ML Theory #1", FIRST)]


async def put_events(house: Backstage, *group_ids: int) -> list[int]:
    """The ids of the groups' sessions, whose events are all due now."""
    async with house.db.begin() as tx:
        found = [one.id for each in group_ids for one in await calendar_of(tx, each, START)]
        for session_id in found:
            await put_job(tx, EVENT, session_id, house.now)
    return found


async def put_event(house: Backstage, session_id: int) -> None:
    async with house.db.begin() as tx:
        await put_job(tx, EVENT, session_id, house.now)
    await house.runner.run_due()


async def numbers(house: Backstage) -> list[int]:
    """The numbers of the sessions that have events."""
    return [int(one.name.partition("#")[2]) for one in house.messenger.events.values()]


async def test_events_of_two_servers_are_made_in_one_go(house: Backstage) -> None:
    group = await house.found_group()
    server_id = house.messenger.add_server([MAYA])
    channel_id = house.messenger.add_channel(server_id)
    other = await house.found_group(server_id=server_id, channel_id=channel_id, forum_id=None)
    await put_events(house, group.id, other.id)
    await house.runner.run_due()
    made = [house.messenger.servers[one].events for one in (SERVER, server_id)]
    assert [len(one) for one in made] == [HORIZON, HORIZON]


async def test_an_event_that_can_not_be_read_keeps_no_other_from_being_made(
    house: Backstage,
) -> None:
    group = await house.found_group()
    unreadable, *others = await put_events(house, group.id)
    async with house.db.begin() as tx:
        await lock_mirror(tx, unreadable)
        broken = update(MIRRORS).where(MIRRORS.c.session_id == unreadable)
        await tx.execute(broken.values(written=[{"name": "of another make"}]))
    await house.runner.run_due()
    assert len(house.messenger.events) == len(others) == HORIZON - 1


async def test_an_event_that_was_made_meanwhile_and_is_swept_is_not_kept_for_ours(
    house: Backstage,
) -> None:
    group = await house.found_group(is_mirrored=True)
    await house.cancel(1)
    await house.runner.run_due()
    session = await first_session(house)
    assert (await mirrors(house), session.event_id) == ([], None)

    async def bring_back() -> None:
        """A lead takes the cancelling back, and another process makes the event."""
        plan = plan_event(group, session)
        async with house.db.begin() as tx:
            await set_session(tx, session.id, state=SessionState.PLANNED)
            mirror = await lock_mirror(tx, session.id)
            await save_mirror(tx, replace(mirror, written=(plan,)))
        event_id = await house.messenger.mirror_event(SERVER, None, plan)
        async with house.db.begin() as tx:
            await note_event(tx, session.id, event_id)

    house.messenger.meanwhile["before list_events"] = once(bring_back)
    await put_events(house, group.id)
    await house.runner.run_due()
    await put_events(house, group.id)
    await house.runner.run_due()
    assert (await mirrors(house), house.messenger.told(MAYA)) == ([("ML Theory #1", FIRST)], [])


async def test_what_is_called_off_gives_its_place_to_the_next(house: Backstage) -> None:
    """The nearest six have events: an extra session takes the last one's, and gives it back."""
    group = await house.found_group(is_mirrored=True)
    add = await house.rooms.rescheduling.propose_add(actor(), None, "2022-11-12 10:00", 60)
    await house.press(add, "Add the session")
    await house.runner.run_due()
    last = {one.number: one.id for one in await sessions_of(house, group)}[6]
    await put_event(house, last)
    assert sorted(await numbers(house)) == [1, 2, 3, 4, 5, 7]
    await house.cancel(7)
    await house.runner.run_due()
    assert sorted(await numbers(house)) == [1, 2, 3, 4, 5, 6]


async def test_long_titles_fit_an_event_and_leave_its_marker(house: Backstage) -> None:
    group = await house.found_group(
        is_mirrored=True, about="a" * 600, name="n" * 60, meeting_place=""
    )
    talk = Talk(id=1, session_id=1, position=0, title="T" * 150, minutes=30)
    session = replace(await first_session(house), talks=(talk,) * 4)
    plan = plan_event(group, session)
    assert (len(plan.name), plan.location) == (100, f"{'n' * 60} on Discord")
    assert len(plan.description) <= 1_000
    assert plan.description.endswith("…\n\nlectern:session:1")


async def test_a_move_changes_the_event_and_makes_no_other(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    await move_first(house)
    await house.runner.run_due()
    assert await mirrors(house) == [("ML Theory #1", MOVED)]


async def test_a_cancelled_session_has_no_event(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    await house.cancel(1, "")
    await house.runner.run_due()
    assert (await mirrors(house), (await first_session(house)).event_id) == ([], None)


async def test_a_session_cancelled_while_it_runs_has_no_event_either(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    await house.advance_to(FIRST + timedelta(minutes=5))
    await house.cancel(1, "")
    await house.runner.run_due()
    assert await mirrors(house) == []


@pytest.mark.parametrize("is_dead", [True, False])
async def test_an_event_whose_answer_was_lost_is_adopted(house: Backstage, is_dead: bool) -> None:
    house.messenger.meanwhile["mirror_event"] = once(die if is_dead else lose_the_answer)
    if is_dead:
        with pytest.raises(Died):
            await house.found_group(is_mirrored=True)
        house.restart()
    else:
        await house.found_group(is_mirrored=True)
    await house.advance_to(START + timedelta(minutes=3))
    assert await mirrors(house) == [("ML Theory #1", FIRST)]
    assert len(house.messenger.events) == 6
    assert house.messenger.calls.count("mirror_event") == 6


async def test_of_two_events_the_older_stays_and_tells_the_truth(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    stale = house.messenger.events[session.event_id or 0]
    twin_id = await house.messenger.mirror_event(SERVER, None, stale)
    await move_first(house)
    await house.runner.run_due()
    assert (await first_session(house)).event_id == session.event_id
    assert (await mirrors(house), twin_id in house.messenger.events) == (
        [("ML Theory #1", MOVED)],
        False,
    )


async def test_an_older_event_found_late_takes_the_younger_ones_place(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    older_id = session.event_id or 0
    younger_id = await house.messenger.mirror_event(SERVER, None, house.messenger.events[older_id])
    async with house.db.begin() as tx:
        await note_event(tx, session.id, younger_id)
    await move_first(house)
    await house.runner.run_due()
    assert (await first_session(house)).event_id == older_id
    assert (await mirrors(house), younger_id in house.messenger.events) == (
        [("ML Theory #1", MOVED)],
        False,
    )


@pytest.mark.both_databases
async def test_two_workers_that_make_an_event_at_once_leave_one(house: Backstage) -> None:
    made = 0

    async def let_another_make_one() -> None:
        nonlocal made
        made += 1
        if made == 1:
            plan = next(iter(house.messenger.events.values()))
            await house.messenger.mirror_event(SERVER, None, plan)

    house.messenger.meanwhile["mirror_event"] = let_another_make_one
    await house.found_group(is_mirrored=True)
    events = house.messenger.events
    names = sorted(plan.name for plan in events.values())
    assert names == [f"ML Theory #{number}" for number in range(1, 7)]


async def found_group_in_bad_weather(house: Backstage) -> None:
    """A group whose native events are all made by a second attempt."""
    house.messenger.meanwhile["before mirror_event"] = lose_the_answer
    await house.found_group(is_mirrored=True)
    house.messenger.meanwhile.clear()
    await house.advance_to(START + timedelta(minutes=3))
    assert len(house.messenger.events) == 6


async def make_late_twin(house: Backstage) -> int:
    """The id of a second event of the first session, made by a request that was given up."""
    plan = next(plan for plan in house.messenger.events.values() if plan.name == "ML Theory #1")
    return await house.messenger.mirror_event(SERVER, None, plan)


@pytest.mark.parametrize("is_repeated", [True, False])
async def test_after_a_repeated_attempt_late_twins_are_taken_away(
    house: Backstage, is_repeated: bool
) -> None:
    if is_repeated:
        await found_group_in_bad_weather(house)
    else:
        await house.found_group(is_mirrored=True)
    twin_id = await make_late_twin(house)
    house.restart()
    await house.advance_to(START + timedelta(minutes=20))
    assert (twin_id in house.messenger.events, len(house.messenger.events)) == (
        (False, 6) if is_repeated else (True, 7)
    )


async def test_the_look_for_late_twins_brings_no_deleted_event_back(house: Backstage) -> None:
    await found_group_in_bad_weather(house)
    await make_late_twin(house)
    await house.messenger.remove_event(SERVER, (await first_session(house)).event_id or 0)
    assert len(await mirrors(house)) == 1
    await house.advance_to(START + timedelta(minutes=20))
    assert await mirrors(house) == []


async def test_late_twin_of_a_cancelled_session_is_taken_away_too(house: Backstage) -> None:
    await found_group_in_bad_weather(house)
    plan = house.messenger.events[(await first_session(house)).event_id or 0]
    await house.cancel(1, "")
    await house.runner.run_due()
    await house.messenger.mirror_event(SERVER, None, plan)
    assert len(await mirrors(house)) == 1
    await house.advance_to(START + timedelta(minutes=20))
    assert await mirrors(house) == []


async def test_a_move_during_a_repeated_attempt_does_not_wait_for_the_second_look(
    house: Backstage,
) -> None:
    house.messenger.meanwhile["before mirror_event"] = lose_the_answer
    await house.found_group(is_mirrored=True)
    house.messenger.meanwhile = {"mirror_event": once(lambda: move_first(house))}
    await house.advance_to(START + timedelta(minutes=3))
    assert await mirrors(house) == [("ML Theory #1", MOVED)]


async def test_a_full_event_list_is_told_once_and_not_tried_for_ever(house: Backstage) -> None:
    house.messenger.servers[SERVER].most_events = 4
    await house.found_group(is_mirrored=True)
    await house.advance_to(START + timedelta(minutes=5))
    tries = house.messenger.calls.count("mirror_event")
    assert tries >= 6
    await house.advance_to(START + timedelta(hours=30))
    assert [card.body for card in house.messenger.told(MAYA)] == [(NO_ROOM,)]
    assert [name for name, _ in await mirrors(house)] == ["ML Theory #1"]
    assert len(house.messenger.events) == 4
    assert house.messenger.calls.count("mirror_event") == tries
    house.messenger.servers[SERVER].most_events = 5
    async with house.db.read() as tx:
        sessions = await calendar_of(tx, 1, START)
    left_out = next(one.number for one in sessions if one.event_id is None)
    await house.move(left_out, "2023-03-04 10:30")
    await house.runner.run_due()
    assert len(house.messenger.events) == 5


async def test_a_later_session_gives_way_also_while_its_event_is_being_made(
    house: Backstage,
) -> None:
    await house.found_group(is_mirrored=True)
    await house.advance_to(START + timedelta(minutes=5))
    async with house.db.begin() as tx:
        sessions = await calendar_of(tx, 1, START)
        for one in sessions:
            await note_event(tx, one.id, None)
        await put_job(tx, EVENT, sessions[0].id, house.now)
    server = house.messenger.servers[SERVER]
    del server.events[sessions[0].event_id or 0]
    server.most_events = len(server.events)
    await house.runner.run_due()
    assert (await mirrors(house), house.messenger.told(MAYA)) == ([], [])
    async with house.db.begin() as tx:
        for one in sessions[1:]:
            await note_event(tx, one.id, one.event_id)
    await house.advance_to(house.now + timedelta(minutes=1))
    assert [name for name, _ in await mirrors(house)] == ["ML Theory #1"]
    assert [card.body for card in house.messenger.told(MAYA)] == [(NO_ROOM,)]


async def test_events_that_are_not_allowed_wait_and_leads_hear_of_it_once(
    house: Backstage,
) -> None:
    house.messenger.servers[SERVER].denied.add("Create Events")
    await house.found_group(is_mirrored=True)
    await house.advance_to(START + timedelta(hours=2, minutes=30))
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            "I can't keep the server's events up to date: I need Create Events. I go on trying "
            "every hour.",
        )
    ]
    house.messenger.servers[SERVER].denied.clear()
    await house.advance_to(START + timedelta(hours=3, minutes=30))
    assert len(house.messenger.events) == 6


async def test_the_event_of_a_session_that_began_is_left_alone(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    before = await mirrors(house)
    await house.advance_to(FIRST + timedelta(minutes=5))
    assert await mirrors(house) == before


async def test_a_cancelled_session_that_is_over_needs_no_call(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    await house.cancel(1, "")
    house.messenger.calls.clear()
    house.now = FIRST + timedelta(hours=1)
    await house.runner.run_due()
    assert "remove_event" not in house.messenger.calls


async def test_what_another_wrote_is_never_adopted_or_removed(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    forged_id = await house.messenger.mirror_event(
        SERVER, None, house.messenger.events[session.event_id or 0]
    )
    house.messenger.servers[SERVER].events[forged_id].creator_id = BEN
    await house.cancel(1, "")
    await house.runner.run_due()
    assert session.state is SessionState.PLANNED
    assert (await mirrors(house), forged_id in house.messenger.events) == ([], True)


async def test_what_two_workers_note_of_an_event_is_kept_by_both(shared_house: Backstage) -> None:
    await shared_house.found_group(is_mirrored=True)
    await shared_house.runner.run_due()

    async def note(tx: Tx, **what: Any) -> None:
        await save_mirror(tx, replace(await lock_mirror(tx, 1), **what))

    async def count_interest() -> None:
        async with shared_house.db.begin() as tx:
            await note(tx, interested=3)

    async with shared_house.db.begin() as tx:
        await note(tx, name="Ours")
        counting = await begun(tx, count_interest())
    await counting
    async with shared_house.db.read() as tx:
        mirror = (await get_mirrors(tx, [1]))[1]
    assert (mirror.name, mirror.interested) == ("Ours", 3)
