"""Whatever befalls two workers, a delivery is one message; and the model of it is our code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.database import Database, Tx
from bot.jobs import planning, queue, store
from bot.jobs.ends import mark_ended
from bot.jobs.handler import Fanout
from bot.jobs.model import LEASE, MOST_ATTEMPTS, Delivery, DeliveryState, End, Planned, make_nonce
from bot.jobs.sender import LAST_SECONDS
from bot.jobs.store import DELIVERIES
from cogs.faults import CALL_SECONDS
from tests.bot.jobs.protocol import (
    MOST_FAULTS,
    NAMES,
    WINDOW,
    Harm,
    Model,
    Protocol,
    Residual,
    RowState,
    Step,
    Worker,
    World,
    explore,
)
from tests.fakes.clock import START

MORE_FAULTS = 6

FREE_STEPS = {
    "claims",
    "looks: found",
    "looks: nothing",
    "sends",
    "marks",
    "marks: not its own",
    "gives up",
    "gives back",
    "gives back: not its own",
}
FAULTS = {
    "crashes",
    "looks: fails",
    "looks: not shown yet",
    "sends: refused",
    "sends: answer lost",
    "sends: no answer yet",
    "marks: rolled back",
    "marks: answer lost",
    "gives back: rolled back",
}
PASSING = {
    "the lease ends",
    "the lease ends over a frozen worker",
    "the window ends",
    "a request takes effect late",
}


@pytest.mark.parametrize("faults", [*range(MOST_FAULTS + 1), MORE_FAULTS])
def test_whatever_happens_there_is_one_message_and_it_is_recorded_once(faults: int) -> None:
    explored = explore(Model(), faults)
    assert (explored.harmed, explored.shortest) == ({}, {})


def test_the_adversary_uses_every_fault_at_every_worker() -> None:
    explored = explore(Model())
    steps = {f"{name} {step}" for name in NAMES for step in FREE_STEPS | FAULTS}
    assert explored.events == steps | PASSING
    assert explored.worlds > 1_000
    assert explored.runs > 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """The fewest faults that break a promise, a shortest run of that, and all that may come."""

    faults: int
    harm: Harm
    run: str = ""
    harms: frozenset[Harm]


def assert_breached(model: Model, breach: Breach) -> None:
    for fewer in range(breach.faults):
        assert breach.harm not in explore(model, fewer).harmed
    fewest = explore(model, breach.faults)
    assert fewest.harmed[breach.harm] > 0
    assert ", ".join(fewest.shortest.get(breach.harm, ())) == breach.run
    assert explore(model).harmed.keys() == breach.harms


MUTANTS: Mapping[str, tuple[Protocol, Breach]] = {
    "random nonce": (
        Protocol(has_fixed_nonce=False),
        Breach(
            faults=1,
            harm=Harm.DOUBLED,
            run="A claims, the lease ends over a frozen worker, B claims, B looks: nothing, "
            "A sends, B sends",
            harms=frozenset({Harm.DOUBLED}),
        ),
    ),
    "no look-up": (
        Protocol(order=(Step.SEND, Step.MARK)),
        Breach(
            faults=1,
            harm=Harm.DOUBLED,
            run="A claims, A sends, the lease ends over a frozen worker, the window ends, "
            "B claims, B sends",
            harms=frozenset({Harm.DOUBLED}),
        ),
    ),
    "no lease, so no deadline": (
        Protocol(is_leased=False, has_deadline=False),
        Breach(
            faults=0,
            harm=Harm.DOUBLED,
            run="A claims, B claims, B looks: nothing, A sends, the window ends, B sends",
            harms=frozenset({Harm.DOUBLED, Harm.ENDLESS}),
        ),
    ),
    "no deadline": (
        Protocol(has_deadline=False),
        Breach(
            faults=1,
            harm=Harm.DOUBLED,
            run="A claims, the lease ends over a frozen worker, B claims, B looks: nothing, "
            "A sends, the window ends, B sends",
            harms=frozenset({Harm.DOUBLED}),
        ),
    ),
    # What is marked has no lease that could run out.
    "mark before sending": (
        Protocol(order=(Step.MARK, Step.SEND), has_deadline=False),
        Breach(
            faults=1,
            harm=Harm.LOST,
            run="A claims, A marks, A crashes",
            harms=frozenset({Harm.LOST}),
        ),
    ),
    "marks and gives back what is another's": (
        Protocol(checks_owner=False),
        Breach(faults=1, harm=Harm.ENDLESS, harms=frozenset({Harm.ENDLESS})),
    ),
    "marks and gives back whatever it is": (
        Protocol(checks_owner=False, checks_state=False),
        Breach(
            faults=1,
            harm=Harm.RECORDED_TWICE,
            run="A claims, A sends, A marks: answer lost, A gives back, A claims, "
            "A looks: found, A marks",
            harms=frozenset({Harm.RECORDED_TWICE, Harm.ENDLESS}),
        ),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_without_one_of_its_rules_the_protocol_breaks_a_promise(name: str) -> None:
    protocol, breach = MUTANTS[name]
    assert_breached(Model(protocol=protocol), breach)


RESIDUAL: Mapping[Residual, Breach] = {
    Residual.FROZEN: Breach(
        faults=2,
        harm=Harm.DOUBLED,
        run="A claims, the lease ends over a frozen worker, B claims, B looks: nothing, A sends, "
        "the window ends over a frozen worker, B sends",
        harms=frozenset({Harm.DOUBLED}),
    ),
    Residual.LATE: Breach(
        faults=1,
        harm=Harm.DOUBLED,
        run="A claims, A sends: no answer yet, A gives back, A claims, A looks: nothing, "
        "A sends, the window ends, a request takes effect late",
        harms=frozenset({Harm.DOUBLED}),
    ),
    Residual.STALE: Breach(
        faults=2,
        harm=Harm.DOUBLED,
        run="A claims, A sends, the lease ends over a frozen worker, B claims, the window ends, "
        "B looks: not shown yet, B sends",
        harms=frozenset({Harm.DOUBLED}),
    ),
}


@pytest.mark.parametrize("residual", Residual)
def test_it_doubles_only_where_the_chat_system_offers_nothing(residual: Residual) -> None:
    assert_breached(Model(residual=frozenset({residual})), RESIDUAL[residual])


def test_nothing_is_lost_even_where_messages_double() -> None:
    explored = explore(Model(residual=frozenset(Residual)))
    assert explored.harmed.keys() == {Harm.DOUBLED}


# The model is our code: its assumptions, and what it says of rows.


def test_attempt_ends_before_its_lease_and_within_a_window() -> None:
    attempt = LEASE - timedelta(seconds=LAST_SECONDS)
    assert timedelta(seconds=2 * CALL_SECONDS) < attempt < min(LEASE, WINDOW)


def test_no_run_of_the_model_comes_to_the_limit_of_attempts() -> None:
    # Each attempt but the last has met a fault.
    assert MOST_FAULTS <= MORE_FAULTS < MOST_ATTEMPTS


def test_nonce_depends_on_what_is_delivered_and_on_nothing_else() -> None:
    first = Delivery(
        id=1,
        kind="remind",
        subject_id=7,
        lead_minutes=60,
        target="channel",
        rev=1,
        due_at=START,
        not_before=START,
        attempts=1,
        first_attempt_at=START,
    )
    later = START + timedelta(days=3)
    again = replace(first, id=2, attempts=5, due_at=later, first_attempt_at=later)
    assert first.nonce == again.nonce == make_nonce("remind", 7, 60, "channel", 1)
    others = [
        replace(first, kind="event"),
        replace(first, subject_id=8),
        replace(first, lead_minutes=10),
        replace(first, target="person:3"),
        replace(first, rev=2),
    ]
    assert len({one.nonce for one in (first, *others)}) == 6


WORLDS = [
    World(),
    World(was_attempted=True),
    World(row=RowState.LEASED, owner=0, was_attempted=True),
    World(row=RowState.LEASED, owner=1, was_attempted=True),
    World(row=RowState.SENT, was_attempted=True, records=1),
]
STATES = {
    RowState.READY: DeliveryState.READY,
    RowState.LEASED: DeliveryState.LEASED,
    RowState.SENT: DeliveryState.SENT,
}
KINDS = ("remind",)


async def put_delivery(db: Database) -> None:
    async with db.begin() as tx:
        await store.put_job(tx, "remind", 7, START)
        job = await planning.lock_due_job(tx, START, KINDS)
        assert job is not None
        await planning.expand(tx, job, Fanout(planned=(Planned(),)))


async def set_row(tx: Tx, world: World) -> None:
    is_leased = world.row is RowState.LEASED
    await tx.execute(
        update(DELIVERIES).values(
            state=STATES[world.row],
            owner=None if world.owner is None else NAMES[world.owner],
            lease_until=START + LEASE if is_leased else None,
            attempts=int(world.was_attempted),
            first_attempt_at=START if world.was_attempted else None,
            not_before=START,
        )
    )


def model_says(world: World, step: Step) -> World:
    """The world after A's step; the same one where it can't take it."""
    before = replace(world, workers=(Worker(step=step), Worker()), faults_left=0)
    after = [end for what, end in Model().moves(before) if what.startswith(f"A {step}")]
    assert len(after) <= 1
    return after[0] if after else before


async def act(tx: Tx, step: Step, world: World) -> World:
    """The world after A's step with our own queue."""
    records = world.records
    worker = Worker()

    async def record(_tx: Tx) -> None:
        nonlocal records
        records += 1

    (row_id,) = (await tx.scalars(select(DELIVERIES.c.id))).all()
    if step is Step.CLAIM:
        for one in await queue.claim(tx, START, NAMES[0], KINDS, 25):
            first = Step.LOOK if one.is_repeated else Step.SEND
            worker = Worker(step=first, is_repeated=one.is_repeated)
    elif step is Step.MARK:
        sent = End(delivery_id=row_id, state=DeliveryState.SENT, at=START, record=record)
        await mark_ended(tx, NAMES[0], [sent])
    else:
        ready = End(delivery_id=row_id, state=DeliveryState.READY, at=START, not_before=START)
        await mark_ended(tx, NAMES[0], [ready])
    return replace(await read_row(tx), records=records, workers=(worker, Worker()))


