"""Takes every row out of a PostgreSQL database between two tests."""

import psycopg
from psycopg import sql

from bot.database import METADATA
from tests.keeper import keeper
from tests.postgres import psycopg_address


class Broom:
    """Empties one database, over a connection that stays: a new one has yet to read what tables
    there are, which takes the server longer than emptying them.
    """

    def __init__(self, postgres_url: str) -> None:
        self._address = psycopg_address(postgres_url)
        self._connection = self._connect()

    def sweep(self) -> None:
        """Take every row out and let ids begin at 1, also from under connections that a killed bot
        has left.
        """
        try:
            self._sweep()
        except psycopg.OperationalError:
            # A test has ended every connection there was, or the server.
            self.close()
            self._connection = self._connect()
            self._sweep()

    def close(self) -> None:
        self._connection.close()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._address, autocommit=True)

    def _sweep(self) -> None:
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)",
            [keeper.pids()],
        )
        tables = [sql.Identifier(table.name) for table in METADATA.sorted_tables]
        with self._connection.transaction():
            # What is being committed in this instant shall not appear when everything is deleted.
            lock = sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.SQL(", ").join(tables))
            self._connection.execute(lock)
            # TRUNCATE makes new files for every table and index, most of them empty already: a
            # hundred times as much work.
            deletes = [sql.SQL("DELETE FROM {}").format(table) for table in reversed(tables)]
            self._connection.execute(sql.SQL("; ").join(deletes))
            self._connection.execute(
                "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence "
                "WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"
            )
