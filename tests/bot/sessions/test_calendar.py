"""The calendar fills itself from the pattern, keeps what leads changed, and carries its jobs."""

import asyncio
from datetime import timedelta

import pytest
from backstage import (
    BEN,
    DEVI,
    FIRST,
    SECOND,
    START,
    THIRD,
    Backstage,
    actor,
    lose_the_answer,
)
from sqlalchemy import select

from bot.ballots.model import BallotForm
from bot.groups.model import MATERIALISE, Group
from bot.jobs.model import JobState
from bot.jobs.store import JOBS, put_job
from bot.pitches.store import PITCHES
from bot.sessions.model import DISCUSS, EVENT, REMIND, WRAP, Session, SessionState
from bot.sessions.store import calendar_of

FORTNIGHT = timedelta(days=14)
DENVERS = [FIRST, *(SECOND + n * FORTNIGHT for n in range(8))]
"""The meetings: 14:00 in Denver, where clocks stay put from November to March."""


async def sessions_of(house: Backstage, group: Group) -> list[Session]:
    async with house.db.read() as tx:
        return await calendar_of(tx, group.id, START)


async def waiting(house: Backstage, kind: str, subject_id: int) -> list[tuple[int, object]]:
    """(minutes before, due instant) of the subject's jobs of a kind that are still to be done."""
    async with house.db.read() as tx:
        rows = await tx.execute(
            select(JOBS.c.lead_minutes, JOBS.c.due_at)
            .where(JOBS.c.kind == kind, JOBS.c.subject_id == subject_id)
            .where(JOBS.c.state == JobState.WAITING)
            .order_by(JOBS.c.due_at)
        )
        return [(minutes, due_at) for minutes, due_at in rows]


async def materialise(house: Backstage, group: Group) -> None:
    async with house.db.begin() as tx:
        await put_job(tx, MATERIALISE, group.id, house.now)
    await house.runner.run_due()