async def read_row(tx: Tx) -> World:
    (row,) = (await tx.execute(select(DELIVERIES))).all()
    return World(
        row=next(state for state in RowState if STATES[state] == row.state),
        owner=None if row.owner is None else NAMES.index(row.owner),
        was_attempted=row.attempts > 0,
        faults_left=0,
    )


@pytest.mark.parametrize("step", [Step.CLAIM, Step.MARK, Step.GIVE_BACK])
async def test_rows_move_as_in_the_model(db: Database, step: Step) -> None:
    await put_delivery(db)
    for world in WORLDS:
        async with db.begin() as tx:
            await set_row(tx, world)
        async with db.begin() as tx:
            assert await act(tx, step, world) == model_says(world, step)


@pytest.mark.parametrize("world", WORLDS)
async def test_what_a_lease_held_is_ready_when_the_lease_ends_and_not_before(
    db: Database, world: World
) -> None:
    await put_delivery(db)
    async with db.begin() as tx:
        await set_row(tx, world)
        await queue.reap(tx, START + LEASE - timedelta(seconds=1))
        assert replace(await read_row(tx), records=world.records, faults_left=3) == world
        await queue.reap(tx, START + LEASE)
        ended = [after for what, after in Model().moves(world) if what == "the lease ends"]
        expected = ended[0] if ended else world
        assert replace(await read_row(tx), records=world.records, faults_left=3) == expected
