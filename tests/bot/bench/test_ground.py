"""Databases to measure on: fresh, filled as asked, gone afterwards."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres import start_postgres
from sqlalchemy import create_engine, func, make_url, select, text

from bot.bench.filling import EACH, SOONEST_SECONDS, YEAR_SECONDS, fill
from bot.bench.ground import Ground, fresh_ground
from bot.bench.model import Kind
from bot.database import Database
from bot.errors import Refusal
from bot.jobs.model import DeliveryState, JobState
from bot.jobs.store import DELIVERIES, JOBS

NOW = datetime(2022, 11, 5, 12, 0, tzinfo=UTC)


def databases_of(server: str) -> set[str]:
    engine = create_engine(server)
    try:
        with engine.connect() as connection:
            return set(connection.scalars(text("SELECT datname FROM pg_database")))
    finally:
        engine.dispose()


async def test_half_of_what_waits_is_unplanned_and_half_is_ready(ground: Ground) -> None:
    fill(ground, 1_001, NOW, "errand")
    db = Database(ground.url)
    async with db.read() as tx:
        states = await tx.execute(select(JOBS.c.state, func.count()).group_by(JOBS.c.state))
        ready = await tx.execute(
            select(
                func.count(), func.min(DELIVERIES.c.not_before), func.max(DELIVERIES.c.not_before)
            )
            .join(JOBS, JOBS.c.id == DELIVERIES.c.job_id)
            .where(DELIVERIES.c.state == DeliveryState.READY, JOBS.c.kind == "errand")
        )
        count, first, last = ready.one()
        planned_at = await tx.scalar(select(func.min(JOBS.c.plan_at)))
    await db.close()
    assert dict(states.all()) == {JobState.WAITING: 501, JobState.PLANNED: 500 // EACH + 1}
    assert count == 500
    soonest = NOW + timedelta(seconds=SOONEST_SECONDS)
    assert soonest <= first
    assert last < soonest + timedelta(seconds=YEAR_SECONDS)
    assert planned_at is not None
    assert planned_at >= soonest


async def test_nothing_waits_where_nothing_was_asked_for(ground: Ground) -> None:
    fill(ground, 0, NOW, "errand")
    db = Database(ground.url)
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(JOBS)) == 0
    await db.close()


def test_ground_is_gone_when_the_bench_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    server = start_postgres()
    monkeypatch.setenv("LECTERN_BENCH_POSTGRES_URL", server)
    with fresh_ground(Kind.POSTGRES) as postgres:
        assert make_url(postgres.url).database in databases_of(server)
    assert make_url(postgres.url).database not in databases_of(server)
    with fresh_ground(Kind.SQLITE) as sqlite:
        file = Path(make_url(sqlite.url).database or "")
        assert file.is_file()
    assert not file.exists()


def test_ground_says_how_durable_it_is() -> None:
    with fresh_ground(Kind.SQLITE) as ground:
        assert ground.durability == "journal_mode wal, synchronous 2"


def test_server_that_is_not_there_is_one_sentence_without_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LECTERN_BENCH_POSTGRES_URL", "postgresql://reader:secret@127.0.0.1:1/none")
    with pytest.raises(Refusal) as caught, fresh_ground(Kind.POSTGRES):
        pass
    assert str(caught.value) == (
        "The PostgreSQL server to measure on makes no database for us (OperationalError)."
    )
