"""How alembic reaches the database, and which tables it compares with."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event

import bot.absence.store
import bot.audit.store
import bot.ballots.credits
import bot.ballots.store
import bot.ballots.votes
import bot.groups.alert_store
import bot.groups.store
import bot.groups.welcome
import bot.jobs.store
import bot.members.store
import bot.pitches.store
import bot.reminders.clock_notices
import bot.reminders.store
import bot.rescheduling.store
import bot.sessions.answers
import bot.sessions.mirror_store
import bot.sessions.store
import bot.speakers.store  # noqa: F401 - importing a store declares its tables
from bot.database import METADATA
from bot.migrate import sync_url

ONE_AT_A_TIME = 5_283_470
"""PostgreSQL's key, ours by choice, for the lock that whoever migrates holds."""


def run() -> None:
    """Migrate in one transaction: a migration that is killed leaves the database as it was."""
    url = sync_url(context.config.attributes["database_url"])
    engine = create_engine(url)
    if url.startswith("sqlite"):
        _own_sqlite_transactions(engine)
    try:
        with engine.connect() as connection:
            _migrate(connection)
    finally:
        engine.dispose()


def _own_sqlite_transactions(engine: Any) -> None:
    # With the driver's own transactions a killed migration sticks half-way (3 of 3, measured);
    # with foreign keys on, rebuilding a table would delete the rows that point at it.
    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Of two instances that start on an empty database the second waits, and finds it made.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


run()
