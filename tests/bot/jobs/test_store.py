"""Rows of due work on both databases: put, plan, claim, mark, forget."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Text, cast, literal, select, update

from bot.database import Database, Tx, UTCDateTime
from bot.jobs import planning, queue, store
from bot.jobs.agenda import read_agenda
from bot.jobs.ends import mark_ended, purge
from bot.jobs.handler import Fanout
from bot.jobs.model import (
    LEASE,
    MOST_ATTEMPTS,
    Delivery,
    DeliveryState,
    End,
    Job,
    JobState,
    Lane,
    Planned,
)
from bot.jobs.store import DELIVERIES, JOBS
from tests.fakes.clock import START

KINDS = ("remind", "event")
MINUTE = timedelta(minutes=1)


async def put(
    db: Database, subject_id: int, due_at: datetime = START, kind: str = "remind", lead: int = 0
) -> None:
    async with db.begin() as tx:
        await store.put_job(tx, kind, subject_id, due_at, lead_minutes=lead)


async def plan(db: Database, *planned: Planned, now: datetime = START) -> Job | None:
    """The next due job, turned into `planned` deliveries."""
    async with db.begin() as tx:
        job = await planning.lock_due_job(tx, now, KINDS)
        if job is not None:
            await planning.expand(tx, job, Fanout(planned=planned))
    return job


async def plan_all(db: Database) -> None:
    """Every due job, each with one delivery."""
    while await plan(db, Planned()):
        pass


async def claim(
    db: Database, owner: str = "ann", now: datetime = START, limit: int = 25
) -> list[Delivery]:
    async with db.begin() as tx:
        return await queue.claim(tx, now, owner, KINDS, limit)


async def finish(
    db: Database,
    one: Delivery,
    owner: str,
    state: DeliveryState = DeliveryState.SENT,
    at: datetime = START,
    **more: Any,
) -> bool:
    """Whether the delivery was still `owner`'s, and has now ended so."""
    seen: list[int] = []

    async def record(_tx: Tx) -> None:
        seen.append(one.id)

    end = End(delivery_id=one.id, state=state, at=at, **more)
    async with db.begin() as tx:
        await mark_ended(tx, owner, [replace(end, record=record)])
    return seen == [one.id]


async def put_back(db: Database, one: Delivery, owner: str, not_before: datetime) -> bool:
    """Whether the delivery was still `owner`'s, and is ready again from `not_before` on."""
    return await finish(db, one, owner, DeliveryState.READY, not_before=not_before)


async def jobs(db: Database) -> list[tuple[int, datetime, int, str, int]]:
    """(subject, due, revision, state, attempts) of each job."""
    async with db.read() as tx:
        rows = (await tx.execute(select(JOBS).order_by(JOBS.c.id))).all()
        return [(one.subject_id, one.due_at, one.rev, one.state, one.attempts) for one in rows]


async def states(db: Database) -> list[str]:
    async with db.read() as tx:
        found = await tx.scalars(select(DELIVERIES.c.state).order_by(DELIVERIES.c.id))
        return list(found.all())


# Putting and cancelling jobs.


async def test_job_that_waits_for_the_same_instant_is_left_alone(db: Database) -> None:
    await put(db, 7)
    await put(db, 7)
    assert await jobs(db) == [(7, START, 1, JobState.WAITING, 0)]


async def test_job_put_for_another_instant_gets_the_next_revision(db: Database) -> None:
    await put(db, 7)
    await put(db, 7, START + MINUTE)
    assert await jobs(db) == [(7, START + MINUTE, 2, JobState.WAITING, 0)]


async def test_job_that_was_planned_is_armed_again_for_the_same_instant(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    await put(db, 7)
    assert await jobs(db) == [(7, START, 2, JobState.WAITING, 0)]


async def test_of_two_instants_for_the_same_thing_the_last_counts(db: Database) -> None:
    instants = [START + timedelta(hours=hours) for hours in (1, 2)]
    due = [store.Due(kind="errand", subject_id=7, due_at=one) for one in instants]
    async with db.begin() as tx:
        await store.put_jobs(tx, [])
        await store.put_jobs(tx, due)
    assert [one[:3] for one in await jobs(db)] == [(7, instants[1], 1)]


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.PARKED])
async def test_job_that_had_ended_is_armed_with_fresh_attempts(
    db: Database, state: JobState
) -> None:
    await put(db, 7)
    async with db.begin() as tx:
        await tx.execute(update(JOBS).values(state=state, attempts=5))
    await put(db, 7)
    assert await jobs(db) == [(7, START, 2, JobState.WAITING, 0)]