async def test_the_next_six_meetings_are_sessions_with_their_jobs(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    sessions = await sessions_of(house, group)
    assert [(one.number, one.starts_at) for one in sessions] == list(enumerate(DENVERS[:6], 1))
    first = sessions[0]
    [event_id] = [
        one for one, plan in house.messenger.events.items() if plan.name == "ML Theory #1"
    ]
    assert first == Session(
        id=first.id,
        group_id=group.id,
        number=1,
        wall_start=group.pattern.first_at,
        zone="America/Denver",
        starts_at=FIRST,
        minutes=60,
        state=SessionState.PLANNED,
        changed_at=START,
        event_id=event_id,
    )
    assert await waiting(house, REMIND, first.id) == [
        (minutes, FIRST - timedelta(minutes=minutes)) for minutes in (10_080, 1_440, 60, 10)
    ]
    assert await waiting(house, WRAP, first.id) == [(0, FIRST + timedelta(hours=1))]


async def test_reminders_are_looked_at_half_a_day_before_they_are_due(house: Backstage) -> None:
    await house.found_group()
    async with house.db.read() as tx:
        rows = await tx.execute(select(JOBS.c.due_at, JOBS.c.plan_at).where(JOBS.c.kind == REMIND))
        ahead = [due_at - plan_at for due_at, plan_at in rows]
    assert ahead == [timedelta(hours=12)] * 24


async def test_filling_the_calendar_again_changes_nothing(house: Backstage) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    await materialise(house, group)
    house.restart()
    await materialise(house, group)
    assert await sessions_of(house, group) == before


@pytest.mark.both_databases
async def test_two_processes_fill_the_calendar_at_once_and_no_session_is_doubled(
    house: Backstage,
) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    async with house.db.begin() as tx:
        await put_job(tx, MATERIALISE, group.id, house.now)
    other = Backstage(db=house.db)
    await asyncio.gather(house.runner.run_due(), other.runner.run_due())
    assert await sessions_of(house, group) == before


async def test_a_moved_or_cancelled_meeting_is_not_filled_in_again(house: Backstage) -> None:
    group = await house.found_group()
    await house.move(2, "2022-11-20 10:00")
    await house.cancel(3, "")
    await materialise(house, group)
    assert [(one.number, one.state) for one in await sessions_of(house, group)] == [
        (1, SessionState.PLANNED),
        (2, SessionState.PLANNED),
        (3, SessionState.CANCELLED),
        (4, SessionState.PLANNED),
        (5, SessionState.PLANNED),
        (6, SessionState.PLANNED),
    ]


async def test_a_held_session_makes_room_for_the_next_number(house: Backstage) -> None:
    group = await house.found_group()
    await house.advance_to(FIRST + timedelta(hours=2))
    sessions = await sessions_of(house, group)
    assert [(one.number, one.starts_at) for one in sessions] == list(enumerate(DENVERS[:7], 1))
    assert [one.state for one in sessions[:2]] == [SessionState.HELD, SessionState.PLANNED]


async def test_a_long_sleep_leaves_no_gap_in_the_numbers(house: Backstage) -> None:
    group = await house.found_group()
    await house.sleep_until(THIRD + timedelta(hours=2))
    sessions = await sessions_of(house, group)
    assert [(one.number, one.starts_at) for one in sessions] == list(enumerate(DENVERS, 1))
    assert [one.state for one in sessions[:4]] == [
        SessionState.HELD,
        SessionState.HELD,
        SessionState.HELD,
        SessionState.PLANNED,
    ]


async def test_presented_pitches_are_delivered(house: Backstage) -> None:
    group = await house.found_group()
    await elect(house, group)
    await house.advance_to(FIRST + timedelta(hours=2))
    async with house.db.read() as tx:
        pitches = await tx.execute(select(PITCHES.c.title, PITCHES.c.state).order_by(PITCHES.c.id))
        assert [tuple(row) for row in pitches] == [("Alpha", "delivered"), ("Beta", "delivered")]


async def elect(house: Backstage, group: Group) -> list[Session]:
    """The group's sessions once Alpha and Beta, by Ben and Devi, have the first one's seats."""
    await house.pitch(group, "Alpha", "Beta", speakers=(BEN, DEVI))
    await house.rooms.ballots.open(actor(), None, BallotForm())
    await house.runner.run_due()
    [ballot_id] = [
        one.id
        for one in house.messenger.places[group.channel_id].messages.values()
        if "what shall we hear" in one.card.title
    ]
    house.messenger.vote(ballot_id, BEN, "🇦🇧")
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    return await sessions_of(house, group)


async def test_talks_get_their_discussions_and_calendars_hear_of_them(house: Backstage) -> None:
    group = await house.found_group()
    first, *_ = await elect(house, group)
    [event_name] = [
        plan.name for plan in house.messenger.events.values() if "ML Theory #1" in plan.name
    ]
    assert (first.sequence, first.changed_at) == (1, START)
    assert [await waiting(house, DISCUSS, talk.id) for talk in first.talks] == [
        [(0, FIRST + timedelta(minutes=30))],
        [(0, FIRST + timedelta(minutes=60))],
    ]
    assert sorted(event_name.removeprefix("ML Theory #1: ").split(" · ")) == ["Alpha", "Beta"]


async def test_talks_elected_while_a_reminder_waits_do_not_swallow_it(house: Backstage) -> None:
    group = await house.found_group()
    house.messenger.meanwhile["before say"] = lose_the_answer
    await house.advance_to(FIRST - timedelta(days=7))
    house.messenger.meanwhile.clear()
    await elect(house, group)
    before = house.messenger.titles("🔔")
    await house.advance_to(FIRST - timedelta(days=1))
    assert (before, house.messenger.titles("🔔")) == (
        [],
        ["🔔 ML Theory #1 in 1 week", "🔔 ML Theory #1 in 1 day"],
    )


async def test_talks_elected_after_a_reminder_do_not_repeat_it(house: Backstage) -> None:
    group = await house.found_group()
    await house.advance_to(FIRST - timedelta(days=6))
    first, *_ = await elect(house, group)
    assert await waiting(house, REMIND, first.id) == [
        (minutes, FIRST - timedelta(minutes=minutes)) for minutes in (1_440, 60, 10)
    ]
    await house.advance_to(FIRST)
    assert house.messenger.titles("🔔") == [
        "🔔 ML Theory #1 in 1 week",
        "🔔 ML Theory #1 in 1 day",
        "🔔 ML Theory #1 in 1 hour",
        "🔔 ML Theory #1 in 10 minutes",
    ]


async def test_a_cancelled_session_calls_for_nothing_any_more(house: Backstage) -> None:
    group = await house.found_group()
    first, *_ = await elect(house, group)
    await house.cancel(1, "")
    await house.runner.run_due()
    left = [
        await waiting(house, kind, subject_id)
        for kind, subject_id in [
            (REMIND, first.id),
            (WRAP, first.id),
            (EVENT, first.id),
            *((DISCUSS, talk.id) for talk in first.talks),
        ]
    ]
    assert left == [[]] * 5
    await house.advance_to(FIRST + timedelta(hours=2))
    assert house.messenger.titles("#1") == ["🚫 ML Theory #1 is cancelled"]


async def test_a_session_moved_close_gets_its_nearer_reminders(house: Backstage) -> None:
    group = await house.found_group()
    second = (await sessions_of(house, group))[1]
    await house.move(2, "2022-10-29 13:00")
    moved = START + timedelta(hours=1)
    assert await waiting(house, REMIND, second.id) == [(10, moved - timedelta(minutes=10))]
    await house.advance_to(moved + timedelta(hours=2))
    assert house.messenger.titles("#2") == [
        "↪️ ML Theory #2 has moved",
        "🔔 ML Theory #2 in 10 minutes",
    ]


async def test_a_session_moved_away_is_announced_anew(house: Backstage) -> None:
    group = await house.found_group()
    first, *_ = await sessions_of(house, group)
    await house.advance_to(FIRST - timedelta(minutes=30))
    await house.move(1, "2022-11-13 14:00")
    later = FIRST + timedelta(days=8, hours=1)
    assert await waiting(house, REMIND, first.id) == [
        (minutes, later - timedelta(minutes=minutes)) for minutes in (10_080, 1_440, 60, 10)
    ]
    assert await waiting(house, WRAP, first.id) == [(0, later + timedelta(hours=1))]
