"""Many rows that wait for the future, written by the database itself: ten million in a minute."""

from datetime import datetime

from sqlalchemy import Connection, create_engine, text

from bot.bench.ground import Ground

FIRST_SUBJECT = 1_000_000_000
"""Where the subjects of waiting work begin: beyond all that a bench makes fall due."""

EACH = 100
"""How many waiting deliveries belong to one planned job."""

SOONEST_SECONDS = 6 * 3_600
"""What waits is due this long after the bench began, or later, up to a year."""

YEAR_SECONDS = 365 * 86_400

_SERIES = {
    "sqlite": (
        "WITH RECURSIVE series(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < :count) "
    ),
    "postgresql": "",
}
_SOURCE = {"sqlite": "series", "postgresql": "generate_series(1, :count) AS series(i)"}
_MOMENT = {
    "sqlite": (
        "strftime('%Y-%m-%d %H:%M:%S', :soonest + (i * 7919) % :span, 'unixepoch') || '.000000'"
    ),
    "postgresql": "to_timestamp(:soonest + (i::bigint * 7919) % :span)",
}

_PARTS = {"series": _SERIES, "source": _SOURCE, "moment": _MOMENT}

_JOBS = """
INSERT INTO job (kind, subject_id, lead_minutes, due_at, plan_at, rev, state, attempts)
{series}SELECT :kind, :subject + i, 60, {moment}, {moment}, 1, :state, 0 FROM {source}
"""
_DELIVERIES = """
INSERT INTO delivery (job_id, rev, target, lane, not_before, state, attempts)
{series}SELECT :first_job + i / :each, 1, 'place:' || i, i % 4, {moment}, 'ready', 0
FROM {source}
"""


def fill(ground: Ground, pending: int, now: datetime, kind: str) -> None:
    """Let `pending` things of `kind` wait: one half unplanned jobs, the other ready deliveries.

    Both of the engine's tables have their share: half of everything planned is more than any
    server holds, and so the harder case.
    """
    if not pending:
        return
    engine = create_engine(ground.plain_url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("PRAGMA cache_size = -262144"))
            _fill(connection, pending, now, kind)
    finally:
        engine.dispose()
    settle(ground)


def _fill(connection: Connection, pending: int, now: datetime, kind: str) -> None:
    dialect = connection.dialect.name
    parts = {part: table[dialect] for part, table in _PARTS.items()}
    jobs, deliveries = pending - pending // 2, pending // 2
    future = {"soonest": int(now.timestamp()) + SOONEST_SECONDS, "span": YEAR_SECONDS}
    insert_jobs = text(_JOBS.format(**parts))
    unplanned = {"kind": kind, "subject": FIRST_SUBJECT, "state": "waiting", "count": jobs}
    connection.execute(insert_jobs, {**unplanned, **future})
    first_job = connection.scalar(text("SELECT max(id) FROM job")) + 1
    planned = {"kind": kind, "subject": FIRST_SUBJECT + jobs, "state": "planned"}
    connection.execute(insert_jobs, {**planned, **future, "count": deliveries // EACH + 1})
    ready = {"first_job": first_job, "each": EACH, "count": deliveries}
    connection.execute(text(_DELIVERIES.format(**parts)), {**ready, **future})


def settle(ground: Ground) -> None:
    """Leave the tables as autovacuum would after a while, and nothing for a checkpoint to do."""
    engine = create_engine(ground.plain_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("VACUUM ANALYZE"))
                connection.execute(text("CHECKPOINT"))
            else:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    finally:
        engine.dispose()