async def test_kinds_subjects_and_lead_times_are_jobs_of_their_own(db: Database) -> None:
    await put(db, 7)
    await put(db, 7, kind="event")
    await put(db, 7, lead=60)
    await put(db, 8)
    assert [job[0] for job in await jobs(db)] == [7, 7, 7, 8]


async def test_job_put_twice_at_once_is_one_job(db: Database) -> None:
    await asyncio.gather(*(put(db, 7) for _ in range(5)))
    assert await jobs(db) == [(7, START, 1, JobState.WAITING, 0)]


async def test_job_put_in_a_transaction_that_fails_is_not_there(db: Database) -> None:
    async def put_and_fail() -> None:
        async with db.begin() as tx:
            await store.put_job(tx, "remind", 7, START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await put_and_fail()
    assert await jobs(db) == []


async def test_cancelling_names_a_subject_and_its_kinds(db: Database) -> None:
    await put(db, 7)
    await put(db, 7, kind="event")
    await put(db, 8)
    async with db.begin() as tx:
        await store.cancel_jobs(tx, 7, ["remind"])
    assert await jobs(db) == [
        (7, START, 2, JobState.CANCELLED, 0),
        (7, START, 1, JobState.WAITING, 0),
        (8, START, 1, JobState.WAITING, 0),
    ]


async def test_cancelled_job_is_not_planned_until_it_is_put_again(db: Database) -> None:
    await put(db, 7)
    async with db.begin() as tx:
        await store.cancel_jobs(tx, 7, KINDS)
    assert await plan(db) is None
    await put(db, 7)
    assert await plan(db) is not None


# Planning.


async def test_due_jobs_are_planned_last_first_and_once(db: Database) -> None:
    await put(db, 1, START + MINUTE)
    await put(db, 2, START - MINUTE)
    await put(db, 3, START)
    await put(db, 4, kind="of another program")
    planned = [await plan(db) for _ in range(3)]
    assert [job and job.subject_id for job in planned] == [3, 2, None]


async def test_planned_job_tells_its_handler_all_about_itself(db: Database) -> None:
    await put(db, 7, lead=60)
    await put(db, 7, START - MINUTE, lead=60)
    job = await plan(db)
    assert job is not None
    assert job == Job(
        id=job.id, kind="remind", subject_id=7, lead_minutes=60, due_at=START - MINUTE, rev=2
    )


async def test_planning_that_failed_waits_longer_each_time_and_is_parked_at_last(
    db: Database,
) -> None:
    await put(db, 7)
    now, waited = START, []
    for _ in range(MOST_ATTEMPTS):
        async with db.begin() as tx:
            job = await planning.lock_due_job(tx, now, KINDS)
            assert job is not None
            await planning.postpone_planning(tx, job, now)
        async with db.read() as tx:
            again_at = (await read_agenda(tx, KINDS)).look_at()
        if again_at is not None:
            waited.append((again_at - now).total_seconds())
            now = again_at
    assert waited == [1, 2, 4, 8, 16, 32, 64]
    assert await jobs(db) == [(7, START, 1, JobState.PARKED, MOST_ATTEMPTS)]


async def test_postponing_leaves_a_job_alone_that_was_armed_anew_meanwhile(db: Database) -> None:
    await put(db, 7)
    async with db.begin() as tx:
        job = await planning.lock_due_job(tx, START, KINDS)
    assert job is not None
    await put(db, 7, START + MINUTE)
    async with db.begin() as tx:
        await planning.postpone_planning(tx, job, START)
    assert await jobs(db) == [(7, START + MINUTE, 2, JobState.WAITING, 0)]


# Claiming.


async def test_claimed_delivery_knows_its_job_and_its_attempt(db: Database) -> None:
    await put(db, 7, START - MINUTE, lead=60)
    await plan(db, Planned(target="channel"))
    (claimed,) = await claim(db)
    assert claimed == Delivery(
        id=claimed.id,
        kind="remind",
        subject_id=7,
        lead_minutes=60,
        target="channel",
        rev=1,
        due_at=START - MINUTE,
        not_before=START - MINUTE,
        attempts=1,
        first_attempt_at=START,
    )


async def test_urgent_lanes_are_claimed_first_and_older_ones_first_within(db: Database) -> None:
    await put(db, 1, START - MINUTE)
    await plan(db, Planned(target="week", lane=Lane.WEEK), Planned(target="day", lane=Lane.DAY))
    await put(db, 2)
    await plan(db, Planned(target="later", lane=Lane.DAY), Planned(target="now", lane=Lane.NOW))
    one, two = await claim(db, limit=1), await claim(db, limit=3)
    assert [claimed.target for claimed in one + two] == ["now", "day", "later", "week"]


async def test_attempts_are_dated_by_the_chat_systems_clock(db: Database) -> None:
    await put(db, 7)
    await plan_all(db)
    async with db.begin() as tx:
        (first,) = await queue.claim(tx, START, "ann", KINDS, 25, skew=MINUTE)
    (second,) = await claim(db, "ben", START + LEASE)
    assert first.first_attempt_at == second.first_attempt_at == START - MINUTE


async def test_claimed_delivery_is_nobody_elses(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    assert len(await claim(db, "ann")) == 1
    assert await claim(db, "ben") == []
    assert await claim(db, "ben", START + LEASE - timedelta(seconds=1)) == []


async def test_lease_that_ran_out_is_taken_over_as_a_repetition(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    (first,) = await claim(db, "ann")
    (second,) = await claim(db, "ben", START + LEASE)
    assert (second.id, second.nonce) == (first.id, first.nonce)
    assert (first.is_repeated, second.is_repeated) == (False, True)
    assert second.first_attempt_at == START


async def test_two_claiming_at_once_share_the_work(db: Database) -> None:
    for subject_id in range(6):
        await put(db, subject_id)
    await plan_all(db)
    ann, ben = await asyncio.gather(claim(db, "ann", limit=3), claim(db, "ben", limit=3))
    assert sorted(one.subject_id for one in [*ann, *ben]) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite has one writer
async def test_what_another_is_claiming_just_now_is_stepped_over(db: Database) -> None:
    await put(db, 1)
    await plan_all(db)
    await put(db, 2)
    async with db.begin() as tx, db.begin() as other:
        assert len(await queue.claim(tx, START, "ann", KINDS, 25)) == 1
        assert await queue.claim(other, START, "ben", KINDS, 25) == []
        assert await planning.lock_due_job(tx, START, KINDS) is not None
        assert await planning.lock_due_job(other, START, KINDS) is None


async def test_delivery_of_an_earlier_revision_is_superseded(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    await put(db, 7, START + MINUTE)
    assert await claim(db) == []
    assert await states(db) == [DeliveryState.SUPERSEDED]


async def test_delivery_of_a_cancelled_job_is_superseded(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    async with db.begin() as tx:
        await store.cancel_jobs(tx, 7, KINDS)
    assert await claim(db) == []
    assert await states(db) == [DeliveryState.SUPERSEDED]


async def test_delivery_that_comes_too_late_expires(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned(target="late", expires_at=START + MINUTE), Planned(target="any time"))
    claimed = await claim(db, now=START + MINUTE)
    assert [one.target for one in claimed] == ["any time"]
    assert await states(db) == [DeliveryState.EXPIRED, DeliveryState.LEASED]


# Marking.


async def test_marking_notes_what_became_of_it(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    (one,) = await claim(db)
    assert await finish(db, one, "ann", at=START + MINUTE, message_id=2**60)
    async with db.read() as tx:
        row = (await tx.execute(select(DELIVERIES))).one()
        ended = (row.state, row.message_id, row.done_at, row.lease_until)
    assert ended == (DeliveryState.SENT, 2**60, START + MINUTE, None)


async def test_marking_and_putting_back_need_the_lease(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    (one,) = await claim(db, "ann")
    await claim(db, "ben", START + LEASE)
    assert not await finish(db, one, "ann")
    assert not await put_back(db, one, "ann", START)
    assert await states(db) == [DeliveryState.LEASED]
    assert await finish(db, one, "ben")


async def test_what_was_marked_is_marked_for_good(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    (one,) = await claim(db)
    assert await finish(db, one, "ann", DeliveryState.SKIPPED, note="gone")
    assert not await finish(db, one, "ann")
    assert not await put_back(db, one, "ann", START)
    assert await states(db) == [DeliveryState.SKIPPED]


async def test_what_was_put_back_is_free_for_all_when_its_pause_is_over(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    (one,) = await claim(db, "ann")
    assert await put_back(db, one, "ann", START + MINUTE)
    assert await claim(db, "ben", START + MINUTE - timedelta(seconds=1)) == []
    (again,) = await claim(db, "ben", START + MINUTE)
    assert (again.id, again.attempts, again.first_attempt_at) == (one.id, 2, START)


# What comes next, and forgetting.


async def next_due_at(db: Database) -> datetime | None:
    async with db.read() as tx:
        return (await read_agenda(tx, KINDS)).look_at()


async def test_next_instant_is_the_earliest_of_planning_sending_and_leases(db: Database) -> None:
    assert await next_due_at(db) is None
    await put(db, 1, START + 10 * MINUTE)
    await put(db, 2, START)
    await put(db, 3, START - MINUTE, kind="of another program")
    assert await next_due_at(db) == START
    await plan(db, Planned())
    assert await next_due_at(db) == START
    (one,) = await claim(db)
    assert await next_due_at(db) == START + LEASE
    await put_back(db, one, "ann", START + 2 * MINUTE)
    assert await next_due_at(db) == START + 2 * MINUTE
    (one,) = await claim(db, now=START + 2 * MINUTE)
    await finish(db, one, "ann")
    assert await next_due_at(db) == START + 10 * MINUTE


async def test_what_is_planned_ahead_is_seen_at_its_own_instant_where_planning_is_passed_over(
    db: Database,
) -> None:
    async with db.begin() as tx:
        await store.put_job(tx, "remind", 1, START + 10 * MINUTE, ahead=4 * MINUTE)
    assert await next_due_at(db) == START + 6 * MINUTE
    async with db.read() as tx:
        next_act_at = (await read_agenda(tx, KINDS, skips_planning=True)).look_at()
    assert next_act_at == START + 10 * MINUTE


async def test_purge_forgets_only_what_ended_long_ago(db: Database) -> None:
    for subject_id in range(3):
        await put(db, subject_id)
    await plan_all(db)
    old, fresh, _unfinished = await claim(db)
    await finish(db, old, "ann", at=START - MINUTE)
    await finish(db, fresh, "ann")
    async with db.begin() as tx:
        assert await purge(tx, START) == 1
    assert await states(db) == [DeliveryState.SENT, DeliveryState.LEASED]


async def test_job_whose_deliveries_are_forgotten_is_not_done_again(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    (one,) = await claim(db)
    await finish(db, one, "ann", at=START - MINUTE)
    async with db.begin() as tx:
        assert await purge(tx, START) == 1
    assert await next_due_at(db) is None
    assert await plan(db) is None


# Many at once, and planning more than once.


async def test_marks_of_many_are_written_together_each_only_by_its_owner(db: Database) -> None:
    await put(db, 7)
    await plan(db, *(Planned(target=target) for target in "abc"))
    first, second = await claim(db, "ann", limit=2)
    (third,) = await claim(db, "ben")
    ends = [
        End(delivery_id=first.id, state=DeliveryState.SENT, at=START, message_id=5),
        End(delivery_id=second.id, state=DeliveryState.READY, at=START, not_before=START + MINUTE),
        End(delivery_id=third.id, state=DeliveryState.SENT, at=START),
    ]
    async with db.begin() as tx:
        await mark_ended(tx, "ann", ends)
    assert await states(db) == [DeliveryState.SENT, DeliveryState.READY, DeliveryState.LEASED]


async def test_job_planned_twice_adds_only_who_is_new(db: Database) -> None:
    await put(db, 7)
    again_at = START + MINUTE
    for targets, again in (("ab", again_at), ("bc", None)):
        async with db.begin() as tx:
            job = await planning.lock_due_job(tx, again_at, KINDS)
            assert job is not None
            planned = [Planned(target=target) for target in targets]
            await planning.expand(tx, job, Fanout(planned=planned, again_at=again))
    assert [one.target for one in await claim(db)] == ["a", "b", "c"]
    assert await plan(db, now=START + 2 * MINUTE) is None


async def test_job_waits_for_its_second_planning(db: Database) -> None:
    await put(db, 7)
    async with db.begin() as tx:
        job = await planning.lock_due_job(tx, START, KINDS)
        assert job is not None
        await planning.expand(tx, job, Fanout(again_at=START + MINUTE))
    assert await next_due_at(db) == START + MINUTE
    assert await plan(db, now=START) is None


async def test_people_are_chosen_by_one_statement(db: Database) -> None:
    for subject_id in (1, 2, 3):
        await put(db, subject_id, kind="event", due_at=START + MINUTE)
    await put(db, 7)
    chosen = select(
        (literal("person:") + cast(JOBS.c.subject_id, Text)).label("target"),
        literal(int(Lane.HOUR)).label("lane"),
        literal(START, UTCDateTime).label("not_before"),
        literal(None, UTCDateTime).label("expires_at"),
    ).where(JOBS.c.kind == "event", JOBS.c.subject_id > 1)
    async with db.begin() as tx:
        job = await planning.lock_due_job(tx, START, KINDS)
        assert job is not None
        fanout = Fanout(planned=[Planned(target="person:3"), Planned()], chosen=chosen)
        await planning.expand(tx, job, fanout)
    targets = [one.target for one in await claim(db)]
    assert targets == ["person:3", "", "person:2"]


async def test_deliveries_are_planned_ahead_of_their_instant(db: Database) -> None:
    async with db.begin() as tx:
        await store.put_job(tx, "remind", 7, START + MINUTE / 2, ahead=MINUTE / 2)
    assert await next_due_at(db) == START
    await plan(db, Planned(), Planned(target="early", not_before=START))
    assert [one.target for one in await claim(db)] == ["early"]
    assert [one.target for one in await claim(db, now=START + MINUTE / 2)] == [""]


async def test_backup_that_was_restored_makes_every_delivery_a_repetition(db: Database) -> None:
    await put(db, 7, START - MINUTE)
    await plan(db, Planned())
    async with db.begin() as tx:
        (one,) = await queue.claim(tx, START, "ann", KINDS, 25, is_restored=True)
    assert (one.attempts, one.is_repeated, one.sought_since) == (1, True, START - MINUTE)


async def test_leases_run_on_the_server_s_clock_where_there_is_one(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    begun = datetime.now(UTC)
    async with db.begin() as tx:
        on_it = not db.is_sqlite
        (one,) = await queue.claim(tx, START, "ann", KINDS, 25, on_server_time=on_it)
        await queue.reap(tx, START, on_server_time=on_it)
        until = (await tx.scalars(select(DELIVERIES.c.lease_until))).one()
    assert until is not None
    expected = begun + LEASE if on_it else START + LEASE
    assert abs(until - expected) < timedelta(seconds=30)
    assert one.first_attempt_at == START


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_worker_whose_clock_is_late_takes_over_all_the_same(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    async with db.begin() as tx:
        await queue.claim(tx, START, "ann", KINDS, 25)  # The server has it over since 2022.
        (one,) = await queue.claim(tx, START, "ben", KINDS, 25, on_server_time=True)
    assert one.attempts == 2


async def test_deliveries_are_claimed_a_moment_ahead(db: Database) -> None:
    await put(db, 7)
    await plan(
        db,
        Planned(not_before=START + MINUTE),
        Planned(target="later", not_before=START + 2 * MINUTE),
    )
    async with db.begin() as tx:
        (one,) = await queue.claim(tx, START, "ann", KINDS, 25, ahead=MINUTE)
    assert (one.target, one.not_before) == ("", START + MINUTE)


async def test_urgent_delivery_does_not_wait_behind_what_was_overtaken(db: Database) -> None:
    await put(db, 7)
    await plan(db, *(Planned(target=str(number)) for number in range(1_200)))
    await put(db, 7, START + MINUTE)
    await put(db, 8, kind="event")
    await plan(db, Planned(target="urgent"))
    assert [one.target for one in await claim(db, limit=5)] == ["urgent"]
    assert (await states(db)).count(DeliveryState.SUPERSEDED) == 1_200


async def test_end_of_an_earlier_attempt_leaves_the_later_one_alone(db: Database) -> None:
    await put(db, 7)
    await plan(db, Planned())
    (first,) = await claim(db, "ann")
    (second,) = await claim(db, "ann", START + LEASE)
    for number in (first.attempts, second.attempts):
        end = End(delivery_id=first.id, state=DeliveryState.SENT, at=START, attempts=number)
        async with db.begin() as tx:
            await mark_ended(tx, "ann", [end])
        expected = DeliveryState.LEASED if number == 1 else DeliveryState.SENT
        assert await states(db) == [expected]


async def test_planning_that_failed_does_not_wake_what_was_frozen_meanwhile(db: Database) -> None:
    await put(db, 7)
    async with db.begin() as tx:
        job = await planning.lock_due_job(tx, START, KINDS)
        assert job is not None
        await tx.execute(update(JOBS).values(state=JobState.FROZEN))
        await planning.postpone_planning(tx, job, START)
    assert [job[3] for job in await jobs(db)] == [JobState.FROZEN]


async def test_old_deliveries_are_forgotten_in_parts(db: Database) -> None:
    await put(db, 7)
    await plan(db, *(Planned(target=str(number)) for number in range(5)))
    for one in await claim(db):
        await finish(db, one, "ann", at=START - MINUTE)
    async with db.begin() as tx:
        assert [await purge(tx, START, most=2) for _ in range(4)] == [2, 2, 1, 0]
